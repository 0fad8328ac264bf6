package executor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// step is what a step changes besides the state.
type step struct {
	event string         // for the audit log
	by    Actor          // zero: accountops itself
	data  map[string]any // ids, never attributes or secrets
	line  string         // for the thread; empty when only the card changes
	loud  bool           // whether approvers are to be told of the line
	due   time.Time      // of the next step; not used once it has ended
	lease *Lease
}

// commit is the only way a request changes: the table is asked, the version is counted up, and the audit record, the next
// due time and what will be shown go to disk in the same transaction.
func (e *Executor) commit(ctx context.Context, r Request, to State, s step) (Request, error) {
	if err := check(r.State, to); err != nil {
		return r, err
	}
	if s.by.Principal == "" {
		s.by = System
	}
	if s.data == nil {
		s.data = map[string]any{}
	}
	s.data["from"], s.data["to"], s.data["fingerprint"] = r.State, to, r.Fingerprint
	if r.State == Pending && to != Pending {
		r.Settled = r.Version + 1
	}
	r.State, r.Version, r.UpdatedAt, r.DueAt = to, r.Version+1, e.now(), s.due
	if to.Ended() {
		r.DueAt = time.Time{}
	}
	err := e.cfg.Store.Commit(ctx, Step{Request: r, Records: []Record{e.entry(r, s.event, s.by, s.data)}, Line: s.line, Loud: s.loud, Lease: s.lease})
	if err != nil {
		return r, fmt.Errorf("commit %s of %s: %w", s.event, r.ID, err)
	}
	e.bell.ring()
	return r, nil
}

// races bounds how often a change by a person is tried again when another step came first.
const races = 20

// change reads a request and lets try commit a step on it, again as long as somebody else was first.
func change(read func() (Request, error), try func(Request) (Request, error)) (Request, error) {
	for range races {
		r, err := read()
		if err != nil {
			return Request{}, err
		}
		r, err = try(r)
		if !errors.Is(err, ErrStale) {
			return r, err
		}
	}
	return Request{}, fmt.Errorf("gave up after %d races", races)
}
