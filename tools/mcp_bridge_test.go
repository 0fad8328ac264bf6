package tools_test

import (
	"encoding/json"
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
	require.Contains(t, got.Error.Message, "refused it (401 Unauthorized): This token is not known here.")
	require.NotContains(t, got.Error.Message, "wrong-canary")
}

func TestTheBridgeTellsARefusalFromADoubt(t *testing.T) {
	t.Parallel()
	const ours = `{"jsonrpc":"2.0","id":null,"error":{"code":-32003,"message":"Not for you. Nothing was asked for, and nothing has been changed."}}`
	for _, c := range []struct {
		status  int
		body    string
		code    int
		says    string
		refused bool
	}{
		{403, ours, -32003, "refused it (403 Forbidden): Not for you.", true},
		{403, "<h1>Go away.</h1>", -32600, "refused it (403 Forbidden): <h1>Go away.</h1>.", true},
		{400, "Bad.", -32600, "refused it (400 Bad Request): Bad. Nothing", true},
		{401, "", -32600, "refused it (401 Unauthorized). Nothing", true},
		{404, "", -32600, "refused it (404 Not Found). Nothing", true},
		{429, ours, -32003, "refused it (429 Too Many Requests): Not for you.", true},
		{408, ours, -32603, "could not be asked (408 Request Timeout: Not for you.", false},
		{500, "", -32603, "could not be asked (500", false},
		{503, ours, -32603, "could not be asked (503", false},
		{307, "", -32603, "could not be asked (307", false},
		{202, "", -32603, "did not answer", false},
	} {
		url := serveAny(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		k := bridgeTo(url, "").talk(t)
		k.say(modernBody("tools/call", map[string]any{"name": "remove_account", "arguments": map[string]any{"account": "jane", "reason": "left"}}))
		got := k.hear()
		require.Equal(t, "7", string(got.ID))
		require.Equal(t, c.code, got.Error.Code, c.status)
		require.Contains(t, got.Error.Message, c.says)
		definite := strings.Count(got.Error.Message, "Nothing was asked for, and nothing has been changed.")
		require.Equal(t, !c.refused, strings.Contains(got.Error.Message, "As far as is known nothing was changed by this call."), got.Error.Message)
		require.True(t, !c.refused || definite == 1, got.Error.Message)
	}
}

func TestTheBridgeKeepsItsTokenFromTheModelWhateverTheServerEchoes(t *testing.T) {
	t.Parallel()
	const token = "echoed/canary+token-<1>"
	const ours = `{"jsonrpc":"2.0","id":%s,"%s":{"code":-32603,"message":"Bearer %s was refused.","content":[]}}`
	escaped := strings.NewReplacer("/", `\/`, "<", `\u003c`, "c", `\u0063`).Replace(token)
	for name, c := range map[string]struct {
		status     int
		kind, body string
	}{
		"a proxy's page":            {403, "text/html", "<pre>Authorization: Bearer " + token + "</pre>"},
		"a page that is cut":        {403, "text/html", strings.Repeat("x", 190) + token},
		"a doubt":                   {500, "text/plain", "Authorization: Bearer " + token},
		"a refusal":                 {403, "application/json", fmt.Sprintf(ours, "null", "error", token)},
		"an escaped refusal":        {400, "application/json", fmt.Sprintf(ours, "null", "error", escaped)},
		"an answer":                 {200, "application/json", fmt.Sprintf(ours, "7", "result", token)},
		"an escaped answer":         {200, "application/json", fmt.Sprintf(ours, "7", "result", escaped)},
		"an error":                  {200, "application/json", fmt.Sprintf(ours, "7", "error", token)},
		"an event":                  {200, "text/event-stream", "data: " + fmt.Sprintf(ours, "7", "result", escaped) + "\n\n"},
		"something that is nothing": {200, "text/plain", token},
	} {
		url := serveAny(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer "+token {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			w.Header().Set("Content-Type", c.kind)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		k := bridgeTo(url, " "+token+"\n").talk(t)
		k.say(modernBody("tools/call", map[string]any{"name": "find_accounts", "arguments": map[string]any{}}))
		line, err := k.out.ReadString('\n')
		require.NoError(t, err)
		var got any
		require.NoError(t, json.Unmarshal([]byte(line), &got), line)
		read := fmt.Sprint(got)
		require.NotContains(t, read, "418", name)
		require.NotContains(t, read, token, name)
		require.NotContains(t, read, token[:10], "%s: nor a part of it", name)
		require.Contains(t, read, "…", name)
	}
}

func TestThroughTheBridgeATokenBeyondItsScopeIsToldNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve(func(o *tools.HTTPOptions) { o.Tokens[0].Scopes = []string{tools.ScopeRead} }).URL
	k := bridgeTo(url, rileysToken).talk(t)
	k.say(hello)
	require.Nil(t, k.hear().Error)
	for _, ask := range []string{
		modernBody("tools/call", map[string]any{"name": "remove_account", "arguments": map[string]any{"account": "jane", "reason": "left"}}),
		`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"remove_account","arguments":{"account":"jane","reason":"left"}}}`,
	} {
		k.say(ask)
		got := k.hear()
		require.Equal(t, "7", string(got.ID))
		require.Equal(t, -32600, got.Error.Code)
		require.Contains(t, got.Error.Message, "refused it (403 Forbidden): This token is not meant for remove_account: that takes the scope accounts:destroy.")
		require.True(t, strings.HasSuffix(got.Error.Message, "Nothing was asked for, and nothing has been changed."), got.Error.Message)
	}
}

func TestASessionThatCannotBeStartedAgainIsARefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h, err := w.mcp.HTTP(tools.HTTPOptions{Loopback: true, Local: executor.Actor{Principal: riley}})
	require.NoError(t, err)
	var gone atomic.Bool
	url := serveAny(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if gone.Load() {
			http.NotFound(rw, r)
			return
		}
		h.ServeHTTP(rw, r)
	}))
	k := bridgeTo(url, "").talk(t)
	k.say(hello)
	require.Nil(t, k.hear().Error)
	gone.Store(true)
	k.say(`{"jsonrpc":"2.0","id":8,"method":"tools/list"}`)
	require.Contains(t, k.hear().Error.Message, "It has forgotten the session; start again with initialize. Nothing was asked for, and nothing has been changed.")
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
