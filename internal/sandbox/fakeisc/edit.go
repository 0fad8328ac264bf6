package fakeisc

import (
	"encoding/json"
	"fmt"

	"accountops/internal/sandbox/upstream"
)

// Edit implements upstream.Controlled: {"set":{…},"entitlements"?:[{"name","privileged"}]}, as if somebody else had changed the account.
func (t *Tenant) Edit(id string, raw []byte) error {
	var in struct {
		Set          json.RawMessage `json:"set"`
		Entitlements []struct {
			Name       string `json:"name"`
			Privileged bool   `json:"privileged"`
		} `json:"entitlements"`
	}
	if err := upstream.Strictly(raw, &in); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.settle(); err != nil {
		return err
	}
	r, ok := t.accounts[id]
	if !ok {
		return fmt.Errorf("there is no account %q, so nothing was changed", upstream.Clip(id))
	}
	if len(in.Set) > 0 {
		// A copy without shared pointers, since decoding writes through them.
		var edited Account
		if err := upstream.Strictly(reply(0, r.Account).Body, &edited); err != nil {
			return err
		}
		if err := upstream.Strictly(in.Set, &edited); err != nil {
			return err
		}
		r.Account = edited
	}
	if r.Account.ID != id {
		return fmt.Errorf("the id of an account cannot change, so nothing was changed")
	}
	if in.Entitlements != nil {
		r.Entitlements = nil
		for _, e := range in.Entitlements {
			right := t.sourceByID(r.Account.SourceID).right(e.Name)
			right.Privileged = e.Privileged
			r.Entitlements = append(r.Entitlements, right)
		}
		r.Account.HasEntitlements = len(r.Entitlements) > 0
	}
	return t.putAccount(r)
}

// Forget implements upstream.Controlled: the ISC record goes at once, as if somebody else had removed it.
func (t *Tenant) Forget(id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.accounts[id]; !ok {
		return fmt.Errorf("there is no account %q, so none was taken away", upstream.Clip(id))
	}
	return t.dropAccount(id)
}
