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
	scopes    []string       // what the token is meant for
	tell      func(note any) // writes to this client at once; nil: mcp-go finds the way
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
		result, err = m.call(ctx, op, call, actor)
		return result, nil
	}
}

func outcomeOf(err error) string {
	if err == nil {
		return "ok"
	}
	return fault.KindOf(err).String()
}

// shown gives what the caller may see of an error, and logs the rest under an incident. What would help further is left out where it is
// not served.
func (m *MCP) shown(ctx context.Context, err error) *fault.Error {
	seen := fault.Shown(err, m.incident)
	if seen.Kind == fault.Internal || seen.Kind == fault.Upstream {
		level := slog.LevelError
		if seen.Kind == fault.Upstream || errors.Is(err, context.Canceled) {
			level = slog.LevelWarn
		}
		m.log.Log(ctx, level, "tool call failed", "incident", seen.Incident, "err", err)
	}
	if seen.Next != "" && !m.has(seen.Next) {
		alone := *seen
		alone.Next, seen = "", &alone
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

// call makes one call: it asks, and waits as long as the client wants to.
func (m *MCP) call(ctx context.Context, op executor.Operation, call mcp.CallToolRequest, by executor.Actor) (*mcp.CallToolResult, error) {
	input, wait, err := inputOf(op, argumentsOf(call))
	if err != nil {
		return nil, err
	}
	asked, err := m.exec.Ask(ctx, op.Name, input, by)
	switch {
	case err != nil:
		return nil, withOwnField(op, input, err)
	case asked.Request != nil && offered(ctx) != nil:
		made := requestTasks{exec: m.exec}.taskOf(*asked.Request)
		offered(ctx).made = &made
		return requestResult(m.exec.Receipt(*asked.Request), asked.Existing), nil
	case asked.Request != nil:
		wait = left(ctx, wait)
		r := m.settle(ctx, *asked.Request, by, wait, m.progress(ctx, call, wait))
		return requestResult(m.exec.Receipt(r), asked.Existing), nil
	case asked.Answer == nil:
		return nil, fmt.Errorf("%s gave neither a request nor an answer", op.Name)
	case op.Name == followTool && m.settled(ctx, input, by, wait, m.progress(ctx, call, wait)):
		// It has moved since: tell how it stands now.
		if again, err := m.exec.Ask(ctx, op.Name, input, by); err == nil && again.Answer != nil {
			asked = again
		}
	}
	return answerResult(*asked.Answer), nil
}

// inputOf takes the face's own field out of a call's arguments.
func inputOf(op executor.Operation, raw json.RawMessage) (json.RawMessage, time.Duration, error) {
	if !waits(op) {
		return raw, 0, nil
	}
	return takeWait(raw)
}

// withOwnField says what is wrong with an input in a message that knows the face's own field too.
func withOwnField(op executor.Operation, input json.RawMessage, err error) error {
	if !waits(op) || !fault.Is(err, fault.Invalid) {
		return err
	}
	var checked map[string]any
	if better := op.Input.Beside(waitField).Decode(input, &checked); better != nil {
		return better
	}
	return err
}
