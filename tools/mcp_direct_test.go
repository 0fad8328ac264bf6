package tools_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// same is one message, sent to the two ways in.
type same struct {
	name, tool, args string
	change           func(body string) string
	headers          []string // besides the usual ones; of a name that is given twice the last counts
}

func replaced(old, text string) func(string) string {
	return func(body string) string { return strings.Replace(body, old, text, 1) }
}

const (
	noCaps      = `"io.modelcontextprotocol/clientCapabilities":{}`
	withTasks   = `"io.modelcontextprotocol/clientCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}`
	asksInForms = `"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":{}}}`
)

// sameMessages are calls that are made well and badly. In those that change something the request is open already.
func sameMessages() []same {
	remove, read := `{"account":"jane","reason":"left","wait_seconds":0}`, `"name":"find_accounts"`
	return []same{
		{name: "a good call", tool: "find_accounts", args: `{}`},
		{name: "the tool refuses", tool: "find_accounts", args: `{"word":"refuse"}`},
		{name: "the tool panics", tool: "find_accounts", args: `{"word":"panic"}`},
		{name: "arguments null", tool: "find_accounts", args: `null`},
		{name: "arguments a list", tool: "find_accounts", args: `[]`},
		{name: "arguments a word", tool: "find_accounts", args: `"x"`},
		{name: "no arguments", tool: "find_accounts", change: replaced(`"arguments":"ARGS",`, "")},
		{name: "a doubled argument", tool: "find_accounts", args: `{"word":"a","word":"b"}`},
		{name: "an argument of another type", tool: "find_accounts", args: `{"word":5}`},
		{name: "an unknown argument", tool: "find_accounts", args: `{"nobody":"knows"}`},
		{name: "a forged approval", tool: "remove_account", args: `{"account":"jane","reason":"left","approved":true}`},
		{name: "an unknown tool", tool: "no_such_tool", args: `{}`},
		{name: "a request that is not there", tool: "get_request", args: `{"request_id":"req_none","wait_seconds":0}`},
		{name: "a change", tool: "remove_account", args: remove},
		{name: "a change, to a client that shows forms", tool: "remove_account", args: remove, change: replaced(noCaps, asksInForms)},
		{name: "a reading tool, to a client that takes tasks", tool: "find_accounts", args: `{}`, change: replaced(noCaps, withTasks)},
		{name: "a progress token", tool: "remove_account", args: remove, change: replaced(`"_meta":{`, `"_meta":{"progressToken":"p",`)},
		{name: "an answer to no question", tool: "remove_account", args: remove, change: replaced(`"arguments"`, `"requestState":"forged","arguments"`)},
		{name: "no capabilities", tool: "find_accounts", args: `{}`, change: replaced(noCaps, `"other":{}`)},
		{name: "capabilities null", tool: "find_accounts", args: `{}`, change: replaced(noCaps, `"io.modelcontextprotocol/clientCapabilities":null`)},
		{name: "no client info", tool: "find_accounts", args: `{}`, change: replaced(`clientInfo`, "unknown")},
		{name: "client info of another type", tool: "find_accounts", args: `{}`, change: replaced(`{"name":"modern-tester","version":"9"}`, `5`)},
		{name: "a version of another type", tool: "find_accounts", args: `{}`, change: replaced(`"2026-07-28"`, `5`)},
		{name: "a version that is not there yet", tool: "find_accounts", args: `{}`, change: replaced(`"2026-07-28"`, `"2099-01-01"`)},
		{name: "the same in the header", tool: "find_accounts", args: `{}`, change: replaced(`"2026-07-28"`, `"2099-01-01"`), headers: []string{"Mcp-Protocol-Version", "2099-01-01"}},
		{name: "no version in the header", tool: "find_accounts", args: `{}`, headers: []string{"Mcp-Protocol-Version", ""}},
		{name: "an older version in the header", tool: "find_accounts", args: `{}`, headers: []string{"Mcp-Protocol-Version", "2025-11-25"}},
		{name: "no method in the header", tool: "find_accounts", args: `{}`, headers: []string{"Mcp-Method", ""}},
		{name: "another method in the header", tool: "find_accounts", args: `{}`, headers: []string{"Mcp-Method", "tools/list"}},
		{name: "no name in the header", tool: "find_accounts", args: `{}`, headers: []string{"Mcp-Name", ""}},
		{name: "another name in the header", tool: "find_accounts", args: `{}`, headers: []string{"Mcp-Name", "get_request"}},
		{name: "a coded name in the header", tool: "find_accounts", args: `{}`, headers: []string{"Mcp-Name", "=?base64?ZmluZF9hY2NvdW50cw==?="}},
		{name: "another content type", tool: "find_accounts", args: `{}`, headers: []string{"Content-Type", "text/plain"}},
		{name: "a place in a stream", tool: "find_accounts", args: `{}`, headers: []string{"Last-Event-Id", "3"}},
		{name: "a session", tool: "find_accounts", args: `{}`, headers: []string{"Mcp-Session-Id", "anybodys"}},
		{name: "an origin that is allowed", tool: "find_accounts", args: `{}`, headers: []string{"Origin", "https://console.example"}},
		{name: "an origin that is not", tool: "find_accounts", args: `{}`, headers: []string{"Origin", "https://evil.example"}},
		{name: "a host that is not ours", tool: "find_accounts", args: `{}`, headers: []string{"Host", "evil.example"}},
		{name: "a token that reaches", tool: "find_accounts", args: `{}`, headers: []string{"Authorization", "Bearer " + readersToken}},
		{name: "a token that does not", tool: "remove_account", args: remove, headers: []string{"Authorization", "Bearer " + readersToken}},
		{name: "a token that is none", tool: "remove_account", args: remove, headers: []string{"Authorization", "Bearer none"}},
		{name: "a word as id", tool: "find_accounts", args: `{}`, change: replaced(`"id":7`, `"id":"seven"`)},
		{name: "an id that JSON escapes", tool: "find_accounts", args: `{}`, change: replaced(`"id":7`, `"id":"<\u003e&"`)},
		{name: "a large id", tool: "find_accounts", args: `{}`, change: replaced(`"id":7`, `"id":9007199254740993`)},
		{name: "a broken id", tool: "find_accounts", args: `{}`, change: replaced(`"id":7`, `"id":7.5`)},
		{name: "an object as id", tool: "find_accounts", args: `{}`, change: replaced(`"id":7`, `"id":{}`)},
		{name: "a truth as id", tool: "find_accounts", args: `{}`, change: replaced(`"id":7`, `"id":true`)},
		{name: "an id of null", tool: "find_accounts", args: `{}`, change: replaced(`"id":7`, `"id":null`)},
		{name: "another JSON-RPC", tool: "find_accounts", args: `{}`, change: replaced(`"jsonrpc":"2.0"`, `"jsonrpc":"1.0"`)},
		{name: "no JSON-RPC", tool: "find_accounts", args: `{}`, change: replaced(`"jsonrpc":"2.0",`, "")},
		{name: "a name of another type", tool: "find_accounts", args: `{}`, change: replaced(read, `"name":5`)},
		{name: "names in other letters", tool: "find_accounts", args: `{}`, change: replaced(read, `"NAME":"find_accounts"`)},
		{name: "a second name", tool: "find_accounts", args: `{}`, change: replaced(read, `"name":"remove_account",`+read)},
		{name: "something after it", tool: "find_accounts", args: `{}`, change: func(body string) string { return body + "{}" }},
		{name: "a list of it", tool: "find_accounts", args: `{}`, change: func(body string) string { return "[" + body + "]" }},
		{name: "a notification", tool: "find_accounts", args: `{}`, change: replaced(`"id":7,`, "")},
		{name: "a cancellation", tool: "find_accounts", change: func(string) string {
			return `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`
		}},
		{name: "an answer", tool: "find_accounts", change: func(string) string { return `{"jsonrpc":"2.0","id":7,"result":{}}` }},
		{name: "bytes that are no text", tool: "find_accounts", args: "{\"word\":\"\xff\xfe\"}"},
		{name: "half a surrogate", tool: "find_accounts", args: `{"word":"\ud800"}`},
		{name: "a mark before it", tool: "find_accounts", args: `{}`, change: func(body string) string { return "\ufeff" + body }},
		{name: "deep arguments", tool: "find_accounts", args: `{"word":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`},
		{name: "arguments that are too deep", tool: "find_accounts", args: `{"word":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`},
		{name: "a second id", tool: "find_accounts", args: `{}`, change: replaced(`"id":7`, `"id":7,"id":8`)},
		{name: "second parameters", tool: "find_accounts", args: `{}`, change: replaced(`"params":{`, `"params":{"name":"remove_account"},"params":{`)},
		{name: "meta of another type", tool: "find_accounts", args: `{}`, change: replaced(`"_meta":{`, `"_meta":5,"also":{`)},
		{name: "parameters of another type", tool: "find_accounts", change: replaced(`"params":{`, `"params":[],"also":{`)},
		{name: "answers of another type", tool: "find_accounts", args: `{}`, change: replaced(`"arguments"`, `"inputResponses":5,"arguments"`)},
		{name: "state of another type", tool: "find_accounts", args: `{}`, change: replaced(`"arguments"`, `"requestState":{},"arguments"`)},
		{name: "capabilities of another type", tool: "find_accounts", args: `{}`, change: replaced(noCaps, `"io.modelcontextprotocol/clientCapabilities":[]`)},
		{name: "a progress token of another type", tool: "find_accounts", args: `{}`, change: replaced(`"_meta":{`, `"_meta":{"progressToken":{},`)},
		{name: "half of it", tool: "find_accounts", args: `{}`, change: func(body string) string { return body[:len(body)/2] }},
	}
}

