package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"accountops/internal/oauth/oauthtest"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"
)

// signed is a modern client with an access token.
type signed struct {
	modern
	token string
}

func (s signed) call(t *testing.T, tool string, arguments object) (object, string, bool) {
	t.Helper()
	body, err := json.Marshal(object{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": object{"name": tool, "arguments": arguments, "_meta": modernMeta()}})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, bytes.NewReader(body))
	require.NoError(t, err)
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool, "Authorization": "Bearer " + s.token} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", raw)
	return toolAnswer(t, resultIn(t, raw))
}

func TestWhoSignsInIsTheirPersonInSlackAndDoesNotApproveTheirOwn(t *testing.T) {
	t.Parallel()
	s, env := world(t)
	const resource = "http://127.0.0.1/mcp"
	issuer := oauthtest.New(t, resource, time.Now)
	env["MCP_OAUTH_ISSUER"], env["MCP_OAUTH_RESOURCE"] = issuer.URL, resource
	env["MCP_OAUTH_PEOPLE"] = "amara@idp=" + s.who["approver"] + "\nriley|idp=" + s.who["requester"]
	url, _ := start(t, env, "serve")
	res, err := http.Get(strings.TrimSuffix(url, "/mcp") + "/.well-known/oauth-protected-resource/mcp") //nolint:gosec // loopback
	require.NoError(t, err)
	defer res.Body.Close()
	var metadata object
	require.NoError(t, json.NewDecoder(res.Body).Decode(&metadata))
	require.Equal(t, []any{issuer.URL}, metadata["authorization_servers"])

	a := signed{modern{url}, issuer.Token(issuer.Good("amara@idp", "accounts:read accounts:destroy"))}
	asked, text, isError := a.call(t, "remove_account", object{"account": "jane.doe", "source": "Corporate AD", "reason": "left", "wait_seconds": 0})
	require.False(t, isError, text)
	require.Equal(t, "awaiting_approval", asked["status"])
	card := s.card("jane.doe")
	s.click("approver", card, card.button("approve"))
	s.told("approver", "another person has to decide")
	require.Empty(t, s.changing("isc"))
	s.click("second_approver", card, card.button("approve"))
	s.thread(card, "Done, verified")
	require.Len(t, s.changing("isc"), 1)
}

func TestMistakesAboutWhoIsWhoAreToldByTheirPlace(t *testing.T) {
	t.Parallel()
	for says, env := range map[string]map[string]string{
		"MCP_OAUTH_ISSUER: is needed with MCP_OAUTH_RESOURCE":           {"MCP_OAUTH_PEOPLE": "canary=U0A"},
		"MCP_OAUTH_ISSUER: must be an https address":                    {"MCP_OAUTH_ISSUER": "http://idp.example", "MCP_OAUTH_RESOURCE": "https://a.example/mcp"},
		"MCP_OAUTH_RESOURCE: must be an https address":                  {"MCP_OAUTH_ISSUER": "https://idp.example"},
		"MCP_OAUTH_PEOPLE: entry 2 must be subject=person":              {"MCP_OAUTH_PEOPLE": "a=U0A,canary"},
		"MCP_OAUTH_PEOPLE: the person of entry 1 must be a Slack":       {"MCP_OAUTH_PEOPLE": "canary=amara"},
		"MCP_OAUTH_PEOPLE: the subject of entry 2 stands there twice":   {"MCP_OAUTH_PEOPLE": "canary=U0A\ncanary=U0B"},
		"MCP_OAUTH_PEOPLE: an entry is subject=person; the scopes come": {"MCP_OAUTH_PEOPLE": "canary=U0A accounts:read"},
		"MCP_TOKENS: the scopes of entry 1 must be among accounts:read": {"MCP_TOKENS": "a-canary-of-twenty-letters=U0A accounts:approve"},
		"MCP_TOKENS: the token of entry 2 stands there twice":           {"MCP_TOKENS": "a-canary-of-twenty-letters=U0A,a-canary-of-twenty-letters=U0B"},
		"MCP_TOKENS: the token of entry 1 is shorter":                   {"MCP_TOKENS": "canary=U0A"},
	} {
		var log bytes.Buffer
		require.Error(t, run(t.Context(), []string{"serve"}, process{envconfig.MapLookuper(env), nil, io.Discard, &log}))
		require.Contains(t, log.String(), says)
		require.NotContains(t, log.String(), "canary")
	}
}

func TestATokenCarriesItsScopes(t *testing.T) {
	t.Parallel()
	var c config
	require.Empty(t, c.read(t.Context(), envconfig.MapLookuper(map[string]string{"MCP_TOKENS": "a-canary-of-twenty-letters=U0RILEY accounts:read accounts:change"})))
	tokens, mistakes := c.tokens("T1")
	require.Empty(t, mistakes)
	require.Equal(t, []string{"accounts:read", "accounts:change"}, tokens[0].Scopes)
}
