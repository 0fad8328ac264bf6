package executor

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"accountops/internal/fault"
)

// Plan is exactly what will happen, read from the upstream before anybody is asked. All names in it are untrusted text.
type Plan struct {
	Title       string            `json:"title,omitempty"`   // what this is called, when that is not the operation's title
	System      string            `json:"system"`            // sailpoint or esystems
	SystemName  string            `json:"system_name"`       // "SailPoint", as people read it
	Tenant      string            `json:"tenant"`            // what people call this tenant: the base URL's host, or configured
	BaseURL     string            `json:"base_url"`          // where the call goes
	Target      string            `json:"target,omitempty"`  // the upstream's immutable id of the one account; empty for a creation
	Exists      bool              `json:"exists"`            // whether the account was there
	Account     Account           `json:"account"`           // what it is
	Call        string            `json:"call"`              // the one call, for people: "POST /accounts/v1/{id}/remove"
	Options     map[string]string `json:"options,omitempty"` // what is sent along; part of what is approved
	Changes     []string          `json:"changes"`           // what will happen, a sentence each
	Warnings    []string          `json:"warnings,omitempty"`
	Consequence string            `json:"consequence"`          // whether it comes back
	Overwrites  bool              `json:"overwrites,omitempty"` // whether values are written over and not kept: another person has to approve
	Already     string            `json:"already,omitempty"`    // when nothing needs doing: "The account is already disabled."
	Facts       []Fact            `json:"facts,omitempty"`      // more to judge by: manager, source owner, features
}

// Account is one account of one source, as a person has to recognise and judge it.
type Account struct {
	ID             string        `json:"id,omitempty"`
	Name           string        `json:"name"` // the login
	DisplayName    string        `json:"display_name,omitempty"`
	NativeIdentity string        `json:"native_identity,omitempty"` // its key at the source
	SourceID       string        `json:"source_id,omitempty"`
	Source         string        `json:"source,omitempty"`
	IdentityID     string        `json:"identity_id,omitempty"` // the identity that owns it
	Identity       string        `json:"identity,omitempty"`
	Owner          Principal     `json:"owner,omitempty"`       // the identity as a principal, where known: may not decide on it
	Status         string        `json:"status,omitempty"`      // enabled, disabled, locked
	Entitlements   []Entitlement `json:"entitlements,omitzero"` // nil when the system does not tell them
}

// Entitlement is one right of an account.
type Entitlement struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Privileged bool   `json:"privileged,omitempty"`
}

// Fact is a label of ours and a value, which may be untrusted text.
type Fact = fault.Fact

// Difference is one thing about the account that is not as it was when it was approved. Of a list, Was has only what is gone and
// Is only what is new.
type Difference struct {
	Field string `json:"field"`
	Was   string `json:"was"`
	Is    string `json:"is"`
	List  bool   `json:"list,omitempty"`
}

// binding is one thing that an approval is bound to.
type binding struct{ label, value string }

// bound is everything that an approval is bound to, in a fixed order. Two plans are the same exactly if these are.
func (p Plan) bound() []binding {
	rights := make([]string, 0, len(p.Account.Entitlements))
	for _, e := range p.Account.Entitlements {
		rights = append(rights, quoted([]string{e.ID, strconv.FormatBool(e.Privileged)}))
	}
	slices.Sort(rights)
	exists := "no"
	if p.Exists {
		exists = "yes"
	}
	bound := []binding{
		{"system", p.System}, {"base URL", p.BaseURL}, {"call", p.Call}, {"account id", p.Target}, {"exists", exists},
		{"source", quoted([]string{p.Account.SourceID, p.Account.Source})}, {"account", p.Account.Name}, {"display name", p.Account.DisplayName},
		{"native identity", p.Account.NativeIdentity}, {"identity", quoted([]string{p.Account.IdentityID, p.Account.Identity})},
		{"status", p.Account.Status}, {"entitlements", quoted(rights)}, {"what will happen", quoted(slices.Concat(p.Changes, []string{p.Consequence}))},
		{"warnings", quoted(p.Warnings)},
	}
	keys := make([]string, 0, len(p.Options))
	for k := range p.Options {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		bound = append(bound, binding{"option " + k, p.Options[k]})
	}
	return bound
}

// quoted joins values so that no two lists give the same text, whatever bytes are in them.
func quoted(values []string) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "%d:%s,", len(v), v)
	}
	return b.String()
}

// Fingerprint names an operation with its plan: SHA-256, in hex, over a canonical form of all that an approval is bound to.
func Fingerprint(operation string, p Plan) string {
	parts := []string{"operation", operation}
	for _, f := range p.bound() {
		parts = append(parts, f.label, f.value)
	}
	sum := sha256.Sum256([]byte(quoted(parts)))
	return hex.EncodeToString(sum[:])
}

// Differences tells what of two plans for one target is not the same, in the words of the card.
func Differences(was, is Plan) []Difference {
	values := make(map[string]string)
	var order []string
	for _, f := range was.bound() {
		values[f.label] = f.value
		order = append(order, f.label)
	}
	var out []Difference
	for _, f := range is.bound() {
		before, known := values[f.label]
		delete(values, f.label)
		if !known || before != f.value {
			out = append(out, named(f.label, before, f.value, was, is))
		}
	}
	for _, label := range order {
		if before, left := values[label]; left {
			out = append(out, Difference{Field: label, Was: before})
		}
	}
	return out
}

// named shows ids by the names people know.
func named(label, before, after string, was, is Plan) Difference {
	switch label {
	case "source":
		before, after = withID(was.Account.Source, was.Account.SourceID), withID(is.Account.Source, is.Account.SourceID)
	case "identity":
		before, after = withID(was.Account.Identity, was.Account.IdentityID), withID(is.Account.Identity, is.Account.IdentityID)
	case "entitlements":
		return listed(label, "; ", entitlementNames(was.Account), entitlementNames(is.Account))
	case "what will happen":
		return listed(label, " ", append(slices.Clone(was.Changes), was.Consequence), append(slices.Clone(is.Changes), is.Consequence))
	case "warnings":
		return listed(label, " ", was.Warnings, is.Warnings)
	}
	return Difference{Field: label, Was: before, Is: after}
}

// listed tells what went from a list and what came. When that is nothing, as with another order, it tells both lists.
func listed(label, between string, was, is []string) Difference {
	gone, come := without(was, is), without(is, was)
	if len(gone)+len(come) == 0 {
		return Difference{Field: label, Was: strings.Join(was, between), Is: strings.Join(is, between)}
	}
	return Difference{Field: label, Was: strings.Join(gone, between), Is: strings.Join(come, between), List: true}
}

// without gives what is in a list and not in another.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" || slices.Contains(other, s) })
}

// withID is a name with its id, where they differ.
func withID(name, id string) string {
	if name == "" || name == id {
		return id
	}
	return name + " (" + id + ")"
}

func entitlementNames(a Account) []string {
	names := make([]string, 0, len(a.Entitlements))
	for _, e := range a.Entitlements {
		name := withID(e.Name, e.ID)
		if e.Privileged {
			name += ", privileged"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
