package tools_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// held is a task as a client holds it.
type held struct {
	ResultType    string         `json:"resultType"`
	ID            string         `json:"taskId"`
	Status        string         `json:"status"`
	StatusMessage string         `json:"statusMessage"`
	CreatedAt     time.Time      `json:"createdAt"`
	LastUpdatedAt time.Time      `json:"lastUpdatedAt"`
	TTL           int64          `json:"ttlMs"`
	Poll          int64          `json:"pollIntervalMs"`
	Result        *result        `json:"result"`
	Content       any            `json:"content"`
	InputRequests any            `json:"inputRequests"`
	Meta          map[string]any `json:"_meta"`
}

func taskBody(method string, params map[string]any) string {
	return strings.Replace(modernBody(method, params), `"io.modelcontextprotocol/clientCapabilities":{}`,
		`"io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}`, 1)
}

// tasker speaks as a client that takes tasks.
type tasker func(method string, params map[string]any) message

func overHTTP(t *testing.T, url, token string) tasker {
	return func(method string, params map[string]any) message {
		t.Helper()
		name, _ := params["taskId"].(string)
		if method == "tools/call" {
			name, _ = params["name"].(string)
		}
		headers := []string{"Mcp-Protocol-Version", modern, "Mcp-Method", method, "Mcp-Name", name}
		if token != "" {
			headers = append(headers, "Authorization", "Bearer "+token)
		}
		r := post(t, url, taskBody(method, params), headers...)
		require.Equal(t, r.body.Error != nil, r.status >= 400, "%d %s", r.status, r.text)
		return r.body
	}
}

func overStreams(t *testing.T, s serveStreams) tasker {
	k := s.talk(t)
	return func(method string, params map[string]any) message {
		t.Helper()
		k.say(taskBody(method, params))
		return k.hear()
	}
}

func (m message) task(t *testing.T) held {
	t.Helper()
	require.Nil(t, m.Error)
	var h held
	require.NoError(t, json.Unmarshal(m.Result, &h))
	return h
}

func (ask tasker) remove(t *testing.T, account string) held {
	t.Helper()
	return ask("tools/call", map[string]any{"name": "remove_account", "arguments": map[string]any{"account": account, "reason": "left"}}).task(t)
}

func (ask tasker) get(t *testing.T, id string) held {
	t.Helper()
	got := ask("tasks/get", map[string]any{"taskId": id}).task(t)
	require.Equal(t, "complete", got.ResultType)
	require.Nil(t, got.InputRequests)
	require.NotEqual(t, "input_required", got.Status)
	return got
}

// until asks until a task has a status.
func (ask tasker) until(t *testing.T, id, status string) (got held) {
	t.Helper()
	require.Eventually(t, func() bool {
		got = ask.get(t, id)
		return got.Status == status
	}, time.Minute, 5*time.Millisecond)
	return got
}

func eachTasker(t *testing.T, test func(t *testing.T, w *world, ask tasker)) {
	for name, dial := range map[string]func(*testing.T, *world) tasker{
		"HTTP":   func(t *testing.T, w *world) tasker { return overHTTP(t, w.serve().URL, "") },
		"stdio":  func(t *testing.T, w *world) tasker { return overStreams(t, w.stdio()) },
		"bridge": func(t *testing.T, w *world) tasker { return overStreams(t, bridgeTo(w.serve().URL, rileysToken)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test(t, w, dial(t, w))
		})
	}
}

func TestAClientThatTakesTasksHoldsItsRequestAsOne(t *testing.T) {
	t.Parallel()
	eachTasker(t, func(t *testing.T, w *world, ask tasker) {
		made := ask.remove(t, "jane")
		require.Equal(t, "task", made.ResultType)
		require.Equal(t, w.opened(), made.ID, "the task is the request")
		require.Equal(t, "working", made.Status)
		require.Contains(t, made.StatusMessage, "Nothing has been changed yet.")
		require.NotContains(t, made.StatusMessage, "\u202e")
		require.Nil(t, made.Result)
		require.Nil(t, made.Content)
		require.Equal(t, (w.cfg.Policy.Expiry + 24*time.Hour).Milliseconds(), made.TTL)
		require.EqualValues(t, 15000, made.Poll)
		require.False(t, made.CreatedAt.IsZero())
		require.Equal(t, "working", ask.get(t, made.ID).Status)
		require.Equal(t, made.ID, ask.remove(t, "jane").ID, "the same call is the same task")

		w.approve(made.ID)
		done := ask.until(t, made.ID, "completed")
		require.Equal(t, "verified", done.Result.StructuredContent.Result)
		require.Equal(t, "complete", done.Result.ResultType)
		require.Contains(t, done.Result.text(), "verified")
		require.True(t, done.LastUpdatedAt.After(done.CreatedAt))
		require.Equal(t, 1, w.up.sent())
	})
}

