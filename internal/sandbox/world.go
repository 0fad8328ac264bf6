// Package sandbox is a whole world for newcomers and for tests: two pretend identity systems, a pretend Slack, one page and
// one clock, kept in one directory. The product runs against it unchanged.
package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"accountops/internal/sandbox/clock"
	"accountops/internal/sandbox/disk"
	"accountops/internal/sandbox/fakeesystems"
	"accountops/internal/sandbox/fakeisc"
	"accountops/internal/sandbox/slackemu"
)

// Config says what world it is. Dir and BaseURL are needed.
type Config struct {
	Dir     string           // keeps the world between starts; one process at a time
	Now     func() time.Time // the real time; time.Now when nil
	BaseURL string           // where Handler will be served, such as http://127.0.0.1:8080
	Logger  *slog.Logger     // nil discards

	// The Slack app's manifest: its commands, shortcuts, events, tabs and scopes. Nil is an app that may and has what the tests need.
	Manifest []byte

	// How long ISC's tasks are queued and run, and its deletion requests wait for ISC's own approval. 0 means 500 ms, 1.5 s and 4 s:
	// long enough to be seen. Less than 0 means at once.
	TaskQueued, TaskRunning, DeletionApproval time.Duration
}

// World is everything outside accountops. It is safe for concurrent use.
type World struct {
	log      *slog.Logger
	disk     *disk.Disk
	clock    *clock.Clock
	isc      *fakeisc.Tenant
	esystems *fakeesystems.Tenant
	slack    *slackemu.Workspace
	base     string

	mu       sync.Mutex
	advanced []func()
}

// New opens the world in a directory, and makes one where there is none. It refuses a directory that another process uses.
func New(cfg Config) (*World, error) {
	w := &World{base: strings.TrimRight(cfg.BaseURL, "/"), log: cfg.Logger}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	var err error
	if w.disk, err = disk.Open(cfg.Dir); err != nil {
		return nil, err
	}
	if err := w.open(cfg); err != nil {
		return nil, errors.Join(fmt.Errorf("open the sandbox's world: %w", err), w.disk.Close())
	}
	return w, nil
}

func (w *World) open(cfg Config) (err error) {
	if w.clock, err = clock.New(cfg.Now, w.disk); err != nil {
		return err
	}
	if w.isc, err = fakeisc.New(fakeisc.Config{
		Disk: w.disk, Clock: w.clock.Now,
		TaskQueued: cmp.Or(cfg.TaskQueued, 500*time.Millisecond), TaskRunning: cmp.Or(cfg.TaskRunning, 1500*time.Millisecond),
		DeletionApproval: cmp.Or(cfg.DeletionApproval, 4*time.Second),
	}); err != nil {
		return err
	}
	if w.esystems, err = fakeesystems.New(fakeesystems.Config{Disk: w.disk, Clock: w.clock.Now}); err != nil {
		return err
	}
	slack := slackemu.Config{Disk: w.disk, Clock: w.clock.Now, BaseURL: func() string { return w.base }, Logger: w.log, Seed: slackemu.DefaultSeed()}
	if cfg.Manifest != nil {
		if slack.Seed.App, slack.Scopes, err = slackemu.Install(slack.Seed.App, cfg.Manifest); err != nil {
			return err
		}
	}
	w.slack, err = slackemu.New(slack)
	return err
}

// Now tells the world's time: the real one, and what it was put forward by.
func (w *World) Now() time.Time { return w.clock.Now() }

// OnAdvance registers f to be called after the clock was put forward, so that what has become due is looked at.
func (w *World) OnAdvance(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.advanced = append(w.advanced, f)
}

func (w *World) tellAdvanced() {
	w.mu.Lock()
	hooks := append([]func(){}, w.advanced...)
	w.mu.Unlock()
	for _, f := range hooks {
		f()
	}
}

// Close ends the world's connections and waits, and lets go of its directory.
func (w *World) Close() error {
	w.slack.Close()
	return w.disk.Close()
}
