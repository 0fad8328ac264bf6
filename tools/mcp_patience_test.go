package tools

import (
	"encoding/json"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAClientThatDoesNotReadYetDoesNotStopUsFromReading(t *testing.T) {
	t.Parallel()
	client, out := io.Pipe()
	w := lineWriter{out: out}
	writing := make(chan struct{})
	go func() {
		defer close(writing)
		w.write("an answer that nobody reads yet")
	}()
	for w.mu.TryLock() { // until it is writing
		w.mu.Unlock()
		runtime.Gosched()
	}
	require.NoError(t, w.failed(), "asking whether writing failed does not wait for it")
	require.NoError(t, client.CloseWithError(io.ErrClosedPipe))
	<-writing
	require.ErrorIs(t, w.failed(), io.ErrClosedPipe)
}

func TestACallThatDoesNotSayHowLongWaitsTwentySecondsAndNeverAMinute(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]time.Duration{
		`{}`: 20 * time.Second, `{"wait_seconds":null}`: 20 * time.Second, `{"wait_seconds":0}`: 0, `{"wait_seconds":45}`: 45 * time.Second,
	} {
		_, wait, err := takeWait(json.RawMessage(args))
		require.NoError(t, err)
		require.Equal(t, want, wait, args)
	}
	_, _, err := takeWait(json.RawMessage(`{"wait_seconds":46}`))
	require.Error(t, err)
}
