package slackemu

import (
	"encoding/json"
	"time"
)

// The ways in which an app can fail to answer, in the words Slack shows.
const (
	dispatchFailed   = "dispatch_failed"   // there was nobody to ask
	operationTimeout = "operation_timeout" // no acknowledgement within three seconds
)

// delivery is an envelope somebody waits for.
type delivery struct {
	acked   chan json.RawMessage // room for one
	refused chan refusal         // room for one: in HTTP mode, why the app's answer is no ack
	lost    bool                 // a fault: the ack is thrown away
	entry   *Entry
	started time.Time
}

// refusal is an answer of the app that is no ack.
type refusal struct {
	why   string
	final bool // the app asks not to be asked again
}

// outcome is what became of an envelope.
type outcome struct {
	final   bool // no use in trying again
	acked   bool
	elapsed time.Duration
	payload json.RawMessage // what came with the ack; nil when nothing did
	failure string          // when not acked
}

// envelope is one thing that happened in Slack and that the app is told of.
type envelope struct {
	kind    string // slash_commands, interactive, events_api
	payload map[string]any
	answers bool // the ack may carry a payload
	attempt int  // for events: how often it was tried before
	reason  string
}

// deliver gives an envelope to one connection, in turn, and waits for its acknowledgement.
func (w *Workspace) deliver(env envelope) outcome {
	started := time.Now()
	w.mu.Lock()
	fault := w.takeFault("envelope", env.kind)
	d := w.wait(env, started)
	if fault != nil {
		d.entry.Fault = fault.Kind
		d.lost = fault.Kind == FaultLostAck
	}
	w.mu.Unlock()

	if fault != nil && fault.Kind == FaultLateDelivery {
		w.background(func() { w.sendLate(env, d, fault.delay()) })
	} else if !w.send(env, d) {
		return w.give(d, refusal{why: dispatchFailed})
	}
	if fault != nil && fault.Kind == FaultDoubleDelivery {
		w.sendAgain(env, fault)
	}
	return w.await(d)
}

// wait registers an envelope under a new id. The caller holds the lock.
func (w *Workspace) wait(env envelope, started time.Time) *delivery {
	id := secret(4) + "-" + secret(2) + "-" + secret(2) + "-" + secret(2) + "-" + secret(6)
	d := &delivery{acked: make(chan json.RawMessage, 1), refused: make(chan refusal, 1), started: started}
	d.entry = &Entry{Kind: "envelope", Method: env.kind, EnvelopeID: id, Request: shown(env.payload)}
	w.note(d.entry)
	w.waiting[id] = d
	return d
}

// send gives the envelope to the app: over HTTP when it has request URLs, or else over the next connection in turn. It
// is false when there is none.
func (w *Workspace) send(env envelope, d *delivery) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if mode := w.mode; mode != nil {
		w.background(func() { w.request(mode, env, d) })
		return true
	}
	raw, err := env.socketForm(d.entry.EnvelopeID)
	if err != nil {
		return false
	}
	for range w.conns {
		w.turn++
		c := w.conns[w.turn%len(w.conns)]
		if c.leaving {
			continue
		}
		select {
		case c.send <- raw:
			d.entry.Connection = c.id
			return true
		default: // its queue is full: it does not read
		}
	}
	return false
}

// socketForm writes an envelope the way it goes over a socket. Only events say how often they were tried.
func (env envelope) socketForm(id string) ([]byte, error) {
	out := map[string]any{"type": env.kind, "envelope_id": id, "payload": env.payload, "accepts_response_payload": env.answers}
	if env.kind == "events_api" {
		out["retry_attempt"], out["retry_reason"] = env.attempt, ""
		if env.attempt > 0 {
			out["retry_reason"] = "timeout"
		}
	}
	return json.Marshal(out)
}

func (w *Workspace) sendLate(env envelope, d *delivery, after time.Duration) {
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-timer.C:
		w.send(env, d)
	case <-w.ctx.Done():
	}
}

// sendAgain delivers the same payload once more, as Slack does when it lost sight of the first.
func (w *Workspace) sendAgain(env envelope, f *Fault) {
	w.mu.Lock()
	again := w.wait(env, time.Now())
	again.entry.Fault = f.Kind
	w.mu.Unlock()
	w.send(env, again)
	w.background(func() { w.await(again) })
}

// await waits for the ack until the deadline.
func (w *Workspace) await(d *delivery) outcome {
	timer := time.NewTimer(time.Until(d.started.Add(w.cfg.AckWithin)))
	defer timer.Stop()
	failure := refusal{why: operationTimeout}
	select {
	case payload := <-d.acked:
		return outcome{acked: true, elapsed: time.Since(d.started), payload: payload}
	case failure = <-d.refused:
	case <-timer.C:
	case <-w.ctx.Done():
	}
	return w.give(d, failure)
}

// give notes that nobody waits any more. The envelope stays known, so that a late ack can be shown as one.
func (w *Workspace) give(d *delivery, failure refusal) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case payload := <-d.acked: // it came at the very last moment
		return outcome{acked: true, elapsed: time.Since(d.started), payload: payload}
	default:
	}
	d.entry.Error, d.entry.ElapsedMS = failure.why, time.Since(d.started).Milliseconds()
	d.lost = true
	w.changed(Change{Kind: "inspector"})
	if len(w.waiting) > inspectorSize {
		for id, old := range w.waiting {
			if time.Since(old.started) > 10*w.cfg.AckWithin {
				delete(w.waiting, id)
			}
		}
	}
	return outcome{elapsed: time.Since(d.started), failure: failure.why, final: failure.final}
}

// takeAck matches what a connection sent with the envelope it is about.
func (w *Workspace) takeAck(c *conn, raw []byte) {
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(raw, &ack) != nil {
		return
	}
	if len(raw) >= maxAck {
		w.mu.Lock()
		defer w.mu.Unlock()
		if d := w.waiting[ack.EnvelopeID]; d != nil {
			d.entry.Error = "the ack was ignored: it has 20 KB or more"
		}
		return
	}
	w.acknowledged(ack.EnvelopeID, ack.Payload, c.id)
}

// acknowledged notes an ack, and gives it to whoever still waits for it.
func (w *Workspace) acknowledged(id string, payload json.RawMessage, connection string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.waiting[id]
	if d == nil {
		return
	}
	ms := time.Since(d.started).Milliseconds()
	switch {
	case d.lost:
		d.entry.LateAckMS = ms
	default:
		d.entry.Acked, d.entry.OK, d.entry.AckMS, d.entry.ElapsedMS = true, true, ms, ms
		d.entry.Response, d.entry.Connection = shown(payload), connection
		d.acked <- payload
	}
	delete(w.waiting, id)
	w.changed(Change{Kind: "inspector"})
}
