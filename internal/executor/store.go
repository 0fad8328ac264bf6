package executor

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// The errors of a Store that callers act on.
var (
	ErrStale      = errors.New("the request has changed since it was read")           // somebody else made a step first
	ErrNoSuch     = errors.New("no such request")                                     // no request has this id
	ErrSameOpen   = errors.New("the same requester has the same request open now")    // Insert gives that one
	ErrSameOrigin = errors.New("a request was recorded for the same delivery before") // Insert gives that one, ended or not
	ErrManyOpen   = errors.New("the requester has as many requests open as may be")
	ErrManyRecent = errors.New("the requester has asked as often within an hour as may be")
)

// Store keeps requests, their audit records and what is still to be shown. Every promise here is a test in
// storetest.Run, which each implementation passes. Times are kept to the microsecond, in UTC.
type Store interface {
	// Insert records a new request with its first records and line, in one transaction, and gives it. It records nothing
	// and gives the earlier request with ErrSameOrigin when one was recorded for the same origin, ever, or with ErrSameOpen
	// while one with the same key is open. Beyond the limits it records nothing: ErrManyOpen, ErrManyRecent. However many
	// insert at once, the limits hold.
	Insert(ctx context.Context, a Arrival) (Request, error)
	// Commit makes a step: it compares the stored version with step.Request.Version−1, stores the request, appends
	// the records to the audit log, and adds the line and the redrawing to the outbox, all in one transaction that is
	// on disk when Commit returns. ErrStale when the version is another one; then nothing is stored. A step whose
	// request has ended frees its key.
	Commit(ctx context.Context, step Step) error
	// Append adds records to the audit log without a step: evidence that came too late for one.
	Append(ctx context.Context, records ...Record) error
	// Get gives a request. ErrNoSuch when there is none.
	Get(ctx context.Context, id string) (Request, error)
	// List gives requests, newest first, and how many match in all.
	List(ctx context.Context, f Filter) ([]Request, int, error)
	// Tally counts a requester's requests that need a vote: those that are open, and those recorded after a time.
	Tally(ctx context.Context, by Principal, since time.Time) (open, recent int, err error)
	// Claim leases requests whose step is due to owner, oldest due first. A request is given to one owner at a
	// time, until the lease ends, is released, or a step is committed.
	Claim(ctx context.Context, c Claim) ([]Request, error)
	// Defer ends owner's lease and makes the step due at a later time. It is no step: version and audit stay as they are.
	// It does nothing when owner no longer holds the lease.
	Defer(ctx context.Context, id, owner string, until time.Time) error
	// NextDue tells when the next unleased step or outbox entry is due; the zero time when none is.
	NextDue(ctx context.Context) (time.Time, error)

	Outbox
	Inbox
}

// Outbox is what is still to be shown. One writer at a time holds a request's entry, so order is kept.
type Outbox interface {
	// ClaimShow leases up to c.Limit requests that have something to show, by their outbox entry. States is not used.
	ClaimShow(ctx context.Context, c Claim) ([]string, error)
	// Lines gives the lines of a request with a number above after, in order. Numbers rise by one from 1.
	Lines(ctx context.Context, id string, after int64) ([]Line, error)
	// Copies gives where a request is shown, ordered by Purpose.
	Copies(ctx context.Context, id string) ([]Copy, error)
	// SaveCopy records where a copy is and how far it is drawn. It is on disk when SaveCopy returns.
	SaveCopy(ctx context.Context, id string, c Copy) error
	// Shown ends owner's lease: everything up to the version was shown, and the entry is gone unless a later step
	// added to it.
	Shown(ctx context.Context, id, owner string, version int64) error
	// Postpone ends owner's lease and makes the entry due at a later time.
	Postpone(ctx context.Context, id, owner string, until time.Time) error
	// Reshow makes every open request due to be shown that has a copy for a purpose in another channel than this one.
	Reshow(ctx context.Context, purpose, channel string) error
	// ReshowPending makes every pending request due to be shown that has nothing to show: its card may be gone.
	ReshowPending(ctx context.Context) error
	// CopyAt finds the request that is shown at a place. ErrNoSuch when there is none.
	CopyAt(ctx context.Context, channel, ts string) (string, error)
}

