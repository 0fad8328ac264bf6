package identitytest

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

// shared proves that many calls whose token was refused get one new one together.
func shared(t *testing.T, b *Bench) {
	t.Helper()
	_, err := b.System.Get(t.Context(), b.Sample.ID)
	require.NoError(t, err)
	before := b.tokens(t)
	b.post(t, "/revoke", `{}`)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := b.System.Get(t.Context(), b.Sample.ID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, before+1, b.tokens(t))
}

// rotated proves that a secret can be changed without a restart: the file is read for each token.
func rotated(t *testing.T, b *Bench) {
	t.Helper()
	const second = "canary-rotated-secret"
	_, err := b.System.Get(t.Context(), b.Sample.ID)
	require.NoError(t, err)
	b.set(t, `{"client_secret":"`+second+`"}`)
	_, err = b.System.Get(t.Context(), b.Sample.ID)
	require.NoError(t, err, "the token that we have stays good")
	b.post(t, "/revoke", `{}`)
	_, err = b.System.Get(t.Context(), b.Sample.ID)
	require.True(t, fault.Is(err, fault.Upstream))
	require.ErrorContains(t, err, "client id and secret")
	require.NotContains(t, err.Error(), "sandbox-secret")
	writes := b.writes(t)
	a := b.Destroy(t.Context(), b.Sample.ID)
	require.Equal(t, identity.NotSent, a.Outcome)
	require.Equal(t, writes, b.writes(t))
	b.Rotate(second)
	_, err = b.System.Get(t.Context(), b.Sample.ID)
	require.NoError(t, err)
	b.follow(t, b.Destroy(t.Context(), b.Sample.ID))
}

// refusal proves that what the upstream says, its code and its reference are kept, apart from our words.
func refusal(t *testing.T, b *Bench) {
	t.Helper()
	for _, kind := range []string{"403", "404", "409"} {
		b.strike(t, kind, 1)
		a := b.Destroy(t.Context(), b.Sample.ID)
		require.Equal(t, identity.Refused, a.Outcome)
		for what, word := range map[string]string{"text": a.Err.Said, "code": a.Err.Code, "reference": a.Err.Ref} {
			require.NotEmpty(t, word, "%s: %s", kind, what)
			require.NotContains(t, a.Err.Sentence, word, "%s: %s", kind, what)
		}
	}
	require.True(t, b.accounts(t)[b.Sample.ID])
}

// storm lets a fifth of the reads and most of the writes fail, by a seed.
func storm(t *testing.T, b *Bench) {
	t.Helper()
	b.post(t, "/faults", `{"method":"GET","kind":"500/502/503/504","probability":0.2,"seed":11}`)
	for range 25 {
		got, err := b.System.Get(t.Context(), b.Sample.ID)
		require.NoError(t, err)
		require.Equal(t, b.Sample.ID, got.ID)
	}
	struck := 0
	for _, c := range b.calls(t, "GET") {
		if c.Status >= 500 {
			struck++
		}
	}
	require.GreaterOrEqual(t, struck, 3, "there was a storm")
	for _, method := range []string{"POST", "DELETE"} {
		b.post(t, "/faults", fmt.Sprintf(`{"method":%q,"kind":"500/502/503/504","probability":0.8,"seed":5}`, method))
	}
	for n := 1; n < 100; n++ {
		a := b.Destroy(t.Context(), b.Sample.ID)
		require.Equal(t, n, b.writes(t), "nobody but the caller sends it again")
		if a.Outcome == identity.Accepted {
			require.Greater(t, n, 1)
			return
		}
		require.Equal(t, identity.Unclear, a.Outcome)
	}
	t.Fatal("it never came through")
}

// The upstream's limit in the budget's test: SailPoint's 100 calls, in a shorter window.
const (
	limit  = 100
	window = time.Second
	reads  = 1000
)

// budget reads 1,000 times at once, as one client whose budget is one call below the limit. No call may be refused, ever. The time counts on
// a machine that can do the same twice as fast without any limit: on a busier one it would measure the machine.
func budget(t *testing.T, limited, free *Bench) {
	t.Helper()
	limited.set(t, fmt.Sprintf(`{"rate_calls":%d,"rate_per":%q}`, limit, window))
	free.set(t, `{"rate_calls":0}`)
	const ideal = window * reads / limit
	for range 3 {
		before := len(limited.calls(t, "GET"))
		took := limited.readAll(t)
		for _, c := range limited.calls(t, "*") {
			require.NotEqual(t, http.StatusTooManyRequests, c.Status)
		}
		require.Equal(t, reads, len(limited.calls(t, "GET"))-before, "none was sent twice")
		t.Logf("%d reads in %v: %.1f of %d calls in each %v", reads, took.Round(time.Millisecond), reads*window.Seconds()/took.Seconds(), limit, window)
		if took <= ideal*11/10 {
			return
		}
		if bare := free.readAll(t); bare > ideal/2 {
			t.Skipf("this machine takes %v for %d reads without any limit: too busy to time a limiter, of which more than %v is not to be taken", bare, reads, ideal*11/10)
		}
	}
	t.Fatalf("%d reads took more than %v, 1.1 times what the limit allows, three times", reads, ideal*11/10)
}

// readAll reads 1,000 times at once, and says how long that took.
func (b *Bench) readAll(t *testing.T) time.Duration {
	t.Helper()
	start := time.Now()
	var wg sync.WaitGroup
	for i := range reads {
		wg.Go(func() {
			q := identity.Query{Text: fmt.Sprintf("nobody-%d", i), By: identity.ByUsername}
			if _, err := b.System.Find(t.Context(), q); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}
