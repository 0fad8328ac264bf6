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
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/require"
)

// assistant calls tools, by one era and one transport of the protocol.
type assistant interface {
	// call gives the structured answer of a tool, its text, and whether it is an error.
	call(t *testing.T, tool string, arguments object) (structured object, text string, isError bool)
}

func TestAnAssistantAsksAndSomebodyElseApproves(t *testing.T) {
	t.Parallel()
	for name, connect := range map[string]func(*testing.T, *site) assistant{
		"2025-11-25 over HTTP":  legacyHTTP,
		"2026-07-28 over HTTP":  modernHTTP,
		"2025-11-25 over stdio": func(t *testing.T, s *site) assistant { return newStdio(t, s, false) },
		"2026-07-28 over stdio": func(t *testing.T, s *site) assistant { return newStdio(t, s, true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			a := connect(t, s)
			asked, text, isError := a.call(t, "remove_account",
				object{"account": "jane.doe", "source": "Corporate AD", "reason": "left on Friday", "wait_seconds": 1})
			require.False(t, isError, text)
			require.Contains(t, text, "Nothing has been changed yet")
			require.Equal(t, "awaiting_approval", asked["status"])
			id, _ := asked["request_id"].(string)
			require.NotEmpty(t, id)
			require.Empty(t, s.changing("isc"))

			card := s.card("jane.doe")
			s.click("requester", card, card.button("approve"))
			s.told("requester", "another person has to decide")

			_, text, isError = a.call(t, "remove_account",
				object{"account": "jane.doe", "source": "Corporate AD", "reason": "left", "approved": true})
			require.True(t, isError, "a forged argument is an unknown field")
			require.Contains(t, text, "approved")
			require.Empty(t, s.changing("isc"))

			_, answer := s.click("approver", card, card.button("approve"))
			require.Equal(t, true, answer["acked"], "%v", answer)
			var told object
			s.wait("done", func() bool {
				told, text, isError = a.call(t, "get_request", object{"request_id": id, "wait_seconds": 5})
				return told["status"] == "done"
			})
			require.False(t, isError)
			require.Equal(t, "verified", told["result"])
			require.Contains(t, text, "verified")
			require.Len(t, s.changing("isc"), 1)
		})
	}
}

// legacyHTTP is mcp-go's own client, with a session.
func legacyHTTP(t *testing.T, s *site) assistant {
	t.Helper()
	c, err := client.NewStreamableHttpClient(s.base + "/mcp")
	require.NoError(t, err)
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { _ = c.Close() })
	hello := mcp.InitializeRequest{}
	hello.Params.ProtocolVersion = "2025-11-25"
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	welcome, err := c.Initialize(t.Context(), hello)
	require.NoError(t, err)
	require.Equal(t, "2025-11-25", welcome.ProtocolVersion)
	return legacy{c}
}

type legacy struct{ c *client.Client }

func (l legacy) call(t *testing.T, tool string, arguments object) (object, string, bool) {
	t.Helper()
	req := mcp.CallToolRequest{}
	req.Params.Name, req.Params.Arguments = tool, arguments
	res, err := l.c.CallTool(t.Context(), req)
	require.NoError(t, err)
	raw, err := json.Marshal(res)
	require.NoError(t, err)
	return toolAnswer(t, raw)
}

// toolAnswer takes a tools/call result apart.
func toolAnswer(t *testing.T, raw []byte) (object, string, bool) {
	t.Helper()
	var res struct {
		Content           []struct{ Text string }
		StructuredContent object
		IsError           bool
	}
	require.NoError(t, json.Unmarshal(raw, &res), "%s", raw)
	var text strings.Builder
	for _, c := range res.Content {
		text.WriteString(c.Text)
	}
	return res.StructuredContent, text.String(), res.IsError
}

// modernMeta is what every request of 2026-07-28 carries.
func modernMeta() object {
	return object{
		"io.modelcontextprotocol/protocolVersion":    "2026-07-28",
		"io.modelcontextprotocol/clientInfo":         object{"name": "test", "version": "1"},
		"io.modelcontextprotocol/clientCapabilities": object{},
	}
}

type modern struct{ url string }

func modernHTTP(_ *testing.T, s *site) assistant { return modern{s.base + "/mcp"} }

func (m modern) call(t *testing.T, tool string, arguments object) (object, string, bool) {
	t.Helper()
	body, err := json.Marshal(object{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": object{"name": tool, "arguments": arguments, "_meta": modernMeta()}})
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.url, bytes.NewReader(body))
	require.NoError(t, err)
	for k, v := range map[string]string{"Content-Type": "application/json", "Accept": "application/json, text/event-stream",
		"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": tool} {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", raw)
	return toolAnswer(t, resultIn(t, raw))
}

// resultIn gives the result of a JSON-RPC answer, plain or as a server-sent event.
func resultIn(t *testing.T, raw []byte) json.RawMessage {
	t.Helper()
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "data: ")
		var msg struct{ Result json.RawMessage }
		if json.Unmarshal([]byte(line), &msg) == nil && len(msg.Result) > 0 {
			return msg.Result
		}
	}
	require.Fail(t, "no result", "%s", raw)
	return nil
}

// stdio is a child process: accountops mcp, bridging to the sandbox.
type stdio struct {
	in     io.Writer
	out    *bufio.Reader
	modern bool
	next   int
}

func newStdio(t *testing.T, s *site, modern bool) assistant {
	t.Helper()
	cmd := exec.Command(os.Args[0], "mcp") //nolint:gosec // our own test binary
	cmd.Env = append(os.Environ(), "ACCOUNTOPS_TEST_IS_THE_PROGRAM=1", "ACCOUNTOPS_URL="+s.base+"/mcp")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case err := <-done:
			require.NoError(t, err, "it ends with its input")
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			require.Fail(t, "it does not end with its input")
		}
	})
	a := &stdio{in: in, out: bufio.NewReader(out), modern: modern}
	if !modern {
		a.request(t, "initialize", object{"protocolVersion": "2025-11-25", "capabilities": object{},
			"clientInfo": object{"name": "test", "version": "1"}})
		_, err := io.WriteString(in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n")
		require.NoError(t, err)
	}
	return a
}

func (s *stdio) request(t *testing.T, method string, params object) json.RawMessage {
	t.Helper()
	s.next++
	if s.modern {
		params["_meta"] = modernMeta()
	}
	raw, err := json.Marshal(object{"jsonrpc": "2.0", "id": s.next, "method": method, "params": params})
	require.NoError(t, err)
	_, err = s.in.Write(append(raw, '\n'))
	require.NoError(t, err)
	for {
		line, err := s.out.ReadString('\n')
		require.NoError(t, err)
		var msg struct {
			ID     int
			Result json.RawMessage
			Error  json.RawMessage
		}
		require.NoError(t, json.Unmarshal([]byte(line), &msg), "only the protocol stands on stdout: %s", line)
		if msg.ID == s.next {
			require.Empty(t, msg.Error, "%s", line)
			return msg.Result
		}
	}
}

func (s *stdio) call(t *testing.T, tool string, arguments object) (object, string, bool) {
	t.Helper()
	return toolAnswer(t, s.request(t, "tools/call", object{"name": tool, "arguments": arguments}))
}
