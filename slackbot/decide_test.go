package slackbot

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// linked makes one Slack member the same person as another.
func (w *world) linked(identity, person string) {
	w.t.Helper()
	l := executor.Link{Identity: principal(identity), Principal: principal(person), At: w.clock.Now()}
	require.NoError(w.t, w.store.Link(w.t.Context(), l, executor.Record{Event: "linked", By: executor.System, At: w.clock.Now()}))
}

func TestWhoeverAskedIsNotAskedWhyTheyDenyWhicheverOfTheirMembersClicks(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]func(*world){
		"the one who clicks is linked": func(w *world) { w.linked(approver, requester) },
		"the one who asked is linked":  func(w *world) { w.linked(requester, approver) },
	} {
		w := newWorld(t)
		w.start()
		ts := w.asked()
		link(w) // after the asking, which counts too
		require.True(t, w.clicks(approver, ts, "deny").Acked)
		w.until("they are told", func() bool { return len(w.ephemerals(approver)) == 1 })
		require.Contains(t, w.ephemerals(approver)[0], "You asked for this, so another person has to decide", name)
		require.Empty(t, w.read("views", map[string][]string{"user": {approver}}), "no form is filled in for nothing")
		require.True(t, w.clicks(second, ts, "deny").Acked)
		w.until("somebody else is asked why", func() bool { return len(w.read("views", map[string][]string{"user": {second}})) == 1 })
	}
}

func TestWhatIsTooLateOrSomebodyElsesIsToldBeforeAnybodyFillsInAForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	id := w.requestAt(w.asked())
	w.linked(second, requester)
	r, err := w.exec.Show(t.Context(), id)
	require.NoError(t, err)
	by := func(user, action string) delivery { return delivery{Team: team, User: user, Action: action} }
	h := handle{Request: id, Fingerprint: r.Fingerprint}
	require.NoError(t, w.bot.timely(t.Context(), r, h, by(approver, actDeny)))
	require.NoError(t, w.bot.timely(t.Context(), r, h, by(requester, actWithdraw)))
	require.NoError(t, w.bot.timely(t.Context(), r, h, by(second, actWithdraw)), "the requester's other member")
	require.ErrorContains(t, w.bot.timely(t.Context(), r, h, by(approver, actWithdraw)), "Only who asked")
	require.ErrorContains(t, w.bot.timely(t.Context(), r, handle{Request: id, Fingerprint: "another"}, by(approver, actDeny)), "what you saw is not what is asked now")
	late := r
	late.ExpiresAt = w.clock.Now().Add(-time.Nanosecond)
	require.ErrorContains(t, w.bot.timely(t.Context(), late, h, by(approver, actDeny)), "has expired", "nobody has ended it yet, and it has")
	require.NoError(t, w.bot.timely(t.Context(), late, h, by(requester, actWithdraw)))
	late.State = executor.Done
	require.ErrorContains(t, w.bot.timely(t.Context(), late, h, by(approver, actDeny)), "not waiting for a decision any more")
	require.ErrorContains(t, w.bot.timely(t.Context(), late, h, by(requester, actWithdraw)), "too late to withdraw")
	late.State = executor.Withdrawn
	told := w.bot.timely(t.Context(), late, h, by(requester, actWithdraw))
	require.ErrorContains(t, told, "was withdrawn already")
	require.NotContains(t, told.Error(), "too late")
}
