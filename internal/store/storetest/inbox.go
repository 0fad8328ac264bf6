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
	fresh, err := k.store.Receive(k.Context(), d)
	require.NoError(k, err)
	return fresh
}

func (k *kit) waiting(limit int) []executor.Delivery {
	k.Helper()
	got, err := k.store.Unhandled(k.Context(), k.clock.Now().Add(time.Nanosecond*1000), limit)
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
			f, err := k.store.Receive(k.Context(), k.delivery("a"))
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
	{"what waits is given oldest first, from before a time, up to a limit", func(k *kit) {
		for _, key := range []string{"c", "a", "b"} {
			k.receive(k.delivery(key))
			k.clock.advance(time.Second)
		}
		keys := func(before time.Time, limit int) (out []string) {
			got, err := k.store.Unhandled(k.Context(), before, limit)
			require.NoError(k, err)
			for _, d := range got {
				out = append(out, d.Key)
			}
			return out
		}
		require.Equal(k, []string{"c", "a", "b"}, keys(k.clock.Now(), 10))
		require.Equal(k, []string{"c", "a"}, keys(start.Add(2*time.Second), 10))
		require.Equal(k, []string{"c"}, keys(k.clock.Now(), 1))
		require.Empty(k, keys(start, 10))
	}},
}
