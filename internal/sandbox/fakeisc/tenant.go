// Package fakeisc is a SailPoint Identity Security Cloud tenant for the sandbox and for tests: stateful, and faithful to the
// vendor's published API in paths, bodies, statuses, errors, paging, filters, task life, token life and rate limit.
package fakeisc

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"accountops/internal/sandbox/disk"
	"accountops/internal/sandbox/upstream"
)

// Config says what tenant it is. Disk and Clock are needed.
type Config struct {
	Disk  *disk.Disk
	Clock func() time.Time

	// How long tasks live, and deletion requests wait for ISC's own approval. 0 means the default (300 ms, 700 ms, 2 s), less than 0
	// at once. Settings that were changed at the control endpoint win, also after a restart.
	TaskQueued, TaskRunning, DeletionApproval time.Duration
}

// Tenant is the fake tenant. It serves HTTP below its mount, and is safe for concurrent use.
type Tenant struct {
	cfg Config
	up  *upstream.Upstream

	mu        sync.Mutex
	settings  settings
	sources   []source
	accounts  map[string]record    // by ISC id
	live      map[string]record    // what really is at the sources, by source id and native identity
	tasks     map[string]*task     // by id
	deletions map[string]*deletion // by id
}

// New opens the tenant on its disk, and fills it with the seed when it is new.
func New(cfg Config) (*Tenant, error) {
	t := &Tenant{
		cfg: cfg, settings: cfg.settings(), sources: seedSources(), accounts: map[string]record{}, live: map[string]record{},
		tasks: map[string]*task{}, deletions: map[string]*deletion{},
	}
	var err error
	up := upstream.Config{Name: "isc", Mount: "/isc", Token: "/oauth/token", Tasks: true, Disk: cfg.Disk, Clock: cfg.Clock}
	if t.up, err = upstream.New(up, t); err != nil {
		return nil, err
	}
	if err := t.load(); err != nil {
		return nil, fmt.Errorf("read the tenant: %w", err)
	}
	return t, nil
}

// load reads everything from disk, and seeds a new tenant. A seed that was cut off by a crash is begun anew.
func (t *Tenant) load() error {
	d := t.cfg.Disk
	seeded := false
	if _, err := d.Get("isc/settings", "seeded", &seeded); err != nil {
		return err
	}
	if !seeded {
		for _, r := range seedRecords() {
			if err := errors.Join(d.Put("isc/accounts", r.Account.ID, r), d.Put("isc/live", r.liveKey(), r)); err != nil {
				return err
			}
		}
		if err := d.Put("isc/settings", "seeded", true); err != nil {
			return err
		}
	}
	if _, err := d.Get("isc/settings", "tenant", &t.settings); err != nil {
		return err
	}
	return errors.Join(
		disk.Each(d, "isc/accounts", func(key string, r record) { t.accounts[key] = r }),
		disk.Each(d, "isc/live", func(key string, r record) { t.live[key] = r }),
		disk.Each(d, "isc/tasks", func(key string, v task) { t.tasks[key] = &v }),
		disk.Each(d, "isc/deletions", func(key string, v deletion) { t.deletions[key] = &v }),
	)
}

// ServeHTTP serves the tenant's API; paths may or may not have the mount stripped.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.up.ServeHTTP(w, r) }

// Upstream gives the record of calls and the faults.
func (t *Tenant) Upstream() *upstream.Upstream { return t.up }

// Answer implements upstream.Tenant.
func (t *Tenant) Answer(req upstream.Request) upstream.Answer {
	if req.Path == "/oauth/token" {
		return t.token(req)
	}
	who, refusal := t.authenticate(req)
	if refusal != nil {
		return *refusal
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	call, refusal := t.route(req, who)
	if refusal != nil {
		return *refusal
	}
	if err := t.settle(); err != nil {
		return t.broken(err)
	}
	return call.handle(t, call)
}
