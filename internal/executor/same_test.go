package executor_test

import (
	"encoding/json"
	"sync"
	"testing"

	"accountops/internal/executor"
	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

func TestTheSameCallWhileOpenIsTheSameRequestThoughItsPlanWouldBeAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.ask("remove_account", requester)
	w.up.mu.Lock()
	w.up.account.Status = "disabled"
	w.up.mu.Unlock()
	ask := func(origin, input string, p executor.Principal) executor.Asked {
		asked, err := w.exec.AskOnce(t.Context(), origin, "remove_account", json.RawMessage(input), actor(p))
		require.NoError(t, err)
		return asked
	}
	again := ask("", ` {"reason": "left", "account": "jane.doe"}`, requester)
	require.True(t, again.Existing)
	require.Equal(t, first, *again.Request)
	require.NotEqual(t, first.ID, ask("", `{"account":"jane.doe","reason":"left"}`, stranger).Request.ID, "somebody else's is another")
	other := ask("", `{"account":"jane.doe","reason":"moved"}`, requester)
	require.False(t, other.Existing, "other words with another plan are another request")

	_, err := w.exec.Withdraw(t.Context(), first.ID, actor(requester), "")
	require.NoError(t, err)
	_, err = w.exec.Withdraw(t.Context(), other.Request.ID, actor(requester), "")
	require.NoError(t, err)
	require.NotEqual(t, first.ID, w.ask("remove_account", requester).ID, "once it has ended, the same call asks anew")
}

func TestTheSameCallManyTimesAtOnceIsPlannedOnceAndGivesEverybodyTheOneRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const callers = 20
	ids, errs := make([]string, callers), make([]error, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			asked, err := w.exec.Ask(t.Context(), "remove_account", json.RawMessage(`{"account":"jane.doe","reason":"left"}`), actor(requester))
			if errs[i] = err; err == nil {
				ids[i] = asked.Request.ID
			}
		})
	}
	wg.Wait()
	for i := range callers {
		require.NoError(t, errs[i])
		require.Equal(t, ids[0], ids[i])
	}
	require.Equal(t, 1, w.up.plans, "the others neither read the account nor use up the calls that everybody shares")
}

func TestAPlanThatCouldNotBeReadSaysThatNothingWasChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.up.planErr = fault.New(fault.Upstream, "The source could not be read.")
	_, err := w.exec.Ask(t.Context(), "remove_account", json.RawMessage(`{"account":"jane.doe","reason":"left"}`), actor(requester))
	require.True(t, fault.Is(err, fault.Upstream))
	require.EqualError(t, err, "The source could not be read. Nothing was changed.")
}
