package tools

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// mcp-go reads the numbers of ids as floating point, and would answer 9007199254740993 with 9007199254740992. A number that might not come
// back as it was sent goes through it as a text instead, which the answer turns into the number again.

// changes tells whether an id may come back from mcp-go as another text.
func changes(id json.RawMessage) bool {
	return len(id) > 0 && id[0] != '"' && (len(id) > 15 || bytes.ContainsAny(id, ".eE"))
}

// standIn is the text that goes through mcp-go for an id. Nobody else can write it: key is random.
func standIn(key string, id json.RawMessage) json.RawMessage {
	return json.RawMessage(`"` + key + string(id) + `"`)
}

// withStandIn gives a message with a stand-in for the id that may change: its own, or that of the call that it cancels.
func withStandIn(key string, p peek, message json.RawMessage) (_ json.RawMessage, needed bool) {
	if p.ID == nil && p.Method == string(mcp.MethodNotificationCancelled) && changes(p.Params.RequestID) {
		return replacedIn(message, "params", func(params json.RawMessage) json.RawMessage {
			return replacedIn(params, "requestId", func(json.RawMessage) json.RawMessage { return standIn(key, p.Params.RequestID) })
		}), true
	}
	if !changes(p.ID) {
		return message, false // as nearly always
	}
	return replacedIn(message, "id", func(json.RawMessage) json.RawMessage { return standIn(key, p.ID) }), true
}

// replacedIn gives a JSON object with other values of a name, in whatever letters: mcp-go does not mind them either.
func replacedIn(object json.RawMessage, name string, change func(json.RawMessage) json.RawMessage) json.RawMessage {
	ms, err := jsonMembers(object)
	if err != nil {
		return object
	}
	for i := range ms {
		if strings.EqualFold(ms[i].name, name) {
			ms[i].value = change(ms[i].value)
		}
	}
	return jsonObject(ms)
}

// exactly gives what mcp-go has to be given so that the answer has its id as it was sent.
func (h *MCPHandler) exactly(w *patientWriter, a admitted) (http.ResponseWriter, *http.Request) {
	body, needed := withStandIn(h.idKey, a.p, a.body)
	if !needed {
		return w, a.r
	}
	r := *a.r
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return &exactWriter{patientWriter: w, standIn: standIn(h.idKey, a.p.ID), id: a.p.ID}, &r
}

// exactWriter writes an id in place of its stand-in. mcp-go writes every message whole.
type exactWriter struct {
	*patientWriter
	standIn, id []byte
}

// Write writes a part of the answer.
func (w *exactWriter) Write(p []byte) (int, error) {
	_, err := w.patientWriter.Write(bytes.ReplaceAll(p, w.standIn, w.id))
	return len(p), err
}

// withID gives an answer of mcp-go's the id as it was sent.
func withID(answer mcp.JSONRPCMessage, id json.RawMessage) any {
	switch a := answer.(type) {
	case nil:
		return nil // no answer, whatever its type
	case mcp.JSONRPCResponse:
		a.ID = mcp.NewRequestId(id)
		return a
	case mcp.JSONRPCError:
		a.ID = mcp.NewRequestId(id)
		return a
	}
	return answer
}
