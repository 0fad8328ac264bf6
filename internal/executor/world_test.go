package executor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/store"

	"github.com/stretchr/testify/require"
)

const (
	requester = executor.Principal("slack:T1:UREQ")
	amara     = executor.Principal("slack:T1:UAMA")
	sven      = executor.Principal("slack:T1:USVE")
	stranger  = executor.Principal("slack:T1:USTR")
	guest     = executor.Principal("slack:T1:UGUE")
)

func actor(p executor.Principal) executor.Actor {
	return executor.Actor{Principal: p, Name: string(p), Door: executor.DoorSlack}
}

// clock is a given time that only tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// people is a directory that can be out of reach.
type people struct {
	mu     sync.Mutex
	known  map[executor.Principal]executor.Person
	groups map[string][]executor.Principal
	down   error
}

func (p *people) Person(_ context.Context, who executor.Principal) (executor.Person, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return executor.Person{}, p.down
	}
	person, ok := p.known[who]
	if !ok {
		return executor.Person{}, fault.New(fault.NotFound, "There is nobody of that name.")
	}
	return person, nil
}

func (p *people) Members(_ context.Context, group string) ([]executor.Principal, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.groups[group], p.down
}

// world is an executor with everything round it.
type world struct {
	t      *testing.T
	clock  *clock
	people *people
	up     *upstream
	store  executor.Store
	exec   *executor.Executor
	ids    int
}

func newWorld(t *testing.T, changes ...func(*executor.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}}
	full := func(p executor.Principal) executor.Person {
		return executor.Person{Principal: p, Name: string(p), Full: true}
	}
	w.people = &people{
		known: map[executor.Principal]executor.Person{
			requester: full(requester), amara: full(amara), sven: full(sven), stranger: full(stranger),
			guest: {Principal: guest, Why: "a guest"},
		},
		groups: map[string][]executor.Principal{"SAPP": {amara, sven, requester, guest}},
	}
	w.up = &upstream{
		exists: true, applies: true, outcome: executor.Sent{Outcome: executor.Accepted, Task: "t1", Status: 202},
		progress: map[string]executor.Progress{"t1": {State: executor.Succeeded}},
		account: executor.Account{
			ID: "a1", Name: "jane.doe", NativeIdentity: "CN=Jane", SourceID: "s1", Source: "Corporate AD", IdentityID: "i1", Identity: "Jane Doe",
			Status: "enabled", Entitlements: []executor.Entitlement{{ID: "e1", Name: "Staff"}, {ID: "e2", Name: "Admins", Privileged: true}},
		},
		plan: executor.Plan{BaseURL: "https://acme.example", Tenant: "acme", Call: "POST remove", Consequence: "It comes back."},
	}
	opened, err := store.Open(t.Context(), t.TempDir(), w.clock.Now)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	w.store = opened
	w.exec = w.executor("one", w.store, changes...)
	return w
}

// executor makes one more executor on a store, as another process would.
func (w *world) executor(owner string, s executor.Store, changes ...func(*executor.Config)) *executor.Executor {
	w.t.Helper()
	spec := executor.Spec[input]{
		Name: "remove_account", Title: "Remove account", Summary: "Removes.", Word: "remove", Effect: executor.Destroy,
		Plan: w.up.Plan, Send: w.up.Send, Follow: w.up.Follow, Batch: "tasks", Verify: w.up.Verify,
	}
	mild := spec
	mild.Name, mild.Title, mild.Word, mild.Effect = "disable_account", "Disable account", "disable", executor.Change
	cfg := executor.Config{
		Operations: []executor.Operation{executor.Define(spec), executor.Define(mild)}, Store: s, Directory: w.people,
		Policy: executor.Policy{Groups: []string{"SAPP"}, Quorum: 1, Expiry: 24 * time.Hour}, Limits: executor.Limits{Open: 50, Hourly: 100},
		Timing: executor.DefaultTiming(), Now: w.clock.Now, Owner: owner, Where: "#approvals",
		NewID: func() string { w.ids++; return fmt.Sprintf("%026d", w.ids) },
	}
	for _, change := range changes {
		change(&cfg)
	}
	e, err := executor.New(cfg)
	require.NoError(w.t, err)
	return e
}

// ask asks for an operation as a principal and gives the request.
func (w *world) ask(operation string, p executor.Principal) executor.Request {
	w.t.Helper()
	asked, err := w.exec.Ask(w.t.Context(), operation, json.RawMessage(`{"account":"jane.doe","reason":"left"}`), actor(p))
	require.NoError(w.t, err)
	require.NotNil(w.t, asked.Request)
	return *asked.Request
}

func (w *world) approve(r executor.Request, p executor.Principal) (executor.Request, error) {
	return w.exec.Decide(w.t.Context(), executor.Vote{RequestID: r.ID, Fingerprint: r.Fingerprint, By: actor(p), Approve: true})
}

// approved asks for a removal and lets Amara approve it.
func (w *world) approved() executor.Request {
	w.t.Helper()
	r, err := w.approve(w.ask("remove_account", requester), amara)
	require.NoError(w.t, err)
	return r
}

func (w *world) get(id string) executor.Request {
	w.t.Helper()
	r, err := w.exec.Show(w.t.Context(), id)
	require.NoError(w.t, err)
	return r
}

// due claims every request whose step is due now.
func (w *world) due(e string) []executor.Request {
	w.t.Helper()
	claimed, err := w.store.Claim(w.t.Context(), executor.Claim{
		States: executor.States(), Owner: e, Now: w.clock.Now(), Until: w.clock.Now().Add(time.Minute), Limit: 100,
	})
	require.NoError(w.t, err)
	return claimed
}

// stepOnce makes every step that is due now.
func (w *world) stepOnce() {
	w.t.Helper()
	w.exec.Steps(w.t.Context(), w.due("one"))
}

// settle makes steps while time passes, until the request has ended or waits for people.
func (w *world) settle(id string) executor.Request {
	w.t.Helper()
	for i := range 2000 {
		w.stepOnce()
		r := w.get(id)
		if !r.Open() || r.State == executor.Pending {
			return r
		}
		if i < 300 {
			w.clock.advance(time.Second)
		} else {
			w.clock.advance(time.Minute)
		}
	}
	require.Fail(w.t, "the request never came to an end", "%s: %q", w.get(id).State, w.lines(id))
	return executor.Request{}
}

// lines gives the thread of a request.
func (w *world) lines(id string) []string {
	w.t.Helper()
	lines, err := w.store.Lines(w.t.Context(), id, 0)
	require.NoError(w.t, err)
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		out = append(out, l.Text)
	}
	return out
}
