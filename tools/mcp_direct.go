package tools

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// servedTask answers a message about a task, or a call of a tool that may become one, of a client that takes tasks. Everything else, and
// everything whose headers do not agree with it, is left to the library.
func (h *MCPHandler) servedTask(w http.ResponseWriter, r *http.Request) bool {
	method := r.Header.Get(mcp.HeaderMethod)
	if r.Method != http.MethodPost || (!taskMethod(method) && method != string(mcp.MethodToolsCall)) {
		return false
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return false
	}
	p := peekOf(body)
	version := p.version()
	if p.ID == nil || p.Method != method || !mcp.IsModernProtocol(version) || r.Header.Get(mcp.HeaderProtocolVersion) != version {
		return false
	}
	if !taskMethod(method) && (!p.takesTasks() || !h.mcp.long[p.Params.Name] || !namedInHeader(r, p.Params.Name)) {
		return false
	}
	if taskMethod(method) && !namedInHeader(r, p.Params.TaskID) {
		writeRPC(w, rpcError(p.ID, mcp.HEADER_MISMATCH, "The "+mcp.HeaderName+" header must be the taskId."+noChange))
		return true
	}
	session := server.NewInProcessSession("task-"+rand.Text(), nil)
	writeRPC(w, h.mcp.handle(h.mcp.server.WithContext(r.Context(), session), p, body))
	return true
}

// namedInHeader tells whether the header that proxies route by says what the message says.
func namedInHeader(r *http.Request, name string) bool {
	given, ok := mcp.DecodeHeaderValue(r.Header.Get(mcp.HeaderName))
	return ok && given == name && name != ""
}

// writeRPC writes an answer, with the status that 2026-07-28 gives to errors.
func writeRPC(w http.ResponseWriter, answer any) {
	text, err := json.Marshal(answer)
	var failed struct {
		Error *struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	status := http.StatusOK
	if err != nil || json.Unmarshal(text, &failed) != nil {
		status = http.StatusInternalServerError
	}
	if failed.Error != nil {
		switch failed.Error.Code {
		case mcp.METHOD_NOT_FOUND:
			status = http.StatusNotFound
		case mcp.INTERNAL_ERROR:
		default:
			status = http.StatusBadRequest
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // whoever asked may have gone
}
