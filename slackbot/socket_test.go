package slackbot

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// tally counts how often each account was looked for.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *tally) in(w *world) []executor.Operation {
	ops := w.sys.operations()
	ops[0] = executor.DefineDirect(executor.Direct[search, found]{
		Name: "find_accounts", Title: "Find accounts", Summary: "Looks for accounts.", Word: "find", Effect: executor.Read,
		Do: func(ctx context.Context, in search, call executor.Call) (executor.Answered[found], error) {
			c.mu.Lock()
			c.seen[in.Account]++
			c.mu.Unlock()
			return w.sys.find(ctx, in, call)
		},
	})
	return ops
}

func (c *tally) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for account, times := range c.seen {
		out[account] = times
	}
	return out
}

// typing has people type commands without pause until stop is called, which gives what was typed, and what was not acknowledged.
func (w *world) typing(people int) (stop func() (typed, lost []string)) {
	var mu sync.Mutex
	var typed, lost []string
	ctx, cancel := context.WithCancel(context.Background())
	w.t.Cleanup(cancel)
	var wg sync.WaitGroup
	for who := range people {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				account := fmt.Sprintf("person-%d-account-%d", who, i)
				acked := w.types(bystander, "find "+account).Acked
				mu.Lock()
				typed = append(typed, account)
				if !acked {
					lost = append(lost, account)
				}
				mu.Unlock()
			}
		})
	}
	return func() ([]string, []string) {
		cancel()
		wg.Wait()
		return typed, lost
	}
}

func TestSocketsAreToldToGoAndNothingIsLostNorDoneTwice(t *testing.T) {
	t.Parallel()
	// After a warning Slack goes on sending by the sockets that it will close; after a request to refresh it does not, so that there has to
	// be another one.
	for reason, told := range map[string]int{"warning": 0, "refresh_requested": 1} { // 0 are all
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := &tally{seen: map[string]int{}}
			w.ops = c.in(w)
			w.start()
			stop := w.typing(3)
			for range 3 {
				before, successors := w.sockets.Load(), int64(connections)
				require.Positive(t, w.slack.Disconnect(reason, told))
				if told > 0 {
					successors = int64(told)
				}
				w.until("others have come in their place", func() bool { return w.sockets.Load() == before+successors })
				known := len(c.all())
				w.until("commands go on", func() bool { return len(c.all()) > known+10 })
			}
			typed, lost := stop()
			require.Empty(t, lost, "of %d", len(typed))
			w.until("all is done", func() bool { return len(c.all()) == len(typed) })
			for account, times := range c.all() {
				require.Equal(t, 1, times, account)
			}
		})
	}
}

func TestASocketThatIsReplacedStaysUntilItsSuccessorIsGreeted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	var open atomic.Bool
	held := make(chan struct{})
	w.through(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "apps.connections.open") && !open.Load() {
				<-held
			}
			next.ServeHTTP(rw, r)
		})
	})
	require.Equal(t, connections, w.slack.Disconnect("warning", connections))
	for range 20 { // by turns, so that each of the two has its share
		require.True(t, w.types(bystander, "help").Acked, "no successor can be opened, and both still serve")
	}
	open.Store(true)
	close(held)
	w.until("their successors are there", func() bool { return w.sockets.Load() == 2*connections })
}

func TestWhatIsAcknowledgedWhileTheProcessStopsIsDoneByTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := &tally{seen: map[string]int{}}
	w.ops = c.in(w)
	w.sys.hang = make(chan struct{})
	stop := w.start()
	stopTyping := w.typing(3)
	w.until("commands come", func() bool { return len(c.all()) > 5 })
	stop()
	typed, lost := stopTyping()
	c.mu.Lock()
	clear(c.seen)
	c.mu.Unlock()
	close(w.sys.hang)
	w.start()
	w.until("all that was acknowledged is done", func() bool {
		done := c.all()
		return !slices.ContainsFunc(typed, func(account string) bool { return !slices.Contains(lost, account) && done[account] == 0 })
	})
	for account, times := range c.all() {
		require.Equal(t, 1, times, account)
	}
}

func TestEnvelopesAreReadThoughTheirPayloadCannotBe(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]envelope{
		`{"type":"surprise","envelope_id":"e2","payload":5}`:        {Type: "surprise", ID: "e2", Payload: []byte("5")},
		`{"type":"disconnect","reason":"warning","debug_info":{}}`:  {Type: "disconnect", Reason: "warning"},
		`{"envelope_id":"e3","payload":{"blocks":[{"type":5}]}}`:    {ID: "e3", Payload: []byte(`{"blocks":[{"type":5}]}`)},
		`{"type":"hello","num_connections":1,"connection_info":[]}`: {Type: "hello"},
	} {
		require.Equal(t, want, readEnvelope([]byte(raw)), raw)
	}
	for _, raw := range []string{`{"type":`, "", "5", "null", `{"type":7,"envelope_id":[]}`} {
		require.Empty(t, readEnvelope([]byte(raw)).ID, raw)
	}
}
