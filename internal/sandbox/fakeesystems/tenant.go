// Package fakeesystems is an eSystems Endpoint API (Agile.Now AccessHub) for the sandbox and for tests: stateful, and faithful to the
// vendor's published API in paths, ids, bodies, statuses, errors, paging and filters. Every call is synchronous.
package fakeesystems

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"accountops/internal/sandbox/disk"
	"accountops/internal/sandbox/upstream"
)

// Config says what server it is. Disk and Clock are needed.
type Config struct {
	Disk  *disk.Disk
	Clock func() time.Time
}

// Tenant is the fake server. It serves HTTP below its mount, and is safe for concurrent use.
type Tenant struct {
	cfg Config
	up  *upstream.Upstream

	mu       sync.Mutex
	settings settings
	accounts map[string]Account // by Id
}

const (
	base      = "/Endpoint/rest/api/v1/"
	tokenPath = "/oAuth/rest/v2/Token"
)

// New opens the server on its disk, and fills it with the seed when it is new.
func New(cfg Config) (*Tenant, error) {
	t := &Tenant{cfg: cfg, settings: seedSettings(), accounts: map[string]Account{}}
	var err error
	up := upstream.Config{Name: "esystems", Mount: "/esystems", Token: tokenPath, Disk: cfg.Disk, Clock: cfg.Clock}
	if t.up, err = upstream.New(up, t); err != nil {
		return nil, err
	}
	if err := t.load(); err != nil {
		return nil, fmt.Errorf("read the server: %w", err)
	}
	return t, nil
}

func (t *Tenant) load() error {
	d, seeded := t.cfg.Disk, false
	if _, err := d.Get("esystems/settings", "seeded", &seeded); err != nil {
		return err
	}
	if !seeded {
		for _, a := range seedAccounts() {
			if err := d.Put("esystems/accounts", a.ID, a); err != nil {
				return err
			}
		}
		if err := d.Put("esystems/settings", "seeded", true); err != nil {
			return err
		}
	}
	_, err := d.Get("esystems/settings", "tenant", &t.settings)
	return errors.Join(err, disk.Each(d, "esystems/accounts", func(key string, a Account) { t.accounts[key] = a }))
}

func (t *Tenant) put(a Account) error {
	t.accounts[a.ID] = a
	return t.cfg.Disk.Put("esystems/accounts", a.ID, a)
}

func (t *Tenant) drop(id string) error {
	delete(t.accounts, id)
	return t.cfg.Disk.Delete("esystems/accounts", id)
}

// ServeHTTP serves the API; paths may or may not have the mount stripped.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) { t.up.ServeHTTP(w, r) }

// Upstream gives the record of calls and the faults.
func (t *Tenant) Upstream() *upstream.Upstream { return t.up }

// Answer implements upstream.Tenant.
func (t *Tenant) Answer(req upstream.Request) upstream.Answer {
	if strings.EqualFold(req.Path, tokenPath) {
		return t.token(req)
	}
	if a := t.authorize(req); a != nil {
		return *a
	}
	req.Query = named(req.Query)
	t.mu.Lock()
	defer t.mu.Unlock()
	rest, ok := strings.CutPrefix(req.Path, base)
	segments := strings.Split(rest, "/")
	switch {
	case !ok:
	case rest == "Accounts" && req.Method == http.MethodGet:
		return t.list(req)
	case rest == "Account" && req.Method == http.MethodPost:
		return t.create(req)
	case rest == "Account" || rest == "Accounts":
		return t.refuse(req, problem{status: http.StatusMethodNotAllowed, kind: "Bad Input", title: "Method Not Allowed"}, "The method is not allowed.")
	case len(segments) == 2 && segments[0] == "Account" && segments[1] != "":
		return t.one(req, segments[1])
	}
	return t.refuse(req, notFound, "The resource was not found.")
}
