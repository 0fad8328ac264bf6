package slackemu

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"accountops/internal/fault"
)

// Control is how scripts and the page act as people, and see what they see. It is mounted at /sandbox/v1/ for
// /sandbox/v1/people and /sandbox/v1/slack/…, behind the sandbox's guard: whoever reaches it acts as anybody. It takes and
// gives JSON. An error is {"error": sentence} with a status of 400 and more.
func (w *Workspace) Control() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range w.reads() {
		mux.HandleFunc("GET /sandbox/v1/"+pattern, h)
	}
	for pattern, h := range w.writes() {
		mux.HandleFunc("POST /sandbox/v1/slack/"+pattern, h)
	}
	mux.HandleFunc("DELETE /sandbox/v1/slack/faults", func(rw http.ResponseWriter, _ *http.Request) {
		w.ClearFaults()
		give(rw, map[string]any{"faults": []Fault{}}, nil)
	})
	return mux
}

// writes are what people can do.
func (w *Workspace) writes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"commands":         post(w.Command),
		"actions":          post(w.Act),
		"view_submissions": post(w.Submit),
		"suggestions":      post(w.Suggest),
		"shortcuts":        post(w.UseShortcut),
		"messages": post(func(in SayInput) (any, error) {
			m, err := w.Say(in)
			return map[string]any{"message": m}, err
		}),
		"view_closed": post(func(in struct {
			User   string `json:"user"`
			ViewID string `json:"view_id"`
			All    bool   `json:"all"`
		}) (Result, error) {
			return w.CloseView(in.User, in.ViewID, in.All)
		}),
		"home": post(w.OpenHome),
		"reload": post(func(in struct {
			User string `json:"user"`
		}) (any, error) {
			w.Reload(in.User)
			return map[string]any{"ok": true}, nil
		}),
		"faults": post(func(in Fault) (any, error) {
			err := w.AddFault(in)
			return map[string]any{"faults": w.Faults()}, err
		}),
		"messages/delete": post(w.Delete),
		"usergroups":      post(w.regroup),
		"users":           post(w.rewrite),
		"channels":        post(w.rechannel),
		"request_urls":    post(w.UseRequestURLs),
		"signing_secret":  post(w.Resign),
	}
}

// post makes a handler of something that takes one JSON object and gives another.
func post[In, Out any](do func(In) (Out, error)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		var in In
		raw, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
		if err == nil {
			err = json.Unmarshal(raw, &in)
		}
		if err != nil {
			give(rw, nil, fault.Wrap(err, fault.Invalid, "The body is not the JSON object this endpoint takes, so nothing was done."))
			return
		}
		out, err := do(in)
		give(rw, out, err)
	}
}

var statusOf = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Denied: http.StatusForbidden,
}

// give writes an answer or an error.
func give(rw http.ResponseWriter, v any, err error) {
	if err != nil {
		words := "Something went wrong in the Slack emulator, and it is not known what was done."
		if e, ok := errors.AsType[*fault.Error](err); ok {
			words = e.Sentence
		}
		if e, ok := errors.AsType[*apiError](err); ok {
			words = "Slack refuses that (" + e.code + "), so nothing was done."
			err = fault.New(fault.Conflict, words)
		}
		status := statusOf[fault.KindOf(err)]
		if status == 0 {
			status = http.StatusInternalServerError
		}
		tell(rw, status, words)
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(rw).Encode(v)
}

// tell writes an error.
func tell(rw http.ResponseWriter, status int, words string) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(map[string]string{"error": words})
}

// seconds reads a wait from the query, at most 25 s.
func seconds(r *http.Request) time.Duration {
	n, err := strconv.Atoi(r.URL.Query().Get("wait"))
	if err != nil {
		n = 25
	}
	return time.Duration(min(max(n, 0), 25)) * time.Second
}
