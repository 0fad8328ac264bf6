package slackbot

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/engine"
	"accountops/internal/executor"
	"accountops/internal/store"
)

// start runs bot, executor and engine until stop is called, or the test ends.
func (w *world) start() (stop func()) {
	w.t.Helper()
	return w.replica("test")
}

// replica is start under a name. Several may run on the one database; the world's store, executor and bot are then the latest's.
func (w *world) replica(owner string) (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	e, db := w.assemble(ctx, owner)
	var wg sync.WaitGroup
	wg.Go(func() { _ = e.Run(ctx) })
	bot := w.bot // tests put another in its place
	wg.Go(func() { _ = bot.Run(ctx) })
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			wg.Wait()
			require.NoError(w.t, db.Close())
		})
	}
	w.t.Cleanup(stop)
	<-bot.Ready()
	w.until("both sockets are open", func() bool { return w.http || w.slack.Connections() >= connections })
	return stop
}

// idle is start without anything that runs: no worker, no sweep, nothing that moves a lease but the test.
func (w *world) idle() {
	w.t.Helper()
	_, db := w.assemble(w.t.Context(), "test")
	w.t.Cleanup(func() { require.NoError(w.t, db.Close()) })
}

// assemble wires a process on the world's database.
func (w *world) assemble(ctx context.Context, owner string) (*engine.Embedded, *store.SQLite) {
	w.t.Helper()
	s, err := Connect(ctx, w.config())
	require.NoError(w.t, err)
	db, err := store.Open(ctx, w.dir+"/data", w.clock.Now)
	require.NoError(w.t, err)
	w.store = db
	timing := executor.DefaultTiming()
	timing.FollowFirst, timing.VerifyEvery, timing.Look = 10*time.Millisecond, 10*time.Millisecond, 5*time.Second
	policy := executor.Policy{Groups: []string{"S0APPROVERS"}, Quorum: w.quota, Expiry: 24 * time.Hour}
	if w.policy != nil {
		w.policy(&policy)
	}
	operations, sources := w.ops, w.sources
	if operations == nil {
		operations = w.sys.operations()
	}
	if sources == nil {
		sources = w.sys.sources
	}
	w.exec, err = executor.New(executor.Config{
		Operations: operations, Sources: sources, Store: w.store, Directory: s.People(), Links: w.store,
		Policy: policy,
		Limits: executor.Limits{Open: 100, Hourly: 1000}, Timing: timing, Now: w.clock.Now, NewID: newID, Owner: owner, Where: s.Where(),
		Logger: slog.New(slog.NewTextHandler(w.logs, nil)),
	})
	require.NoError(w.t, err)
	e, err := engine.New(w.exec, w.store, engine.Options{Owner: owner, Lease: engine.LeaseFor(timing), Now: w.clock.Now, NewID: newID,
		Logger: slog.New(slog.NewTextHandler(w.logs, nil)), Sweep: 50 * time.Millisecond})
	require.NoError(w.t, err)
	w.bot = New(s, w.exec, w.store, w.store, Options{
		Owner: owner, NewID: newID, Poll: 50 * time.Millisecond, Quorum: policy.Quorum, Check: w.check,
		Pace: Pace{Post: time.Nanosecond, Update: max(w.gather, time.Nanosecond), Home: time.Nanosecond, Settle: w.settle},
	})
	w.bots = append(w.bots, w.bot)
	door := w.bot.HTTP()
	w.door.Store(&door)
	return e, db
}
