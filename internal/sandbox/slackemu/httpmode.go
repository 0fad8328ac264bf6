package slackemu

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// httpServiceError is what Slack shows when an app answers with another status than 200.
const httpServiceError = "http_service_error"

// patience is how long a request is left open: longer than Slack waits, so that a late answer is seen as one.
const patience = 30 * time.Second

// staleBy is how old a request with an old timestamp is: older than the five minutes an app may accept.
const staleBy = 10 * time.Minute

// HTTPMode is where Slack sends what happens when the app does not use Socket Mode.
type HTTPMode struct {
	Commands      string `json:"commands"`
	Interactivity string `json:"interactivity"`
	Events        string `json:"events"`
}

// request sends an envelope's payload to the app's request URL, signed, and takes the answer as its ack.
func (w *Workspace) request(mode *HTTPMode, env envelope, d *delivery) {
	target, kind, body, err := mode.form(env)
	if err != nil || target == "" {
		d.refuse(refusal{why: dispatchFailed})
		return
	}
	r, err := w.signed(target, kind, body, d.entry.Fault)
	if err != nil {
		d.refuse(refusal{why: dispatchFailed})
		return
	}
	if env.attempt > 0 {
		r.Header.Set("X-Slack-Retry-Num", strconv.Itoa(env.attempt))
		r.Header.Set("X-Slack-Retry-Reason", retryReasons[env.reason])
	}
	resp, err := w.http.Do(r)
	if err != nil {
		d.refuse(refusal{why: dispatchFailed})
		return
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	// An event may be answered with any success; whatever somebody waits for, with 200 alone.
	taken := resp.StatusCode == http.StatusOK || (env.kind == "events_api" && resp.StatusCode/100 == 2)
	if err != nil || !taken {
		d.refuse(refusal{why: httpServiceError, final: resp.Header.Get("X-Slack-No-Retry") == "1"})
		return
	}
	w.acknowledged(d.entry.EnvelopeID, asPayload(answer), "http")
}

// retryReasons says in HTTP mode why an event comes again.
var retryReasons = map[string]string{
	operationTimeout: "http_timeout", httpServiceError: "http_error", dispatchFailed: "connection_failed",
}

// signed makes a request to the app with Slack's signature; a fault may spoil it.
func (w *Workspace) signed(target, kind string, body []byte, fault string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	signing, at := w.signing, w.now()
	w.mu.Unlock()
	switch fault {
	case FaultWrongSignature:
		signing += " of somebody else"
	case FaultOldTimestamp:
		at = at.Add(-staleBy)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", Sign(signing, stamp, body))
	return r, nil
}

// refuse says why there will be no ack, to whoever still waits.
func (d *delivery) refuse(why refusal) {
	select {
	case d.refused <- why:
	default:
	}
}

// form writes an envelope's payload the way Slack sends it over HTTP.
func (h *HTTPMode) form(env envelope) (target, kind string, body []byte, err error) {
	const form = "application/x-www-form-urlencoded"
	raw, err := json.Marshal(env.payload)
	switch env.kind {
	case "slash_commands":
		fields := url.Values{}
		for name := range env.payload {
			fields.Set(name, word(env.payload, name))
		}
		return h.Commands, form, []byte(fields.Encode()), err
	case "interactive":
		return h.Interactivity, form, []byte(url.Values{"payload": {string(raw)}}.Encode()), err
	}
	return h.Events, "application/json", raw, err
}

// asPayload makes of an answer's body what Socket Mode has as the ack's payload: JSON, or text as a JSON string.
func asPayload(body []byte) json.RawMessage {
	if strings.TrimSpace(string(body)) == "" {
		return nil
	}
	if json.Valid(body) {
		return body
	}
	raw, _ := json.Marshal(string(body))
	return raw
}

// Sign is Slack's signature over a request's body: v0= and HMAC-SHA256 of v0:timestamp:body.
func Sign(signingSecret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(signingSecret))
	mac.Write([]byte("v0:" + timestamp + ":"))
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// newHTTP makes the client that sends requests to the app. It follows no redirects, as Slack does not.
func newHTTP() *http.Client {
	return &http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: 10 * time.Second},
	}
}