// message is it as text, with the headers that go with it.
func (c same) message() (body string, headers []string) {
	body = modernBody("tools/call", map[string]any{"name": c.tool, "arguments": "ARGS"})
	if c.change != nil {
		body = c.change(body)
	}
	usual := []string{"Mcp-Protocol-Version", modern, "Mcp-Method", "tools/call", "Mcp-Name", c.tool}
	for i := 0; i < len(usual); i += 2 {
		if !slices.Contains(c.headers, usual[i]) {
			headers = append(headers, usual[i], usual[i+1])
		}
	}
	for i := 0; i < len(c.headers); i += 2 {
		if c.headers[i+1] != "" {
			headers = append(headers, c.headers[i], c.headers[i+1])
		}
	}
	return strings.Replace(body, `"ARGS"`, c.args, 1), headers
}

const readersToken = "readers-token-of-at-least-32-characters"

// bothWays gives the same door twice: as it is, and with every call answered by the library.
func (w *world) bothWays() (direct, library http.Handler) {
	w.t.Helper()
	h, err := w.mcp.HTTP(tools.HTTPOptions{
		Loopback: true, Local: executor.Actor{Principal: riley, Name: "Riley"}, Origins: []string{"https://console.example"},
		Tokens: []tools.Token{
			{Secret: readersToken, Principal: riley, Name: "Riley", Scopes: []string{tools.ScopeRead}}, {Secret: rileysToken, Principal: riley, Name: "Riley"},
		},
	})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, h.Close(context.Background())) })
	require.True(w.t, w.mcp.CallsDirectly("find_accounts") && w.mcp.CallsDirectly("remove_account"))
	return h, h.ByLibrary()
}

