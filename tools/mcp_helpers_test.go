package tools_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/tools"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/require"
)

// only is an executor that lists operations and does none.
type only struct{ ops []executor.Operation }

func (o only) Operations() []executor.Operation { return o.ops }

func (o only) Ask(context.Context, string, json.RawMessage, executor.Actor) (executor.Asked, error) {
	return executor.Asked{}, nil
}

func (o only) Sources(context.Context, executor.Actor, executor.SourceQuery) ([]executor.SourceName, error) {
	return nil, nil
}

func (o only) Get(context.Context, string, executor.Actor) (executor.Request, error) {
	return executor.Request{}, nil
}

func (o only) Await(context.Context, string, executor.Actor, int64, time.Duration) (executor.Request, error) {
	return executor.Request{}, nil
}

func (o only) Withdraw(context.Context, string, executor.Actor, string) (executor.Request, error) {
	return executor.Request{}, nil
}

func (o only) Receipt(executor.Request) executor.Receipt { return executor.Receipt{} }

func nil1[T any](context.Context, T, string) (executor.Plan, error) { return executor.Plan{}, nil }

func serveHandler(t *testing.T, h *tools.MCPHandler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() { require.NoError(t, h.Close(context.Background())); s.Close() })
	return s.URL
}

// legacy is mcp-go's own client, by the initialize handshake.
func legacy(t *testing.T, url, token string) *client.Client {
	t.Helper()
	headers := map[string]string{}
	if token != "" {
		headers["Authorization"] = "Bearer " + token
	}
	way, err := transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(headers))
	require.NoError(t, err)
	return initialized(t, way)
}

func initialized(t *testing.T, way transport.Interface) *client.Client {
	t.Helper()
	c := client.NewClient(way, client.WithProtocolVersion(mcp.ProtocolVersion20251125))
	require.NoError(t, c.Start(t.Context()))
	t.Cleanup(func() { _ = c.Close() })
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.ProtocolVersion20251125
	hello.Params.ClientInfo = mcp.Implementation{Name: "legacy-tester", Version: "9"}
	answer, err := c.Initialize(t.Context(), hello)
	require.NoError(t, err)
	require.Equal(t, mcp.ProtocolVersion20251125, answer.ProtocolVersion)
	require.Equal(t, "accountops", answer.ServerInfo.Name)
	require.NotEmpty(t, answer.Instructions)
	return c
}

// caller calls tools in one era, with a token or without.
func caller(t *testing.T, era, url, token string) func(tool string, args map[string]any) result {
	t.Helper()
	if era == "modern" {
		return func(tool string, args map[string]any) result {
			t.Helper()
			var auth []string
			if token != "" {
				auth = []string{"Authorization", "Bearer " + token}
			}
			r := callModern(t, url, tool, args, auth...)
			require.Equal(t, http.StatusOK, r.status, r.text)
			got := r.body.result(t)
			require.Equal(t, "complete", got.ResultType)
			return got
		}
	}
	return callsOf(t, legacy(t, url, token))
}

func callsOf(t *testing.T, c *client.Client) func(tool string, args map[string]any) result {
	return func(tool string, args map[string]any) result {
		t.Helper()
		var call mcp.CallToolRequest
		call.Params.Name, call.Params.Arguments = tool, args
		got, err := c.CallTool(t.Context(), call)
		require.NoError(t, err)
		text, err := json.Marshal(got)
		require.NoError(t, err)
		return message{Result: text}.result(t)
	}
}

// answered is what came back to a call that was made in the background.
type answered struct {
	message
	err error
}

// background makes a modern call that may be given up.
func background(ctx context.Context, url, tool string, args map[string]any, token string) <-chan answered {
	out := make(chan answered, 1)
	go func() {
		var a answered
		var text []byte
		if text, a.err = postCtx(ctx, url, modernBody("tools/call", map[string]any{"name": tool, "arguments": args}), tool, token); a.err == nil {
			a.err = json.Unmarshal(text, &a.message)
		}
		out <- a
	}()
	return out
}

func postCtx(ctx context.Context, url, body, tool, token string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "Mcp-Protocol-Version": modern, "Mcp-Method": "tools/call", "Mcp-Name": tool,
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

func serveAny(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// nobody recognises nobody.
func nobody(context.Context, string) (executor.Principal, []string, error) {
	return "", nil, fault.New(fault.Denied, "No.")
}
