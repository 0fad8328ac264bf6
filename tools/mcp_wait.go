package tools

import (
	"context"
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"accountops/internal/executor"
)

// progressEvery is how often a client that waits hears that we are still here, in which case many wait longer.
const progressEvery = 10 * time.Second

// settle waits for a request to end, and gives it as it stands then or when the wait is over, the caller has gone, or
// the server closes. Nothing about the request depends on anybody waiting, nor on what tell tells.
func (m *MCP) settle(ctx context.Context, r executor.Request, by executor.Actor, wait time.Duration, tell func(executor.Request)) executor.Request {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	defer context.AfterFunc(m.closing, cancel)() //nolint:contextcheck // the server's own end comes on top of the caller's
	for r.Open() && ctx.Err() == nil {
		tell(r)
		next, err := m.exec.Await(ctx, r.ID, by, r.Version, progressEvery)
		if err != nil {
			if ctx.Err() == nil {
				m.log.WarnContext(ctx, "waiting for a request failed", "request", r.ID, "err", err)
			}
			return r
		}
		r = next
	}
	return r
}

// settled waits for the request that get_request was asked about, and tells whether it has moved.
func (m *MCP) settled(ctx context.Context, input json.RawMessage, by executor.Actor, wait time.Duration, tell func(executor.Request)) bool {
	var in struct {
		RequestID string `json:"request_id"`
	}
	if wait <= 0 || json.Unmarshal(input, &in) != nil {
		return false
	}
	r, err := m.exec.Get(ctx, in.RequestID, by)
	return err == nil && r.Open() && m.settle(ctx, r, by, wait, tell).Version > r.Version
}

// progress gives what tells a waiting client where its request stands, where it asked for that. A note may get lost, or reach
// the client with another call of its session; the answer says all of it again.
func (m *MCP) progress(ctx context.Context, call mcp.CallToolRequest, wait time.Duration) func(executor.Request) {
	if call.Params.Meta == nil || call.Params.Meta.ProgressToken == nil || wait <= 0 {
		return func(executor.Request) {}
	}
	began, last := time.Now(), -1.0
	return func(r executor.Request) {
		last = max(time.Since(began).Round(time.Millisecond).Seconds(), last+0.001) // it has to grow
		params := map[string]any{
			"progressToken": call.Params.Meta.ProgressToken, "progress": last, "total": max(wait.Seconds(), last),
			"message": ourWords(m.exec.Receipt(r).Summary),
		}
		if c, ok := ctx.Value(callerKey{}).(caller); ok && c.tell != nil {
			c.tell(map[string]any{"jsonrpc": mcp.JSONRPC_VERSION, "method": string(mcp.MethodNotificationProgress), "params": params})
			return
		}
		_ = m.server.SendNotificationToClient(ctx, string(mcp.MethodNotificationProgress), params) // a client that does not listen misses nothing
	}
}
