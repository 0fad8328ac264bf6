// Package storetest is what every executor.Store has to pass: each promise of the interface is a test here.
package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// Open gives a new, empty store that reads the time from now. It closes the store when the test ends.
type Open func(t *testing.T, now func() time.Time) executor.Store

// Audit is how the tests read what a store put on record. Every store has it beside executor.Store.
type Audit interface {
	Records(ctx context.Context, requestID string) ([]executor.Record, error)
}

// promise is one sentence about stores, and how it is tried.
type promise struct {
	sentence string
	try      func(k *kit)
}

// Run tries every promise on a store of its own.
func Run(t *testing.T, open Open) {
	for _, group := range [][]promise{requestPromises, raced, keyPromises, arrivalPromises, listPromises, claimPromises, duePromises, auditPromises,
		linePromises, showPromises, copyPromises, inboxPromises, linkPromises} {
		for _, p := range group {
			t.Run(p.sentence, func(t *testing.T) {
				t.Parallel()
				k := &kit{T: t, clock: &clock{now: start}}
				k.store = open(t, k.clock.Now)
				p.try(k)
			})
		}
	}
}

// start is when each test begins, with more digits than are kept.
var start = time.Date(2026, 3, 4, 23, 6, 7, 123456789, time.FixedZone("somewhere", 5*60*60))

// clock is a clock that stands until it is put forward.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now tells the time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// kit is what a promise is tried with.
type kit struct {
	*testing.T
	store executor.Store
	clock *clock
}

func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// request gives a pending request that is due now.
func (k *kit) request(n int) executor.Request {
	return executor.Request{
		ID: fmt.Sprintf("req_%04d", n), Operation: "remove_account", Effect: executor.Destroy, Input: json.RawMessage(`{"account":"a"}`),
		By: executor.Actor{Principal: "slack:T1:U1", Door: executor.DoorSlack}, State: executor.Pending, Version: 1,
		CreatedAt: kept(k.clock.Now()), UpdatedAt: kept(k.clock.Now()), DueAt: kept(k.clock.Now()),
	}
}

// record gives an audit record of a request.
func (k *kit) record(id, event string) executor.Record {
	return executor.Record{
		RequestID: id, Event: event, By: executor.Actor{Principal: "slack:T1:U1", Name: "Riley", Door: executor.DoorSlack},
		At: kept(k.clock.Now()), Data: json.RawMessage(`{"n":1}`),
	}
}

// insert records a request under its own id as the key.
func (k *kit) insert(r executor.Request, line string) executor.Request {
	k.Helper()
	require.NoError(k, k.offer(r, "key of "+r.ID, line))
	return r
}

// offer records a request under a key, if the store takes it.
func (k *kit) offer(r executor.Request, key, line string) error {
	_, err := k.store.Insert(k.Context(), executor.Arrival{
		Request: r, Key: key, Records: []executor.Record{k.record(r.ID, "requested")}, Line: line,
	})
	return err
}

// step gives the next step of a request.
func (k *kit) step(r executor.Request, to executor.State) executor.Step {
	r.State, r.Version = to, r.Version+1
	if to.Ended() {
		r.DueAt = time.Time{}
	}
	return executor.Step{Request: r, Records: []executor.Record{k.record(r.ID, string(to))}, Line: "Now " + string(to) + "."}
}

func (k *kit) commit(s executor.Step) executor.Request {
	k.Helper()
	require.NoError(k, k.store.Commit(k.Context(), s))
	return s.Request
}

func (k *kit) get(id string) executor.Request {
	k.Helper()
	r, err := k.store.Get(k.Context(), id)
	require.NoError(k, err)
	return r
}

// claim asks for leases of a minute, in all states that have a next one.
func (k *kit) claim(owner string) executor.Claim {
	var open []executor.State
	for _, s := range executor.States() {
		if !s.Ended() {
			open = append(open, s)
		}
	}
	return executor.Claim{States: open, Owner: owner, Now: k.clock.Now(), Until: k.clock.Now().Add(time.Minute), Limit: 250}
}

// claimed gives the ids of what a claim got, in order.
func (k *kit) claimed(c executor.Claim) []string {
	k.Helper()
	got, err := k.store.Claim(k.Context(), c)
	require.NoError(k, err)
	return ids(got)
}

func ids(requests []executor.Request) []string {
	out := []string{}
	for _, r := range requests {
		out = append(out, r.ID)
	}
	return out
}

func (k *kit) due() time.Time {
	k.Helper()
	due, err := k.store.NextDue(k.Context())
	require.NoError(k, err)
	return due
}

func (k *kit) records(id string) []executor.Record {
	k.Helper()
	audit, ok := k.store.(Audit)
	require.True(k, ok, "the store cannot give its audit records")
	records, err := audit.Records(k.Context(), id)
	require.NoError(k, err)
	return records
}

func (k *kit) lines(id string, after int64) []executor.Line {
	k.Helper()
	lines, err := k.store.Lines(k.Context(), id, after)
	require.NoError(k, err)
	return lines
}

// shows gives the ids of what is claimed for showing.
func (k *kit) shows(owner string) []string {
	k.Helper()
	got, err := k.store.ClaimShow(k.Context(), k.claim(owner))
	require.NoError(k, err)
	return append([]string{}, got...)
}
