package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"
)

// overMCP asks accountops mcp, started with these words and this environment, one thing.
func overMCP(t *testing.T, env map[string]string, method string, params object, args ...string) json.RawMessage {
	t.Helper()
	in, client := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(t.Context(), append([]string{"mcp"}, args...), process{envconfig.MapLookuper(env), in, out, io.Discard})
	}()
	a := &stdio{in: client, out: bufio.NewReader(answers), modern: true}
	answer := a.request(t, method, params)
	require.NoError(t, client.Close())
	require.NoError(t, <-ended)
	return answer
}

// toolsOver lists the tools that accountops mcp has.
func toolsOver(t *testing.T, env map[string]string, args ...string) []string {
	t.Helper()
	var list struct{ Tools []struct{ Name string } }
	require.NoError(t, json.Unmarshal(overMCP(t, env, "tools/list", object{}, args...), &list))
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	return names
}

func TestANarrowDeploymentIsToldByFlagsOrByTheEnvironment(t *testing.T) {
	t.Parallel()
	_, env := world(t)
	require.Len(t, toolsOver(t, env), 12)
	reading := []string{"find_accounts", "get_account", "get_request", "list_deletion_requests", "list_requests"}
	require.Equal(t, reading, toolsOver(t, env, "--read-only"))
	require.Equal(t, []string{"find_accounts", "get_account"}, toolsOver(t, env, "--tools", "get_account,find_accounts"))
	env["MCP_READ_ONLY"], env["MCP_TOOLS"] = "true", "find_accounts,get_account,list_requests"
	require.Equal(t, []string{"find_accounts", "get_account", "list_requests"}, toolsOver(t, env))
	require.Equal(t, []string{"get_account"}, toolsOver(t, env, "--tools", "get_account"), "a flag wins over its variable")
}

func TestOnlyConfiguredSystemsAreOffered(t *testing.T) {
	t.Parallel()
	_, env := world(t)
	offered := func() []string {
		var got struct{ Completion struct{ Values []string } }
		require.NoError(t, json.Unmarshal(overMCP(t, env, "completion/complete", object{
			"ref": object{"type": "ref/prompt", "name": "offboard_person"}, "argument": object{"name": "system", "value": ""},
		}), &got))
		return got.Completion.Values
	}
	require.Equal(t, []string{"esystems", "sailpoint"}, offered())
	maps.DeleteFunc(env, func(key, _ string) bool { return strings.HasPrefix(key, "ESYSTEMS_") })
	require.Equal(t, []string{"sailpoint"}, offered())
}

func TestANarrowingThatCannotHoldStartsNothing(t *testing.T) {
	t.Parallel()
	bridge := map[string]string{"ACCOUNTOPS_URL": "http://127.0.0.1:1/mcp"}
	for says, c := range map[string]struct {
		env  map[string]string
		args []string
	}{
		"no such tools: approve":    {nil, []string{"serve", "--tools", "approve"}},
		"no tools that only read":   {nil, []string{"mcp", "--read-only", "--tools", "delete_account"}},
		"this must be true or":      {map[string]string{"MCP_READ_ONLY": "perhaps"}, []string{"serve"}},
		"the one at ACCOUNTOPS_URL": {bridge, []string{"mcp", "--read-only"}},
		"here that is the one at":   {map[string]string{"ACCOUNTOPS_URL": bridge["ACCOUNTOPS_URL"], "MCP_TOOLS": "get_account"}, []string{"mcp"}},
	} {
		var log bytes.Buffer
		require.Error(t, run(t.Context(), c.args, process{envconfig.MapLookuper(c.env), strings.NewReader(""), io.Discard, &log}), says)
		require.Contains(t, log.String(), says)
		require.Contains(t, log.String(), "nothing was started")
	}
}
