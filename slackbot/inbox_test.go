package slackbot

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// other is the Bot of another process on the same store, which does not run yet.
func (w *world) other(owner string) *Bot {
	opts := w.bot.opts
	opts.Owner = owner
	return New(w.bot.slack, w.exec, w.store, w.store, opts)
}

func TestADeliveryThatOneProcessWorksOnIsNotTakenUpByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.idle()
	d := delivery{Kind: aCommand, Team: team, User: bystander, Channel: helpdesk, Command: "/account", Text: "find jane", Trigger: "1.trigger"}
	_, work := w.bot.takeIn(t.Context(), d)
	work() // it waits for a worker
	other := w.other("other")
	other.takeUp(t.Context())
	require.Empty(t, other.atWork, "it is in good hands")
	w.clock.advance(holdFor)
	other.takeUp(t.Context())
	require.Len(t, other.atWork, 1, "nobody has said for long that they still have it")
}

func TestADeliveryThatFindsNoWorkerIsLeftToWhoeverHasOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	full := w.other("full")
	full.asks = make(chan delivery) // nobody works there
	w.bot, full = full, w.bot
	d := delivery{Kind: aCommand, Team: team, User: bystander, Channel: helpdesk, Command: "/account", Text: "find jane", Trigger: "1.trigger"}
	_, work := w.bot.takeIn(t.Context(), d)
	work()
	full.takeUp(t.Context())
	w.until("they are told", func() bool { return strings.Contains(strings.Join(w.ephemerals(bystander), ""), "Two accounts.") })
}

func TestADeliveryThatWaitedTooLongIsWorkedOnOnlyByWhoHoldsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.idle()
	d := delivery{Kind: aCommand, Team: team, User: bystander, Text: "find jane", Trigger: "1.trigger", held: w.clock.Now().Add(holdFor)}
	_, err := w.store.Receive(t.Context(), executor.Delivery{Key: d.key(), Body: []byte("{}"), At: w.clock.Now(), Until: w.clock.Now().Add(time.Hour)},
		w.bot.hold(w.clock.Now()))
	require.NoError(t, err)
	require.True(t, w.bot.holds(t.Context(), d))
	w.clock.advance(holdFor + time.Second)
	require.True(t, w.bot.holds(t.Context(), d), "it waited, and nobody has taken it up")
	w.clock.advance(holdFor + time.Second)
	now := w.clock.Now()
	_, err = w.store.TakeUp(t.Context(), executor.Claim{Owner: "other", Now: now, Until: now.Add(holdFor), Limit: 10})
	require.NoError(t, err)
	require.False(t, w.bot.holds(t.Context(), d))
}
