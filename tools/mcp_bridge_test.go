package tools_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

func TestADeadServerAnswersEachCallThatNothingWasChanged(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	k := bridgeTo(s.URL, rileysToken).talk(t)
	for id, line := range map[string]string{
		"1": hello,
		"7": modernBody("tools/call", map[string]any{"name": "remove_account", "arguments": map[string]any{"account": "jane", "reason": "left"}}),
	} {
		k.say(line)
		got := k.hear()
		require.Equal(t, id, string(got.ID))
		require.Contains(t, got.Error.Message, "As far as is known nothing was changed by this call.")
		require.Contains(t, got.Error.Message, s.URL)
		require.NotContains(t, got.Error.Message, rileysToken)
	}
}

func TestTheBridgeTellsWhyItWasRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := bridgeTo(w.serve().URL, "wrong-canary").talk(t)
	k.say(hello)
	got := k.hear()
	require.Contains(t, got.Error.Message, "401 Unauthorized: This token is not known here.")
	require.NotContains(t, got.Error.Message, "wrong-canary")
}

func TestTheBridgeOutlivesARestartOfTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var handler atomic.Pointer[tools.MCPHandler]
	start := func() {
		h, err := w.mcp.HTTP(tools.HTTPOptions{Loopback: true, Local: executor.Actor{Principal: riley}})
		require.NoError(t, err)
		handler.Store(h)
	}
	start()
	var opened atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Mcp-Session-Id") == "" {
			opened.Add(1)
		}
		handler.Load().ServeHTTP(rw, r)
	}))
	defer s.Close()
	k := bridgeTo(s.URL, "").talk(t)
	k.say(hello)
	k.hear()
	start() // its sessions are gone
	for i := range 8 {
		k.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`, 10+i))
	}
	for range 8 {
		require.Contains(t, string(k.hear().Result), "remove_account")
	}
	require.EqualValues(t, 2, opened.Load(), "one call starts the session again for all")
}

func TestTheBridgeAnswersWithTheIDAsItCame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := bridgeTo(w.serve().URL, "").talk(t)
	for _, id := range []string{`12345678901234567890`, `"a\u0041"`, `1.0`, `-5`} {
		k.say(strings.Replace(modernBody("tools/list", nil), `"id":7`, `"id":`+id, 1))
		require.Equal(t, id, string(k.hear().ID))
	}
}

func TestTheBridgePassesServerSentEventsOn(t *testing.T) {
	t.Parallel()
	headers := make(chan []string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers <- []string{r.Header.Get("Mcp-Method"), r.Header.Get("Mcp-Name"), r.Header.Get("Mcp-Protocol-Version")}
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, ": hello\n\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\ndata: \"params\":{}}\n\n"+
			"id: 5\r\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\r\n\r\n")
	}))
	defer s.Close()
	k := bridgeTo(s.URL, "").talk(t)
	k.say(modernBody("tools/call", map[string]any{"name": "find_accounts", "arguments": map[string]any{}}))
	require.Empty(t, k.hear().ID)
	require.Equal(t, []string{"tools/call", "find_accounts", modern}, <-headers)
	require.Equal(t, "7", string(k.hear().ID))
}

func TestAModernCancellationThroughTheBridgeClosesTheCall(t *testing.T) {
	t.Parallel()
	arrived, closed := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(arrived)
		<-r.Context().Done()
		close(closed)
	}))
	defer s.Close()
	k := bridgeTo(s.URL, "").talk(t)
	k.say(modernBody("tools/call", map[string]any{"name": "find_accounts", "arguments": map[string]any{}}))
	<-arrived
	k.say(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`)
	select {
	case <-closed:
	case <-time.After(20 * time.Second):
		require.Fail(t, "the call's connection stayed open")
	}
}

func TestTheBridgeRefusesAnUnusableURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "127.0.0.1:8080", "ftp://x/mcp", "http://user:secret-canary@x/mcp", "http://x/mcp?token=secret-canary", "http://x/mcp#a", "http://"} {
		err := tools.Bridge(t.Context(), strings.NewReader(""), io.Discard, url, "")
		require.ErrorContains(t, err, "http or https", url)
		require.NotContains(t, err.Error(), "canary")
	}
}
