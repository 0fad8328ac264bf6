package tools

import (
	"io"
	"runtime"
	"testing"

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
