package tools_test

import (
	"slices"
	"strings"
	"testing"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

func TestEachScopeReachesToItsOwnOperationsAndNoFurther(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	reach := map[string][]string{ // by scope, the tools that may be called
		"accounts:read":                     {"find_accounts", "get_request", "list_requests"},
		"accounts:change":                   {"disable_account", "get_request", "list_requests", "withdraw_request"},
		"accounts:destroy":                  {"remove_account", "get_request", "list_requests", "withdraw_request"},
		"":                                  nil,
		"accounts:approve accounts:* admin": nil,
	}
	args := map[string]map[string]any{
		"find_accounts": {}, "list_requests": {}, "get_request": {"request_id": "req_none", "wait_seconds": 0}, "withdraw_request": {"request_id": "req_none"},
		"remove_account": {"account": "jane", "reason": "left", "wait_seconds": 0}, "disable_account": {"account": "jane", "reason": "left", "wait_seconds": 45},
	}
	needed := map[string]string{"find_accounts": "accounts:read", "disable_account": "accounts:change", "remove_account": "accounts:destroy",
		"withdraw_request": "accounts:change", "get_request": "accounts:read", "list_requests": "accounts:read"}
	for scope, may := range reach {
		token := s.issuer.Token(s.issuer.Good("riley-at-idp", scope))
		for tool, arguments := range args {
			r := callModern(t, s.url, tool, arguments, "Authorization", "Bearer "+token)
			if slices.Contains(may, tool) {
				require.Equal(t, 200, r.status, "%s with %q: %s", tool, scope, r.text)
				continue
			}
			require.Equal(t, 403, r.status, "%s with %q", tool, scope)
			challenge := r.header.Get("WWW-Authenticate")
			require.Contains(t, challenge, `error="insufficient_scope"`)
			require.Contains(t, challenge, metadata)
			require.Contains(t, challenge, needed[tool])
			require.Contains(t, r.body.Error.Message, "nothing has been changed")
			if strings.HasPrefix(scope, "accounts:") && !strings.Contains(scope, "*") {
				require.Contains(t, challenge, scope, "what the client has is asked for again, or it would lose it")
			}
		}
	}
	require.Equal(t, 1, s.up.sent(), "disable_account, once")
}

func TestAMessageAboutATaskBeyondItsScopeAsksForAnotherTokenToo(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	const none = "accounts:approve"
	for method, beyond := range map[string][]string{ // the scopes that do not reach
		"tasks/get": {none}, "tasks/update": {none, "accounts:read"}, "tasks/cancel": {none, "accounts:read"},
	} {
		for _, scope := range []string{none, "accounts:read", "accounts:change", "accounts:destroy"} {
			r := post(t, s.url, taskBody(method, map[string]any{"taskId": "req_none"}), "Mcp-Protocol-Version", modern, "Mcp-Method", method, "Mcp-Name", "req_none",
				"Authorization", "Bearer "+s.issuer.Token(s.issuer.Good("riley-at-idp", scope)))
			challenge := r.header.Get("WWW-Authenticate")
			if !slices.Contains(beyond, scope) {
				require.Equal(t, 400, r.status, "%s with %s finds no such task", method, scope)
				require.Empty(t, challenge)
				continue
			}
			require.Equal(t, 403, r.status, "%s with %s", method, scope)
			require.Contains(t, challenge, `error="insufficient_scope"`)
			require.Contains(t, challenge, metadata)
			require.Regexp(t, map[bool]string{true: `scope="accounts:read"`, false: `scope="(accounts:read )?accounts:change"`}[method == "tasks/get"], challenge)
			require.Contains(t, r.body.Error.Message, "This token is not meant for "+method)
			require.Contains(t, r.body.Error.Message, "nothing has been changed")
		}
	}
}

func TestReadingARequestWithoutAScopeAsksForAnotherTokenToo(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	read := func(uri, scope string) reply {
		return post(t, s.url, modernBody("resources/read", map[string]any{"uri": uri}), "Mcp-Protocol-Version", modern, "Mcp-Method", "resources/read",
			"Mcp-Name", uri, "Authorization", "Bearer "+s.issuer.Token(s.issuer.Good("riley-at-idp", scope)))
	}
	const one = "accountops://requests/req_none"
	r := read(one, "accounts:approve")
	require.Equal(t, 403, r.status, r.text)
	require.Contains(t, r.header.Get("WWW-Authenticate"), `error="insufficient_scope"`)
	require.Contains(t, r.header.Get("WWW-Authenticate"), `scope="accounts:read"`)
	require.Contains(t, r.body.Error.Message, "This token is not meant for requests")
	for _, scope := range []string{"accounts:read", "accounts:change", "accounts:destroy"} {
		require.Empty(t, read(one, scope).header.Get("WWW-Authenticate"), "whoever may ask may follow: %s", scope)
	}
	require.Equal(t, 200, read("accountops://operations", "accounts:approve").status, "what there is to do is no secret to those who are signed in")
}

// The status is for clients; what decides stands in front of the operation, whatever the message looks like.
func TestAMessageThatHidesItsToolIsStillHeldToItsScopes(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	token := s.issuer.Token(s.issuer.Good("riley-at-idp", "accounts:read"))
	opened := s.try(token)
	session := []string{"Authorization", "Bearer " + token, "Mcp-Session-Id", opened.header.Get("Mcp-Session-Id"), "Mcp-Protocol-Version", "2025-11-25"}
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"remove_account","name":"find_accounts","arguments":{"account":"jane","reason":"x"}}}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"find_accounts","Name":"remove_account","arguments":{"account":"jane","reason":"x"}}}`,
		`{"jsonrpc":"2.0","id":2,"method":"ping","method":"tools/call","params":{"name":"remove_account","arguments":{"account":"jane","reason":"x"}}}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","Method":"ping","params":{"name":"remove_account","arguments":{"account":"jane","reason":"x"}}}`,
		`[{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"remove_account","arguments":{"account":"jane","reason":"x"}}}]`,
	} {
		r := post(t, s.url, body, session...)
		require.NotContains(t, r.text, "awaiting_approval", body)
	}
	_, n, err := s.exec.List(t.Context(), executor.Actor{Principal: riley}, false, 10, 0)
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestAConfiguredTokenMayBeForSomeScopesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve(func(o *tools.HTTPOptions) { o.Tokens[1].Scopes = []string{"accounts:read"} }).URL
	require.Equal(t, 403, callModern(t, url, "disable_account", map[string]any{"account": "jane"}, "Authorization", "Bearer "+baosToken).status)
	require.Equal(t, 200, callModern(t, url, "find_accounts", map[string]any{}, "Authorization", "Bearer "+baosToken).status)
	_, err := w.mcp.HTTP(tools.HTTPOptions{Loopback: true, Tokens: []tools.Token{{Secret: "some-canary", Principal: bao, Scopes: []string{"accounts:all"}}}})
	require.ErrorContains(t, err, "token 1 has a scope that is none of accounts:read, accounts:change, accounts:destroy")
}
