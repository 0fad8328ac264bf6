package storetest

import (
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

var keyPromises = []promise{
	{"while a request is open, the same key records nothing", func(k *kit) {
		r := k.insert(k.request(1), "first")
		again := k.request(2)
		same, err := k.store.Insert(k.Context(), executor.Arrival{
			Request: again, Key: "key of " + r.ID, Records: []executor.Record{k.record(again.ID, "requested")}, Line: "second",
		})
		require.ErrorIs(k, err, executor.ErrSameOpen)
		require.Equal(k, k.get(r.ID), same, "the earlier one is given")
		_, err = k.store.Get(k.Context(), again.ID)
		require.ErrorIs(k, err, executor.ErrNoSuch)
		require.Empty(k, k.records(again.ID))
		require.Equal(k, []string{r.ID}, k.shows("bot"))
	}},
	{"an open request keeps its key through all its steps", func(k *kit) {
		r := k.insert(k.request(1), "")
		for _, to := range []executor.State{executor.Approved, executor.Sending, executor.InDoubt, executor.Verifying} {
			r = k.commit(k.step(r, to))
			got, err := k.store.Insert(k.Context(), executor.Arrival{Request: k.request(2), Key: "key of " + r.ID})
			require.ErrorIs(k, err, executor.ErrSameOpen)
			require.Equal(k, r.ID, got.ID)
			require.Equal(k, to, got.State)
		}
	}},
	{"every end frees the key", func(k *kit) {
		n := 0
		for _, end := range executor.States() {
			if !end.Ended() {
				continue
			}
			n++
			r := k.request(n)
			require.NoError(k, k.offer(r, "one key", ""), end)
			k.commit(k.step(r, end))
		}
		require.Positive(k, n)
	}},
	{"requests without a key do not stand in each other's way", func(k *kit) {
		for n := range 2 {
			require.NoError(k, k.offer(k.request(n), "", ""))
		}
	}},
}

// arrives offers a request that came with an origin and needs a vote.
func (k *kit) arrives(r executor.Request, origin string, limits *executor.Limits) (executor.Request, error) {
	r.NeedsVote = true
	return k.store.Insert(k.Context(), executor.Arrival{
		Request: r, Key: "key of " + r.ID, Origin: origin, Limits: limits, Records: []executor.Record{k.record(r.ID, "requested")},
	})
}

var arrivalPromises = []promise{
	{"for one origin there is one request, even when it has ended", func(k *kit) {
		r, err := k.arrives(k.request(1), "command 1", nil)
		require.NoError(k, err)
		require.Equal(k, k.get(r.ID), r)
		ended := k.commit(k.step(r, executor.Denied))
		again, err := k.arrives(k.request(2), "command 1", nil)
		require.ErrorIs(k, err, executor.ErrSameOrigin)
		require.Equal(k, ended, again)
		require.Empty(k, k.records("req_0002"))
		_, err = k.arrives(k.request(3), "command 2", nil)
		require.NoError(k, err)
	}},
	{"of a hundred arrivals of one origin exactly one is recorded", func(k *kit) {
		won := race(k, func(n int) error {
			_, err := k.arrives(k.request(n), "command 1", nil)
			return err
		}, executor.ErrSameOrigin)
		require.Equal(k, 1, won)
	}},
	{"however many arrive at once, no more are open than may be", func(k *kit) {
		won := race(k, func(n int) error {
			_, err := k.arrives(k.request(n), "", &executor.Limits{Open: 7, Hourly: 1000})
			return err
		}, executor.ErrManyOpen)
		require.Equal(k, 7, won)
	}},
	{"what was asked for within an hour counts, however much came later that needs no vote", func(k *kit) {
		limits := &executor.Limits{Open: 1000, Hourly: 2}
		for n := range 2 {
			r, err := k.arrives(k.request(n), "", limits)
			require.NoError(k, err)
			k.commit(k.step(r, executor.Withdrawn))
		}
		for n := 10; n < 310; n++ {
			k.insert(k.request(n), "")
		}
		_, err := k.arrives(k.request(3), "", limits)
		require.ErrorIs(k, err, executor.ErrManyRecent)
		open, recent, err := k.store.Tally(k.Context(), k.request(3).By.Principal, k.clock.Now().Add(-executor.Recent))
		require.NoError(k, err)
		require.Equal(k, []int{0, 2}, []int{open, recent})
		other := k.request(4)
		other.By.Principal = "slack:T1:U2"
		_, err = k.arrives(other, "", limits)
		require.NoError(k, err, "somebody else's do not count")
		k.clock.advance(executor.Recent)
		_, err = k.arrives(k.request(3), "", limits)
		require.NoError(k, err)
	}},
}

// listed gives ids of a page and how many there are in all.
func (k *kit) listed(f executor.Filter) (page []string, total int) {
	k.Helper()
	got, total, err := k.store.List(k.Context(), f)
	require.NoError(k, err)
	return ids(got), total
}

var listPromises = []promise{
	{"requests are listed newest first, those of one moment by the order of recording", func(k *kit) {
		k.insert(k.request(3), "")
		k.insert(k.request(1), "")
		k.clock.advance(-time.Hour)
		k.insert(k.request(2), "")
		page, total := k.listed(executor.Filter{Limit: 10})
		require.Equal(k, []string{"req_0001", "req_0003", "req_0002"}, page)
		require.Equal(k, 3, total)
	}},
	{"a page says how many there are in all", func(k *kit) {
		for n := range 5 {
			k.clock.advance(time.Second)
			k.insert(k.request(n), "")
		}
		page, total := k.listed(executor.Filter{Limit: 2, Offset: 1})
		require.Equal(k, []string{"req_0003", "req_0002"}, page)
		require.Equal(k, 5, total)
		page, total = k.listed(executor.Filter{Limit: 2, Offset: 5})
		require.Empty(k, page)
		require.Equal(k, 5, total)
	}},
	{"a page holds 250 at most", func(k *kit) {
		for n := range 251 {
			k.insert(k.request(n), "")
		}
		page, total := k.listed(executor.Filter{Limit: 1000})
		require.Len(k, page, 250)
		require.Equal(k, 251, total)
	}},
	{"a list is narrowed to one requester", func(k *kit) {
		k.insert(k.request(1), "")
		other := k.request(2)
		other.By.Principal = "slack:T1:U2"
		k.insert(other, "")
		page, total := k.listed(executor.Filter{By: "slack:T1:U2", Limit: 10})
		require.Equal(k, []string{other.ID}, page)
		require.Equal(k, 1, total)
		page, total = k.listed(executor.Filter{By: "slack:T1:U", Limit: 10})
		require.Empty(k, page)
		require.Zero(k, total)
	}},
	{"a list is narrowed to requests that have not ended", func(k *kit) {
		k.insert(k.request(1), "")
		k.commit(k.step(k.insert(k.request(2), ""), executor.Denied))
		page, total := k.listed(executor.Filter{By: "slack:T1:U1", Open: true, Limit: 10})
		require.Equal(k, []string{"req_0001"}, page)
		require.Equal(k, 1, total)
	}},
}
