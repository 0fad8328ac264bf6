package slackemu

import (
	"encoding/json"
	"time"
)

// inspectorSize is how many calls and envelopes are remembered, and inspectorBody how much of each body.
const (
	inspectorSize = 500
	inspectorBody = 16 << 10
)

// Entry is one Web API call, response URL call or envelope, for whoever wants to see what went over the wire.
type Entry struct {
	Seq        int64           `json:"seq"`
	At         time.Time       `json:"at"`
	Kind       string          `json:"kind"` // api, response_url, envelope
	Method     string          `json:"method"`
	Status     int             `json:"status,omitempty"`
	OK         bool            `json:"ok"`
	Error      string          `json:"error,omitempty"`
	ElapsedMS  int64           `json:"elapsed_ms"`
	EnvelopeID string          `json:"envelope_id,omitempty"`
	Connection string          `json:"connection,omitempty"`
	Acked      bool            `json:"acked,omitempty"`
	AckMS      int64           `json:"ack_ms,omitempty"`
	LateAckMS  int64           `json:"late_ack_ms,omitempty"` // the ack came after the deadline and was ignored
	Fault      string          `json:"fault,omitempty"`       // the fault that was played
	Request    json.RawMessage `json:"request,omitempty"`
	Response   json.RawMessage `json:"response,omitempty"`
}

// inspector remembers the latest entries. The workspace's lock guards it.
type inspector struct {
	seq     int64
	entries []*Entry
}

// note remembers an entry. The caller holds the lock.
func (w *Workspace) note(e *Entry) {
	w.log.seq++
	e.Seq, e.At = w.log.seq, w.now()
	if len(w.log.entries) >= inspectorSize {
		w.log.entries = append(w.log.entries[:0:0], w.log.entries[inspectorSize/4:]...)
	}
	w.log.entries = append(w.log.entries, e)
	w.changed(Change{Kind: "inspector"})
}

// Inspector gives what went over the wire after seq, oldest first.
func (w *Workspace) Inspector(seq int64) []Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []Entry{}
	for _, e := range w.log.entries {
		if e.Seq > seq {
			out = append(out, *e)
		}
	}
	return out
}

// shown gives v as JSON for the inspector, cut where it is too long to keep.
func shown(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	if len(raw) > inspectorBody {
		raw, _ = json.Marshal(map[string]any{"cut_after": inspectorBody, "bytes": len(raw)})
	}
	return raw
}
