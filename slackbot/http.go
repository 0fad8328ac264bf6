package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// The paths at which Slack calls in HTTP mode, as the manifest names them.
const (
	pathCommands      = "/slack/commands"
	pathInteractivity = "/slack/interactivity"
	pathEvents        = "/slack/events"
)

// HTTP takes what Slack sends in HTTP mode: requests to /slack/commands, /slack/interactivity and /slack/events that carry
// Slack's signature. It is nil in Socket Mode.
func (b *Bot) HTTP() http.Handler {
	if !b.slack.overHTTP() {
		return nil
	}
	mux := http.NewServeMux()
	for path, read := range map[string]reader{pathCommands: readForm, pathInteractivity: readPayload, pathEvents: readEvent} {
		mux.HandleFunc("POST "+path, func(rw http.ResponseWriter, r *http.Request) {
			b.serve(rw, r, read) //nolint:contextcheck // what was received is recorded even when Slack has hung up
		})
	}
	return mux
}

// reader finds in a body what Socket Mode has as an envelope's type and payload. A final answer is all there is to do.
type reader func(contentType string, body []byte) (kind string, payload []byte, final any, err error)

// serve checks who calls, records, acknowledges, and then has it worked on.
func (b *Bot) serve(rw http.ResponseWriter, r *http.Request, read reader) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, readLimit))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		http.Error(rw, "This is larger than anything that Slack sends. Nothing was done.", http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(rw, "The request broke off. Nothing was done.", http.StatusBadRequest)
		return
	}
	if why := b.slack.signed(r.Header, body); why != "" {
		b.log.Warn("slack: a request was refused", "why", why, "remote", r.RemoteAddr)
		http.Error(rw, "This does not carry Slack's signature. Nothing was done.", http.StatusUnauthorized)
		return
	}
	kind, payload, final, err := read(r.Header.Get("Content-Type"), body)
	if err != nil {
		b.log.Error("slack: unreadable request", "path", r.URL.Path, "error", err)
		http.Error(rw, "This could not be read. Nothing was done.", http.StatusBadRequest)
		return
	}
	answer, work := final, func() {}
	if final == nil {
		// Slack hangs up after three seconds; what was received is recorded all the same.
		incident := b.guard("slack: accepting failed", func() { answer, work = b.receive(context.WithoutCancel(r.Context()), kind, payload) })
		if incident != "" {
			http.Error(rw, "This could not be recorded, so nothing was done (incident "+incident+"). Please try again.", http.StatusInternalServerError)
			return
		}
	}
	acknowledge(rw, answer)
	work()
}

// acknowledge answers at once, before anything that is said later can overtake it.
func acknowledge(rw http.ResponseWriter, answer any) {
	var raw []byte
	if answer != nil {
		raw, _ = json.Marshal(answer) // our own payloads always marshal; without one it is still acknowledged
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	rw.WriteHeader(http.StatusOK)
	_, _ = rw.Write(raw) // whoever has hung up is not told
	_ = http.NewResponseController(rw).Flush()
}

var errNoForm = errors.New("not a form")

// readForm reads a slash command, which is a form with one value for each field.
func readForm(contentType string, body []byte) (kind string, payload []byte, final any, err error) {
	form, err := parseForm(contentType, body)
	if err != nil {
		return "", nil, nil, err
	}
	if form.Get("ssl_check") != "" {
		return "", nil, struct{}{}, nil
	}
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	payload, err = json.Marshal(fields)
	return envCommand, payload, nil, err
}

// readPayload reads a click, a form or a search, which is JSON in a form's one field.
func readPayload(contentType string, body []byte) (kind string, payload []byte, final any, err error) {
	form, err := parseForm(contentType, body)
	return envInteraction, []byte(form.Get("payload")), nil, err
}

func parseForm(contentType string, body []byte) (url.Values, error) {
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, errNoForm
	}
	return url.ParseQuery(string(body))
}

// readEvent reads an event, or answers the question whether we are who the manifest says.
func readEvent(_ string, body []byte) (kind string, payload []byte, final any, err error) {
	var event struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return "", nil, nil, err
	}
	if event.Type == "url_verification" {
		return "", nil, map[string]string{"challenge": event.Challenge}, nil
	}
	return envEvent, body, nil, nil
}
