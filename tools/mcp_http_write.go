package tools

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// patientWriter gives every write its own deadline, so that streams may live long and slow readers may not.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *patientWriter) extend() {
	_ = w.control.SetWriteDeadline(time.Now().Add(writePatience)) // a writer without deadlines has none to extend
}

// WriteHeader writes the status.
func (w *patientWriter) WriteHeader(status int) {
	w.extend()
	w.ResponseWriter.WriteHeader(status)
}

// Write writes a part of the answer.
func (w *patientWriter) Write(p []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(p)
}

// Flush sends what was written.
func (w *patientWriter) Flush() {
	w.extend()
	_ = w.control.Flush() // the reader has gone; the next write says so
}

// Unwrap gives the writer below, for http.ResponseController.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// write answers with the refusal, as JSON-RPC so that clients show its sentence; to the request of an id, where that was read.
func (n *refusal) write(w http.ResponseWriter, id json.RawMessage) {
	body, _ := json.Marshal(rpcError(id, mcp.INVALID_REQUEST, n.sentence)) // what was read as JSON always marshals
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if n.challenge != "" {
		w.Header().Set("WWW-Authenticate", n.challenge)
	}
	w.WriteHeader(n.status)
	_, _ = w.Write(append(body, '\n'))
}

// onlyErrors lets the library's errors into the log. Its other lines name sessions.
type onlyErrors struct{ slog.Handler }

// Enabled tells whether a level is logged.
func (h onlyErrors) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && h.Handler.Enabled(ctx, level)
}

// Handle logs an error without the sessions that it names. An answer that nobody asked for, or too late, is the client's affair.
func (h onlyErrors) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "Failed to handle sampling response" {
		if !h.Handler.Enabled(ctx, slog.LevelDebug) {
			return nil
		}
		return h.Handler.Handle(ctx, slog.NewRecord(r.Time, slog.LevelDebug, "an MCP client answered a question that is not open", r.PC))
	}
	told := slog.NewRecord(r.Time, r.Level, anySession.ReplaceAllString(r.Message, "…"), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		told.AddAttrs(slog.String(a.Key, anySession.ReplaceAllString(a.Value.String(), "…")))
		return true
	})
	return h.Handler.Handle(ctx, told)
}

// unheard is a writer whose words nobody hears: to an answer of theirs, clients hear that it was taken, whether or not anybody waited for it.
type unheard struct{}

// Header gives headers that nobody gets.
func (unheard) Header() http.Header { return http.Header{} }

// Write writes nothing.
func (unheard) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader writes nothing.
func (unheard) WriteHeader(int) {}
