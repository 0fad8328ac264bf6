package engine

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// row is a request in the fake store.
type row struct {
	request executor.Request
	until   time.Time // the end of its lease
}

// fakeStore keeps rows in memory with the promises of executor.Store.
type fakeStore struct {
	mu      sync.Mutex
	now     func() time.Time
	rows    []*row
	outbox  time.Time // a due outbox entry that nobody shows
	err     error     // of every call
	claimed []executor.Claim
	asked   int // how often NextDue was asked
}

func (f *fakeStore) add(id string, state executor.State, due time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, &row{request: executor.Request{ID: id, State: state, Version: 1, DueAt: due}})
}

// step makes a step: a new state and due time, and no lease.
func (f *fakeStore) step(id string, to executor.State, due time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rows {
		if r.request.ID == id {
			r.request.State, r.request.DueAt, r.until = to, due, time.Time{}
			r.request.Version++
		}
	}
}

func (f *fakeStore) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fakeStore) calls() (claims, asked int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.claimed), f.asked
}

// leased counts the requests that somebody holds or held.
func (f *fakeStore) leased() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.rows {
		if !r.until.IsZero() {
			n++
		}
	}
	return n
}

// first gives the first claim.
func (f *fakeStore) first() executor.Claim {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.claimed[0]
}

func (f *fakeStore) Claim(_ context.Context, c executor.Claim) ([]executor.Request, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.claimed = append(f.claimed, c)
	if f.err != nil {
		return nil, f.err
	}
	slices.SortStableFunc(f.rows, func(a, b *row) int { return a.request.DueAt.Compare(b.request.DueAt) })
	var out []executor.Request
	for _, r := range f.rows {
		due := !r.request.DueAt.IsZero() && !r.request.DueAt.After(c.Now) && !r.until.After(c.Now)
		if due && slices.Contains(c.States, r.request.State) && len(out) < c.Limit {
			r.until = c.Until
			out = append(out, r.request)
		}
	}
	return out, nil
}

func (f *fakeStore) NextDue(context.Context) (time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	next := f.outbox
	for _, r := range f.rows {
		if d := r.request.DueAt; !d.IsZero() && !r.until.After(f.now()) && (next.IsZero() || d.Before(next)) {
			next = d
		}
	}
	return next, f.err
}

// call is one call of Steps.
type call struct {
	ids []string
	at  time.Duration // since the test began
}

// fakeSteps notes the calls and lets do decide what a step is; without it, a step ends its request.
type fakeSteps struct {
	mu      sync.Mutex
	begin   time.Time
	store   *fakeStore
	do      func(ctx context.Context, r executor.Request)
	signals chan struct{}
	made    []call
	running int
	most    int
}

func (f *fakeSteps) Woken() (<-chan struct{}, func()) { return f.signals, func() {} }

func (f *fakeSteps) wake() {
	select {
	case f.signals <- struct{}{}:
	default:
	}
}

func (f *fakeSteps) Steps(ctx context.Context, claimed []executor.Request) {
	f.mu.Lock()
	c := call{at: time.Since(f.begin)}
	for _, r := range claimed {
		c.ids = append(c.ids, r.ID)
	}
	f.made = append(f.made, c)
	f.running++
	f.most = max(f.most, f.running)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.running--
	}()
	for _, r := range claimed {
		if f.do != nil {
			f.do(ctx, r)
		} else {
			f.end(r)
		}
	}
}

// end ends a request and signals the commit.
func (f *fakeSteps) end(r executor.Request) {
	f.store.step(r.ID, executor.Done, time.Time{})
	f.wake()
}

func (f *fakeSteps) calls() []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.made)
}

// atOnce gives how many calls ran at once at the most.
func (f *fakeSteps) atOnce() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.most
}

// world is an engine among fakes, in fake time.
type world struct {
	*testing.T
	store *fakeStore
	steps *fakeSteps
	opts  Options
	logs  *bytes.Buffer
	ahead time.Duration // how far the clock was put forward
	mu    sync.Mutex
	stop  func()
	ended chan error
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

func (w *world) advance(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += by
}

// in runs a test in a world with fake time, and stops the engine at its end.
func in(t *testing.T, test func(w *world)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, logs: &bytes.Buffer{}, ended: make(chan error, 1)}
		w.store = &fakeStore{now: w.now}
		w.steps = &fakeSteps{begin: time.Now(), store: w.store, signals: make(chan struct{}, 1)}
		w.opts = Options{
			Owner: "me", Lease: time.Minute, Now: w.now, NewID: func() string { return "incident-1" },
			Logger: slog.New(slog.NewTextHandler(w.logs, nil)), Workers: 4,
		}
		defer func() { // also after a failed test, or its goroutines would hide why it failed
			if w.stop != nil {
				w.stop()
				require.NoError(t, <-w.ended)
			}
		}()
		test(w)
	})
}

// run starts the engine and lets it do what there is to do now.
func (w *world) run() {
	w.Helper()
	e, err := New(w.steps, w.store, w.opts)
	require.NoError(w, err)
	ctx, stop := context.WithCancel(w.Context())
	w.stop = stop
	go func() { w.ended <- e.Run(ctx) }()
	synctest.Wait()
}

// wait lets time pass.
func (w *world) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
