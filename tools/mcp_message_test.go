package tools_test

import (
	"testing"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// malformed are lines that are no messages of MCP, with the code of what is wrong and the id of who waits for an answer.
var malformed = []struct {
	line string
	code int
	id   string
}{
	{`not json`, -32700, "null"},
	{`{"jsonrpc":"2.0","id":1,"method":"ping"}}`, -32700, "null"},
	{`[]`, -32600, "null"},
	{`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, -32600, "null"},
	{`null`, -32600, "null"},
	{`5`, -32600, "null"},
	{`"x"`, -32600, "null"},
	{`{}`, -32600, "null"},
	{`{"jsonrpc":"2.0","id":1}`, -32600, "1"},
	{`{"jsonrpc":"2.0","id":1,"method":5}`, -32600, "1"},
	{`{"jsonrpc":"2.0","id":1,"method":""}`, -32600, "1"},
	{`{"jsonrpc":"1.0","id":"a","method":"ping"}`, -32600, `"a"`},
	{`{"id":1,"method":"ping"}`, -32600, "1"},
	{`{"jsonrpc":"2.0","id":true,"method":"ping"}`, -32600, "null"},
	{`{"jsonrpc":"2.0","id":[],"method":"ping"}`, -32600, "null"},
	{`{"jsonrpc":"2.0","id":{},"method":"ping"}`, -32600, "null"},
	{`{"jsonrpc":"2.0","id":7.5,"method":"ping"}`, -32600, "null"},
	{`{"jsonrpc":"2.0","id":1e999,"method":"ping"}`, -32600, "null"},
	{`{"jsonrpc":"2.0","id":null,"method":"ping"}`, -32600, "null"},
}

func TestOverStreamsEveryMalformedMessageIsAnsweredAndTheNextOneIsHeard(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, _ *world, streams serveStreams, _ executor.Door) {
		k := streams.talk(t)
		k.say(hello)
		k.hear()
		for _, c := range malformed {
			k.say(c.line)
			k.say(`{"jsonrpc":"2.0","id":4,"method":"ping"}`)
			got := k.hear()
			require.NotNil(t, got.Error, c.line)
			require.Equal(t, c.code, got.Error.Code, c.line)
			require.Equal(t, c.id, string(got.ID), c.line)
			require.Contains(t, got.Error.Message, "nothing has been changed", c.line)
			require.Equal(t, "4", string(k.hear().ID), "nothing but that was said about %s", c.line)
		}
	})
}

func TestOverHTTPNoMalformedMessageCountsAsTaken(t *testing.T) {
	t.Parallel()
	url := newWorld(t).serve().URL
	session := post(t, url, hello).header.Get("Mcp-Session-Id")
	for _, c := range malformed {
		for era, headers := range map[string][]string{
			"legacy": {"Mcp-Session-Id", session}, "modern": {"Mcp-Protocol-Version", modern, "Mcp-Method", "ping"}, "neither": nil,
		} {
			r := post(t, url, c.line, headers...)
			require.Equal(t, 400, r.status, "%s %s: %s", era, c.line, r.text)
			require.NotNil(t, r.body.Error, "%s %s", era, c.line)
			require.Equal(t, c.code, r.body.Error.Code, "%s %s", era, c.line)
			require.Equal(t, c.id, string(r.body.ID), "%s %s", era, c.line)
		}
	}
}

func TestARefusedRequestHearsItsIDWhereThatWasRead(t *testing.T) {
	t.Parallel()
	url := newWorld(t).serve(func(o *tools.HTTPOptions) { o.Tokens[0].Scopes = []string{tools.ScopeRead} }).URL
	reader := []string{"Authorization", "Bearer " + rileysToken}
	for _, c := range []struct {
		status   int
		id, line string
		headers  []string
	}{
		{403, `"a"`, `{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"remove_account"}}`, reader},
		{404, "12345678901234567890", `{"jsonrpc":"2.0","id":12345678901234567890,"method":"tools/list"}`, []string{"Mcp-Session-Id", "none"}},
		{400, "5", `{"jsonrpc":"2.0","id":5,"method":"tools/list"}`, nil},
		{404, "null", `{"jsonrpc":"2.0","id":5,"result":{}}`, []string{"Mcp-Session-Id", "none"}},                 // that id was ours
		{401, "null", `{"jsonrpc":"2.0","id":5,"method":"tools/list"}`, []string{"Authorization", "Bearer none"}}, // nobody has read it
	} {
		r := post(t, url, c.line, c.headers...)
		require.Equal(t, c.status, r.status, r.text)
		require.Equal(t, c.id, string(r.body.ID), c.line)
		require.Equal(t, -32600, r.body.Error.Code)
	}
}
