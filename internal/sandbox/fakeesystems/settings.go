package fakeesystems

import (
	"errors"
	"time"

	"accountops/internal/sandbox/upstream"
)

// settings can be read and changed at /sandbox/v1/upstream/esystems/settings; durations are strings such as "300ms". They are kept on disk.
type settings struct {
	// TokenLife is for how long new tokens are good.
	TokenLife upstream.Duration `json:"token_life"`
	// OmitExpiresIn leaves expires_in out of the token answer, as the vendor may.
	OmitExpiresIn bool `json:"omit_expires_in"`
	// KeepOmitted makes PUT keep the fields that its body leaves out; without it they are emptied. The vendor does not say which.
	KeepOmitted bool `json:"keep_omitted"`
	// RateCalls per RatePer and client; 0 calls, the default, is no limit. The vendor documents none.
	RateCalls int               `json:"rate_calls"`
	RatePer   upstream.Duration `json:"rate_per"`
}

// seedSettings are those that a new server begins with. The vendor does not say how long tokens are good.
func seedSettings() settings {
	return settings{TokenLife: upstream.Duration(time.Hour), RatePer: upstream.Duration(10 * time.Second)}
}

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
	if err := upstream.Strictly(raw, &next); err != nil {
		return err
	}
	if next.RateCalls < 0 || next.RatePer <= 0 || time.Duration(next.TokenLife) < time.Second {
		return errors.New("nothing was changed: rate_calls must be 0 or more, rate_per above 0 and token_life at least 1s")
	}
	if err := t.cfg.Disk.Put("esystems/settings", "tenant", next); err != nil {
		return err
	}
	t.settings = next
	return nil
}

// Aggregate implements upstream.Controlled: there is nothing to aggregate here.
func (t *Tenant) Aggregate(string) error {
	return errors.New("eSystems has no sources, so nothing was aggregated")
}
