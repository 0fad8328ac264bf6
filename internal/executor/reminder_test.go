package executor_test

import (
	"testing"
	"time"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

func reminding(before time.Duration) func(*executor.Config) {
	return func(c *executor.Config) { c.Policy.Remind = before; c.Policy.Quorum = 2 }
}

// loud gives the lines of a request that approvers are told of.
func (w *world) loud(id string) (out []string) {
	lines, err := w.store.Lines(w.t.Context(), id, 0)
	require.NoError(w.t, err)
	for _, l := range lines {
		if l.Loud {
			out = append(out, l.Text)
		}
	}
	return out
}

func TestAReminderAndAnExpiryCountAgainstTheQuorumThatHoldsNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, reminding(2*time.Hour))
	r := w.ask("remove_account", requester)
	_, err := w.approve(r, amara)
	require.NoError(t, err)
	w.exec = w.executor("one", w.store, func(c *executor.Config) { c.Policy.Remind, c.Policy.Quorum = 2*time.Hour, 3 })
	w.clock.advance(22 * time.Hour)
	w.stepOnce()
	require.Contains(t, w.loud(r.ID)[0], "1 of 3 so far")
	_, err = w.approve(w.get(r.ID), sven)
	require.NoError(t, err)
	w.clock.advance(3 * time.Hour)
	w.stepOnce()
	require.Equal(t, executor.Expired, w.get(r.ID).State)
	require.Contains(t, w.exec.Receipt(w.get(r.ID)).Summary, "only 2 of 3 approved it in time", "two of three are too few")
}

func TestApproversAreRemindedOnceBeforeARequestExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t, reminding(2*time.Hour))
	r := w.ask("remove_account", requester)
	w.clock.advance(22*time.Hour - time.Second)
	_, err := w.approve(r, amara)
	require.NoError(t, err, "a vote does not put the reminder off")
	w.stepOnce()
	require.Empty(t, w.loud(r.ID))
	w.clock.advance(time.Second)
	for range 3 {
		w.stepOnce()
		w.clock.advance(time.Minute)
	}
	require.Len(t, w.loud(r.ID), 1)
	require.Contains(t, w.loud(r.ID)[0], "Reminder")
	require.Contains(t, w.loud(r.ID)[0], "1 of 2 so far")
	r = w.get(r.ID)
	require.Equal(t, executor.Pending, r.State)
	require.False(t, r.RemindedAt.IsZero(), "a vote after it must not bring a second one")
	w.clock.advance(2 * time.Hour)
	w.stepOnce()
	require.Equal(t, executor.Expired, w.get(r.ID).State, "a reminder does not put the end off")
}

func TestWhatIsAskedAgainIsRemindedOfAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, reminding(2*time.Hour), func(c *executor.Config) { c.Policy.Quorum = 1 })
	r := w.ask("remove_account", requester)
	w.clock.advance(23 * time.Hour)
	w.stepOnce()
	require.Len(t, w.loud(r.ID), 1)
	_, err := w.approve(w.get(r.ID), amara)
	require.NoError(t, err)
	w.up.set(func(u *upstream) { u.account.Status = "disabled" })
	w.stepOnce()
	require.Len(t, w.loud(r.ID), 2, "approvers are told that it is asked again")
	require.Equal(t, executor.Pending, w.get(r.ID).State)
	w.clock.advance(22 * time.Hour)
	w.stepOnce()
	require.Len(t, w.loud(r.ID), 3)
}

func TestNobodyIsRemindedWhereThePolicyDoesNotWantItOrOfWhatWasOnlyJustAsked(t *testing.T) {
	t.Parallel()
	for _, before := range []time.Duration{0, 24 * time.Hour, 48 * time.Hour} {
		w := newWorld(t, reminding(before))
		r := w.ask("remove_account", requester)
		for range 24 {
			w.stepOnce()
			w.clock.advance(59 * time.Minute)
		}
		require.Empty(t, w.loud(r.ID))
	}
}
