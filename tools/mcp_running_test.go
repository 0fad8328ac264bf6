package tools

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnIDThatIsUsedTwiceStillCancelsTheCallThatIsLeft(t *testing.T) {
	t.Parallel()
	var calls running
	first, endFirst := calls.begin(t.Context(), json.RawMessage("7"))
	second, endSecond := calls.begin(t.Context(), json.RawMessage("7"))
	defer endSecond()
	endFirst()
	require.False(t, cancelled(first), "it has ended by itself")
	require.NoError(t, second.Err())
	calls.cancel(json.RawMessage("7"))
	require.True(t, cancelled(second))
	require.Empty(t, calls.calls)
}

func TestACallThatIsCancelledBeforeItsTurnIsNotBegun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := newLanes()
	for range 100 {
		require.True(t, l.run(ctx, func() { t.Error("it was begun") }))
	}
	l.under.Wait()
}
