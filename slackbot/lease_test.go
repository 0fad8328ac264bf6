package slackbot

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// leases is an outbox of as many requests as it is asked for, each of which takes long to show. It notes what two writers had in hand
// at once.
type leases struct {
	idle
	requests int
	long     time.Duration

	mu      sync.Mutex
	until   map[string]time.Time
	owner   map[string]string
	shown   map[string]int
	working map[string]int
	doubled map[string]bool
}

func newLeases(requests int, long time.Duration) *leases {
	return &leases{
		requests: requests, long: long, until: map[string]time.Time{}, owner: map[string]string{}, shown: map[string]int{}, working: map[string]int{},
		doubled: map[string]bool{},
	}
}

func (l *leases) Show(_ context.Context, id string) (executor.Request, error) {
	return executor.Request{ID: id, State: executor.Done, Version: 1}, nil
}

func (l *leases) ClaimShow(_ context.Context, c executor.Claim) (ids []string, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range l.requests {
		id := fmt.Sprintf("req_%02d", n)
		if len(ids) < c.Limit && l.shown[id] == 0 && !c.Now.Before(l.until[id]) {
			l.until[id], l.owner[id] = c.Until, c.Owner
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (l *leases) Copies(_ context.Context, id string) ([]executor.Copy, error) {
	l.mu.Lock()
	l.working[id]++
	l.doubled[id] = l.doubled[id] || l.working[id] > 1
	l.mu.Unlock()
	time.Sleep(l.long) // calls of a slow Slack
	l.mu.Lock()
	defer l.mu.Unlock()
	l.working[id]--
	return nil, nil
}

func (l *leases) Shown(_ context.Context, id, owner string, _ int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.owner[id] == owner {
		l.shown[id]++
	}
	return nil
}

func TestTwoBotsOnOneDatabaseNeverWriteOneRequestAtOnceThoughSlackIsSlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const requests = 3 * showers
		l := newLeases(requests, 35*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		for _, owner := range []string{"one", "two"} {
			b := New(&Slack{team: team, log: quiet, now: time.Now}, l, l, l, Options{Owner: owner, NewID: newID})
			go b.show(ctx)
		}
		time.Sleep(5 * time.Minute)
		cancel()
		synctest.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		require.Len(t, l.shown, requests, "each was shown, so that no slot was lost")
		for id, twice := range l.doubled {
			require.False(t, twice, "%s was in two hands at once", id)
			require.Equal(t, 1, l.shown[id], id)
		}
	})
}

// slowSlack answers each call late, as if it had posted.
type slowSlack struct {
	calls atomic.Int64
	takes time.Duration
}

func (s *slowSlack) Do(*http.Request) (*http.Response, error) {
	s.calls.Add(1)
	time.Sleep(s.takes)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"ok":true,"channel":"C0APPROVALS","ts":"1.1","message":{"ts":"1.1"}}`))}, nil
}

// unshown keeps a request that was never shown.
type unshown struct{ copies }

func (unshown) Copies(context.Context, string) ([]executor.Copy, error)       { return nil, nil }
func (unshown) Lines(context.Context, string, int64) ([]executor.Line, error) { return nil, nil }

func TestNoCardIsBegunOnceTheLeaseOfItsRequestIsAllButOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &slowSlack{takes: showLease - showEnough + time.Second}
		s := &Slack{team: team, log: quiet, now: time.Now, channel: approvals, api: slack.New("xoxb-sandbox", slack.OptionHTTPClient(slow))}
		b := New(s, idle{}, unshown{}, idle{}, Options{Owner: "test", NewID: newID})
		err := b.showAll(t.Context(), sample(), time.Now().Add(showLease-showEnough))
		require.Equal(t, later{}, err, "the rest is for the next lease")
		require.Equal(t, int64(1), slow.calls.Load(), "the approvers' card was posted, and its requester's not begun")
	})
}
