package tools_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// shape is a kind of client, by what it can be asked and how it answers.
type shape struct {
	name   string
	can    any // the elicitation capability that it declares; nil: none
	answer func(field string, offered []string) map[string]any
	more   func(c *shapeClient, p map[string]any, retry map[string]any) // what it does besides, in the new protocol
	silent bool                                                         // it never answers
	hangUp bool                                                         // it leaves instead of answering
	fails  bool                                                         // it answers with an error
	twice  bool                                                         // it answers the same again
}

func accepting1(content map[string]any) map[string]any {
	return map[string]any{"action": "accept", "content": content}
}

// honest gives what it was asked for: a reason, or the first account that it was shown.
func honest(field string, offered []string) map[string]any {
	if len(offered) > 0 {
		return accepting1(map[string]any{field: offered[0]})
	}
	return accepting1(map[string]any{field: "left"})
}

func action(word string) func(string, []string) map[string]any {
	return func(string, []string) map[string]any { return map[string]any{"action": word} }
}

var form = map[string]any{"form": map[string]any{}}

// shapes are those of F1, each in both protocols, and a few that only the new one has.
func shapes() []shape {
	return []shape{
		{name: "no elicitation"},
		{name: "form, as before there were modes", can: map[string]any{}, answer: honest},
		{name: "form only", can: form, answer: honest},
		{name: "form and URL", can: map[string]any{"form": map[string]any{}, "url": map[string]any{}}, answer: honest},
		{name: "URL only", can: map[string]any{"url": map[string]any{}}, answer: honest},
		{name: "elicitation error", can: form, fails: true, answer: func(string, []string) map[string]any {
			return map[string]any{"error": map[string]any{"code": -32603, "message": "approved"}}
		}},
		{name: "timeout", can: form, silent: true},
		{name: "cancel", can: form, answer: action("cancel")},
		{name: "decline", can: form, answer: action("decline")},
		{name: "an action that there is not", can: form, answer: action("approve")},
		{name: "malformed", can: form, answer: func(field string, _ []string) map[string]any {
			return map[string]any{"action": "accept", "content": map[string]any{field: []any{"left", true}}}
		}},
		{name: "disconnect", can: form, answer: honest, hangUp: true},
		{name: "replayed answer", can: form, answer: honest, twice: true},
		{name: "extra fields", can: form, answer: func(field string, _ []string) map[string]any {
			return accepting1(map[string]any{field: "left", "approved": true, "approver": "slack:T0:UAMARA", "quorum": 0})
		}},
		{name: "an answer that was not offered", can: form, answer: func(field string, _ []string) map[string]any {
			return accepting1(map[string]any{field + "s": "all"})
		}},
		{name: "an approval as the answer", can: form, answer: func(field string, offered []string) map[string]any {
			if len(offered) > 0 {
				return honest(field, offered)
			}
			return accepting1(map[string]any{field: `approved by <@UAMARA> {"approved":true}`})
		}},
	}
}

// sealedShapes try what only the new protocol has: state that a client holds.
func sealedShapes() []shape {
	change := func(name string, more func(c *shapeClient, p, retry map[string]any)) shape {
		return shape{name: name, can: form, answer: honest, more: more}
	}
	return []shape{
		change("state with a bit changed", func(_ *shapeClient, _, retry map[string]any) {
			state, _ := retry["requestState"].(string)
			retry["requestState"] = swapped(state)
		}),
		change("state of its own making", func(_ *shapeClient, _, retry map[string]any) {
			retry["requestState"] = `{"p":"slack:T0:URILEY","t":"remove_account","approved":true}`
		}),
		change("an answer without state", func(_ *shapeClient, _, retry map[string]any) { delete(retry, "requestState") }),
		change("state without an answer", func(_ *shapeClient, _, retry map[string]any) { delete(retry, "inputResponses") }),
		change("state of somebody else", func(c *shapeClient, _, _ map[string]any) { c.token = baosToken }),
		change("state of another call", func(_ *shapeClient, p, _ map[string]any) {
			p["arguments"] = map[string]any{"account": "jane.doe", "source": "Corporate AD", "wait_seconds": 0}
		}),
		change("state of another tool", func(_ *shapeClient, p, _ map[string]any) { p["name"] = "disable_account" }),
		change("an answer beside the answer", func(_ *shapeClient, _, retry map[string]any) {
			answers, _ := retry["inputResponses"].(map[string]any)
			answers["approval"] = accepting1(map[string]any{"approved": true})
		}),
	}
}

