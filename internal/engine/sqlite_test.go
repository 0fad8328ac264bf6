package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/engine"
	"accountops/internal/executor"
	"accountops/internal/store"
)

// walker takes each request through all its states on a real store, a second each.
type walker struct {
	store *store.SQLite
	woken chan struct{}
	mu    sync.Mutex
	stale int
}

func (w *walker) Woken() (<-chan struct{}, func()) { return w.woken, func() {} }

func (w *walker) Steps(ctx context.Context, claimed []executor.Request) {
	for _, r := range claimed {
		to := map[executor.State]executor.State{
			executor.Approved: executor.Sending, executor.Sending: executor.Following, executor.Following: executor.Verifying,
			executor.Verifying: executor.Done,
		}[r.State]
		r.State, r.DueAt, r.Version = to, time.Now().Add(time.Second), r.Version+1
		if to.Ended() {
			r.DueAt = time.Time{}
		}
		err := w.store.Commit(ctx, executor.Step{Request: r, Records: []executor.Record{{RequestID: r.ID, Event: string(to)}}})
		if err != nil {
			w.mu.Lock()
			w.stale++
			w.mu.Unlock()
		}
		select {
		case w.woken <- struct{}{}:
		default:
		}
	}
}

func TestTheEngineTakesEachRequestOfADatabaseToItsEndInOneStepAState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), dir, time.Now)
		require.NoError(t, err)
		const requests = 40
		for n := range requests {
			id := fmt.Sprint("req_", n)
			r := executor.Request{ID: id, State: executor.Approved, Version: 1, CreatedAt: time.Now(), DueAt: time.Now()}
			_, err := s.Insert(t.Context(), executor.Arrival{Request: r, Key: id, Records: []executor.Record{{RequestID: id, Event: "requested"}}})
			require.NoError(t, err)
		}
		w := &walker{store: s, woken: make(chan struct{}, 1)}
		ended := make(chan error, 2)
		ctx, stop := context.WithCancel(t.Context())
		for _, owner := range []string{"one", "two"} {
			e, err := engine.New(w, s, engine.Options{
				Owner: owner, Lease: time.Minute, Now: time.Now, NewID: func() string { return "i" }, Logger: slog.New(slog.DiscardHandler),
			})
			require.NoError(t, err)
			go func() { ended <- e.Run(ctx) }()
		}
		time.Sleep(10 * time.Second)
		stop()
		require.NoError(t, <-ended)
		require.NoError(t, <-ended)
		for n := range requests {
			r, err := s.Get(t.Context(), fmt.Sprint("req_", n))
			require.NoError(t, err)
			require.Equal(t, executor.Done, r.State)
			require.EqualValues(t, 5, r.Version)
		}
		require.Zero(t, w.stale, "no request was given to two")
		report, err := s.Verify(t.Context())
		require.NoError(t, err)
		require.True(t, report.OK(), report)
		require.EqualValues(t, 5*requests, report.Records)
		require.NoError(t, s.Close())
	})
}
