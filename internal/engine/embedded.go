package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// Options are how an Embedded engine works. Owner, Lease, Now and NewID are required.
type Options struct {
	Owner  string           // names this process in leases; the executor's Config has the same
	Lease  time.Duration    // of each claim: LeaseFor
	Now    func() time.Time // the clock that due times and leases are measured by; it may be put forward
	NewID  func() string    // makes incident ids
	Logger *slog.Logger     // slog.Default when nil

	Workers int           // how many steps run at once, beside the batches of tasks that are followed; 16 when zero
	Batch   int           // how many tasks are followed in one call; 250, the most an upstream lists at once, when zero
	Sweep   time.Duration // how often, in real time, the store is asked without being woken; 1 s when zero
}

// followers is how many batches may be under way at once: a second one, so that a slow answer does not hold up what falls
// due meanwhile.
const followers = 2

// The back-off after the store failed.
const (
	backOffFirst = 100 * time.Millisecond
	backOffMax   = 30 * time.Second
)

// Embedded is the Engine in the process: a dispatcher over due rows.
type Embedded struct {
	steps Steps
	store Claims
	opts  Options
	log   *slog.Logger

	single []executor.State // each request in a call of its own, so that a slow one delays no other
	slots  *slots           // for those
	batch  *slots           // for calls that follow many requests
	ended  chan struct{}    // signalled when a call has ended

	running sync.WaitGroup
	mu      sync.Mutex
	inHand  map[string]chan struct{} // by request, the call that has it; closed when that call ends
}

var _ Engine = (*Embedded)(nil)

// New makes an Embedded engine. It refuses incomplete options.
func New(steps Steps, store Claims, o Options) (*Embedded, error) {
	if o.Owner == "" || o.Lease <= 0 || o.Now == nil || o.NewID == nil {
		return nil, fault.New(fault.Internal, "The engine was not started: it needs an owner, a lease, a clock and ids.")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Workers, o.Batch, o.Sweep = orElse(o.Workers, 16), orElse(o.Batch, 250), orElse(o.Sweep, time.Second)
	e := &Embedded{
		steps: steps, store: store, opts: o, log: o.Logger, slots: &slots{free: o.Workers}, batch: &slots{free: followers},
		ended: make(chan struct{}, 1), inHand: map[string]chan struct{}{},
	}
	for _, s := range executor.States() {
		if !s.Ended() && s != executor.Following {
			e.single = append(e.single, s)
		}
	}
	return e, nil
}

func orElse[T int | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}

// Run brings due steps to the executor until ctx ends, and then waits for those that run. It gives nil: a failing store
// is logged and tried again.
func (e *Embedded) Run(ctx context.Context) error {
	woken, cancel := e.steps.Woken()
	defer cancel()
	defer e.running.Wait()
	backOff := backOffFirst
	for ctx.Err() == nil {
		wait, err := e.round(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "due steps could not be claimed; trying again", "pause", backOff, "error", err)
			e.sleep(ctx, backOff, nil, nil)
			backOff = min(2*backOff, backOffMax)
			continue
		}
		backOff = backOffFirst
		e.sleep(ctx, wait, woken, e.ended)
	}
	return nil
}

// sleep waits for a time, a signal, or the end.
func (e *Embedded) sleep(ctx context.Context, wait time.Duration, woken, ended <-chan struct{}) {
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-woken:
	case <-ended:
	}
}

// round claims what is due, as far as there is room, and tells how long there is nothing more to do.
func (e *Embedded) round(ctx context.Context) (time.Duration, error) {
	now := e.opts.Now()
	due, err := e.store.NextDue(ctx)
	if err != nil {
		return 0, err
	}
	if due.IsZero() {
		return e.opts.Sweep, nil
	}
	if due.After(now) {
		return min(due.Sub(now), e.opts.Sweep), nil
	}
	singles, err := e.claim(ctx, now, e.slots.room(), e.single...)
	if err != nil {
		return 0, err
	}
	for _, r := range singles {
		e.start(ctx, e.slots, []executor.Request{r})
	}
	tasks, err := e.claim(ctx, now, min(e.batch.room(), 1)*e.opts.Batch, executor.Following)
	if err != nil {
		return 0, err
	}
	if len(tasks) > 0 {
		e.start(ctx, e.batch, tasks)
	}
	if len(singles)+len(tasks) > 0 {
		return 0, nil // there may be more
	}
	// What is due is not ours to do now: there is no room, or it is the outbox's. A signal or the sweep comes back to it.
	return e.opts.Sweep, nil
}

// claim leases due requests.
func (e *Embedded) claim(ctx context.Context, now time.Time, limit int, states ...executor.State) ([]executor.Request, error) {
	if limit == 0 {
		return nil, nil
	}
	return e.store.Claim(ctx, executor.Claim{
		States: states, Owner: e.opts.Owner, Now: now, Until: now.Add(e.opts.Lease), Limit: limit,
	})
}
