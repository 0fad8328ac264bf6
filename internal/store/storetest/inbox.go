package storetest

import (
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// delivery gives a delivery that arrives now and whose key is kept for an hour.
func (k *kit) delivery(key string) executor.Delivery {
	now := kept(k.clock.Now())
	return executor.Delivery{Key: key, Body: []byte("body of " + key + "\x00\xff"), At: now, Until: now.Add(time.Hour)}
}

func (k *kit) receive(d executor.Delivery) bool {
	k.Helper()
	fresh, err := k.store.Receive(k.Context(), d, k.lease("one"))
	require.NoError(k, err)
	return fresh
}

// lease gives a lease of a minute.
func (k *kit) lease(owner string) executor.Lease {
	return executor.Lease{Owner: owner, Until: k.clock.Now().Add(time.Minute)}
}

// takes gives the keys of what an owner takes up now.
func (k *kit) takes(owner string, limit int) []string {
	k.Helper()
	c := k.claim(owner)
	c.Limit = limit
	got, err := k.store.TakeUp(k.Context(), c)
	require.NoError(k, err)
	keys := []string{}
	for _, d := range got {
		keys = append(keys, d.Key)
	}
	return keys
}

// waiting gives what is not handled: all leases have ended.
func (k *kit) waiting(limit int) []executor.Delivery {
	k.Helper()
	now := k.clock.Now().Add(1000 * time.Hour)
	got, err := k.store.TakeUp(k.Context(), executor.Claim{Owner: "later", Now: now, Until: now, Limit: limit})
	require.NoError(k, err)
	return got
}

var inboxPromises = []promise{
	{"a delivery is new once", func(k *kit) {
		require.True(k, k.receive(k.delivery("a")))
		require.True(k, k.receive(k.delivery("b")))
		again := k.delivery("a")
		again.Body = []byte("another body")
		require.False(k, k.receive(again))
		require.Equal(k, []executor.Delivery{k.delivery("a"), k.delivery("b")}, k.waiting(10))
	}},
	{"of a hundred redeliveries at once exactly one is new", func(k *kit) {
		fresh := make(chan bool, racers)
		race(k, func(int) error {
			f, err := k.store.Receive(k.Context(), k.delivery("a"), k.lease("one"))
			fresh <- f
			return err
		}, nil)
		close(fresh)
		won := 0
		for f := range fresh {
			if f {
				won++
			}
		}
		require.Equal(k, 1, won)
	}},
	{"a handled delivery waits no longer, and its key is still known", func(k *kit) {
		k.receive(k.delivery("a"))
		require.NoError(k, k.store.Handled(k.Context(), "a"))
		require.Empty(k, k.waiting(10))
		require.False(k, k.receive(k.delivery("a")))
		require.Empty(k, k.waiting(10))
	}},
	{"handling what nobody received, or handling twice, does no harm", func(k *kit) {
		require.NoError(k, k.store.Handled(k.Context(), "none"))
		k.receive(k.delivery("a"))
		require.NoError(k, k.store.Handled(k.Context(), "a"))
		require.NoError(k, k.store.Handled(k.Context(), "a"))
		require.True(k, k.receive(k.delivery("none")))
	}},
	{"the key of a handled delivery is forgotten when its time has passed", func(k *kit) {
		k.receive(k.delivery("a"))
		require.NoError(k, k.store.Handled(k.Context(), "a"))
		k.clock.advance(time.Hour - time.Microsecond)
		require.False(k, k.receive(k.delivery("a")))
		k.clock.advance(time.Microsecond)
		require.True(k, k.receive(k.delivery("a")))
	}},
	{"a delivery that nobody handled is kept beyond its time", func(k *kit) {
		d := k.delivery("a")
		k.receive(d)
		k.clock.advance(2 * time.Hour)
		require.True(k, k.receive(k.delivery("b")))
		require.False(k, k.receive(k.delivery("a")))
		require.Equal(k, d, k.waiting(10)[0])
	}},
	{"what waits is taken up oldest first, up to a limit", func(k *kit) {
		for _, key := range []string{"c", "a", "b"} {
			k.receive(k.delivery(key))
			k.clock.advance(time.Second)
		}
		k.clock.advance(time.Minute)
		require.Empty(k, k.takes("two", 0))
		require.Equal(k, []string{"c"}, k.takes("two", 1))
		require.Equal(k, []string{"a", "b"}, k.takes("three", 10))
	}},
	{"a delivery has one owner until the lease ends, is let go, or it is handled", func(k *kit) {
		k.receive(k.delivery("a"))
		require.Empty(k, k.takes("two", 10), "who received it works on it")
		k.clock.advance(time.Minute - time.Microsecond)
		require.Empty(k, k.takes("two", 10))
		k.clock.advance(time.Microsecond)
		require.Equal(k, []string{"a"}, k.takes("two", 10))
		require.Empty(k, k.takes("three", 10))
		require.NoError(k, k.store.LetGo(k.Context(), "a", "one"))
		require.Empty(k, k.takes("three", 10), "only its owner lets it go")
		require.NoError(k, k.store.LetGo(k.Context(), "a", "two"))
		require.Equal(k, []string{"a"}, k.takes("three", 10))
		require.NoError(k, k.store.Handled(k.Context(), "a"))
		k.clock.advance(time.Hour)
		require.Empty(k, k.takes("two", 10))
	}},
	{"a lease is held on to by its owner only", func(k *kit) {
		k.receive(k.delivery("a"))
		hold := func(owner string) bool {
			ours, err := k.store.Hold(k.Context(), "a", k.lease(owner))
			require.NoError(k, err)
			return ours
		}
		k.clock.advance(50 * time.Second)
		require.False(k, hold("two"))
		require.True(k, hold("one"))
		k.clock.advance(50 * time.Second)
		require.Empty(k, k.takes("two", 10), "it was put off")
		k.clock.advance(10 * time.Second)
		require.Equal(k, []string{"a"}, k.takes("two", 10))
		require.False(k, hold("one"), "somebody else has it now")
		require.NoError(k, k.store.Handled(k.Context(), "a"))
		require.False(k, hold("two"))
	}},
	{"of a hundred who take up at once exactly one gets a delivery", func(k *kit) {
		k.receive(k.delivery("a"))
		k.clock.advance(time.Hour)
		got := make(chan int, racers)
		race(k, func(n int) error {
			taken, err := k.store.TakeUp(k.Context(), k.claim(string(rune('a'+n))))
			got <- len(taken)
			return err
		}, nil)
		close(got)
		sum := 0
		for n := range got {
			sum += n
		}
		require.Equal(k, 1, sum)
	}},
}
