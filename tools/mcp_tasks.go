package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// tasksExtension is SEP-2663: a call that takes long answers with a task, which the client polls. The library's own tasks are not used:
// they end with the call's connection and show everybody's.
const tasksExtension = "io.modelcontextprotocol/tasks"

// The methods of the extension. The names of get and cancel are those of the library.
const (
	tasksGet    = "tasks/get"
	tasksUpdate = "tasks/update"
	tasksCancel = "tasks/cancel"
)

// taskMethod tells whether a method is about a task by its id.
func taskMethod(method string) bool {
	return method == tasksGet || method == tasksUpdate || method == tasksCancel
}

// taskScopes are those of get_request and withdraw_request, of which these methods are another way.
func taskScopes(method string) []string {
	if method == tasksGet {
		return Scopes()
	}
	return []string{ScopeChange, ScopeDestroy}
}

// task is a task as clients see it. Times are RFC 3339.
type task struct {
	ID            string    `json:"taskId"`
	Status        string    `json:"status"` // working, input_required, completed, failed or cancelled
	StatusMessage string    `json:"statusMessage,omitempty"`
	CreatedAt     time.Time `json:"createdAt"`
	LastUpdatedAt time.Time `json:"lastUpdatedAt"`
	TTL           *int64    `json:"ttlMs"`                    // milliseconds from its creation that it is kept at least; null: for ever
	Poll          int64     `json:"pollIntervalMs,omitempty"` // milliseconds to wait before asking again
	Result        any       `json:"result,omitempty"`         // with completed: what the call would have answered
	Error         any       `json:"error,omitempty"`          // with failed
	InputRequests any       `json:"inputRequests,omitempty"`  // with input_required
}

// taskKeeper keeps tasks. Somebody else's id is fault.NotFound, like no id.
type taskKeeper interface {
	get(ctx context.Context, id string, by executor.Actor) (task, error)
	update(ctx context.Context, id string, by executor.Actor, responses map[string]json.RawMessage) error
	// cancel asks for the end of a task, and says why it goes on where it does.
	cancel(ctx context.Context, id string, by executor.Actor) (note string, err error)
}

// offer is what the client of one call may be given in place of a result. The tool's handler fills it in.
type offer struct{ made *task }

type offerKey struct{}

// offered tells whether the client of this call takes a task for an answer.
func offered(ctx context.Context) *offer {
	o, _ := ctx.Value(offerKey{}).(*offer)
	return o
}

// handle answers one message of any kind; nil when there is nothing to answer.
func (m *MCP) handle(ctx context.Context, p peek, message json.RawMessage) any {
	if bad, is := m.unfit(p, message); is {
		return bad
	}
	if p.reads() {
		ctx, lacks := minded(ctx)
		answer := m.server.HandleMessage(ctx, message)
		if lacks.code != 0 {
			return lacks.answer(p.ID)
		}
		return withID(answer, p.ID)
	}
	if !mcp.IsModernProtocol(p.version()) || p.ID == nil {
		return withID(m.server.HandleMessage(ctx, message), p.ID)
	}
	switch {
	case taskMethod(p.Method):
		return m.taskCall(ctx, p, message)
	case p.Method == string(mcp.MethodToolsCall) && p.takesTasks():
		o := &offer{}
		answer := m.server.HandleMessage(context.WithValue(ctx, offerKey{}, o), message)
		if _, ok := answer.(mcp.JSONRPCResponse); ok && o.made != nil {
			return m.taskAnswer(p.ID, "task", *o.made)
		}
		return withID(answer, p.ID)
	}
	return withID(m.server.HandleMessage(ctx, message), p.ID)
}

// takesTasks tells whether the client declared the extension with this request. Nothing is inferred from earlier ones.
func (p peek) takesTasks() bool {
	caps, ok := p.capabilities()
	return ok && takesTasks(caps)
}

func takesTasks(caps mcp.ClientCapabilities) bool {
	_, declared := caps.Extensions[tasksExtension]
	return declared
}

func (p peek) capabilities() (caps mcp.ClientCapabilities, ok bool) {
	raw, given := p.Params.Meta[mcp.MetaKeyClientCapabilities]
	return caps, given && string(raw) != "null" && json.Unmarshal(raw, &caps) == nil
}

