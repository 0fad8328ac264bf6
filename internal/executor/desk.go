package executor

import (
	"context"
	"fmt"
	"slices"

	"accountops/internal/fault"
)

// Desk is what one person has to do with: their own open requests, those that wait for their decision, and those that have
// ended or that they decided on. Each list is newest first and holds as many as were asked for; the counts tell of how many.
type Desk struct {
	Mine, Waiting, Decided                []Request
	MineCount, WaitingCount, DecidedCount int
	Unsure                                bool // it could not be told for every request whether it waits for them
}

// newest is how many requests are looked through for what people are to decide on, and as many for what they decided.
const newest = 250

// Desks gives the desk of each of several people, with at most so many requests in each list. What it tells to wait for somebody
// gives no right: deciding looks again, and may refuse even then, as when the account turns out to be theirs by its address.
func (e *Executor) Desks(ctx context.Context, of []Actor, most int) ([]Desk, error) {
	open, _, err := e.cfg.Store.List(ctx, Filter{Open: true, Limit: newest})
	if err != nil {
		return nil, fmt.Errorf("read the open requests: %w", err)
	}
	all, _, err := e.cfg.Store.List(ctx, Filter{Limit: newest})
	if err != nil {
		return nil, fmt.Errorf("read the newest requests: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Request) int { return b.UpdatedAt.Compare(a.UpdatedAt) })
	out := make([]Desk, len(of))
	for i, by := range of {
		if out[i], err = e.desk(ctx, by, open, all, most); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *Executor) desk(ctx context.Context, by Actor, open, all []Request, most int) (Desk, error) {
	by, err := e.WhoIs(ctx, by)
	if err != nil {
		return Desk{}, err
	}
	var d Desk
	if d.Mine, d.MineCount, err = e.List(ctx, by, true, most, 0); err != nil {
		return Desk{}, err
	}
	for _, r := range open {
		waits, err := e.waitsFor(ctx, r, by)
		if err != nil { // the next one would fail as well, and each asks Slack again
			d.Unsure = true
			break
		}
		if waits {
			d.Waiting, d.WaitingCount = few(d.Waiting, r, most), d.WaitingCount+1
		}
	}
	for _, r := range all {
		if decidedBy(r, by) || (!r.Open() && r.By.Principal == by.Principal) {
			d.Decided, d.DecidedCount = few(d.Decided, r, most), d.DecidedCount+1
		}
	}
	return d, nil
}

// few adds a request to a list that is not full.
func few(list []Request, r Request, most int) []Request {
	if len(list) >= most {
		return list
	}
	return append(list, r)
}

// decidedBy tells whether somebody decided on a request. While it waits, a vote that counts no longer has decided nothing.
func decidedBy(r Request, by Actor) bool {
	return slices.ContainsFunc(r.Decisions, func(d Decision) bool {
		return d.By.Principal == by.Principal && (r.State != Pending || !d.Void && d.Fingerprint == r.Fingerprint)
	})
}

// waitsFor tells whether a request waits for somebody's decision. An error means that it could not be told, and is a no.
func (e *Executor) waitsFor(ctx context.Context, r Request, by Actor) (bool, error) {
	if r.State != Pending || !e.now().Before(r.ExpiresAt) || slices.ContainsFunc(r.Votes(), by.Same) {
		return false, nil
	}
	err := e.mayBeAsked(ctx, r, by)
	if kind := fault.KindOf(err); err != nil && kind != fault.Denied {
		return false, err
	}
	return err == nil, nil
}

// mayBeAsked is mayDecide without asking Slack whose address an account has: nobody looks up an address for a list.
func (e *Executor) mayBeAsked(ctx context.Context, r Request, by Actor) error {
	if err := e.mayDecideAtAll(ctx, r, by); err != nil {
		return err
	}
	whose, err := e.ownersOnRecord(ctx, r.Plan)
	if err != nil {
		return err
	}
	if err := notTheirs(whose, by); err != nil {
		return err
	}
	return e.mustBeLinked(ctx, r, by)
}
