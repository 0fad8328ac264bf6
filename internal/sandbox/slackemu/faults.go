package slackemu

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"accountops/internal/fault"
)

// The faults that can be played. The first six hit Web API calls and response URLs, the next five envelopes; a
// disconnect is played at once.
const (
	FaultRateLimited    = "rate_limited"    // 429 with Retry-After, nothing done
	FaultServerError    = "server_error"    // status (503 by default) with an HTML body, nothing done
	FaultAnswerLost     = "answer_lost"     // done, and then the line is cut before the answer
	FaultSlow           = "slow"            // done after delay_ms
	FaultRefused        = "refused"         // {"ok":false} with the error given, such as account_inactive; nothing done
	FaultEmptyAnswer    = "empty_answer"    // {}, which says nothing at all; nothing done
	FaultLostAck        = "lost_ack"        // the app's ack never arrives
	FaultDoubleDelivery = "double_delivery" // the same payload is delivered twice
	FaultLateDelivery   = "late_delivery"   // delivered after delay_ms (4,000 by default)
	FaultWrongSignature = "wrong_signature" // in HTTP mode: signed with another secret
	FaultOldTimestamp   = "old_timestamp"   // in HTTP mode: signed rightly, ten minutes ago
	FaultDisconnect     = "disconnect"      // the sockets are told to go, with a reason
)

// maxFaults is how many faults may wait to be played.
const maxFaults = 100

// Fault is something that shall go wrong a number of times.
type Fault struct {
	Kind       string `json:"kind"`
	Method     string `json:"method,omitempty"` // a Web API method, response_url, or an envelope's type; empty is any
	Times      int    `json:"times"`            // how often; 1 when 0
	RetryAfter int    `json:"retry_after,omitempty"`
	Status     int    `json:"status,omitempty"`
	Error      string `json:"error,omitempty"` // for refused; without it Slack says only that it is not ok
	DelayMS    int    `json:"delay_ms,omitempty"`
	Reason     string `json:"reason,omitempty"` // for disconnect: warning, refresh_requested, link_disabled or drop
}

func (f *Fault) delay() time.Duration {
	ms := f.DelayMS
	if ms <= 0 && f.Kind == FaultLateDelivery {
		ms = 4000
	}
	return time.Duration(ms) * time.Millisecond
}

// side tells what a fault hits: api or envelope.
func (f *Fault) side() string {
	switch f.Kind {
	case FaultRateLimited, FaultServerError, FaultAnswerLost, FaultSlow, FaultRefused, FaultEmptyAnswer:
		return "api"
	case FaultLostAck, FaultDoubleDelivery, FaultLateDelivery, FaultWrongSignature, FaultOldTimestamp:
		return "envelope"
	}
	return ""
}

// AddFault arms a fault; a disconnect is played at once.
func (w *Workspace) AddFault(f Fault) error {
	if f.Kind == FaultDisconnect {
		if f.Reason == "" {
			f.Reason = "refresh_requested"
		}
		w.Disconnect(f.Reason, f.Times)
		return nil
	}
	if f.side() == "" {
		return fault.New(fault.Invalid, "There is no such kind of fault, so nothing was armed. The kinds are rate_limited, "+
			"server_error, answer_lost, slow, refused, empty_answer, lost_ack, double_delivery, late_delivery, wrong_signature, "+
			"old_timestamp and disconnect.")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.faults) >= maxFaults {
		return fault.New(fault.Conflict, "A hundred faults are armed already, so this one was not. DELETE the faults first.")
	}
	f.Times = max(f.Times, 1)
	w.faults = append(w.faults, &f)
	return nil
}

// Faults gives the faults that are still to be played.
func (w *Workspace) Faults() []Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []Fault{}
	for _, f := range w.faults {
		out = append(out, *f)
	}
	return out
}

// ClearFaults disarms every fault.
func (w *Workspace) ClearFaults() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = nil
}

// takeFault uses the first armed fault that fits. The caller holds the lock.
func (w *Workspace) takeFault(side, name string) *Fault {
	for i, f := range w.faults {
		if f.side() != side || (f.Method != "" && f.Method != "*" && f.Method != name) {
			continue
		}
		f.Times--
		if f.Times <= 0 {
			w.faults = slices.Delete(slices.Clone(w.faults), i, i+1)
		}
		played := *f
		return &played
	}
	return nil
}

// playAPIFault takes a fault for a call. It gives a function when that is the whole answer.
func (w *Workspace) playAPIFault(rw http.ResponseWriter, name string, e *Entry) func() {
	w.mu.Lock()
	f := w.takeFault("api", name)
	w.mu.Unlock()
	if f == nil {
		return nil
	}
	e.Fault = f.Kind
	switch f.Kind {
	case FaultRateLimited:
		e.Status, e.Error = http.StatusTooManyRequests, "ratelimited"
		return func() {
			rw.Header().Set("Retry-After", strconv.Itoa(max(f.RetryAfter, 1)))
			jsonAnswer(rw).WriteHeader(http.StatusTooManyRequests)
			_, _ = rw.Write([]byte(`{"ok":false,"error":"ratelimited"}`))
		}
	case FaultServerError:
		e.Status = f.Status
		if e.Status < 500 || e.Status > 599 {
			e.Status = http.StatusServiceUnavailable
		}
		return func() {
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			rw.WriteHeader(e.Status)
			_, _ = rw.Write([]byte("<html><body>Server Error</body></html>"))
		}
	case FaultSlow:
		w.pause(f.delay())
	case FaultRefused, FaultEmptyAnswer:
		e.Error = f.Error
		return func() { _ = json.NewEncoder(jsonAnswer(rw)).Encode(f.body()) }
	}
	return nil
}

// body is what Slack answers instead of what it should.
func (f *Fault) body() map[string]any {
	switch {
	case f.Kind == FaultEmptyAnswer:
		return map[string]any{}
	case f.Error == "":
		return map[string]any{"ok": false}
	}
	return map[string]any{"ok": false, "error": f.Error}
}

func jsonAnswer(rw http.ResponseWriter) http.ResponseWriter {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	return rw
}

// pause waits, unless the workspace is closed.
func (w *Workspace) pause(d time.Duration) {
	timer := time.NewTimer(min(d, time.Minute))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.ctx.Done():
	}
}

// hangUp cuts the line under an answer.
func hangUp(rw http.ResponseWriter) {
	c, _, err := http.NewResponseController(rw).Hijack()
	if err == nil {
		_ = c.Close()
	}
}
