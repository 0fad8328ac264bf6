package tools_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}`

func TestForeignHostsAndOriginsAreForbidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve(func(o *tools.HTTPOptions) {
		o.Hosts = []string{"accountops.example"}
		o.Origins = []string{"https://console.example"}
	})
	own := strings.TrimPrefix(s.URL, "http://")
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"nothing special":           {nil, 200},
		"its own origin":            {[]string{"Origin", s.URL}, 200},
		"localhost":                 {[]string{"Host", "localhost:80"}, 200},
		"IPv6 loopback":             {[]string{"Host", "[::1]:80"}, 200},
		"a configured host":         {[]string{"Host", "accountops.example:443", "Authorization", "Bearer " + rileysToken}, 200},
		"a configured host, no key": {[]string{"Host", "accountops.example"}, 401},
		"a configured origin":       {[]string{"Origin", "https://console.example"}, 200},
		"a foreign host":            {[]string{"Host", "evil.example"}, 403},
		"a host that only begins":   {[]string{"Host", "127.0.0.1.evil.example"}, 403},
		"a foreign origin":          {[]string{"Origin", "https://evil.example"}, 403},
		"another port's origin":     {[]string{"Origin", "http://127.0.0.1:1"}, 403},
		"a null origin":             {[]string{"Origin", "null"}, 403},
		"two origins":               {[]string{"Origin", s.URL, "Origin", "https://evil.example"}, 403},
		"cross-site, no origin":     {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		"its own name, bad case":    {[]string{"Host", strings.ToUpper(own)}, 200},
	} {
		r := post(t, s.URL, hello, c.headers...)
		require.Equal(t, c.status, r.status, "%s: %s", name, r.text)
		if c.status == 403 {
			require.Contains(t, r.body.Error.Message, "nothing has been changed", name)
			get := send(t, http.MethodGet, s.URL, "", c.headers...)
			require.Equal(t, 403, get.status, "%s: a GET opens a stream", name)
		}
	}
}

func TestATokenGivesItsPrincipalAndAWrongOneNeverFallsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	for token, principal := range map[string]executor.Principal{"": riley, baosToken: bao} {
		got := caller(t, "modern", url, token)("remove_account", map[string]any{"account": "of " + string(principal), "reason": "left", "wait_seconds": 0})
		r, err := w.exec.Show(t.Context(), got.StructuredContent.RequestID)
		require.NoError(t, err)
		require.Equal(t, principal, r.By.Principal)
	}
	for name, headers := range map[string][]string{
		"wrong":             {"Authorization", "Bearer wrong"},
		"empty":             {"Authorization", "Bearer "},
		"another scheme":    {"Authorization", "Basic " + rileysToken},
		"no scheme":         {"Authorization", rileysToken},
		"only a part":       {"Authorization", "Bearer " + rileysToken[:len(rileysToken)-1]},
		"one more":          {"Authorization", "Bearer " + rileysToken + "x"},
		"two headers":       {"Authorization", "Bearer " + rileysToken, "Authorization", "Bearer " + baosToken},
		"two in one header": {"Authorization", "Bearer " + rileysToken + " " + baosToken},
	} {
		r := post(t, url, hello, headers...)
		require.Equal(t, 401, r.status, name)
		require.Contains(t, r.header.Get("WWW-Authenticate"), `Bearer realm="accountops"`, name)
		require.Contains(t, r.header.Get("WWW-Authenticate"), "invalid_token", name)
		require.Contains(t, r.body.Error.Message, "nothing has been changed", name)
		require.NotContains(t, r.text, rileysToken, name)
	}
	require.Equal(t, 400, post(t, url+"?access_token="+rileysToken, hello).status)
	require.Equal(t, 400, post(t, url+"?token="+rileysToken, hello).status)
	require.NotContains(t, w.logged.String(), "canary-token", "tokens are never logged")
}

func TestWithoutATokenOnlyThisMachineComesIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		loopback bool
		local    executor.Principal
		peer     string
		headers  []string
		status   int
	}{
		"all of it":             {true, riley, "127.0.0.1:5", nil, 200},
		"a listener for others": {false, riley, "127.0.0.1:5", nil, 401},
		"a peer elsewhere":      {true, riley, "203.0.113.9:5", nil, 401},
		"nobody is local":       {true, "", "127.0.0.1:5", nil, 401},
		"through a proxy":       {true, riley, "127.0.0.1:5", []string{"X-Forwarded-For", "203.0.113.9"}, 401},
	} {
		h, err := w.mcp.HTTP(tools.HTTPOptions{
			Loopback: c.loopback, Local: executor.Actor{Principal: c.local}, Hosts: []string{"accountops.example"},
			Tokens: []tools.Token{{Secret: rileysToken, Principal: riley}},
		})
		require.NoError(t, err)
		for _, token := range []string{"", "Bearer " + rileysToken} {
			req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/mcp", strings.NewReader(hello))
			req.RemoteAddr = c.peer
			req.Header.Set("Content-Type", "application/json")
			for i := 0; i < len(c.headers); i += 2 {
				req.Header.Set(c.headers[i], c.headers[i+1])
			}
			want := c.status
			if token != "" {
				req.Header.Set("Authorization", token)
				want = 200
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			require.Equal(t, want, rec.Code, "%s, token %q", name, token)
		}
	}
}

func TestAnOpenDoorIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.mcp.HTTP(tools.HTTPOptions{})
	require.ErrorContains(t, err, "no tokens")
	require.ErrorContains(t, err, "host names")
	_, err = w.mcp.HTTP(tools.HTTPOptions{Loopback: true, Origins: []string{"nonsense"}, Tokens: []tools.Token{
		{Secret: "", Principal: riley}, {Secret: "twice-canary", Principal: riley}, {Secret: "twice-canary", Principal: bao}, {Secret: "nobody-canary"},
	}})
	for _, mistake := range []string{"token 1 is empty", "tokens 2 and 3 are the same", "token 4 names no principal", "nonsense"} {
		require.ErrorContains(t, err, mistake, "all mistakes at once")
	}
	require.NotContains(t, err.Error(), "canary")
	token := tools.Token{Secret: "print-canary", Principal: riley}
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", token, []tools.Token{token}, token, slog.AnyValue(token).Resolve()), "canary")
}

func TestAMessageOverOneMebibyteIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	r := callModern(t, url, "find_accounts", map[string]any{"word": strings.Repeat("x", 1<<20)})
	require.Equal(t, 413, r.status)
	require.Contains(t, r.body.Error.Message, "larger than 1 MiB")
	require.Equal(t, 405, send(t, http.MethodPut, url, "{}").status)
}

func TestASessionBelongsToItsPrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	const list = `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`
	mine := []string{"Authorization", "Bearer " + rileysToken}
	theirs := []string{"Authorization", "Bearer " + baosToken}
	opened := post(t, url, hello, mine...)
	id := opened.header.Get("Mcp-Session-Id")
	require.GreaterOrEqual(t, len(id), 26)
	session := []string{"Mcp-Session-Id", id, "Mcp-Protocol-Version", "2025-11-25"}

	require.Equal(t, 200, post(t, url, list, append(session, mine...)...).status)
	require.Equal(t, 200, post(t, url, list, session...).status, "the local person is the same principal")
	require.Equal(t, 400, post(t, url, list, mine...).status, "no session")
	none := post(t, url, list, append(theirs, "Mcp-Session-Id", "mcp-session-none")...)
	for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
		other := send(t, method, url, list, append(session, theirs...)...)
		require.Equal(t, 404, other.status, method)
		require.Equal(t, none.text, other.text, "a session of somebody else has to look like none")
	}
	require.Equal(t, 200, send(t, http.MethodDelete, url, "", append(session, mine...)...).status)
	require.Equal(t, 404, post(t, url, list, append(session, mine...)...).status, "it was ended")
	require.NotContains(t, w.logged.String(), id)
}

func TestOneClientsCancellationLeavesAnothersCallAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.up.slow = make(chan struct{})
	url := w.serve().URL
	answers := background(t.Context(), url, "remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0}, rileysToken)
	require.Eventually(t, func() bool { return waitingToPlan(w.up) }, time.Minute, time.Millisecond)
	for _, params := range []string{
		`{"requestId":7,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}`,
		`{"requestId":7,"name":5,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}`,
	} {
		note := post(t, url, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":`+params+`}`,
			"Mcp-Protocol-Version", modern, "Mcp-Method", "notifications/cancelled", "Authorization", "Bearer "+baosToken)
		require.Equal(t, 202, note.status, note.text)
	}
	close(w.up.slow)
	answer := <-answers
	require.NoError(t, answer.err)
	require.Equal(t, "awaiting_approval", answer.result(t).StructuredContent.Status)
}

