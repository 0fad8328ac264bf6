package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// taskCall makes a call as a client that takes tasks, and gives the result.
func (s *site) taskCall(method, name string, params object) object {
	s.t.Helper()
	meta := modernMeta()
	meta["io.modelcontextprotocol/clientCapabilities"] = object{"extensions": object{"io.modelcontextprotocol/tasks": object{}}}
	params["_meta"] = meta
	body, err := json.Marshal(object{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	require.NoError(s.t, err)
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.base+"/mcp", bytes.NewReader(body))
	require.NoError(s.t, err)
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method, "Mcp-Name": name} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	var out object
	require.NoError(s.t, json.Unmarshal(resultIn(s.t, raw), &out))
	return out
}

func TestATaskSurvivesKill9(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	made := v.site.taskCall("tools/call", "remove_account",
		object{"name": "remove_account", "arguments": object{"account": "jane.doe", "source": "Corporate AD", "reason": "left"}})
	require.Equal(t, "task", made["resultType"])
	id, _ := made["taskId"].(string)
	v.restart()
	got := v.site.taskCall("tasks/get", id, object{"taskId": id})
	require.Equal(t, "working", got["status"])
	require.Equal(t, made["createdAt"], got["createdAt"])
	card := v.site.card("jane.doe")
	_, answer := v.site.click("approver", card, card.button("approve"))
	require.Equal(t, true, answer["acked"], "%v", answer)
	v.site.wait("the task's end", func() bool {
		got = v.site.taskCall("tasks/get", id, object{"taskId": id})
		return got["status"] == "completed"
	})
	raw, err := json.Marshal(got["result"])
	require.NoError(t, err)
	structured, text, isError := toolAnswer(t, raw)
	require.False(t, isError, text)
	require.Equal(t, "verified", structured["result"])
	require.Len(t, v.site.changing("isc"), 1)
}

// taker is accountops mcp as a process of its own, and the client on its streams, which takes tasks.
type taker struct {
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Reader
}

func newTaker(t *testing.T, env map[string]string) *taker {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "mcp") //nolint:gosec // our own test binary
	cmd.Env = []string{"ACCOUNTOPS_TEST_IS_THE_PROGRAM=1"}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	k := &taker{cmd, in, bufio.NewReader(out)}
	t.Cleanup(k.kill)
	return k
}

func (k *taker) kill() {
	_ = k.cmd.Process.Kill() // it may have ended already
	_ = k.cmd.Wait()         // says that it was killed
}

func (k *taker) call(t *testing.T, method string, params object) object {
	t.Helper()
	line := strings.Replace(modernLine(t, 1, method, params), `clientCapabilities":{}`, `clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}`, 1)
	_, err := io.WriteString(k.in, line)
	require.NoError(t, err)
	answer, err := k.out.ReadString('\n')
	require.NoError(t, err)
	result, is := protocol(t, answer)["1"]["result"].(object)
	require.True(t, is, answer)
	return result
}

func TestATaskOfAStdioProcessThatIsKilledIsCarriedOnByAnother(t *testing.T) {
	t.Parallel()
	s, env := world(t)
	first := newTaker(t, env)
	made := first.call(t, "tools/call", object{"name": "remove_account", "arguments": object{"account": "jane.doe", "source": "Corporate AD", "reason": "left"}})
	require.Equal(t, "task", made["resultType"], "%v", made)
	first.kill()

	second := newTaker(t, env)
	get := func() object { return second.call(t, "tasks/get", object{"taskId": made["taskId"]}) }
	require.Equal(t, "working", get()["status"])
	require.Equal(t, made["createdAt"], get()["createdAt"])
	card := s.card("jane.doe")
	_, answer := s.click("approver", card, card.button("approve"))
	require.Equal(t, true, answer["acked"], "%v", answer)
	s.wait("the task's end", func() bool { return get()["status"] == "completed" })
	result, _ := get()["result"].(object)
	structured, _ := result["structuredContent"].(object)
	require.Equal(t, "verified", structured["result"], "%v", result)
	require.Len(t, s.changing("isc"), 1)
}
