package executor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"accountops/internal/fault"
)

// Config is everything an Executor needs. All fields are required but Logger, Sources, Directory, Links and Addresses.
type Config struct {
	Operations []Operation
	Sources    func(context.Context, SourceQuery) ([]SourceName, error) // nil: nobody can list them
	Store      Store
	Directory  Directory // nil: nobody can be recognised, so nobody can decide
	Links      Links     // nil: every identity is a person of its own
	Addresses  Addresses // nil: nobody is recognised by e-mail address
	Policy     Policy
	Limits     Limits
	Timing     Timing
	Now        func() time.Time
	NewID      func() string // 128 random bits in lower-case base 32
	Owner      string        // names this process in leases
	Where      string        // where people decide, such as "#identity-approvals in Slack"
	Logger     *slog.Logger
}

// Timing is how long things may take.
type Timing struct {
	Send        time.Duration // the one call's deadline
	Look        time.Duration // the deadline of a reading step
	Retry       time.Duration // pause before a reading step that failed is tried again
	Quiet       time.Duration // after the call's deadline, before "not there" counts as "not applied"
	Doubt       time.Duration // how long reading back may fail before the outcome is unknown
	FollowFirst time.Duration // first pause between looks at a task; grows with its age up to FollowMax
	FollowMax   time.Duration // people hear of a task's end at most so much later, and a look; longer where it waits for people
	FollowLong  time.Duration // after which the thread says "still running"
	Verify      time.Duration // how long reading back may contradict or fail before that is the answer
	VerifyEvery time.Duration
	PollPending time.Duration // how often a client is told to ask about a request that waits for people; in receipts, whole seconds
	PollWorking time.Duration // and about one that is being carried out
}

// DefaultTiming is for real tenants.
func DefaultTiming() Timing {
	return Timing{
		Send: 30 * time.Second, Look: 20 * time.Second, Retry: 5 * time.Second, Quiet: 2 * time.Minute, Doubt: 30 * time.Minute,
		FollowFirst: time.Second, FollowMax: 4 * time.Second, FollowLong: 10 * time.Minute,
		Verify: time.Minute, VerifyEvery: 3 * time.Second, PollPending: 15 * time.Second, PollWorking: 2 * time.Second,
	}
}

// Limits bound what one requester may have asked for, so that a runaway assistant cannot flood the approvers.
type Limits struct {
	Open   int // requests that need a vote, open at once
	Hourly int // requests that need a vote, asked for within an hour
}

// Reached gives ErrManyOpen or ErrManyRecent when a requester with so many may not ask for another; otherwise nil.
func (l Limits) Reached(open, recent int) error {
	switch {
	case open >= l.Open:
		return ErrManyOpen
	case recent >= l.Hourly:
		return ErrManyRecent
	}
	return nil
}

// DefaultLimits are R1 of the security bar.
func DefaultLimits() Limits { return Limits{Open: 5, Hourly: 20} }

// Executor is the one door to every identity system. It is safe for concurrent use.
type Executor struct {
	cfg    Config
	byName map[string]Operation
	log    *slog.Logger
	bell   bell
	asking turns // calls that are being planned
}