func TestTheServersTimeoutsDoNotEndACallThatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h, err := w.mcp.HTTP(tools.HTTPOptions{Loopback: true, Local: executor.Actor{Principal: riley}})
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(h)
	s.Config.ReadTimeout, s.Config.WriteTimeout = 200*time.Millisecond, 300*time.Millisecond
	s.Start()
	defer s.Close()
	began := time.Now()
	r := caller(t, "modern", s.URL, "")("remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 1})
	require.Equal(t, "awaiting_approval", r.StructuredContent.Status)
	require.GreaterOrEqual(t, time.Since(began), time.Second, "the server's timeouts must not cut the wait short")
}

func TestClosingTheServerAnswersWhoeverWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	answers := background(t.Context(), url, "remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 45}, "")
	w.opened()
	began := time.Now()
	w.mcp.Close()
	answer := <-answers
	require.NoError(t, answer.err)
	require.Equal(t, "awaiting_approval", answer.result(t).StructuredContent.Status)
	require.Less(t, time.Since(began), 20*time.Second)
}

func TestALegacyClientMayListenOnItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve()
	id := post(t, s.URL, hello).header.Get("Mcp-Session-Id")
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	require.NoError(t, err)
	req.Header.Set("Mcp-Session-Id", id)
	req.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	pong := post(t, s.URL, `{"jsonrpc":"2.0","id":1,"result":{}}`, "Mcp-Session-Id", id)
	require.Equal(t, 202, pong.status)
	require.Equal(t, 400, send(t, http.MethodGet, s.URL, "").status, "without a session there is nothing to listen to")
}

func TestHostileBytesNeverEndTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	for _, body := range []string{"", "{", "null", "[]", "5", `"x"`, `{"method":5}`, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}`,
		`{"jsonrpc":"2.0","id":{},"method":"tools/call"}`, `{"jsonrpc":"2.0","id":null,"method":"initialize"}`, "\xff\xfe", strings.Repeat("[", 5000)} {
		for _, headers := range [][]string{nil, {"Mcp-Protocol-Version", modern}, {"Mcp-Protocol-Version", "9999-99-99"}, {"Content-Type", "text/plain"}} {
			r := post(t, url, body, headers...)
			require.Less(t, r.status, 500, "%q %v", body, headers)
		}
	}
	for _, args := range []string{`null`, `[]`, `5`, `"x"`, `{"account":"a","account":"b","reason":"x"}`} {
		body := strings.Replace(modernBody("tools/call", map[string]any{"name": "remove_account", "arguments": "ARGS"}), `"ARGS"`, args, 1)
		r := post(t, url, body, "Mcp-Protocol-Version", modern, "Mcp-Method", "tools/call", "Mcp-Name", "remove_account")
		require.Equal(t, 200, r.status, r.text)
		require.True(t, r.body.result(t).IsError, args)
	}
	require.NotContains(t, w.logged.String(), "panic")
}

func waitingToPlan(s *system) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.planning > 0
}
