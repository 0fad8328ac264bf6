package executor_test

import (
	"encoding/json"
	"testing"

	"accountops/internal/executor"

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
