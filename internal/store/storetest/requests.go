package storetest

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

var requestPromises = []promise{
	{"a request is given back as it was recorded, in every field", func(k *kit) {
		r := filled()
		k.insert(r, "")
		rounded(reflect.ValueOf(&r).Elem())
		require.Equal(k, r, k.get(r.ID))
	}},
	{"a request is given back as its last step left it, in every field", func(k *kit) {
		r := filled()
		r.Attempt, r.Decisions, r.Drift, r.Problem = nil, nil, nil, ""
		r.ID = "req_1"
		k.insert(r, "")
		after := filled()
		after.ID, after.Version, after.CreatedAt = "req_1", 2, r.CreatedAt
		k.commit(executor.Step{Request: after, Records: []executor.Record{k.record("req_1", "sending")}})
		rounded(reflect.ValueOf(&after).Elem())
		require.Equal(k, after, k.get("req_1"))
	}},
	{"times are kept to the microsecond in UTC", func(k *kit) {
		r := k.request(1)
		r.DueAt, r.ExpiresAt = start, start
		k.insert(r, "")
		got := k.get(r.ID)
		want := time.Date(2026, 3, 4, 18, 6, 7, 123456000, time.UTC)
		require.Equal(k, want, got.DueAt)
		require.Equal(k, want, got.ExpiresAt)
	}},
	{"the zero time stays the zero time", func(k *kit) {
		r := k.request(1)
		r.DueAt, r.ExpiresAt = time.Time{}, time.Time{}
		k.insert(r, "")
		require.Zero(k, k.get(r.ID).DueAt)
		require.Zero(k, k.get(r.ID).ExpiresAt)
	}},
	{"what the caller does to its request later does not change the stored one", func(k *kit) {
		r := filled()
		k.insert(r, "")
		before := k.get(r.ID)
		r.Decisions[0].Reason, r.Attempt.Said, r.Input[0] = "changed", "changed", 'x'
		require.Equal(k, before, k.get(r.ID))
	}},
	{"recording leaves the caller's request as it is", func(k *kit) {
		r := filled()
		k.insert(r, "")
		require.Equal(k, filled(), r)
	}},
	{"there is no request with an id that nobody gave", func(k *kit) {
		_, err := k.store.Get(k.Context(), "req_none")
		require.ErrorIs(k, err, executor.ErrNoSuch)
		r := k.request(1)
		require.ErrorIs(k, k.store.Commit(k.Context(), k.step(r, executor.Approved)), executor.ErrNoSuch)
		require.Empty(k, k.records(r.ID))
	}},
	{"an id is given once", func(k *kit) {
		r := k.insert(k.request(1), "first")
		err := k.offer(r, "another key", "second")
		require.Error(k, err)
		require.NotErrorIs(k, err, executor.ErrSameOpen)
		require.Len(k, k.records(r.ID), 1)
		require.Len(k, k.lines(r.ID, 0), 1)
	}},
	{"a step on an old version is stale and stores nothing", func(k *kit) {
		r := k.insert(k.request(1), "")
		k.commit(k.step(r, executor.Approved))
		late := k.step(r, executor.Denied)
		require.ErrorIs(k, k.store.Commit(k.Context(), late), executor.ErrStale)
		require.Equal(k, executor.Approved, k.get(r.ID).State)
		require.Len(k, k.records(r.ID), 2)
		require.Len(k, k.lines(r.ID, 0), 1)
	}},
	{"a step from a version that does not exist yet is stale", func(k *kit) {
		r := k.insert(k.request(1), "")
		r.Version = 7
		require.ErrorIs(k, k.store.Commit(k.Context(), k.step(r, executor.Approved)), executor.ErrStale)
	}},
	{"what is not on record does not happen", func(k *kit) {
		r := k.request(1)
		_, err := k.store.Insert(k.Context(), executor.Arrival{Request: r, Key: "key"})
		require.Error(k, err)
		_, err = k.store.Get(k.Context(), r.ID)
		require.ErrorIs(k, err, executor.ErrNoSuch)
		k.insert(r, "")
		s := k.step(r, executor.Approved)
		s.Records = nil
		require.Error(k, k.store.Commit(k.Context(), s))
		require.Equal(k, executor.Pending, k.get(r.ID).State)
	}},
	{"a step whose caller has gone away is made or not made, never by half", func(k *kit) {
		r := k.insert(k.request(1), "")
		ctx, cancel := context.WithCancel(k.Context())
		cancel()
		err := k.store.Commit(ctx, k.step(r, executor.Approved))
		require.Error(k, err)
		require.Equal(k, executor.Pending, k.get(r.ID).State)
		require.Len(k, k.records(r.ID), 1)
		k.commit(k.step(r, executor.Approved))
	}},
}

// racers is how many want the same at once.
const racers = 100

// race runs f that many times at once and tells how many had no error.
func race(k *kit, f func(n int) error, lost error) (won int) {
	var wins atomic.Int64
	var all sync.WaitGroup
	begin := make(chan struct{})
	errs := make(chan error, racers)
	for n := range racers {
		all.Go(func() {
			<-begin
			switch err := f(n); {
			case err == nil:
				wins.Add(1)
			case !errors.Is(err, lost):
				errs <- err
			}
		})
	}
	close(begin)
	all.Wait()
	close(errs)
	for err := range errs {
		require.NoError(k, err)
	}
	return int(wins.Load())
}

var raced = []promise{
	{"of a hundred steps on one version exactly one is made", func(k *kit) {
		r := k.insert(k.request(1), "")
		won := race(k, func(int) error { return k.store.Commit(k.Context(), k.step(r, executor.Approved)) }, executor.ErrStale)
		require.Equal(k, 1, won)
		require.Len(k, k.records(r.ID), 2)
		require.Len(k, k.lines(r.ID, 0), 1)
		require.EqualValues(k, 2, k.get(r.ID).Version)
	}},
	{"of a hundred who ask for the same exactly one is recorded", func(k *kit) {
		won := race(k, func(n int) error {
			return k.offer(k.request(n), "one key", "")
		}, executor.ErrSameOpen)
		require.Equal(k, 1, won)
		_, total, err := k.store.List(k.Context(), executor.Filter{Limit: 1})
		require.NoError(k, err)
		require.Equal(k, 1, total)
	}},
	{"of a hundred owners who claim at once each request goes to one", func(k *kit) {
		for n := range 10 {
			k.insert(k.request(n), "")
		}
		var mu sync.Mutex
		given := map[string]int{}
		race(k, func(n int) error {
			c := k.claim("owner " + string(rune('a'+n)))
			c.Limit = 3
			got, err := k.store.Claim(k.Context(), c)
			mu.Lock()
			defer mu.Unlock()
			for _, r := range got {
				given[r.ID]++
			}
			return err
		}, nil)
		require.Len(k, given, 10)
		for id, times := range given {
			require.Equal(k, 1, times, id)
		}
	}},
}
