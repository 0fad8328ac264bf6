package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// missing is what was to be read and is not there. The library gives every error of a resource's handler the code of an internal one, and
// no data to its own, though a resource that is not there has a code: -32002 in 2025-11-25, -32602 in 2026-07-28, with the address as
// data (SEP-2164).
type missing struct {
	code          int // 0: nothing is missing
	sentence, uri string
}

type missingKey struct{}

// notThere is the error of a resource's handler that did not find what it was to read.
type notThere struct{ sentence string }

func (e notThere) Error() string { return e.sentence }

// Is says to the library what it is.
func (notThere) Is(target error) bool { return target == server.ErrResourceNotFound }

// reads tells whether a message reads a resource and waits for an answer.
func (p peek) reads() bool { return p.Method == string(mcp.MethodResourcesRead) && p.ID != nil }

// minded keeps what the message that ctx belongs to does not find.
func minded(ctx context.Context) (context.Context, *missing) {
	lacks := &missing{}
	return context.WithValue(ctx, missingKey{}, lacks), lacks
}

// noteMissing is told of every error by the library.
func noteMissing(ctx context.Context, _ any, _ mcp.MCPMethod, message any, err error) {
	lacks, minded := ctx.Value(missingKey{}).(*missing)
	read, reads := message.(*mcp.ReadResourceRequest)
	if !minded || !reads || !errors.Is(err, server.ErrResourceNotFound) {
		return
	}
	*lacks = missing{mcp.RESOURCE_NOT_FOUND, "There is nothing to read at this address. What can be read is in resources/list and resources/templates/list.", read.Params.URI}
	if ours, is := errors.AsType[notThere](err); is {
		lacks.sentence = ours.sentence
	}
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
func (h *MCPHandler) read(ctx context.Context, patient *patientWriter, a admitted) {
	ctx, lacks := minded(ctx)
	w, r := h.exactly(patient, a)
	held := &heldWriter{ResponseWriter: w, status: http.StatusOK}
	h.stream.ServeHTTP(held, r.WithContext(ctx))
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
