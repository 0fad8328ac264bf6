package executor_test

import (
	"encoding/json"
	"testing"

	"accountops/internal/executor"
	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

func TestWhatIsWrongWithAnInputIsToldTheSameWayBeforeAskingAndByItAndNothingIsPlanned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	op := executor.Define(executor.Spec[input]{
		Name: "check_account", Title: "Check account", Summary: "Checks.", Word: "check", Effect: executor.Change,
		Check: func(in input) error {
			if in.Account != "jane.doe" {
				return &fault.Error{Kind: fault.Invalid, Sentence: "Only jane.doe.", Fields: []fault.Field{{Name: "account", Sentence: "Only jane.doe."}}}
			}
			return nil
		},
		Plan: w.up.Plan, Send: w.up.Send, Follow: w.up.Follow, Verify: w.up.Verify,
	})
	exec := w.executor("one", w.store, func(c *executor.Config) { c.Operations = []executor.Operation{op} })
	for raw, sentence := range map[string]string{`{"account":"bob","reason":"left"}`: "Only jane.doe.", `{"account":"jane.doe"}`: "reason"} {
		told := op.Check(json.RawMessage(raw))
		require.True(t, fault.Is(told, fault.Invalid))
		require.ErrorContains(t, told, sentence)
		_, err := exec.Ask(t.Context(), op.Name, json.RawMessage(raw), actor(requester))
		require.Equal(t, told, err)
	}
	require.Zero(t, w.up.plans)
	good := json.RawMessage(`{"account":"jane.doe","reason":"left"}`)
	require.NoError(t, op.Check(good))
	_, err := exec.Ask(t.Context(), op.Name, good, actor(requester))
	require.NoError(t, err)
	require.Equal(t, 1, w.up.plans)
}
