package tools_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// unfit are requests whose params do not fit, with what is said about them.
var unfit = []struct{ method, params, says string }{
	{"tools/call", `[]`, "tools/call"},
	{"tools/call", `{"name":5}`, "params.name of tools/call"},
	{"tools/call", `{"name":"find_accounts","inputResponses":5}`, "params.inputResponses of tools/call"},
	{"tools/list", `{"cursor":5}`, "params.cursor of tools/list"},
	{"tools/list", `{"cursor":"a"}`, "none of ours"},
	{"tools/list", `{"cursor":"ZmluZF9hY2NvdW50cw=="}`, "none of ours"},
	{"resources/list", `{"cursor":"%%%"}`, "none of ours"},
	{"resources/templates/list", `{"cursor":"%%%"}`, "none of ours"},
	{"prompts/list", `{"cursor":"%%%"}`, "none of ours"},
	{"resources/read", `{"uri":[]}`, "params.uri of resources/read"},
	{"prompts/get", `{"name":"offboard_person"}`, "needs the argument person: Who leaves"},
	{"prompts/get", `{"name":"offboard_person","arguments":{"source":"AD"}}`, "needs the argument person"},
	{"prompts/get", `{"name":"offboard_person","arguments":{"person":5}}`, "params.arguments"},
	{"completion/complete", `{"ref":5,"argument":[]}`, "completion/complete"},
}

func unfitLine(era, method, params string) string {
	if era == "legacy" {
		return `{"jsonrpc":"2.0","id":7,"method":"` + method + `","params":` + params + `}`
	}
	var given map[string]any
	if json.Unmarshal([]byte(params), &given) != nil {
		return ""
	}
	return modernBody(method, given)
}

func requireUnfit(t *testing.T, got message, line, says string) {
	t.Helper()
	require.NotNil(t, got.Error, line)
	require.Equal(t, -32602, got.Error.Code, "%s: %s", line, got.Error.Message)
	require.Equal(t, "7", string(got.ID), line)
	require.Contains(t, got.Error.Message, says, line)
	require.Contains(t, got.Error.Message, "nothing has been changed", line)
	for _, inside := range []string{"json:", "Go ", "unparsable", "base64", "mcp.", "Request."} {
		require.NotContains(t, got.Error.Message, inside, line)
	}
}

func TestParamsThatDoNotFitAreRefusedInOurWords(t *testing.T) {
	t.Parallel()
	stage := newStage(t, "sailpoint", "sandbox-client")
	face, url := stage.faces(tools.MCPOptions{})
	session := post(t, url, hello).header.Get("Mcp-Session-Id")
	stdio := (&world{t: t, mcp: face}).stdio().talk(t)
	bridge := bridgeTo(url, "").talk(t)
	for _, k := range []*talk{stdio, bridge} {
		k.say(hello)
		k.hear()
	}
	for _, c := range unfit {
		for _, era := range []string{"legacy", "modern"} {
			line := unfitLine(era, c.method, c.params)
			if line == "" {
				continue
			}
			for _, k := range []*talk{stdio, bridge} {
				k.say(line)
				requireUnfit(t, k.hear(), line, c.says)
			}
			headers, status := []string{"Mcp-Session-Id", session}, http.StatusOK
			if era == "modern" {
				headers, status = []string{"Mcp-Protocol-Version", modern, "Mcp-Method", c.method, "Mcp-Name", "find_accounts"}, http.StatusBadRequest
			}
			r := post(t, url, line, headers...)
			requireUnfit(t, r.body, line, c.says)
			require.Equal(t, status, r.status, line)
		}
	}
}

func TestATaskRequestWhoseParamsDoNotFitIsNoUnknownMethod(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, ask func(method, body string) message) {
		for _, c := range []struct {
			method, says string
			params       map[string]any
		}{
			{"tasks/get", "params.taskId of tasks/get", map[string]any{"taskId": 5}},
			{"tasks/cancel", "params.taskId of tasks/cancel", map[string]any{"taskId": []string{}}},
			{"tasks/get", "needs a taskId", map[string]any{}},
			{"tasks/update", "params.inputResponses of tasks/update", map[string]any{"taskId": "x", "inputResponses": []string{}}},
		} {
			requireUnfit(t, ask(c.method, taskBody(c.method, c.params)), c.method, c.says)
			undeclared := ask(c.method, strings.Replace(taskBody(c.method, c.params), `"extensions"`, `"other"`, 1))
			require.Equal(t, -32021, undeclared.Error.Code, "the extension is missing in the first place")
		}
	}
	eachWay(t, func(t *testing.T, _ *world, streams serveStreams, _ executor.Door) {
		k := streams.talk(t)
		check(t, func(_, body string) message { k.say(body); return k.hear() })
	})
	t.Run("HTTP", func(t *testing.T) {
		t.Parallel()
		url := newWorld(t).serve().URL
		check(t, func(method, body string) message {
			var name string
			if strings.Contains(body, `"taskId":"x"`) {
				name = "x"
			}
			return post(t, url, body, "Mcp-Protocol-Version", modern, "Mcp-Method", method, "Mcp-Name", name).body
		})
	})
}
