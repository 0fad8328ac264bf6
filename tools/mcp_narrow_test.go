package tools_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
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
	require.Equal(t, []string{"find_accounts", "list_requests"}, narrowedNames(t, tools.MCPOptions{Only: []string{"list_requests", "find_accounts"}}))
	require.Equal(t, []string{"get_account"}, narrowedNames(t, tools.MCPOptions{ReadOnly: true, Only: []string{"get_account"}}))
}

func TestWhoMayAskMayFollowAndWithdraw(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"find_accounts", "get_request", "remove_account", "withdraw_request"},
		narrowedNames(t, tools.MCPOptions{Only: []string{"remove_account", "find_accounts"}}))
	require.Equal(t, []string{"enable_account", "get_request", "withdraw_request"}, narrowedNames(t, tools.MCPOptions{Only: []string{"enable_account", "get_request"}}))
}

func TestInstructionsSpeakOnlyOfToolsThatAreThere(t *testing.T) {
	t.Parallel()
	for says, opts := range map[string]tools.MCPOptions{
		"destructive hint":              {},
		"or take it back":               {Only: []string{"remove_account"}},
		"record a request":              {Only: []string{"enable_account"}},
		"No tool here changes":          {ReadOnly: true},
		"let the person choose; do not": {Only: []string{"get_account"}},
	} {
		names := narrowedNames(t, opts)
		told := instructionsOf(t, opts)
		require.Contains(t, told, says)
		for _, word := range regexp.MustCompile(`[a-z]+_[a-z]+`).FindAllString(told, -1) {
			require.True(t, word == "request_id" || slices.Contains(names, word), "%s, with %v", word, names)
		}
		changes := slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(name, "e_account") })
		destroys := slices.Contains(names, "remove_account")
		require.Equal(t, changes, strings.Contains(told, "request"), "%v", names)
		require.Equal(t, changes, strings.Contains(told, "approve"), "%v", names)
		require.Equal(t, destroys, strings.Contains(told, "destructive"), "%v", names)
	}
}

func instructionsOf(t *testing.T, opts tools.MCPOptions) string {
	t.Helper()
	face, err := tools.NewMCP(only{ops: tools.Catalogue(tools.Systems{})}, opts)
	require.NoError(t, err)
	t.Cleanup(face.Close)
	h, err := face.HTTP(tools.HTTPOptions{Loopback: true, Local: executor.Actor{Principal: riley}})
	require.NoError(t, err)
	var told struct{ Instructions string }
	require.NoError(t, json.Unmarshal(ask1(t, serveHandler(t, h), "server/discover", nil).body.Result, &told))
	return told.Instructions
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

func TestNoErrorSendsAModelAfterAToolThatIsLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		only []string
		next string
	}{{[]string{"remove_account", "find_accounts"}, ""}, {[]string{"remove_account", "list_requests"}, "list_requests"}} {
		face, err := tools.NewMCP(w.exec, tools.MCPOptions{Only: c.only})
		require.NoError(t, err)
		t.Cleanup(face.Close)
		served := *w
		served.mcp = face
		r := callModern(t, served.serve().URL, "get_request", map[string]any{"request_id": "req_none"})
		require.Equal(t, c.next != "", strings.Contains(r.text, "list_requests"), r.text)
		require.Contains(t, r.text, "You have no request with this id.")
	}
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