// Inbox is what a face accepted and has yet to work on: recorded before it is acknowledged, so that nothing is lost.
type Inbox interface {
	// Receive records a delivery that l.Owner works on, on disk when it returns, and tells whether its key was new. A known key
	// records nothing. Keys whose Until has passed are forgotten.
	Receive(ctx context.Context, d Delivery, l Lease) (fresh bool, err error)
	// Handled marks a delivery as worked on and erases its body. Its key stays until Until.
	Handled(ctx context.Context, key string) error
	// TakeUp leases deliveries that are not handled and that nobody holds, oldest first. States is not used.
	TakeUp(ctx context.Context, c Claim) ([]Delivery, error)
	// Hold puts off the end of a lease, and tells whether it is still l.Owner's. Not when the delivery is handled, or somebody
	// else took it up.
	Hold(ctx context.Context, key string, l Lease) (bool, error)
	// LetGo ends owner's lease of a delivery that is not handled: anybody may take it up now.
	LetGo(ctx context.Context, key, owner string) error
}

// Arrival is a new request, with what decides whether it is recorded.
type Arrival struct {
	Request Request
	Key     string   // names the requester and the fingerprint; empty: nothing is the same
	Origin  string   // what a face was handed, such as a slash command by its trigger; empty: nothing that could come twice
	Limits  *Limits  // on the requester's requests that need a vote, with this one; nil: none
	Records []Record // at least one: what is not on record does not happen
	Line    string   // for the thread; may hold untrusted text
}

// Recent is how far back Limits.Hourly counts.
const Recent = time.Hour

// Delivery is one thing that a face accepted, such as a slash command. Body may hold a capability such as a response_url:
// it is erased when handled, and never logged.
type Delivery struct {
	Key       string // what a redelivery would repeat: trigger_id, view id and hash, …
	Body      []byte
	At, Until time.Time
}

// Step is one step of a request.
type Step struct {
	Request Request  // as it is after the step; its Version is one more than before
	Records []Record // at least one: what is not on record does not happen
	Line    string   // the line for the thread; empty when only the card changes. May hold untrusted text.
	Loud    bool     // whether approvers are to be told of the line
	Lease   *Lease   // keeps the request leased; nil releases it
}

// Lease is who holds a request, until when.
type Lease struct {
	Owner string
	Until time.Time
}

// Claim asks for leases.
type Claim struct {
	States []State // only requests in these states
	Owner  string
	Now    time.Time
	Until  time.Time
	Limit  int
}

// Filter says which requests to list. Empty fields match all.
type Filter struct {
	By     Principal
	Open   bool // only those that have not ended
	Limit  int  // 1 to 250
	Offset int
}

// Record is one entry of the audit log, before it is chained.
type Record struct {
	RequestID string          `json:"request_id"`
	Event     string          `json:"event"` // requested, voted, approved, sending, answered, …
	By        Actor           `json:"by"`
	At        time.Time       `json:"at"`
	Data      json.RawMessage `json:"data,omitempty"` // ids rather than attributes; never a secret
}

// Line is one line of a request's thread.
type Line struct {
	Number int64
	Text   string // may hold untrusted text
	Loud   bool   // whether approvers are to be told of it
	At     time.Time
}

// Copy is one place where a request is shown: a card, with its thread.
type Copy struct {
	Purpose string    // "approvals", "requester", or "approver:" and a member's id; one copy each
	Channel string    // Slack channel id
	TS      string    // the card's message; empty until it is posted
	Drawn   int64     // the version of the request that the card shows
	Line    int64     // the last line that is in the thread
	Trying  string    // what is being posted just now: "card" or a line's number; found set after a crash, it is in doubt
	TriedAt time.Time // since when
}
