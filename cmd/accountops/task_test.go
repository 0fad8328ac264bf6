package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
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