func TestATaskIsReadFromTheStoreByAnyReplica(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := overHTTP(t, w.serve().URL, "").remove(t, "jane")
	w.cfg.Owner = "another"
	exec, err := executor.New(w.cfg)
	require.NoError(t, err)
	face, err := tools.NewMCP(exec, tools.MCPOptions{})
	require.NoError(t, err)
	t.Cleanup(face.Close)
	h, err := face.HTTP(tools.HTTPOptions{Loopback: true, Local: executor.Actor{Principal: riley}})
	require.NoError(t, err)
	replica := overHTTP(t, serveHandler(t, h), "")
	got := replica.get(t, made.ID)
	require.Equal(t, made.StatusMessage, got.StatusMessage)
	require.Equal(t, "complete", replica("tasks/cancel", map[string]any{"taskId": made.ID}).task(t).ResultType)
	r, err := w.exec.Show(t.Context(), made.ID)
	require.NoError(t, err)
	require.Equal(t, executor.Withdrawn, r.State)
}

func TestSomebodyElsesTaskLooksLikeNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	id := overHTTP(t, url, rileysToken).remove(t, "jane").ID
	bao := overHTTP(t, url, baosToken)
	for _, method := range []string{"tasks/get", "tasks/update", "tasks/cancel"} {
		none, other := bao(method, map[string]any{"taskId": "req_none"}), bao(method, map[string]any{"taskId": id})
		require.Equal(t, -32602, other.Error.Code, method)
		require.Equal(t, none, other, method)
	}
	require.Equal(t, "working", overHTTP(t, url, rileysToken).get(t, id).Status)
}

func TestCancellingWithdrawsWhileNothingWasSentAndOtherwiseSaysWhyItGoesOn(t *testing.T) {
	t.Parallel()
	eachTasker(t, func(t *testing.T, w *world, ask tasker) {
		first := ask.remove(t, "jane").ID
		note := ask("tasks/cancel", map[string]any{"taskId": first}).task(t).Meta["accountops/note"]
		require.Nil(t, note)
		gone := ask.get(t, first)
		require.Equal(t, "cancelled", gone.Status)
		require.Nil(t, gone.Result)
		require.Contains(t, gone.StatusMessage, "ithdrawn")

		w.up.mu.Lock()
		w.up.hold = make(chan struct{})
		w.up.mu.Unlock()
		second := ask.remove(t, "jane").ID
		require.NotEqual(t, first, second)
		w.approve(second)
		require.Eventually(t, func() bool {
			return strings.Contains(ask.get(t, second).StatusMessage, "It can no longer be withdrawn.")
		}, time.Minute, 5*time.Millisecond)
		late := ask("tasks/cancel", map[string]any{"taskId": second}).task(t)
		require.Equal(t, "complete", late.ResultType)
		require.Empty(t, late.ID+late.Status, "an acknowledgement holds no task")
		require.Contains(t, late.Meta["accountops/note"], "too late to withdraw")
		close(w.up.hold)
		ask.until(t, second, "completed")
		require.Contains(t, ask("tasks/cancel", map[string]any{"taskId": second}).task(t).Meta["accountops/note"], "too late")
		require.Equal(t, "completed", ask.get(t, second).Status)
		require.Equal(t, 1, w.up.sent())
	})
}

