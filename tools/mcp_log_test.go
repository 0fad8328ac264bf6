package tools

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheLibrarysErrorsAreLoggedWithoutTheSessionsThatTheyName(t *testing.T) {
	t.Parallel()
	const id = sessionPrefix + "abc234"
	var out bytes.Buffer
	log := slog.New(onlyErrors{slog.NewTextHandler(&out, nil)})
	log.Info("Delivered", "session", id)
	log.Error("Failed to handle sampling response", "err", "no pending request found for session "+id)
	require.Empty(t, out.String())
	log.Error("no room for "+id, "session", id, "err", "closed by "+id)
	require.NotContains(t, out.String(), id)
	require.Contains(t, out.String(), "closed by …", "what happened is still told")
}
