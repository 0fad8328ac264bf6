package tools

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

// shown is an account as a plan binds and shows it.
func shown(a identity.Account) executor.Account {
	out := executor.Account{
		ID: a.ID, Name: named(a), DisplayName: a.DisplayName, NativeIdentity: a.NativeIdentity, SourceID: a.SourceID, Source: a.Source,
		IdentityID: a.IdentityID, Identity: a.Identity, Status: status(a),
	}
	if a.Entitlements != nil { // none is not the same as not told
		out.Entitlements = []executor.Entitlement{}
	}
	for _, e := range a.Entitlements {
		out.Entitlements = append(out.Entitlements, executor.Entitlement{ID: e.ID, Name: e.Name, Privileged: e.Privileged})
	}
	return out
}

// named is what people call an account: its login, or the next best.
func named(a identity.Account) string {
	for _, name := range []string{a.Name, a.NativeIdentity, a.DisplayName} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return a.ID
}

// status is enabled, disabled or locked. A disabled account that is locked too is disabled.
func status(a identity.Account) string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.Locked:
		return "locked"
	}
	return "enabled"
}

// facts are what there is to judge an account by besides what it is.
func facts(a identity.Account) []executor.Fact {
	var out []executor.Fact
	add := func(label, value string) {
		if strings.TrimSpace(value) != "" {
			out = append(out, executor.Fact{Label: label, Value: value})
		}
	}
	add("Display name", a.DisplayName)
	add(executor.AddressFact, a.Email)
	add("Manager", a.Manager)
	add("Source owner", a.SourceOwner)
	add("Source type", sourceType(a))
	add("Features", strings.Join(a.Features, ", "))
	if a.HasEntitlement || len(a.Entitlements) > 0 {
		add("Entitlements", fmt.Sprint(len(a.Entitlements)))
		add("Privileged", strings.Join(privileged(a), ", "))
	}
	if a.Disabled && a.Locked {
		add("Locked", "yes, besides being disabled")
	}
	if a.Authoritative {
		add("Authoritative", "this source says which people there are")
	}
	add("Created", moment(a.CreatedAt))
	add("Changed", moment(a.ModifiedAt))
	return out
}

func privileged(a identity.Account) []string {
	var names []string
	for _, e := range a.Entitlements {
		if e.Privileged {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	return names
}

func sourceType(a identity.Account) string {
	switch {
	case a.SourceType != "":
		return a.SourceType
	case a.Direct:
		return "connected"
	}
	return ""
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 MST")
}

// choice tells an account apart from others that match.
func choice(a identity.Account) fault.Choice {
	return fault.Choice{Value: a.ID, Facts: []fault.Fact{
		{Label: "Source", Value: a.Source}, {Label: "Login", Value: a.Name}, {Label: "Native identity", Value: a.NativeIdentity},
		{Label: "Identity", Value: a.Identity}, {Label: "Status", Value: status(a)}, {Label: "Id", Value: a.ID},
	}}
}

// warnings are what must not be overlooked about any account.
func warnings(a identity.Account) []string {
	var out []string
	if names := privileged(a); len(names) > 0 {
		out = append(out, "The account is privileged: "+strings.Join(names, ", ")+".")
	}
	if a.Authoritative {
		out = append(out, "The source is authoritative: what happens to this account may change the whole identity.")
	}
	if a.Uncompared {
		out = append(out, "The account was matched as login; e-mail addresses were not compared, because there are too many. Somebody else's may be the same.")
	}
	return out
}

// has tells whether an account's source has a feature, and whether its features are known at all.
func has(a identity.Account, feature string) (has, known bool) {
	return slices.ContainsFunc(a.Features, func(f string) bool { return strings.EqualFold(strings.TrimSpace(f), feature) }), len(a.Features) > 0
}
