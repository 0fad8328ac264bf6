package tools_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

const console = "https://console.example"

func TestABrowserOfAnAllowedOriginMayAskFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve(func(o *tools.HTTPOptions) { o.Origins = []string{console} })
	ask := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,mcp-method"}
	r := send(t, http.MethodOptions, s.URL, "", append(ask, "Origin", console)...)
	require.Equal(t, console, r.header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, r.header.Get("Access-Control-Allow-Headers"), "Mcp-Method")
	require.Equal(t, 403, send(t, http.MethodOptions, s.URL, "", append(ask, "Origin", "https://evil.example")...).status)
}

func TestABrowserOfAnAllowedOriginMayReadEveryAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.serve(func(o *tools.HTTPOptions) { o.Origins = []string{console} })
	for method, name := range map[string]string{"tools/list": "", "tools/call": "find_accounts", "tasks/get": "req_none"} {
		body := modernBody(method, map[string]any{"name": name, "taskId": name, "arguments": map[string]any{}})
		r := post(t, s.URL, body, "Mcp-Protocol-Version", modern, "Mcp-Method", method, "Mcp-Name", name, "Origin", console)
		require.Equal(t, []string{console}, r.header.Values("Access-Control-Allow-Origin"), method)
		require.Contains(t, r.header.Get("Vary"), "Origin", method)
		r = post(t, s.URL, body, "Mcp-Protocol-Version", modern, "Mcp-Method", method, "Mcp-Name", name)
		require.Empty(t, r.header.Values("Access-Control-Allow-Origin"), method)
	}
}

func TestABrowserOfAnAllowedOriginMayReadEveryRefusalAndWhereToGetAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h, err := w.mcp.HTTP(tools.HTTPOptions{
		Origins: []string{console}, Hosts: []string{"127.0.0.1"}, Tokens: []tools.Token{{Secret: readersToken, Principal: riley, Scopes: []string{tools.ScopeRead}}},
		OAuth: &tools.OAuth{Resource: resource, Issuer: "https://idp.example", Recognise: func(_ context.Context, token string) (executor.Principal, []string, error) {
			if token == "down" {
				return "", nil, fault.New(fault.Upstream, "The issuer does not answer.")
			}
			return nobody(context.Background(), token)
		}},
	})
	require.NoError(t, err)
	url := serveHandler(t, h)
	for name, c := range map[string]struct {
		status  int
		body    string
		headers []string
	}{
		"no token":               {401, hello, nil},
		"a wrong token":          {401, hello, []string{"Authorization", "Bearer none"}},
		"an issuer that is down": {503, hello, []string{"Authorization", "Bearer down"}},
		"a foreign host":         {403, hello, []string{"Host", "evil.example"}},
		"beyond the scope":       {403, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"remove_account"}}`, []string{"Authorization", "Bearer " + readersToken}},
		"no such session":        {404, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, []string{"Authorization", "Bearer " + readersToken, "Mcp-Session-Id", "none"}},
		"too large":              {413, strings.Repeat(" ", 1<<20+1), []string{"Authorization", "Bearer " + readersToken}},
	} {
		r := post(t, url, c.body, append(c.headers, "Origin", console)...)
		require.Equal(t, c.status, r.status, "%s: %s", name, r.text)
		require.Equal(t, []string{console}, r.header.Values("Access-Control-Allow-Origin"), name)
		require.Equal(t, "Mcp-Session-Id, WWW-Authenticate", r.header.Get("Access-Control-Expose-Headers"), name)
		r = post(t, url, c.body, append(c.headers, "Origin", "https://evil.example")...)
		require.Empty(t, r.header.Values("Access-Control-Allow-Origin"), name)
		require.Empty(t, r.header.Values("Access-Control-Expose-Headers"), name)
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, h.MetadataPath(), nil)
	req.Header.Set("Origin", console)
	h.Metadata().ServeHTTP(rec, req)
	require.Equal(t, 200, rec.Code)
	require.Contains(t, []string{"*", console}, rec.Header().Get("Access-Control-Allow-Origin"), "what a refusal points to has to be readable too")
}
