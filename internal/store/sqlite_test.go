package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/store"
	"accountops/internal/store/storetest"
)

func TestSQLiteKeepsThePromisesOfAStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, now func() time.Time) executor.Store {
		s, err := store.Open(t.Context(), t.TempDir(), now)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	})
}
