package upstream

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
)

func TestAThousandReadsStayBelowTheBudgetAndUseIt(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{0, 20 * time.Millisecond, 400 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			b := newBudget(99, 10*time.Second)
			start := time.Now()
			var mu sync.Mutex
			var arrived []time.Time
			var wg sync.WaitGroup
			for i := range 1000 {
				wg.Go(func() {
					done, err := b.read(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					// The other side counts a call at any time between its start and its answer.
					up := latency * time.Duration(i%3) / 2
					time.Sleep(up)
					mu.Lock()
					arrived = append(arrived, time.Now())
					mu.Unlock()
					time.Sleep(latency - up)
					done()
				})
			}
			wg.Wait()
			took := time.Since(start)
			require.LessOrEqual(t, took, 110*time.Second, "at most 1.1 times 1,000 calls at 100 in 10 s")
			slices.SortFunc(arrived, func(a, b time.Time) int { return a.Compare(b) })
			for i := range arrived {
				if i >= 100 {
					require.GreaterOrEqual(t, arrived[i].Sub(arrived[i-100]), 10*time.Second, "more than 100 in 10 s")
				}
			}
			t.Logf("latency %v: %v for 1,000 calls, %.1f%% of the budget", latency, took, 100*100/took.Seconds())
		})
	}
}

func TestARestHoldsForEverybody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(5, time.Second)
		b.rest(7 * time.Second)
		b.rest(time.Second) // a shorter one does not end a longer one
		start := time.Now()
		done, err := b.read(t.Context())
		require.NoError(t, err)
		require.Equal(t, 7*time.Second, time.Since(start))
		done()
		done()

		b.rest(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err = b.read(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded, "nobody waits for what comes too late")
		require.Equal(t, 7*time.Second, time.Since(start))
		synctest.Wait()
		time.Sleep(time.Minute)
		require.Empty(t, b.slots, "all slots are back, and none twice")
		require.Empty(t, b.reads)
	})
}

func TestAWriteDoesNotQueueBehindABulkOfReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudget(99, 10*time.Second)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				if done, err := b.read(ctx); err == nil {
					done()
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		for range 3 {
			done, err := b.write(ctx)
			require.NoError(t, err)
			done()
		}
		require.Zero(t, time.Since(start), "there is room for what people decided on")
		_, err := b.write(ctx)
		require.NoError(t, err)
		require.Equal(t, 10*time.Second, time.Since(start), "and within the budget")
		stop()
		wg.Wait()
	})
}

func TestARedirectedReadIsTwoCallsOfTheBudget(t *testing.T) {
	t.Parallel()
	s := serve(t, inTurn(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
	}, ok))
	cfg := config(s.URL)
	cfg.Tuning.Calls, cfg.Tuning.Per = 2, time.Hour
	c := client(t, cfg)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, c.Read(ctx, read(t, c)).Err, "no time left")
	require.Equal(t, 2, s.count())
}

func TestWhatRetryAfterSaidToOneCallHoldsForReadsAndWritesOfAll(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		for _, first := range []func(context.Context, *Client){
			func(ctx context.Context, c *Client) { c.Read(ctx, read(t, c)) },
			func(ctx context.Context, c *Client) { c.Write(ctx, removal(t, c)) },
		} {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "9")
				answers(status, jsonType, `{}`)(w, r)
			})
			c := client(t, config(s.URL))
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
			defer cancel()
			first(ctx, c)
			require.ErrorContains(t, c.Read(ctx, read(t, c)).Err, "no time left")
			require.Equal(t, identity.NotSent, c.Write(ctx, removal(t, c)).Outcome)
			require.Equal(t, 1, s.count())
		}
	}
}
