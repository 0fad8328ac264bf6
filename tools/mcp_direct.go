package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// served answers a modern message about a task and a modern call of one of our tools. Such a call needs no session, and the library
// would read it ten times over. Everything else, everything whose headers do not agree with it, and every call that wants to hear of
// its progress is left to the library.
func (h *MCPHandler) served(ctx context.Context, w http.ResponseWriter, a admitted) bool {
	p := a.p
	if !a.modern() {
		return false
	}
	caps, call := h.mcp.callable(p)
	if call = call && p.whole && namedInHeader(a.r, p.Params.Name); !call && !taskMethod(p.Method) {
		return false
	}
	switch {
	case call:
		h.mcp.callDirectly(ctx, w, p, caps)
	case p.whole && p.Params.TaskID != "" && !namedInHeader(a.r, p.Params.TaskID):
		writeRPC(w, rpcError(p.ID, mcp.HEADER_MISMATCH, "The "+mcp.HeaderName+" header must be the taskId."+noChange))
	default:
		writeRPC(w, h.mcp.taskCall(ctx, p, a.body))
	}
	return true
}

// modern tells whether a message is a request of the modern protocol, and its headers agree with it.
func (a admitted) modern() bool {
	version, header := a.p.version(), a.r.Header
	return a.r.Method == http.MethodPost && a.p.JSONRPC == mcp.JSONRPC_VERSION && a.p.ID != nil &&
		mcp.IsModernProtocol(version) && mcp.IsValidProtocolVersion(version) && header.Get(mcp.HeaderProtocolVersion) == version &&
		header.Get(mcp.HeaderMethod) == a.p.Method && header.Get(mcp.HeaderLastEventID) == "" && jsonContent(header)
}

// callable tells whether a message calls one of our tools and needs nothing of the library, and gives what its client can: who takes a
// task hears of no progress.
func (m *MCP) callable(p peek) (mcp.ClientCapabilities, bool) {
	_, ours := m.direct[p.Params.Name]
	if !ours || p.Method != string(mcp.MethodToolsCall) {
		return mcp.ClientCapabilities{}, false
	}
	caps, ok := p.capabilities()
	_, progress := p.Params.Meta[metaProgress]
	return caps, ok && (!progress || (m.long[p.Params.Name] && takesTasks(caps)))
}

// callDirectly answers a call that is callable.
func (m *MCP) callDirectly(ctx context.Context, w http.ResponseWriter, p peek, caps mcp.ClientCapabilities) {
	var o *offer
	if takesTasks(caps) {
		o = &offer{}
	}
	info := &server.RequestProtocolInfo{Modern: true, ProtocolVersion: p.version(), ClientInfo: p.client(), ClientCapabilities: &caps}
	ctx = context.WithValue(server.WithRequestProtocolInfo(ctx, info), offerKey{}, o)
	var call mcp.CallToolRequest
	call.Method, call.Params.Name, call.Params.RawArguments = p.Method, p.Params.Name, p.Params.Arguments
	call.Params.InputResponses, call.Params.RequestState = p.Params.InputResponses, p.Params.RequestState
	result, err := m.direct[p.Params.Name](ctx, call)
	if err == nil && result == nil {
		err = fmt.Errorf("%s gave no result", p.Params.Name)
	}
	switch {
	case ctx.Err() != nil: // nobody is there to hear the answer
	case err != nil:
		writeRPC(w, rpcError(p.ID, mcp.INTERNAL_ERROR, m.shown(ctx, err).Sentence))
	case o != nil && o.made != nil:
		writeRPC(w, m.taskAnswer(p.ID, "task", *o.made))
	default:
		m.writeResult(ctx, w, p.ID, result)
	}
}

// writeResult writes a tool's result with what the protocol wants on each.
func (m *MCP) writeResult(ctx context.Context, w http.ResponseWriter, id json.RawMessage, result *mcp.CallToolResult) {
	if result.ResultType == "" {
		result.ResultType = mcp.ResultTypeComplete
	}
	result.EnsureResultMeta().SetServerInfo(m.info)
	text, err := result.MarshalJSON() // by itself: inside something else it would be read over once more
	if err != nil {
		writeRPC(w, rpcError(id, mcp.INTERNAL_ERROR, m.shown(ctx, err).Sentence))
		return
	}
	writeJSON(w, http.StatusOK, []byte(`{"jsonrpc":"2.0","id":`), id, []byte(`,"result":`), text, []byte("}\n"))
}

// namedInHeader tells whether the header that proxies route by says what the message says.
func namedInHeader(r *http.Request, name string) bool {
	given, ok := mcp.DecodeHeaderValue(r.Header.Get(mcp.HeaderName))
	return ok && given == name && name != ""
}

// writeRPC writes an answer, with the status that 2026-07-28 gives to errors.
func writeRPC(w http.ResponseWriter, answer any) {
	status := http.StatusOK
	if failed, is := answer.(rpcFailure); is {
		status = failed.status()
	}
	text, err := json.Marshal(answer)
	if err != nil {
		status = http.StatusInternalServerError
	}
	writeJSON(w, status, text, []byte("\n"))
}

func writeJSON(w http.ResponseWriter, status int, parts ...[]byte) {
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(length)) // or it goes in chunks
	w.WriteHeader(status)
	for _, part := range parts {
		_, _ = w.Write(part) // whoever asked may have gone
	}
}

// status is the HTTP status that 2026-07-28 gives to a JSON-RPC error.
func (f rpcFailure) status() int {
	switch f.Error.Code {
	case mcp.METHOD_NOT_FOUND:
		return http.StatusNotFound
	case mcp.INTERNAL_ERROR, mcp.RESOURCE_NOT_FOUND: // the latter is of the older protocol, which has no status for errors
		return http.StatusOK
	}
	return http.StatusBadRequest
}

func jsonContent(header http.Header) bool {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}
