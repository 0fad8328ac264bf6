package tools

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// untouched is an executor that nobody may ask.
type untouched struct{ t *testing.T }

func (untouched) Operations() []executor.Operation { return Catalogue(Systems{}) }

func (u untouched) Ask(_ context.Context, operation string, _ json.RawMessage, _ executor.Actor) (executor.Asked, error) {
	require.Fail(u.t, "asked", operation)
	return executor.Asked{}, nil
}

func (u untouched) Sources(context.Context, executor.Actor, executor.SourceQuery) ([]executor.SourceName, error) {
	require.Fail(u.t, "sources were looked up")
	return nil, nil
}

func (u untouched) Get(context.Context, string, executor.Actor) (executor.Request, error) {
	require.Fail(u.t, "a request was read")
	return executor.Request{}, nil
}

func (untouched) Await(context.Context, string, executor.Actor, int64, time.Duration) (executor.Request, error) {
	return executor.Request{}, nil
}

func (u untouched) Withdraw(context.Context, string, executor.Actor, string) (executor.Request, error) {
	require.Fail(u.t, "a request was withdrawn")
	return executor.Request{}, nil
}

func (untouched) Receipt(executor.Request) executor.Receipt { return executor.Receipt{} }

// Whatever HTTP made of a message, and by whatever door it came: the scopes stand in front of the operation itself.
func TestEveryToolHoldsItsCallersToTheirScopes(t *testing.T) {
	t.Parallel()
	m, err := NewMCP(untouched{t}, MCPOptions{})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	others := map[executor.Effect][]string{
		executor.Read: {ScopeChange, ScopeDestroy}, executor.Change: {ScopeRead, ScopeDestroy}, executor.Destroy: {ScopeRead, ScopeChange},
	}
	for _, op := range m.ops {
		for _, scopes := range [][]string{nil, {""}, {"accounts:*"}, others[op.Effect]} {
			if owns[op.Name] && len(scopes) > 1 {
				continue // one's own requests, with any scope that may ask for something
			}
			call := mcp.CallToolRequest{}
			call.Params.Name, call.Params.RawArguments = op.Name, json.RawMessage(`{}`)
			by := caller{principal: "slack:T0:URILEY", door: executor.DoorMCP, scopes: scopes}
			result, err := m.courteous(op, m.handler(op))(withCaller(t.Context(), by), call)
			require.NoError(t, err)
			require.True(t, result.IsError, "%s with %v", op.Name, scopes)
			content, _ := result.StructuredContent.(map[string]any)
			failure, _ := content["error"].(toolFailure)
			require.Equal(t, "denied", failure.Kind, "%s with %v", op.Name, scopes)
			require.Contains(t, failure.Sentence, "nothing has been changed")
		}
	}
	_, err = m.readRequest(withCaller(t.Context(), caller{principal: "slack:T0:URILEY"}), mcp.ReadResourceRequest{})
	require.ErrorContains(t, err, "not meant for requests")
	require.Empty(t, m.sources(withCaller(t.Context(), caller{principal: "slack:T0:URILEY", scopes: []string{ScopeChange}}), "", map[string]string{"person": "jane"}))
	require.Empty(t, m.sources(withCaller(t.Context(), caller{principal: "slack:T0:URILEY", scopes: []string{ScopeChange}}), "", nil))
}

// A task is a request by another way: the scopes of get_request and withdraw_request hold for it.
func TestATaskIsHeldToTheScopesOfItsRequest(t *testing.T) {
	t.Parallel()
	m, err := NewMCP(untouched{t}, MCPOptions{})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	for method, scopes := range map[string][]string{tasksGet: {"accounts:*"}, tasksUpdate: {ScopeRead}, tasksCancel: {ScopeRead}} {
		message := []byte(`{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":{"taskId":"req_1","_meta":{` +
			`"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"extensions":{"` + tasksExtension + `":{}}}}}}`)
		answer, err := json.Marshal(m.taskCall(withCaller(t.Context(), caller{principal: "slack:T0:URILEY", scopes: scopes}), peekOf(message), message))
		require.NoError(t, err)
		require.Contains(t, string(answer), "not meant for "+method, method)
	}
}
