package tools_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/require"
)

// serveStreams serves one client over a pair of streams.
type serveStreams func(ctx context.Context, in io.Reader, out io.Writer) error

func (w *world) stdio() serveStreams {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		return w.mcp.ServeStdio(ctx, in, out, executor.Actor{Principal: riley, Name: "Riley"})
	}
}

func bridgeTo(url, token string) serveStreams {
	return func(ctx context.Context, in io.Reader, out io.Writer) error {
		return tools.Bridge(ctx, in, out, url, token)
	}
}

// talk is a client's end of the streams.
type talk struct {
	t    *testing.T
	in   *io.PipeWriter
	out  *bufio.Reader
	done chan error
}

func (s serveStreams) talk(t *testing.T) *talk {
	t.Helper()
	fromClient, in := io.Pipe()
	out, toClient := io.Pipe()
	k := &talk{t: t, in: in, out: bufio.NewReader(out), done: make(chan error, 1)}
	go func() {
		k.done <- s(t.Context(), fromClient, toClient)
		_ = toClient.Close()
	}()
	t.Cleanup(func() { _ = in.Close(); _ = out.Close() })
	return k
}

func (k *talk) say(line string) {
	k.t.Helper()
	_, err := io.WriteString(k.in, line+"\n")
	require.NoError(k.t, err)
}

func (k *talk) hear() message {
	k.t.Helper()
	text, err := k.out.ReadBytes('\n')
	require.NoError(k.t, err)
	var m message
	require.NoError(k.t, json.Unmarshal(text, &m), "only the protocol may be on stdout: %s", text)
	return m
}

func eachWay(t *testing.T, test func(t *testing.T, w *world, streams serveStreams, door executor.Door)) {
	t.Run("stdio", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		test(t, w, w.stdio(), executor.DoorStdio)
	})
	t.Run("bridge", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		s := w.serve(func(o *tools.HTTPOptions) { o.Local.Principal = "" })
		test(t, w, bridgeTo(s.URL, rileysToken), executor.DoorMCP)
	})
}

func TestOverStreamsALegacyClientDoesTheWholeJourney(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *world, streams serveStreams, door executor.Door) {
		fromClient, in := io.Pipe()
		out, toClient := io.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- streams(t.Context(), fromClient, toClient) }()
		c := initialized(t, transport.NewIO(out, in, io.NopCloser(strings.NewReader(""))))
		list, err := c.ListTools(t.Context(), mcp.ListToolsRequest{})
		require.NoError(t, err)
		require.Len(t, list.Tools, 6)
		call := callsOf(t, c)
		asked := call("remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0})
		require.Contains(t, asked.text(), "Nothing has been changed yet.")
		id := asked.StructuredContent.RequestID
		r, err := w.exec.Show(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, executor.Actor{Principal: riley, Name: "Riley", Door: door, Client: "legacy-tester 9"}, r.By)
		w.approve(id)
		done := call("get_request", map[string]any{"request_id": id, "wait_seconds": 45})
		require.Equal(t, "verified", done.StructuredContent.Result, done.text())
		require.NoError(t, in.Close())
		require.NoError(t, <-ended)
	})
}

func TestOverStreamsAModernClientNeedsNoHandshake(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, _ *world, streams serveStreams, _ executor.Door) {
		k := streams.talk(t)
		k.say(modernBody("server/discover", nil))
		require.Contains(t, string(k.hear().Result), `"instructions"`)
		k.say(modernBody("tools/list", nil))
		require.Contains(t, string(k.hear().Result), `"remove_account"`)
		k.say(modernBody("tools/call", map[string]any{"name": "remove_account", "arguments": map[string]any{
			"account": "jane", "reason": "left", "wait_seconds": 0}}))
		got := k.hear()
		require.Equal(t, "7", string(got.ID))
		require.Equal(t, "awaiting_approval", got.result(t).StructuredContent.Status)
		require.Equal(t, "complete", got.result(t).ResultType)
		k.say(modernBody("tools/call", map[string]any{"name": "grüße", "arguments": map[string]any{}}))
		require.Equal(t, -32602, k.hear().Error.Code, "an unknown tool, whose name no header can hold as it is")
	})
}

func TestOverStreamsManyCallsRunSideBySideAndOthersDoNotWaitForThem(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *world, streams serveStreams, _ executor.Door) {
		w.up.slow = make(chan struct{})
		k := streams.talk(t)
		k.say(hello)
		k.hear()
		const calls = 32
		for i := range calls {
			k.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":"c%d","method":"tools/call","params":{"name":"disable_account","arguments":{"account":"a%d","reason":"x","wait_seconds":0}}}`, i, i))
		}
		require.Eventually(t, func() bool {
			w.up.mu.Lock()
			defer w.up.mu.Unlock()
			return w.up.planning == calls
		}, time.Minute, time.Millisecond, "all of them have to be under way at once")
		k.say(`{"jsonrpc":"2.0","id":"ping","method":"ping"}`)
		require.Equal(t, `"ping"`, string(k.hear().ID))
		close(w.up.slow)
		seen := map[string]bool{}
		for range calls {
			m := k.hear()
			require.False(t, m.result(t).IsError)
			seen[string(m.ID)] = true
		}
		require.Len(t, seen, calls)
	})
}

func TestWhatWasAskedBeforeTheInputEndedIsAnswered(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, _ *world, streams serveStreams, _ executor.Door) {
		in := hello + "\n\n" + `{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" +
			`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"remove_account","arguments":{"account":"jane","reason":"left","wait_seconds":1}}}`
		var out bytes.Buffer
		require.NoError(t, streams(t.Context(), strings.NewReader(in), &out))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 2)
		require.Contains(t, lines[1], "awaiting_approval")
	})
}

func TestBadLinesAreAnsweredAndTheNextOneIsHeard(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, _ *world, streams serveStreams, _ executor.Door) {
		k := streams.talk(t)
		k.say(hello)
		k.hear()
		k.say("not json")
		require.Equal(t, -32700, k.hear().Error.Code)
		k.say(`{"jsonrpc":"2.0","id":3,"method":"ping","params":{"x":"` + strings.Repeat("x", 1<<20) + `"}}`)
		require.Contains(t, k.hear().Error.Message, "larger than 1 MiB")
		k.say(`{"jsonrpc":"2.0","id":12345678901234567890,"method":"no/such"}`)
		got := k.hear()
		require.Equal(t, -32601, got.Error.Code)
		k.say(`{"jsonrpc":"2.0","id":4,"method":"ping"}`)
		require.Equal(t, "4", string(k.hear().ID))
	})
}

func TestEndingTheContextEndsTheStreams(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, _ *world, streams serveStreams, _ executor.Door) {
		in, keep := io.Pipe()
		defer keep.Close()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- streams(ctx, in, io.Discard) }()
		_, err := io.WriteString(keep, modernBody("tools/call", map[string]any{"name": "remove_account", "arguments": map[string]any{
			"account": "jane", "reason": "left", "wait_seconds": 45}})+"\n")
		require.NoError(t, err)
		stop()
		select {
		case err := <-ended:
			require.NoError(t, err)
		case <-time.After(20 * time.Second):
			require.Fail(t, "it did not end")
		}
	})
}

func TestAPanicOverStdioIsAnIncidentToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.stdio().talk(t)
	k.say(modernBody("tools/call", map[string]any{"name": "find_accounts", "arguments": map[string]any{"word": "panic"}}))
	got := k.hear().result(t)
	require.Equal(t, "internal", got.StructuredContent.Error.Kind)
	require.NotContains(t, got.text(), "canary")
}
