package tools_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"accountops/internal/executor"
	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

// reply is what came back over HTTP.
type reply struct {
	status int
	header http.Header
	text   string
	body   message
}

type message struct {
	ID     json.RawMessage `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	} `json:"error"`
}

// result is a tool's result, or a list of tools.
type result struct {
	ResultType        string `json:"resultType"`
	IsError           bool   `json:"isError"`
	StructuredContent struct {
		executor.Receipt
		Error *struct {
			Kind     string         `json:"kind"`
			Sentence string         `json:"sentence"`
			Fields   []fault.Field  `json:"fields"`
			Choices  []fault.Choice `json:"choices"`
			Said     string         `json:"said"`
			Incident string         `json:"incident"`
		} `json:"error"`
	} `json:"structuredContent"`
	Content []struct {
		Text string `json:"text"`
	} `json:"content"`
}

func (m message) result(t testing.TB) result {
	t.Helper()
	require.Nil(t, m.Error)
	var r result
	require.NoError(t, json.Unmarshal(m.Result, &r))
	return r
}

func (r result) text() string {
	if len(r.Content) == 0 {
		return ""
	}
	return r.Content[0].Text
}

// post posts a body with headers given as pairs.
func post(t testing.TB, url, body string, headers ...string) reply {
	t.Helper()
	return send(t, http.MethodPost, url, body, headers...)
}

func send(t testing.TB, method, url, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else {
			req.Header.Add(headers[i], headers[i+1])
		}
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	out := reply{status: resp.StatusCode, header: resp.Header, text: string(text)}
	_ = json.Unmarshal(text, &out.body)
	return out
}

const modern = "2026-07-28"

// modernBody is a modern request, with everything that each one carries.
func modernBody(method string, params map[string]any) string {
	all := map[string]any{"_meta": map[string]any{
		"io.modelcontextprotocol/protocolVersion":    modern,
		"io.modelcontextprotocol/clientInfo":         map[string]string{"name": "modern-tester", "version": "9"},
		"io.modelcontextprotocol/clientCapabilities": map[string]any{},
	}}
	for k, v := range params {
		all[k] = v
	}
	body, _ := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 7, "method": method, "params": all})
	return string(body)
}

// callModern calls a tool over HTTP in the modern way.
func callModern(t testing.TB, url, tool string, args map[string]any, headers ...string) reply {
	t.Helper()
	headers = append([]string{"Mcp-Protocol-Version", modern, "Mcp-Method", "tools/call", "Mcp-Name", tool}, headers...)
	return post(t, url, modernBody("tools/call", map[string]any{"name": tool, "arguments": args}), headers...)
}
