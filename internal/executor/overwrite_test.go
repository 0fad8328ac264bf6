package executor_test

import (
	"encoding/json"
	"testing"

	"accountops/internal/executor"
	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

// overwriting makes the world's change one that writes over what is not kept.
func (w *world) overwriting(over bool) {
	w.up.mu.Lock()
	defer w.up.mu.Unlock()
	w.up.plan.Overwrites = over
}

func TestAChangeThatWritesOverWhatIsNotKeptWaitsForAnotherPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.overwriting(true)
	r := w.ask("disable_account", requester)
	require.Equal(t, executor.Pending, r.State)
	require.True(t, r.NeedsVote)
	require.Equal(t, executor.Destroy, r.Effect)
	w.stepOnce()
	require.Zero(t, w.up.sends)
	_, err := w.approve(r, requester)
	require.True(t, fault.Is(err, fault.Denied), "%v", err)
	_, err = w.approve(r, amara)
	require.NoError(t, err)
	require.Equal(t, executor.Done, w.settle(r.ID).State)
	require.Equal(t, 1, w.up.sends)
}

func TestWhoMayNotAskForWhatDestroysMayNotAskToWriteOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.overwriting(true)
	for _, who := range []executor.Principal{guest, "local:riley"} {
		_, err := w.exec.Ask(t.Context(), "disable_account", json.RawMessage(`{"account":"jane.doe","reason":"left"}`), actor(who))
		require.True(t, fault.Is(err, fault.Denied), "%s: %v", who, err)
		require.ErrorContains(t, err, "Nothing was changed")
	}
}

// The plan that was recorded wrote over nothing; the one before sending does.
func TestAChangeThatComesToWriteOverIsNotSentWithoutAVote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.ask("disable_account", requester)
	require.Equal(t, executor.Approved, r.State)
	w.overwriting(true)
	w.stepOnce()
	require.Zero(t, w.up.sends)
	require.Equal(t, executor.Pending, w.get(r.ID).State)
}
