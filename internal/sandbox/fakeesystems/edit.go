package fakeesystems

import (
	"encoding/json"
	"errors"
	"fmt"

	"accountops/internal/sandbox/upstream"
)

// Edit implements upstream.Controlled: {"set":{…}}, as if somebody else had changed the account.
func (t *Tenant) Edit(id string, raw []byte) error {
	var in struct {
		Set json.RawMessage `json:"set"`
	}
	if err := upstream.Strictly(raw, &in); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.accounts[id]
	if !ok {
		return fmt.Errorf("there is no account %q, so nothing was changed", upstream.Clip(id))
	}
	if len(in.Set) > 0 {
		if err := upstream.Strictly(in.Set, &a); err != nil {
			return err
		}
	}
	if a.ID != id {
		return errors.New("the Id of an account cannot change, so nothing was changed")
	}
	return t.put(a)
}

// Forget implements upstream.Controlled: the account goes at once, as if somebody else had deleted it.
func (t *Tenant) Forget(id string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.accounts[id]; !ok {
		return fmt.Errorf("there is no account %q, so none was taken away", upstream.Clip(id))
	}
	return t.drop(id)
}
