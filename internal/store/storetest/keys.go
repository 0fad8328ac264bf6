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
		err := k.store.Insert(k.Context(), again, "key of "+r.ID, []executor.Record{k.record(again.ID, "requested")}, "second")
		require.ErrorIs(k, err, executor.ErrSameOpen)
		_, err = k.store.Get(k.Context(), again.ID)
		require.ErrorIs(k, err, executor.ErrNoSuch)
		require.Empty(k, k.records(again.ID))
		require.Equal(k, []string{r.ID}, k.shows("bot"))
	}},
	{"an open request is found by its key, through all its steps", func(k *kit) {
		r := k.insert(k.request(1), "")
		for _, to := range []executor.State{executor.Approved, executor.Sending, executor.InDoubt, executor.Verifying} {
			r = k.commit(k.step(r, to))
			got, err := k.store.ByKey(k.Context(), "key of "+r.ID)
			require.NoError(k, err)
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
			require.NoError(k, k.store.Insert(k.Context(), r, "one key", []executor.Record{k.record(r.ID, "requested")}, ""), end)
			k.commit(k.step(r, end))
			_, err := k.store.ByKey(k.Context(), "one key")
			require.ErrorIs(k, err, executor.ErrNoSuch, end)
		}
		require.Positive(k, n)
	}},
	{"nobody finds a request by a key that nobody gave", func(k *kit) {
		r := k.request(1)
		require.NoError(k, k.store.Insert(k.Context(), r, "", []executor.Record{k.record(r.ID, "requested")}, ""))
		for _, key := range []string{"", "none", r.ID} {
			_, err := k.store.ByKey(k.Context(), key)
			require.ErrorIs(k, err, executor.ErrNoSuch, key)
		}
	}},
	{"requests without a key do not stand in each other's way", func(k *kit) {
		for n := range 2 {
			r := k.request(n)
			require.NoError(k, k.store.Insert(k.Context(), r, "", []executor.Record{k.record(r.ID, "requested")}, ""))
		}
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
