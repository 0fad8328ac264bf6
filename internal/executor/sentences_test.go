package executor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

func TestWhatMayGoAheadIsNamedBeforeItAndNotAsWhoeverGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Contains(t, w.exec.Receipt(w.ask("disable_account", requester)).Summary,
		"Nothing has been changed yet. Disable account jane.doe on Corporate AD: this may go ahead;")
}

func TestWhoeverHasNoSuchRequestIsToldWhatToTypeOrCallToFindTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.exec.Get(t.Context(), w.ask("remove_account", requester).ID, executor.Actor{Principal: stranger})
	require.ErrorContains(t, err, "The operation “List requests” tells which you have.")
}