// taskCall answers tasks/get, tasks/update and tasks/cancel.
func (m *MCP) taskCall(ctx context.Context, p peek, message json.RawMessage) (answer any) {
	defer func() {
		if v := recover(); v != nil {
			answer = rpcError(p.ID, mcp.INTERNAL_ERROR, m.shown(ctx, fmt.Errorf("panic: %v\n%s", v, debug.Stack())).Sentence)
		}
	}()
	if !mcp.IsValidProtocolVersion(p.version()) {
		return withID(m.server.HandleMessage(ctx, message), p.ID) // which says what versions there are
	}
	if _, ok := p.capabilities(); !ok {
		return rpcError(p.ID, mcp.INVALID_PARAMS, "missing or invalid _meta field "+mcp.MetaKeyClientCapabilities)
	}
	if !p.takesTasks() {
		return missingTasks(p.ID)
	}
	var call struct {
		Params struct {
			TaskID    string                     `json:"taskId"`
			Responses map[string]json.RawMessage `json:"inputResponses"`
		} `json:"params"`
	}
	if err := json.Unmarshal(message, &call); err != nil {
		return rpcError(p.ID, mcp.INVALID_PARAMS, misshapen(p.Method, err)+noChange)
	}
	if call.Params.TaskID == "" {
		return rpcError(p.ID, mcp.INVALID_PARAMS, p.Method+" needs a taskId."+noChange)
	}
	by, err := actorWith(ctx, p.Method, taskScopes(p.Method))
	if err != nil {
		return m.taskError(ctx, p.ID, err)
	}
	switch p.Method {
	case tasksGet:
		t, err := m.tasks.get(ctx, call.Params.TaskID, by)
		if err != nil {
			return m.taskError(ctx, p.ID, err)
		}
		return m.taskAnswer(p.ID, mcp.ResultTypeComplete, t)
	case tasksUpdate:
		err = m.tasks.update(ctx, call.Params.TaskID, by, call.Params.Responses)
		return m.acknowledged(ctx, p.ID, "", err)
	}
	note, err := m.tasks.cancel(ctx, call.Params.TaskID, by)
	return m.acknowledged(ctx, p.ID, note, err)
}

// taskError tells a failure. There is no model on the other side of it.
func (m *MCP) taskError(ctx context.Context, id json.RawMessage, err error) any {
	seen, code := m.shown(ctx, err), mcp.INVALID_PARAMS
	if seen.Kind == fault.Internal || seen.Kind == fault.Upstream {
		code = mcp.INTERNAL_ERROR
	}
	return rpcError(id, code, ourWords(seen.Sentence))
}

// taskAnswer is a task as a result.
func (m *MCP) taskAnswer(id json.RawMessage, kind mcp.ResultType, t task) any {
	return taskResult{JSONRPC: mcp.JSONRPC_VERSION, ID: id, Result: struct {
		Meta any            `json:"_meta"`
		Kind mcp.ResultType `json:"resultType"`
		task
	}{m.meta(""), kind, t}}
}

// acknowledged says that a message about a task was taken, and nothing of what becomes of it: tasks/get tells.
func (m *MCP) acknowledged(ctx context.Context, id json.RawMessage, note string, err error) any {
	if err != nil {
		return m.taskError(ctx, id, err)
	}
	return taskResult{JSONRPC: mcp.JSONRPC_VERSION, ID: id, Result: map[string]any{"_meta": m.meta(note), "resultType": mcp.ResultTypeComplete}}
}

// noteKey is where the answer to tasks/cancel says why a task goes on.
const noteKey = "accountops/note"

func (m *MCP) meta(note string) map[string]any {
	meta := map[string]any{mcp.MetaKeyServerInfo: m.info}
	if note != "" {
		meta[noteKey] = ourWords(note)
	}
	return meta
}

// taskResult is a JSON-RPC answer about a task.
type taskResult struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result"`
}

// missingTasks tells a client to declare the extension.
func missingTasks(id json.RawMessage) any {
	f := rpcError(id, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, "This needs a client that declares the extension "+tasksExtension+"."+noChange)
	f.Error.Data = map[string]any{"requiredCapabilities": map[string]any{"extensions": map[string]any{tasksExtension: map[string]any{}}}}
	return f
}