// answeredAlike checks that a message is answered alike by both.
func answeredAlike(t *testing.T, direct, library http.Handler, name, body string, headers ...string) {
	t.Helper()
	ours, theirs := recorded(direct, body, headers), recorded(library, body, headers)
	require.Equal(t, theirs.Code, ours.Code, "%s: %s", name, ours.Body)
	require.Equal(t, anyIncident(theirs.Body.String()), anyIncident(ours.Body.String()), name)
	for _, header := range []string{"Content-Type", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Vary", "Mcp-Session-Id", "Www-Authenticate"} {
		require.Equal(t, theirs.Result().Header.Values(header), ours.Result().Header.Values(header), "%s: %s", name, header)
	}
}

// recorded posts a message without a socket.
func recorded(h http.Handler, body string, headers []string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/mcp", strings.NewReader(body))
	req.RemoteAddr = "127.0.0.1:1"
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestACallIsAnsweredAsTheLibraryWouldWhateverItsMessageIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	direct, library := w.bothWays()
	open, headers := same{tool: "remove_account", args: `{"account":"jane","reason":"left","wait_seconds":0}`}.message()
	require.Contains(t, recorded(direct, open, headers).Body.String(), "awaiting_approval", "open for all that follow")
	for _, c := range sameMessages() {
		body, headers := c.message()
		answeredAlike(t, direct, library, c.name, body, headers...)
		if c.name == "a large id" {
			require.Contains(t, recorded(direct, body, headers).Body.String(), `"id":9007199254740993,`, "down to the last digit, which the library loses")
		}
	}
}

func FuzzACallIsAnsweredAsTheLibraryWould(f *testing.F) {
	for _, c := range sameMessages() {
		if body, _ := c.message(); len(c.headers) == 0 {
			f.Add(body, c.tool)
		}
	}
	direct, library := newWorld(f).bothWays()
	f.Fuzz(func(t *testing.T, body, name string) {
		if slices.Contains([]string{"remove_account", "disable_account", "withdraw_request"}, name) {
			return // what was asked once is answered differently the second time
		}
		answeredAlike(t, direct, library, body, body, "Mcp-Protocol-Version", modern, "Mcp-Method", "tools/call", "Mcp-Name", name)
	})
}

// anyIncident is a text without what differs each time, with its names in one order, and with no more digits than the library keeps.
func anyIncident(text string) any {
	text = regexp.MustCompile(`incident [A-Z0-9]{10}|"incident":"[A-Z0-9]{10}"`).ReplaceAllString(text, "incident")
	var value any
	d := json.NewDecoder(strings.NewReader(text))
	if d.Decode(&value) != nil {
		return text
	}
	rest, _ := io.ReadAll(d.Buffered())
	return []any{value, string(rest)}
}

func TestACallOfAClientThatTakesTasksIsAnsweredOverHTTPAsOverStdio(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	for _, c := range []same{
		{tool: "remove_account", args: `{"account":"jane","reason":"left"}`},
		{tool: "remove_account", args: `{"account":"jane"}`},
		{tool: "remove_account", args: `{"account":"jane","reason":"left"}`, change: replaced(`"_meta":{`, `"_meta":{"progressToken":"p",`)},
		{tool: "get_request", args: `{"request_id":"req_none"}`},
		{tool: "find_accounts", args: `{}`},
	} {
		body, headers := c.message()
		body = strings.Replace(body, noCaps, withTasks, 1)
		post(t, url, body, headers...) // so that both are given the same request
		k := w.stdio().talk(t)
		k.say(body)
		line, err := k.out.ReadString('\n')
		require.NoError(t, err)
		require.JSONEq(t, line, post(t, url, body, headers...).text, c.args)
	}
}
