package fakeisc

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"accountops/internal/sandbox/upstream"
)

// settings can be read and changed at /sandbox/v1/upstream/isc/settings; durations are strings such as "300ms". They are kept on disk.
type settings struct {
	// TaskQueued and TaskRunning say how long tasks that start from now on are queued and run.
	TaskQueued  upstream.Duration `json:"task_queued"`
	TaskRunning upstream.Duration `json:"task_running"`
	// DeletionApproval says how long a deletion request waits for ISC's own approval.
	DeletionApproval upstream.Duration `json:"deletion_approval"`
	// TokenLife is what expires_in of new tokens says, and for how long they are good.
	TokenLife upstream.Duration `json:"token_life"`
	// RateCalls per RatePer, per client and API version; 0 calls is no limit.
	RateCalls int               `json:"rate_calls"`
	RatePer   upstream.Duration `json:"rate_per"`
	// RequireExperimental wants X-SailPoint-Experimental on v1 paths too, as some tenants do.
	RequireExperimental bool `json:"require_experimental"`
	// ApprovalDetailsAsObject gives approvalDetails as an object, as the vendor's example does, instead of an array, as its schema.
	ApprovalDetailsAsObject bool `json:"approval_details_as_object"`
	// Sources says how sources behave, by name. A source that is named in a change is replaced whole.
	Sources map[string]sourceSettings `json:"sources"`
}

// sourceSettings say how one source behaves.
type sourceSettings struct {
	RefuseRemove bool   `json:"refuse_remove,omitempty"` // remove is answered with 400
	Deletion     string `json:"deletion,omitempty"`      // what the approver of deletion requests does: approve (default), reject, cancel or wait
	Tasks        string `json:"tasks,omitempty"`         // how tasks and deletions end: "fail", "warn", "terminate", "temperror", "hang", or ""
}

// taskSettings are the words for how a source's tasks end, with the faults that they mean.
var taskSettings = map[string]upstream.TaskFault{
	"": "", "fail": "", "warn": upstream.TaskWarns, "terminate": upstream.TaskTerminated, "temperror": upstream.TaskTempError, "hang": upstream.TaskNeverEnds,
}

// settings are those that a new tenant begins with.
func (c Config) settings() settings {
	or := func(d, otherwise time.Duration) upstream.Duration {
		return upstream.Duration(max(cmp.Or(d, otherwise), 0))
	}
	return settings{
		TaskQueued: or(c.TaskQueued, 300*time.Millisecond), TaskRunning: or(c.TaskRunning, 700*time.Millisecond),
		DeletionApproval: or(c.DeletionApproval, 2*time.Second),
		TokenLife:        upstream.Duration(749 * time.Second), // as seen in the wild
		RateCalls:        100, RatePer: upstream.Duration(10 * time.Second), Sources: seedSettings(),
	}
}

// current gives the settings as they are.
func (t *Tenant) current() settings {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.settings
}

// Settings implements upstream.Controlled.
func (t *Tenant) Settings() any { return t.current() }

// Change implements upstream.Controlled.
func (t *Tenant) Change(raw []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := t.settings
	next.Sources = maps.Clone(t.settings.Sources)
	if err := upstream.Strictly(raw, &next); err != nil {
		return err
	}
	if next.RateCalls < 0 || next.RatePer <= 0 || time.Duration(next.TokenLife) < time.Second {
		return fmt.Errorf("nothing was changed: rate_calls must be 0 or more, rate_per above 0 and token_life at least 1s")
	}
	for name, s := range next.Sources {
		_, known := taskSettings[s.Tasks]
		switch {
		case !slices.ContainsFunc(t.sources, func(x source) bool { return x.Name == name }):
			return fmt.Errorf("nothing was changed: there is no source %q", upstream.Clip(name))
		case !known || !slices.Contains([]string{"", "approve", "reject", "cancel", "wait"}, s.Deletion):
			return fmt.Errorf(`nothing was changed: deletion must be approve, reject, cancel or wait, and tasks "", fail, warn, terminate, temperror or hang`)
		}
	}
	if err := t.cfg.Disk.Put("isc/settings", "tenant", next); err != nil {
		return err
	}
	t.settings = next
	return nil
}

// Aggregate implements upstream.Controlled: it reads a source, by name or id, anew. What was removed and still is at the source comes
// back under a new id; on a direct source what is not there goes.
func (t *Tenant) Aggregate(name string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.sources, func(s source) bool { return s.ID == name || strings.EqualFold(s.Name, name) })
	if i < 0 {
		return fmt.Errorf("there is no source %q, so nothing was aggregated", upstream.Clip(name))
	}
	if err := t.settle(); err != nil {
		return err
	}
	s, known := t.sources[i], map[string]bool{}
	for id, r := range maps.Clone(t.accounts) {
		if r.Account.SourceID != s.ID {
			continue
		}
		known[r.liveKey()] = true
		if _, ok := t.live[r.liveKey()]; !ok && s.ConnectionType == "direct" {
			if err := t.dropAccount(id); err != nil {
				return err
			}
		}
	}
	for key, r := range t.live {
		if r.Account.SourceID != s.ID || known[key] {
			continue
		}
		r.Account.ID, r.Account.Created, r.Account.Modified = upstream.NewID(), t.now(), t.now()
		r.Account.Origin = new("AGGREGATED")
		if err := t.putAccount(r); err != nil {
			return err
		}
	}
	return nil
}
