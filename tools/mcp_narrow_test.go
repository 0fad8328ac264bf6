package tools_test

import (
	"testing"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

func narrowedNames(t *testing.T, opts tools.MCPOptions) []string {
	t.Helper()
	_, list, _ := listedBy(t, opts)
	var names []string
	for _, tool := range list {
		names = append(names, tool.Name)
	}
	return names
}

func TestANarrowDeploymentHasOnlyItsTools(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"find_accounts", "get_account", "get_request", "list_deletion_requests", "list_requests"},
		narrowedNames(t, tools.MCPOptions{ReadOnly: true}))
	require.Equal(t, []string{"find_accounts", "remove_account"}, narrowedNames(t, tools.MCPOptions{Only: []string{"remove_account", "find_accounts"}}))
	require.Equal(t, []string{"get_account"}, narrowedNames(t, tools.MCPOptions{ReadOnly: true, Only: []string{"get_account"}}))
}

func TestAToolThatIsLeftOutCannotBeCalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	face, err := tools.NewMCP(w.exec, tools.MCPOptions{ReadOnly: true})
	require.NoError(t, err)
	t.Cleanup(face.Close)
	w.mcp = face
	url := w.serve().URL
	for _, tool := range []string{"remove_account", "disable_account", "withdraw_request"} {
		r := callModern(t, url, tool, map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0})
		require.NotNil(t, r.body.Error, tool)
		require.Equal(t, -32602, r.body.Error.Code, tool)
	}
	_, n, err := w.exec.List(t.Context(), executor.Actor{Principal: riley}, false, 10, 0)
	require.NoError(t, err)
	require.Zero(t, n)
	require.False(t, caller(t, "modern", url, "")("find_accounts", map[string]any{}).IsError)
}

func TestANarrowingThatMeansNothingIsRefused(t *testing.T) {
	t.Parallel()
	all := tools.Catalogue(tools.Systems{})
	for says, opts := range map[string]tools.MCPOptions{
		"no such tools: approve_request; there are find_accounts": {Only: []string{"approve_request", "get_account"}},
		"no tools that only read: remove_account":                 {ReadOnly: true, Only: []string{"remove_account", "get_account"}},
	} {
		_, err := opts.Narrowed(all)
		require.ErrorContains(t, err, says)
	}
	_, err := tools.MCPOptions{ReadOnly: true}.Narrowed([]executor.Operation{tools.WithdrawRequest()})
	require.ErrorContains(t, err, "no tool is left")
}
