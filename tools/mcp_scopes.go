package tools

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// The scopes of a token. None of them holds another one, and none of them approves.
const (
	ScopeRead    = "accounts:read"    // look accounts up
	ScopeChange  = "accounts:change"  // ask for what can be changed back
	ScopeDestroy = "accounts:destroy" // ask for what destroys; another person still has to approve it
)

// Scopes lists them, from harmless to not.
func Scopes() []string { return []string{ScopeRead, ScopeChange, ScopeDestroy} }

// owns are the operations on the caller's own requests: whoever may ask for anything may follow it.
var owns = map[string]bool{followTool: true, "list_requests": true, withdrawTool: true}

// scopesFor gives the scopes of which one is needed for an operation. The first is what to ask for.
func scopesFor(op executor.Operation) []string {
	switch {
	case owns[op.Name] && op.Effect == executor.Read:
		return Scopes()
	case owns[op.Name]:
		return []string{ScopeChange, ScopeDestroy}
	case op.Effect == executor.Read:
		return []string{ScopeRead}
	case op.Effect == executor.Change:
		return []string{ScopeChange}
	}
	return []string{ScopeDestroy}
}

// may tells whether a caller has one of some scopes. A caller without scopes may nothing.
func (c caller) may(oneOf []string) bool {
	return slices.ContainsFunc(oneOf, func(scope string) bool { return slices.Contains(c.scopes, scope) })
}

// actorFor gives the caller as an actor, if their token reaches to the operation.
func actorFor(ctx context.Context, op executor.Operation) (executor.Actor, error) {
	return actorWith(ctx, op.Name, scopesFor(op))
}

// actorWith gives the caller as an actor, if their token has one of some scopes.
func actorWith(ctx context.Context, what string, oneOf []string) (executor.Actor, error) {
	actor, err := actorOf(ctx)
	if err != nil {
		return actor, err
	}
	if c, _ := ctx.Value(callerKey{}).(caller); !c.may(oneOf) {
		return actor, fault.New(fault.Denied, beyondScope(what, oneOf)+noChange)
	}
	return actor, nil
}

// requestsWord is what a token without a scope is told that it is not meant for.
const requestsWord = "requests"

func beyondScope(what string, oneOf []string) string {
	return fmt.Sprintf("This token is not meant for %s: that takes the scope %s.", what, oneOf[0])
}

// withinScopes answers a call that the token does not reach to with 403, so that a client can ask for a token that does. It only looks
// ahead: what decides are actorFor and actorWith, in front of the operation itself.
func (h *MCPHandler) withinScopes(p peek, who caller) *refusal {
	what, needed := h.mcp.reachOf(p)
	if len(needed) == 0 || who.may(needed) {
		return nil
	}
	asked := slices.DeleteFunc(Scopes(), func(s string) bool { return s != needed[0] && !slices.Contains(who.scopes, s) })
	sentence := beyondScope(what, needed)
	return &refusal{http.StatusForbidden, h.challenge("insufficient_scope", sentence, strings.Join(asked, " ")), sentence + noChange}
}

// reachOf gives what a message asks for, and the scopes of which that takes one; none where it takes none.
func (m *MCP) reachOf(p peek) (what string, oneOf []string) {
	if taskMethod(p.Method) && mcp.IsModernProtocol(p.version()) {
		return p.Method, taskScopes(p.Method)
	}
	if p.reads() && strings.HasPrefix(p.Params.URI, requestsURI) {
		return requestsWord, Scopes()
	}
	at := slices.IndexFunc(m.ops, func(op executor.Operation) bool { return op.Name == p.Params.Name })
	if p.Method != string(mcp.MethodToolsCall) || at < 0 {
		return "", nil
	}
	return p.Params.Name, scopesFor(m.ops[at])
}
