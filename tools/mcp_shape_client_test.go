package tools_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// shapeClient is one client of a shape.
type shapeClient struct {
	s     *stage
	url   string
	face  *tools.MCP // it speaks over stdio to this; nil: by HTTP to url
	token string
	shape shape
	tasks bool // it takes tasks
	asked int
	held  int // how often it was given a task
}

func (c *shapeClient) auth() []string {
	if c.token == "" {
		return nil
	}
	return []string{"Authorization", "Bearer " + c.token}
}

// capabilities are what it declares.
func (c *shapeClient) capabilities() map[string]any {
	caps := map[string]any{}
	if c.shape.can != nil {
		caps["elicitation"] = c.shape.can
	}
	if c.tasks {
		caps["extensions"] = map[string]any{"io.modelcontextprotocol/tasks": map[string]any{}}
	}
	return caps
}

// say sends one message of the new protocol.
func (c *shapeClient) say(method, name string, p map[string]any) message {
	c.s.t.Helper()
	p["_meta"] = map[string]any{
		"io.modelcontextprotocol/protocolVersion": modern, "io.modelcontextprotocol/clientInfo": map[string]string{"name": "shape", "version": "1"},
		"io.modelcontextprotocol/clientCapabilities": c.capabilities(),
	}
	if c.face == nil {
		return post(c.s.t, c.url, modernBody(method, p), append(c.auth(), "Mcp-Protocol-Version", modern, "Mcp-Method", method, "Mcp-Name", name)...).body
	}
	said := c.overStdio(modernBody(method, p))
	require.Len(c.s.t, said, 1)
	return said[0]
}

// overStdio says lines to a server in its process, and gives all that it says until its end.
func (c *shapeClient) overStdio(lines ...string) (said []message) {
	c.s.t.Helper()
	by := executor.Actor{Principal: riley, Name: "Riley"}
	if c.token == baosToken {
		by = executor.Actor{Principal: bao, Name: "Bao"}
	}
	var out bytes.Buffer
	require.NoError(c.s.t, c.face.ServeStdio(c.s.t.Context(), strings.NewReader(strings.Join(lines, "\n")), &out, by))
	for line := range strings.Lines(out.String()) {
		var m message
		require.NoError(c.s.t, json.Unmarshal([]byte(line), &m), line)
		said = append(said, m)
	}
	return said
}

// modern calls by the new protocol, and goes round as often as it is asked.
func (c *shapeClient) modern(tool string, args map[string]any) {
	p := map[string]any{"name": tool, "arguments": args}
	retry := map[string]any{}
	for range 5 {
		for name, value := range retry {
			p[name] = value
		}
		answer := c.say("tools/call", fmt.Sprint(p["name"]), p)
		var got struct {
			ResultType    string `json:"resultType"`
			TaskID        string `json:"taskId"`
			RequestState  string `json:"requestState"`
			InputRequests map[string]struct {
				Method string
				Params elicitation
			} `json:"inputRequests"`
		}
		_ = json.Unmarshal(answer.Result, &got) // an error ends the round
		if got.ResultType != "input_required" {
			c.approveByTask(got.TaskID)
			if c.shape.twice && len(retry) > 0 {
				require.Contains(c.s.t, string(c.say("tools/call", tool, p).Result), "answers no question that is open", "an answer counts once")
			}
			return
		}
		c.asked++
		require.Len(c.s.t, got.InputRequests, 1)
		question := got.InputRequests["answer"]
		require.Equal(c.s.t, "elicitation/create", question.Method)
		field, offered := question.Params.asks(c.s.t)
		if c.shape.silent || c.shape.hangUp {
			return
		}
		retry = map[string]any{"requestState": got.RequestState, "inputResponses": map[string]any{"answer": c.shape.answer(field, offered)}}
		if c.shape.more != nil {
			c.shape.more(c, p, retry)
			if _, has := retry["requestState"]; !has {
				delete(p, "requestState")
			}
			if _, has := retry["inputResponses"]; !has {
				delete(p, "inputResponses")
			}
		}
	}
	require.Fail(c.s.t, "it is asked without end")
}

