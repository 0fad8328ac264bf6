package tools

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"accountops/internal/executor"
)

// stdio serves one client over a pair of streams. mcp-go's own stdio server is not used: it shares one session among all
// servers of a process, drops the calls under way at the end of the input, reads lines of any length and shows panics.
type stdio struct {
	mcp     *MCP
	session *server.InProcessSession
	out     lineWriter
	calls   *lanes
	running running
}

// ServeStdio serves one client until the input ends and every call has been answered, or ctx ends. by says who it is; the door
// is always stdio. Only the protocol is written to out.
func (m *MCP) ServeStdio(ctx context.Context, in io.Reader, out io.Writer, by executor.Actor) error {
	s := &stdio{
		mcp: m, session: server.NewInProcessSession("stdio-"+rand.Text(), nil), out: lineWriter{out: out}, calls: newLanes(),
	}
	if err := m.server.RegisterSession(ctx, s.session); err != nil {
		return fmt.Errorf("register the stdio session: %w", err)
	}
	defer m.server.UnregisterSession(context.WithoutCancel(ctx), s.session.SessionID())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	calls := withCaller(m.server.WithContext(ctx, s.session), caller{
		principal: by.Principal, name: by.Name, door: executor.DoorStdio, scopes: Scopes(), tell: func(note any) { s.out.write(note) },
	})
	return serveLines(ctx, in, &s.out, func(message []byte) { s.take(calls, message) }, s.calls)
}

// take handles one message. Only tool calls and listening can take long; the rest is answered in order.
func (s *stdio) take(ctx context.Context, message []byte) {
	p := peekOf(message)
	if bad, is := malformed(p, message); is {
		s.out.write(bad)
		return
	}
	if p.answers() {
		return // over stdio nobody has asked the client anything
	}
	if p.Method == string(mcp.MethodNotificationCancelled) && p.ID == nil {
		s.running.cancel(p.Params.RequestID)
		return
	}
	slow := p.Method == string(mcp.MethodToolsCall) || p.Method == string(mcp.MethodSubscriptionsListen)
	if !slow || p.ID == nil {
		s.answer(ctx, p, message)
		return
	}
	ctx, end := s.running.begin(ctx, p.ID)
	if !s.calls.run(ctx, func() { defer end(); s.answer(ctx, p, message) }) {
		end()
		s.out.write(tooMany(p))
	}
}

func tooMany(p peek) any {
	return rpcError(p.ID, mcp.INVALID_REQUEST, fmt.Sprintf("More than %d calls are under way; wait for some of them.", stdioWaiting)+noChange)
}

// answer handles one message and writes the answer, after whatever the server had to say before it.
func (s *stdio) answer(ctx context.Context, p peek, message json.RawMessage) {
	defer func() {
		if v := recover(); v != nil {
			seen := s.mcp.shown(ctx, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
			if p.ID != nil && !cancelled(ctx) {
				s.out.write(rpcError(p.ID, mcp.INTERNAL_ERROR, seen.Sentence))
			}
		}
	}()
	answer := s.mcp.handle(ctx, p, message)
	var out []any
	for more := true; more; {
		select {
		case note := <-s.session.ClientNotifications():
			out = append(out, note)
		default:
			more = false
		}
	}
	if answer != nil && !cancelled(ctx) {
		out = append(out, answer)
	}
	s.out.write(out...)
}

// rpcFailure is a JSON-RPC error.
type rpcFailure struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Error   struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	} `json:"error"`
}

// rpcError is a JSON-RPC error with the id as it came.
func rpcError(id json.RawMessage, code int, sentence string) rpcFailure {
	f := rpcFailure{JSONRPC: mcp.JSONRPC_VERSION, ID: id}
	if id == nil {
		f.ID = json.RawMessage("null")
	}
	f.Error.Code, f.Error.Message = code, sentence
	return f
}
