package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// caller is who makes a call, as the transport has established it.
type caller struct {
	principal executor.Principal
	name      string
	door      executor.Door
	scopes    []string // what the token is meant for
}

type callerKey struct{}

// withCaller carries the caller from the transport's authentication to the tool handler, through mcp-go, which has no
// other way.
func withCaller(ctx context.Context, c caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// actorOf gives the caller as an actor. Without one nothing is done.
func actorOf(ctx context.Context) (executor.Actor, error) {
	c, ok := ctx.Value(callerKey{}).(caller)
	if !ok || c.principal == "" {
		return executor.Actor{}, fault.New(fault.Denied, "Nobody is signed in, so nothing was asked for and nothing has been changed.")
	}
	return executor.Actor{Principal: c.principal, Name: c.name, Door: c.door, Client: clientOf(ctx)}, nil
}

// handler answers the calls of one tool. It never returns an error: mcp-go would show its raw text.
func (m *MCP) handler(op executor.Operation) server.ToolHandlerFunc {
	return func(ctx context.Context, call mcp.CallToolRequest) (result *mcp.CallToolResult, _ error) {
		began := time.Now()
		actor, err := actorFor(ctx, op)
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
			if err != nil {
				result = errorResult(m.shown(ctx, err))
			}
			m.log.InfoContext(ctx, "tool call", "operation", op.Name, "principal", actor.Principal, "door", actor.Door,
				"client", actor.Client, "outcome", outcomeOf(err), "took", time.Since(began))
		}()
		if err != nil {
			return nil, nil
		}
		result, err = m.call(ctx, op, argumentsOf(call), actor)
		return result, nil
	}
}

func outcomeOf(err error) string {
	if err == nil {
		return "ok"
	}
	return fault.KindOf(err).String()
}

// shown gives what the caller may see of an error, and logs the rest under an incident.
func (m *MCP) shown(ctx context.Context, err error) *fault.Error {
	seen := fault.Shown(err, m.incident)
	if seen.Kind == fault.Internal || seen.Kind == fault.Upstream {
		level := slog.LevelError
		if seen.Kind == fault.Upstream || errors.Is(err, context.Canceled) {
			level = slog.LevelWarn
		}
		m.log.Log(ctx, level, "tool call failed", "incident", seen.Incident, "err", err)
	}
	return seen
}

// argumentsOf gives a call's arguments as they came, so that no number and no doubled name is lost.
func argumentsOf(call mcp.CallToolRequest) json.RawMessage {
	if raw := call.Params.RawArguments; len(raw) > 0 && string(raw) != "null" {
		return raw
	}
	return json.RawMessage("{}")
}

func (m *MCP) call(ctx context.Context, op executor.Operation, input json.RawMessage, by executor.Actor) (*mcp.CallToolResult, error) {
	var wait time.Duration
	if waits(op) {
		var err error
		if input, wait, err = takeWait(input); err != nil {
			return nil, err
		}
	}
	asked, err := m.exec.Ask(ctx, op.Name, input, by)
	switch {
	case err != nil:
		return nil, err
	case asked.Request != nil:
		r := m.settle(ctx, *asked.Request, by, wait)
		return requestResult(m.exec.Receipt(r), asked.Existing), nil
	case asked.Answer == nil:
		return nil, fmt.Errorf("%s gave neither a request nor an answer", op.Name)
	case op.Name == followTool && m.settled(ctx, input, by, wait):
		// It has moved since: tell how it stands now.
		if again, err := m.exec.Ask(ctx, op.Name, input, by); err == nil && again.Answer != nil {
			asked = again
		}
	}
	return answerResult(*asked.Answer), nil
}

// settle waits for a request to end, and gives it as it stands then or when the wait is over, the caller has gone, or
// the server closes. Nothing about the request depends on anybody waiting.
func (m *MCP) settle(ctx context.Context, r executor.Request, by executor.Actor, wait time.Duration) executor.Request {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	defer context.AfterFunc(m.closing, cancel)() //nolint:contextcheck // the server's own end comes on top of the caller's
	until := time.Now().Add(wait)
	for r.Open() && ctx.Err() == nil {
		next, err := m.exec.Await(ctx, r.ID, by, r.Version, time.Until(until))
		if err != nil {
			if ctx.Err() == nil {
				m.log.WarnContext(ctx, "waiting for a request failed", "request", r.ID, "err", err)
			}
			return r
		}
		if next.Version <= r.Version {
			return next
		}
		r = next
	}
	return r
}

// settled waits for the request that get_request was asked about, and tells whether it has moved.
func (m *MCP) settled(ctx context.Context, input json.RawMessage, by executor.Actor, wait time.Duration) bool {
	var in struct {
		RequestID string `json:"request_id"`
	}
	if wait <= 0 || json.Unmarshal(input, &in) != nil {
		return false
	}
	r, err := m.exec.Get(ctx, in.RequestID, by)
	return err == nil && r.Open() && m.settle(ctx, r, by, wait).Version > r.Version
}
