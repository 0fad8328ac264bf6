package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

func TestAClickFromAnotherChannelDecidesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts, r := w.pending()
	w.delivers(helpdesk, "1.2", approver, "3.4", buttonValue(r))
	w.until("they are told", func() bool { return strings.Contains(strings.Join(w.ephemerals(approver), ""), "#identity-approvals") })
	require.Equal(t, []string{"approve", "deny"}, buttonsOn(w.message(approvals, ts)))
}

// fullDisk is an inbox that can record nothing.
type fullDisk struct{ executor.Inbox }

func (fullDisk) Receive(context.Context, executor.Delivery, executor.Lease) (bool, error) {
	return false, errors.New("disk is full")
}

func TestAClickThatCannotBeRecordedDecidesNothingAndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts, r := w.pending()
	w.bot = New(w.bot.slack, w.exec, w.store, fullDisk{w.store}, w.bot.opts)
	w.delivers(approvals, ts, approver, "1.0", buttonValue(r))
	w.until("they are told", func() bool {
		return strings.Contains(strings.Join(w.ephemerals(approver), ""), "could not be recorded, so nothing was done")
	})
	after, err := w.exec.Show(t.Context(), r.ID)
	require.NoError(t, err)
	require.Equal(t, executor.Pending, after.State)
	require.Empty(t, after.Decisions)
}

// pending asks for a removal and gives its card and its request.
func (w *world) pending() (ts string, r executor.Request) {
	w.t.Helper()
	ts = w.asked()
	r, err := w.exec.Show(w.t.Context(), w.requestAt(ts))
	require.NoError(w.t, err)
	return ts, r
}

// delivers hands the bot a click on Approve, as a socket would.
func (w *world) delivers(channel, ts, user, actionTS, value string) {
	w.t.Helper()
	raw, err := json.Marshal(map[string]any{
		"type": "block_actions", "team": map[string]any{"id": team}, "user": map[string]any{"id": user, "team_id": team},
		"container": map[string]any{"message_ts": ts, "channel_id": channel},
		"actions":   []any{map[string]any{"action_id": "approve", "action_ts": actionTS, "value": value}},
	})
	require.NoError(w.t, err)
	_, work := w.bot.receive(w.t.Context(), "interactive", raw)
	work()
}

// A process that ends between recording the request and marking the command as handled leaves the command to the next one.
func TestACommandThatIsWorkedOnTwiceIsOneRequestEvenWhenThatHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	d := delivery{Kind: aCommand, Team: team, User: requester, Channel: helpdesk, Command: "/account", Text: remove, Trigger: "1.trigger"}
	require.True(t, w.bot.do(t.Context(), d))
	ts := w.card()
	r, err := w.exec.Show(t.Context(), w.requestAt(ts))
	require.NoError(t, err)
	_, err = w.exec.Withdraw(t.Context(), r.ID, r.By, "a mistake")
	require.NoError(t, err)
	require.True(t, w.bot.do(t.Context(), d))
	_, total, err := w.exec.List(t.Context(), r.By, false, 10, 0)
	require.NoError(t, err)
	require.Equal(t, 1, total)
	d.Trigger = "2.trigger"
	require.True(t, w.bot.do(t.Context(), d))
	_, total, err = w.exec.List(t.Context(), r.By, false, 10, 0)
	require.NoError(t, err)
	require.Equal(t, 2, total, "another command asks anew")
}

func TestAReplayDoesNothingASecondTimeNotEvenAfterARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stop := w.start()
	ts, r := w.pending()
	told := func(n int) func() bool { return func() bool { return len(w.ephemerals(bystander)) >= n } }
	w.delivers(approvals, ts, bystander, "1.0", buttonValue(r))
	w.until("they are told", told(1))
	stop()
	w.start()
	for range 5 {
		w.delivers(approvals, ts, bystander, "1.0", buttonValue(r))
	}
	w.delivers(approvals, ts, bystander, "2.0", buttonValue(r))
	w.until("their second click is answered", told(2))
	w.until("everything is worked off", func() bool {
		w.bot.mu.Lock()
		defer w.bot.mu.Unlock()
		return len(w.bot.atWork) == 0
	})
	require.Len(t, w.ephemerals(bystander), 2)
}