// shapeClient is one client of a shape.
type shapeClient struct {
	s     *stage
	url   string
	token string
	shape shape
	asked int
}

func (c *shapeClient) auth() []string {
	if c.token == "" {
		return nil
	}
	return []string{"Authorization", "Bearer " + c.token}
}

// modern calls by the new protocol, and goes round as often as it is asked.
func (c *shapeClient) modern(tool string, args map[string]any) {
	caps := map[string]any{}
	if c.shape.can != nil {
		caps["elicitation"] = c.shape.can
	}
	p := map[string]any{"name": tool, "arguments": args, "_meta": map[string]any{
		"io.modelcontextprotocol/protocolVersion": modern, "io.modelcontextprotocol/clientInfo": map[string]string{"name": "shape", "version": "1"},
		"io.modelcontextprotocol/clientCapabilities": caps,
	}}
	retry := map[string]any{}
	for range 5 {
		for name, value := range retry {
			p[name] = value
		}
		r := post(c.s.t, c.url, modernBody("tools/call", p), append(c.auth(), "Mcp-Protocol-Version", modern, "Mcp-Method", "tools/call", "Mcp-Name", fmt.Sprint(p["name"]))...)
		var got struct {
			ResultType    string `json:"resultType"`
			RequestState  string `json:"requestState"`
			InputRequests map[string]struct {
				Method string
				Params elicitation
			} `json:"inputRequests"`
		}
		_ = json.Unmarshal(r.body.Result, &got) // an error ends the round
		if got.ResultType != "input_required" {
			if c.shape.twice && len(retry) > 0 {
				again := post(c.s.t, c.url, modernBody("tools/call", p), append(c.auth(), "Mcp-Protocol-Version", modern, "Mcp-Method", "tools/call", "Mcp-Name", tool)...)
				require.Contains(c.s.t, again.text, "answers no question that is open", "an answer counts once")
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

// elicitation is what a client is asked.
type elicitation struct {
	Message         string
	Mode            string
	RequestedSchema struct {
		Properties map[string]struct {
			Type      string
			Enum      []string
			EnumNames []string
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
	offered, names := e.RequestedSchema.Properties[field].Enum, e.RequestedSchema.Properties[field].EnumNames
	require.Len(t, names, len(offered))
	for i, name := range names {
		if strings.Contains(name, `"Corporate AD"`) { // where everything can be done
			offered[0], offered[i] = offered[i], offered[0]
		}
	}
	return field, offered
}

// legacy calls by the old protocol: it is asked while its call is open.
func (c *shapeClient) legacy(tool string, args map[string]any) {
	caps := map[string]any{}
	if c.shape.can != nil {
		caps["elicitation"] = c.shape.can
	}
	hi, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": map[string]any{
		"protocolVersion": "2025-11-25", "capabilities": caps, "clientInfo": map[string]string{"name": "shape", "version": "1"}}})
	session := post(c.s.t, c.url, string(hi), c.auth()...).header.Get("Mcp-Session-Id")
	headers := append(c.auth(), "Mcp-Session-Id", session, "Mcp-Protocol-Version", "2025-11-25")
	body, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": map[string]any{"name": tool, "arguments": args}})
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

// destructive are the calls of F1: they lack a reason, and their account is not the only one of its name.
var destructive = []struct {
	tool, system string
	args         map[string]any
	can          bool // whether the system can do it at all
}{
	{"remove_account", "sailpoint", map[string]any{"account": "John Smith", "wait_seconds": 0}, true},
	{"delete_account", "sailpoint", map[string]any{"account": "John Smith", "wait_seconds": 0}, true},
	{"remove_account", "esystems", map[string]any{"account": "LEGACY-0042", "match_by": "external_id", "wait_seconds": 0}, false},
	{"delete_account", "esystems", map[string]any{"account": "LEGACY-0042", "match_by": "external_id", "wait_seconds": 0}, true},
}

// F1: whatever the client, nothing destructive leaves without an approval in the approval channel. Sends are counted at the tenant.
func TestNoClientShapeSendsAnythingDestructive(t *testing.T) {
	t.Parallel()
	for _, d := range destructive {
		t.Run(d.tool+" "+d.system, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, d.system, "sandbox-client")
			url := s.face(tools.MCPOptions{Patience: 300 * time.Millisecond})
			cells, questions, recorded := 0, 0, 0
			try := func(era string, sh shape) {
				c := &shapeClient{s: s, url: url, shape: sh}
				if era == "new" {
					c.modern(d.tool, d.args)
				} else {
					c.legacy(d.tool, d.args)
				}
				requests, pending := s.leftBehind()
				require.Zero(t, s.writes(), "%s, %s protocol", sh.name, era)
				require.Equal(t, requests, pending, "%s: what was recorded waits for an approval", sh.name)
				t.Logf("%-14s %-9s %-3s %-34s questions %d, requests %d, sends 0", d.tool, d.system, era, sh.name, c.asked, requests)
				cells, questions, recorded = cells+1, questions+c.asked, recorded+requests
			}
			for _, sh := range shapes() {
				try("new", sh)
				try("old", sh)
			}
			for _, sh := range sealedShapes() {
				try("new", sh)
			}
			require.GreaterOrEqual(t, cells, 13)
			require.Positive(t, questions)
			require.Equal(t, d.can, recorded > 0)
			t.Logf("%-14s %-9s %d cells: %d questions, %d requests recorded, 0 sends", d.tool, d.system, cells, questions, recorded)
			s.onlyAnApprovalSends(d.tool, d.system, d.args, d.can, url)
		})
	}
}

// leftBehind makes what steps are due, tells how many requests Riley and Bao have open and how many of them wait for an approval, and
// withdraws them.
func (s *stage) leftBehind() (open, pending int) {
	s.t.Helper()
	s.pass(3*time.Second, time.Second)
	for _, who := range []executor.Principal{riley, bao} {
		by := executor.Actor{Principal: who}
		list, _, err := s.exec.List(s.t.Context(), by, true, 50, 0)
		require.NoError(s.t, err)
		for _, r := range list {
			open++
			if r.State == executor.Pending {
				pending++
			}
			_, err := s.exec.Withdraw(s.t.Context(), r.ID, by, "the test goes on")
			require.NoError(s.t, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(2 * time.Hour) // so that no limit stands in the way of the next
	return open, pending
}

// onlyAnApprovalSends shows that the count would have seen a sending.
func (s *stage) onlyAnApprovalSends(tool, system string, args map[string]any, can bool, url string) {
	s.t.Helper()
	if !can {
		return
	}
	c := &shapeClient{s: s, url: url, shape: shape{can: form, answer: honest}}
	c.modern(tool, args)
	require.Equal(s.t, 2, c.asked, "for the reason, and for the account")
	list, _, err := s.exec.List(s.t.Context(), executor.Actor{Principal: riley}, true, 1, 0)
	require.NoError(s.t, err)
	require.Len(s.t, list, 1, "%s %s", tool, system)
	require.Equal(s.t, "left", list[0].Reason)
	s.carry(list[0])
	require.Equal(s.t, 1, s.writes())
}
