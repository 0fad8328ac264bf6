package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// missing is what a resource's handler found missing. The library gives every error of a handler the code of an internal one, though a
// resource that is not there has a code of its own: -32002 in 2025-11-25, -32602 in 2026-07-28 (SEP-2164), with the address as data.
type missing struct {
	code          int // 0: nothing is missing
	sentence, uri string
}

type missingKey struct{}

// reads tells whether a message reads a resource and waits for an answer.
func (p peek) reads() bool { return p.Method == string(mcp.MethodResourcesRead) && p.ID != nil }

// minded lets the handler that ctx reaches say that the resource is missing.
func minded(ctx context.Context) (context.Context, *missing) {
	lacks := &missing{}
	return context.WithValue(ctx, missingKey{}, lacks), lacks
}

// isMissing says to whoever minds it that a resource is missing.
func isMissing(ctx context.Context, uri, sentence string) {
	lacks, minded := ctx.Value(missingKey{}).(*missing)
	if !minded {
		return
	}
	*lacks = missing{mcp.RESOURCE_NOT_FOUND, sentence, uri}
	if server.IsModernRequest(ctx) {
		lacks.code = mcp.INVALID_PARAMS
	}
}

func (lacks missing) answer(id json.RawMessage) rpcFailure {
	f := rpcError(id, lacks.code, lacks.sentence)
	f.Error.Data = map[string]string{"uri": lacks.uri}
	return f
}

// read has the library answer a message that reads, and puts the right code in place of its answer where the resource is missing.
func (h *MCPHandler) read(ctx context.Context, w http.ResponseWriter, a admitted) {
	ctx, lacks := minded(ctx)
	held := &heldWriter{ResponseWriter: w, status: http.StatusOK}
	h.stream.ServeHTTP(held, a.r.WithContext(ctx))
	if lacks.code != 0 {
		writeRPC(w, lacks.answer(a.p.ID))
		return
	}
	w.WriteHeader(held.status)
	_, _ = w.Write(held.text.Bytes()) // whoever asked may have gone
}

// heldWriter holds an answer back.
type heldWriter struct {
	http.ResponseWriter
	status int
	text   bytes.Buffer
}

// WriteHeader keeps the status.
func (w *heldWriter) WriteHeader(status int) { w.status = status }

// Write keeps a part of the answer.
func (w *heldWriter) Write(p []byte) (int, error) { return w.text.Write(p) }

// Flush does nothing: the answer is held back.
func (w *heldWriter) Flush() {}