// New makes an Executor. It refuses an incomplete Config, naming everything that is missing.
func New(cfg Config) (*Executor, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	var missing []string
	for name, absent := range map[string]bool{
		"Operations": len(cfg.Operations) == 0, "Store": cfg.Store == nil, "Now": cfg.Now == nil, "NewID": cfg.NewID == nil,
		"Owner": cfg.Owner == "", "Policy.Quorum": cfg.Policy.Quorum < 1, "Policy.Expiry": cfg.Policy.Expiry <= 0,
		"Limits": cfg.Limits.Open < 1 || cfg.Limits.Hourly < 1,
		"Timing": min(cfg.Timing.Send, cfg.Timing.Look, cfg.Timing.Retry, cfg.Timing.Doubt, cfg.Timing.FollowFirst,
			cfg.Timing.FollowMax, cfg.Timing.FollowLong, cfg.Timing.Verify, cfg.Timing.VerifyEvery, cfg.Timing.PollPending, cfg.Timing.PollWorking) <= 0,
		"Timing.Quiet": cfg.Timing.Quiet < 0,
	} {
		if absent {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("executor: the configuration lacks %s", strings.Join(missing, ", "))
	}
	e := &Executor{cfg: cfg, byName: map[string]Operation{}, log: cfg.Logger}
	for _, op := range cfg.Operations {
		if _, twice := e.byName[op.Name]; twice {
			return nil, fmt.Errorf("executor: operation %s is defined twice", op.Name)
		}
		e.byName[op.Name] = op
	}
	for _, name := range cfg.Policy.Ask {
		if _, known := e.byName[name]; !known {
			return nil, fmt.Errorf("executor: the policy asks for approval of %q, which is no operation", name)
		}
	}
	return e, nil
}

// Operations lists what can be done, in catalogue order.
func (e *Executor) Operations() []Operation { return e.cfg.Operations }

// NeedsApproval tells whether another person has to approve an operation, as the policy is now.
func (e *Executor) NeedsApproval(op Operation) bool {
	return !op.Direct() && e.cfg.Policy.needsVote(op)
}

// Show gives any request, for the faces that show it to the people who may see it. For a caller's own id use Get.
func (e *Executor) Show(ctx context.Context, id string) (Request, error) {
	r, err := e.cfg.Store.Get(ctx, id)
	if errors.Is(err, ErrNoSuch) {
		return Request{}, noSuchRequest()
	}
	if err != nil {
		return Request{}, fmt.Errorf("read request %s: %w", id, err)
	}
	return r, nil
}

// Get gives one of the caller's own requests. Somebody else's id looks like no id.
func (e *Executor) Get(ctx context.Context, id string, by Actor) (Request, error) {
	r, err := e.Show(ctx, id)
	if err != nil {
		return Request{}, err
	}
	if by, err = e.WhoIs(ctx, by); err != nil {
		return Request{}, err
	}
	if by.Principal == "" || (r.By.Principal != by.Principal && r.By.Principal != by.As) {
		return Request{}, noSuchRequest()
	}
	return r, nil
}

func noSuchRequest() error {
	return fault.New(fault.NotFound, "You have no request with this id. Nothing was changed. The operation “List requests” tells which you have.").WithNext("list_requests")
}

// List gives the caller's requests, newest first, and how many there are.
func (e *Executor) List(ctx context.Context, by Actor, open bool, limit, offset int) ([]Request, int, error) {
	if by.Principal == "" {
		return nil, 0, fault.New(fault.Denied, "Nobody is signed in. Nothing was changed.")
	}
	by, err := e.WhoIs(ctx, by)
	if err != nil {
		return nil, 0, err
	}
	return e.cfg.Store.List(ctx, Filter{By: by.Principal, Open: open, Limit: limit, Offset: offset})
}

// Await gives a request of the caller as soon as its version is above seen or it has ended, and at the latest after max or
// when ctx ends. That ctx ends changes nothing about the request.
func (e *Executor) Await(ctx context.Context, id string, by Actor, seen int64, max time.Duration) (Request, error) {
	signal, cancel := e.Woken()
	defer cancel()
	end := time.NewTimer(max)
	defer end.Stop()
	elsewhere := time.NewTicker(time.Second) // another process on the same store does not ring our bell
	defer elsewhere.Stop()
	for {
		r, err := e.Get(context.WithoutCancel(ctx), id, by)
		if err != nil || r.Version > seen || !r.Open() {
			return r, err
		}
		select {
		case <-signal:
		case <-elsewhere.C:
		case <-end.C:
			return r, nil
		case <-ctx.Done():
			return r, nil
		}
	}
}

// Woken gives a channel that is signalled after each commit. Signals coalesce. cancel ends it.
func (e *Executor) Woken() (signal <-chan struct{}, cancel func()) { return e.bell.listen() }

// Wake signals everybody who waits, as a commit does: for a clock that was put forward.
func (e *Executor) Wake() { e.bell.ring() }

// bell tells listeners that something was committed.
type bell struct {
	mu        sync.Mutex
	listeners map[chan struct{}]struct{}
}

func (b *bell) listen() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.listeners == nil {
		b.listeners = map[chan struct{}]struct{}{}
	}
	b.listeners[c] = struct{}{}
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.listeners, c)
	}
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.listeners {
		select {
		case c <- struct{}{}:
		default: // it has a signal waiting already
		}
	}
}