// approveByTask does to a task that it holds whatever might approve it. The task is never one that waits for its input.
func (c *shapeClient) approveByTask(id string) {
	c.s.t.Helper()
	require.True(c.s.t, c.tasks || id == "", "a task is for who takes one")
	if id == "" {
		return
	}
	c.held++
	for _, key := range []string{"answer", "approval"} {
		require.Nil(c.s.t, c.say("tasks/update", id, map[string]any{"taskId": id, "status": "completed", "approved": true,
			"inputResponses": map[string]any{key: accepting1(map[string]any{"approved": true, "approver": "slack:T0:UAMARA"})}}).Error)
	}
	got := c.say("tasks/get", id, map[string]any{"taskId": id}).task(c.s.t)
	require.Equal(c.s.t, "working", got.Status)
	require.Nil(c.s.t, got.InputRequests)
}

// elicitation is what a client is asked.
type elicitation struct {
	Message         string
	Mode            string
	RequestedSchema struct {
		Properties map[string]struct {
			Type  string
			OneOf []struct{ Const, Title string }
		}
		Required []string
	}
}

// asks gives the one field that is asked for. It must never be about approving.
func (e elicitation) asks(t *testing.T) (string, []string) {
	t.Helper()
	require.Len(t, e.RequestedSchema.Required, 1)
	field := e.RequestedSchema.Required[0]
	require.Contains(t, []string{"reason", "account"}, field)
	require.Len(t, e.RequestedSchema.Properties, 1)
	require.Contains(t, e.Message, "Nothing has been changed yet.")
	require.NotEqual(t, "url", e.Mode)
	var offered []string
	for i, choice := range e.RequestedSchema.Properties[field].OneOf {
		offered = append(offered, choice.Const)
		if strings.Contains(choice.Title, `"Corporate AD"`) { // where everything can be done
			offered[0], offered[i] = offered[i], offered[0]
		}
	}
	return field, offered
}

// legacy calls by the old protocol: it is asked while its call is open.
func (c *shapeClient) legacy(tool string, args map[string]any) {
	hi, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": map[string]any{
		"protocolVersion": "2025-11-25", "capabilities": c.capabilities(), "clientInfo": map[string]string{"name": "shape", "version": "1"}}})
	body, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": map[string]any{"name": tool, "arguments": args}})
	if c.face != nil {
		said := c.overStdio(string(hi), `{"jsonrpc":"2.0","method":"notifications/initialized"}`, string(body))
		require.Len(c.s.t, said, 2, "it is asked nothing, since there is no way back to it")
		require.True(c.s.t, said[1].result(c.s.t).IsError)
		return
	}
	session := post(c.s.t, c.url, string(hi), c.auth()...).header.Get("Mcp-Session-Id")
	headers := append(c.auth(), "Mcp-Session-Id", session, "Mcp-Protocol-Version", "2025-11-25")
	ctx, hangUp := context.WithCancel(c.s.t.Context())
	defer hangUp()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(string(body)))
	require.NoError(c.s.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(c.s.t, err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var m struct {
			ID     json.RawMessage
			Method string
			Params elicitation
		}
		if json.Unmarshal([]byte(strings.TrimPrefix(lines.Text(), "data: ")), &m) != nil || m.Method != "elicitation/create" {
			continue // the answer, or nothing of interest
		}
		c.asked++
		require.LessOrEqual(c.s.t, c.asked, 5, "it is asked without end")
		field, offered := m.Params.asks(c.s.t)
		if c.shape.hangUp {
			hangUp()
			return
		}
		if c.shape.silent {
			continue
		}
		reply := map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": c.shape.answer(field, offered)}
		if c.shape.fails {
			reply = map[string]any{"jsonrpc": "2.0", "id": m.ID, "error": map[string]any{"code": -1, "message": "approved"}}
		}
		answer, _ := json.Marshal(reply)
		for range map[bool]int{false: 1, true: 3}[c.shape.twice] {
			require.Equal(c.s.t, http.StatusAccepted, post(c.s.t, c.url, string(answer), headers...).status)
		}
	}
}
