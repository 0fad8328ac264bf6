package slackbot

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// busy has one request with something to show, and something more as soon as that is given back.
type busy struct {
	idle
	mu      sync.Mutex
	due     bool
	claims  int
	shows   int
	claimed chan struct{}
}

func (f *busy) Show(context.Context, string) (executor.Request, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shows++
	return executor.Request{ID: "req_1", State: executor.Done, Version: int64(f.shows)}, nil
}

func (f *busy) ClaimShow(context.Context, executor.Claim) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.due {
		return nil, nil
	}
	f.due, f.claims = false, f.claims+1
	if f.claims == 2 {
		close(f.claimed)
	}
	return []string{"req_1"}, nil
}

func (f *busy) Copies(context.Context, string) ([]executor.Copy, error) { return nil, nil }

func (f *busy) Shown(context.Context, string, string, int64) error {
	f.mu.Lock()
	f.due = f.claims == 1
	first := f.due
	f.mu.Unlock()
	if first {
		<-f.claimed // it is taken up before this returns
	}
	return nil
}

func TestAStepThatIsTakenUpWhileTheLastOneIsGivenBackIsShown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &busy{due: true, claimed: make(chan struct{})}
		b := New(&Slack{team: team, log: quiet, now: time.Now}, f, f, f, Options{Owner: "test", NewID: newID})
		ctx, cancel := context.WithCancel(t.Context())
		go b.show(ctx)
		time.Sleep(10 * time.Second)
		cancel()
		synctest.Wait()
		require.Equal(t, 2, f.shows)
	})
}
