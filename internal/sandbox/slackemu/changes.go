package slackemu

import (
	"context"
	"time"
)

// feedSize is how many changes are kept; a page that is further behind is told to read everything again.
const feedSize = 2000

// Change is one thing that is different now. The page reads what it names again. The kinds are message, message_changed,
// message_deleted, ephemeral, modal, home, channel, people, groups, socket and inspector.
type Change struct {
	Seq      int64  `json:"seq"`
	Kind     string `json:"kind"`
	Channel  string `json:"channel,omitempty"`
	User     string `json:"user,omitempty"`
	TS       string `json:"ts,omitempty"`
	ThreadTS string `json:"thread_ts,omitempty"`
	ViewID   string `json:"view_id,omitempty"`
}

// Changes is what happened after a sequence number. Reset says that some of it is no longer known.
type Changes struct {
	Seq     int64    `json:"seq"`
	Reset   bool     `json:"reset"`
	Changes []Change `json:"changes"`
}

// feed is the list of changes and what wakes those who wait for one. The workspace's lock guards it.
type feed struct {
	seq     int64
	changes []Change
	next    chan struct{} // closed and replaced at each change
}

func (f *feed) init() { f.next = make(chan struct{}) }

// changed notes a change. The caller holds the lock.
func (w *Workspace) changed(c Change) {
	f := &w.feed
	f.seq++
	c.Seq = f.seq
	if len(f.changes) >= feedSize {
		f.changes = append(f.changes[:0:0], f.changes[feedSize/4:]...)
	}
	f.changes = append(f.changes, c)
	close(f.next)
	f.next = make(chan struct{})
}

// Seq gives the number of the latest change.
func (w *Workspace) Seq() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.feed.seq
}

// Since gives the changes after seq, waiting up to wait for one.
func (w *Workspace) Since(ctx context.Context, seq int64, wait time.Duration) Changes {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		w.mu.Lock()
		out, next := w.since(seq), w.feed.next
		w.mu.Unlock()
		if out.Reset || len(out.Changes) > 0 || wait <= 0 {
			return out
		}
		select {
		case <-next:
		case <-timer.C:
			return out
		case <-ctx.Done():
			return out
		case <-w.ctx.Done():
			return out
		}
	}
}

func (w *Workspace) since(seq int64) Changes {
	f := &w.feed
	out := Changes{Seq: f.seq, Changes: []Change{}}
	// A number from before a restart is larger than any we gave out, or older than what we remember.
	if seq > f.seq || (len(f.changes) > 0 && seq < f.changes[0].Seq-1) {
		out.Reset = true
		return out
	}
	for _, c := range f.changes {
		if c.Seq > seq {
			out.Changes = append(out.Changes, c)
		}
	}
	return out
}