func TestNoMessageAboutATaskApproves(t *testing.T) {
	t.Parallel()
	eachTasker(t, func(t *testing.T, w *world, ask tasker) {
		id := ask.remove(t, "jane").ID
		for _, key := range []string{"approve", "approval", "confirm", "answer"} {
			ack := ask("tasks/update", map[string]any{"taskId": id, "status": "completed", "approved": true,
				"inputResponses": map[string]any{key: map[string]any{"action": "accept", "content": map[string]any{"approved": true}}}}).task(t)
			require.Equal(t, "complete", ack.ResultType)
		}
		require.Equal(t, "working", ask.get(t, id).Status)
		r, err := w.exec.Show(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, executor.Pending, r.State)
		require.Empty(t, r.Decisions)
		require.Zero(t, w.up.sent())
	})
}

func TestTasksAreForClientsThatDeclareThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	plain := caller(t, "modern", url, "")("remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0})
	id := plain.StructuredContent.RequestID
	k := w.stdio().talk(t)
	for _, method := range []string{"tasks/get", "tasks/update", "tasks/cancel"} {
		body := modernBody(method, map[string]any{"taskId": id})
		r := post(t, url, body, "Mcp-Protocol-Version", modern, "Mcp-Method", method, "Mcp-Name", id)
		require.Equal(t, 400, r.status)
		k.say(body)
		for _, got := range []message{r.body, k.hear()} {
			require.Equal(t, -32021, got.Error.Code, method)
		}
		require.Contains(t, r.text, `"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}`)
		require.Equal(t, -32020, post(t, url, taskBody(method, map[string]any{"taskId": id}), "Mcp-Protocol-Version", modern, "Mcp-Method", method, "Mcp-Name", "other").body.Error.Code)
	}
	require.Equal(t, "working", overHTTP(t, url, "").get(t, id).Status, "a request that was no task is one for who takes them")
	for _, ask := range []tasker{overHTTP(t, url, ""), overStreams(t, w.stdio())} {
		require.Equal(t, "complete", ask("tools/call", map[string]any{"name": "find_accounts", "arguments": map[string]any{}}).result(t).ResultType)
		wrong := ask("tools/call", map[string]any{"name": "remove_account", "arguments": map[string]any{"account": "jane"}}).result(t)
		require.True(t, wrong.IsError)
		require.Equal(t, "complete", wrong.ResultType)
		for _, removed := range []string{"tasks/list", "tasks/result"} {
			require.Equal(t, -32601, ask(removed, map[string]any{"taskId": id}).Error.Code, removed)
		}
		require.Contains(t, []int{-32602, -32020}, ask("tasks/get", map[string]any{}).Error.Code, "over HTTP its header lacks too")
		require.Contains(t, string(ask("server/discover", nil).Result), `"extensions":{"io.modelcontextprotocol/tasks":{}}`)
	}
	session := post(t, url, hello).header.Get("Mcp-Session-Id")
	older := post(t, url, fmt.Sprintf(`{"jsonrpc":"2.0","id":3,"method":"tasks/get","params":{"taskId":%q}}`, id), "Mcp-Session-Id", session)
	require.Equal(t, -32601, older.body.Error.Code, "the older protocol has other tasks, which are not offered")
}

func TestCancellingATaskTakesWhatWithdrawingTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const readers = "riley-reading-token-1"
	id := overHTTP(t, w.serve().URL, rileysToken).remove(t, "jane").ID
	reader := overHTTP(t, w.serve(func(o *tools.HTTPOptions) {
		o.Tokens = append(o.Tokens, tools.Token{Secret: readers, Principal: riley, Scopes: []string{tools.ScopeRead}})
	}).URL, readers)
	narrow, err := tools.NewMCP(w.exec, tools.MCPOptions{ReadOnly: true})
	require.NoError(t, err)
	t.Cleanup(narrow.Close)
	w.mcp = narrow
	for why, ask := range map[string]tasker{"takes the scope accounts:change": reader, "does not withdraw": overHTTP(t, w.serve().URL, rileysToken)} {
		refused := ask("tasks/cancel", map[string]any{"taskId": id})
		require.Contains(t, refused.Error.Message, why)
		require.Contains(t, refused.Error.Message, "nothing has been changed")
		require.Equal(t, "working", ask.get(t, id).Status, "it may be followed")
	}
}
