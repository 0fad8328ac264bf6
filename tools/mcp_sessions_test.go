package tools_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// streamOf opens a stream on a session.
func streamOf(t *testing.T, url, session string) *http.Response {
	t.Helper()
	ctx, hangUp := context.WithCancel(t.Context())
	t.Cleanup(hangUp)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set("Mcp-Session-Id", session)
	req.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestAStreamEndsWithItsSessionAndNoOther(t *testing.T) {
	t.Parallel()
	url := newWorld(t).serve().URL
	session, other := post(t, url, hello).header.Get("Mcp-Session-Id"), post(t, url, hello).header.Get("Mcp-Session-Id")
	ended := make(chan error, 2)
	for range 2 {
		stream := streamOf(t, url, session)
		require.Equal(t, 200, stream.StatusCode)
		go func() { _, err := io.Copy(io.Discard, stream.Body); ended <- err }()
	}
	stays := make(chan error, 1)
	stream := streamOf(t, url, other)
	go func() { _, err := io.Copy(io.Discard, stream.Body); stays <- err }()
	require.Equal(t, 200, send(t, http.MethodDelete, url, "", "Mcp-Session-Id", session).status)
	for range 2 {
		select {
		case err := <-ended:
			require.NoError(t, err)
		case <-time.After(20 * time.Second):
			require.Fail(t, "it outlives its session")
		}
	}
	require.Empty(t, stays)
	require.Equal(t, 404, streamOf(t, url, session).StatusCode)
}

func TestASessionIsListenedToOnTenStreamsAtMost(t *testing.T) {
	t.Parallel()
	url := newWorld(t).serve().URL
	session := post(t, url, hello).header.Get("Mcp-Session-Id")
	var streams []*http.Response
	for range 10 {
		streams = append(streams, streamOf(t, url, session))
		require.Equal(t, 200, streams[len(streams)-1].StatusCode)
	}
	refused := streamOf(t, url, session)
	require.Equal(t, http.StatusTooManyRequests, refused.StatusCode)
	text, err := io.ReadAll(refused.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), "close some of them first")
	require.Equal(t, 200, streamOf(t, url, post(t, url, hello).header.Get("Mcp-Session-Id")).StatusCode, "another session has its own")
	require.NoError(t, streams[0].Body.Close())
	require.Eventually(t, func() bool { return streamOf(t, url, session).StatusCode == http.StatusOK }, 20*time.Second, 5*time.Millisecond, "there is room again")
}
