package storetest

import (
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

var claimPromises = []promise{
	{"due requests are claimed, oldest due first, up to the limit", func(k *kit) {
		for n, late := range []time.Duration{2, 3, 1} {
			r := k.request(n)
			r.DueAt = r.DueAt.Add(-late * time.Second)
			k.insert(r, "")
		}
		c := k.claim("a")
		c.Limit = 2
		require.Equal(k, []string{"req_0001", "req_0000"}, k.claimed(c))
		require.Equal(k, []string{"req_0002"}, k.claimed(c))
		require.Empty(k, k.claimed(c))
	}},
	{"a claimed request is whole", func(k *kit) {
		r := filled()
		r.DueAt = kept(start)
		k.insert(r, "")
		got, err := k.store.Claim(k.Context(), k.claim("a"))
		require.NoError(k, err)
		require.Equal(k, []executor.Request{k.get(r.ID)}, got)
	}},
	{"what is not due is not claimed", func(k *kit) {
		r := k.request(1)
		r.DueAt = k.clock.Now().Add(time.Second)
		k.insert(r, "")
		require.Empty(k, k.claimed(k.claim("a")))
		k.clock.advance(time.Second)
		require.Len(k, k.claimed(k.claim("a")), 1)
	}},
	{"what has no due time is not claimed", func(k *kit) {
		r := k.request(1)
		r.DueAt = time.Time{}
		k.insert(r, "")
		require.Empty(k, k.claimed(k.claim("a")))
	}},
	{"only the states that were asked for are claimed", func(k *kit) {
		k.insert(k.request(1), "")
		k.commit(k.step(k.insert(k.request(2), ""), executor.Approved))
		c := k.claim("a")
		c.States = []executor.State{executor.Approved, executor.Following}
		require.Equal(k, []string{"req_0002"}, k.claimed(c))
		c.States = nil
		require.Empty(k, k.claimed(c))
	}},
	{"a lease keeps others and its owner from claiming again until it ends", func(k *kit) {
		k.insert(k.request(1), "")
		require.Len(k, k.claimed(k.claim("a")), 1)
		k.clock.advance(time.Minute - time.Microsecond)
		require.Empty(k, k.claimed(k.claim("b")))
		require.Empty(k, k.claimed(k.claim("a")))
		k.clock.advance(time.Microsecond)
		require.Len(k, k.claimed(k.claim("b")), 1)
	}},
	{"a step releases the lease", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.claimed(k.claim("a"))
		k.commit(k.step(r, executor.Approved))
		require.Len(k, k.claimed(k.claim("b")), 1)
	}},
	{"a step that is stale leaves the lease as it is", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.claimed(k.claim("a"))
		r.Version = 5
		require.ErrorIs(k, k.store.Commit(k.Context(), k.step(r, executor.Approved)), executor.ErrStale)
		require.Empty(k, k.claimed(k.claim("b")))
	}},
	{"a step may keep the request leased", func(k *kit) {
		r := k.insert(k.request(1), "")
		s := k.step(r, executor.Approved)
		s.Lease = &executor.Lease{Owner: "a", Until: k.clock.Now().Add(time.Hour)}
		k.commit(s)
		k.clock.advance(time.Hour - time.Second)
		require.Empty(k, k.claimed(k.claim("b")))
		k.clock.advance(time.Second)
		require.Len(k, k.claimed(k.claim("b")), 1)
	}},
	{"a claim is no step", func(k *kit) {
		r := k.insert(k.request(1), "")
		before := k.get(r.ID)
		k.claimed(k.claim("a"))
		require.Equal(k, before, k.get(r.ID))
		require.Len(k, k.records(r.ID), 1)
		k.commit(k.step(r, executor.Approved))
	}},
	{"a request that has ended is not claimed", func(k *kit) {
		k.commit(k.step(k.insert(k.request(1), ""), executor.Withdrawn))
		require.Empty(k, k.claimed(k.claim("a")))
	}},
	{"putting a step off ends the lease and makes it due later, and is no step", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.claimed(k.claim("a"))
		later := k.clock.Now().Add(10 * time.Second)
		require.NoError(k, k.store.Defer(k.Context(), r.ID, "a", later))
		got := k.get(r.ID)
		require.Equal(k, kept(later), got.DueAt)
		require.Equal(k, r.Version, got.Version)
		require.Len(k, k.records(r.ID), 1)
		require.Empty(k, k.claimed(k.claim("b")))
		k.clock.advance(10 * time.Second)
		require.Len(k, k.claimed(k.claim("b")), 1)
	}},
	{"who no longer holds the lease puts nothing off", func(k *kit) {
		r := k.insert(k.request(1), "")
		require.NoError(k, k.store.Defer(k.Context(), r.ID, "a", k.clock.Now().Add(time.Hour)))
		require.Equal(k, r.DueAt, k.get(r.ID).DueAt)
		k.claimed(k.claim("a"))
		k.clock.advance(time.Minute)
		require.Len(k, k.claimed(k.claim("b")), 1)
		require.NoError(k, k.store.Defer(k.Context(), r.ID, "a", k.clock.Now().Add(time.Hour)))
		require.Equal(k, r.DueAt, k.get(r.ID).DueAt)
		require.Empty(k, k.claimed(k.claim("c")))
		require.NoError(k, k.store.Defer(k.Context(), "req_none", "a", k.clock.Now()))
	}},
}

var duePromises = []promise{
	{"nothing is due next in an empty store", func(k *kit) { require.Zero(k, k.due()) }},
	{"the earliest unleased step is due next", func(k *kit) {
		for n := range 3 {
			r := k.request(n)
			r.DueAt = r.DueAt.Add(time.Duration(n+1) * time.Hour)
			k.insert(r, "")
		}
		k.showAll()
		require.Equal(k, kept(start.Add(time.Hour)), k.due())
		k.clock.advance(time.Hour)
		c := k.claim("a")
		c.Until = c.Now.Add(5 * time.Hour)
		k.claimed(c)
		require.Equal(k, kept(start.Add(2*time.Hour)), k.due())
	}},
	{"a step whose lease has ended is due since when it was due", func(k *kit) {
		k.insert(k.request(1), "")
		k.showAll()
		k.claimed(k.claim("a"))
		require.Zero(k, k.due())
		k.clock.advance(time.Minute)
		require.Equal(k, kept(start), k.due())
	}},
	{"an outbox entry is due next until it is leased, and again when its lease ends", func(k *kit) {
		r := k.request(1)
		r.DueAt = time.Time{}
		k.insert(r, "")
		require.Equal(k, kept(start), k.due())
		k.shows("bot")
		require.Zero(k, k.due())
		k.clock.advance(time.Minute)
		require.Equal(k, kept(start), k.due())
	}},
	{"a postponed outbox entry is due when it was postponed to", func(k *kit) {
		r := k.request(1)
		r.DueAt = time.Time{}
		k.insert(r, "")
		k.shows("bot")
		require.NoError(k, k.store.Postpone(k.Context(), r.ID, "bot", start.Add(time.Hour)))
		require.Equal(k, kept(start.Add(time.Hour)), k.due())
	}},
}

// showAll empties the outbox.
func (k *kit) showAll() {
	k.Helper()
	for _, id := range k.shows("bot") {
		require.NoError(k, k.store.Shown(k.Context(), id, "bot", k.get(id).Version))
	}
}
