package tools

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

// existing finds the account that creating would change: in SailPoint the one on the source with this native identity. With a target it
// is that one, or gone.
func (in CreateAccountInput) existing(ctx context.Context, system identity.System, source, target string) (identity.Account, bool, error) {
	if target != "" {
		a, err := system.Get(ctx, target)
		return a, err == nil, gone(err, system)
	}
	by, key := identity.ByExternalID, "native identity"
	if system.Name() == identity.ESystems {
		by, key = identity.ByUsername, "Username"
	}
	found, err := system.Find(ctx, identity.Query{Text: in.Account, Source: source, By: by, Limit: mostChoices})
	switch {
	case err != nil:
		return identity.Account{}, false, err
	case len(found.Accounts) > 1 || found.Cut:
		return identity.Account{}, false, fault.Newf(fault.Conflict, "%s has several accounts there with the %s %q, or too many to tell, so nothing says "+
			"which of them this would change. Nothing was changed.", systemNames[system.Name()], key, bounded(in.Account))
	case len(found.Accounts) == 0:
		return identity.Account{}, false, nil
	}
	a, err := system.Get(ctx, found.Accounts[0].ID)
	return a, err == nil, gone(err, system)
}

// mayUpdate refuses to change an account by creating it, unless that is meant, and to write its key in another way. It offers no other
// account: each would be another creation.
func (in CreateAccountInput) mayUpdate(a identity.Account, target string) error {
	switch {
	case in.UpdateExisting && (target != "" || a.NativeIdentity == in.Account):
		return nil
	case in.UpdateExisting:
		return invalid("account", fmt.Sprintf("The source writes this native identity %q, and it would be changed to %q; give it as the source writes it.",
			bounded(a.NativeIdentity), bounded(in.Account)))
	}
	e := fault.Newf(fault.Conflict, "The source %q already has an account with the native identity %q, and creating it would change that one. "+
		"Nothing was changed. To change it on purpose, say update_existing=true and why; another person has to approve that.", bounded(a.Source), bounded(a.NativeIdentity))
	e.Insist = "update_existing"
	return e
}

// notAnID refuses SailPoint's own id of an account in place of a native identity: the body may carry that id as well, and what it would
// write over is that account's native identity.
func (in CreateAccountInput) notAnID(ctx context.Context, isc identity.ISC) error {
	found, err := isc.Find(ctx, identity.Query{Text: in.Account, By: identity.ByID, Limit: mostChoices})
	if err != nil || len(found.Accounts) == 0 {
		return err
	}
	a := found.Accounts[0]
	return invalid("account", fmt.Sprintf("%q is an account's id in SailPoint, not a native identity; that account has the native identity %q on the source %q.",
		bounded(in.Account), bounded(a.NativeIdentity), bounded(a.Source)))
}

// freeExternalID refuses an ExternalId that is taken, which eSystems would refuse only after the approval.
func freeExternalID(ctx context.Context, system identity.System, value string) error {
	if !couldBeKey(value) {
		return nil
	}
	found, err := system.Find(ctx, identity.Query{Text: value, By: identity.ByExternalID, Limit: mostChoices})
	if err != nil || len(found.Accounts) == 0 {
		return err
	}
	return fault.Newf(fault.Conflict, "eSystems already has an account with the ExternalId %q; its Username is %q. Nothing was changed.",
		bounded(value), bounded(found.Accounts[0].Name))
}

// noOther refuses an attribute that is another account's native identity. Which attribute is the key differs by source and is not
// told, so such a value might change that other account instead of creating this one.
func (in CreateAccountInput) noOther(ctx context.Context, isc identity.ISC, source string, attributes map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[name]
		if value == in.Account || refers(name) || !couldBeKey(value) {
			continue
		}
		found, err := isc.Find(ctx, identity.Query{Text: value, Source: source, By: identity.ByExternalID, Limit: mostChoices})
		if err != nil {
			return err
		}
		if len(found.Accounts) > 0 {
			return invalid("attributes", fmt.Sprintf("%s is the native identity of another account on this source, which might be changed instead; leave it out or give another value.", bounded(name)))
		}
	}
	return nil
}

// sameLogin warns of accounts on the source whose login the new one would have: it is probably one of them that is meant.
func (in CreateAccountInput) sameLogin(ctx context.Context, isc identity.ISC, source string) ([]string, error) {
	logins := []string{in.Account}
	for _, name := range keys[identity.SailPoint] {
		if value := in.Attributes[name]; couldBeKey(value) && !slices.Contains(logins, value) {
			logins = append(logins, value)
		}
	}
	var out []string
	for _, login := range logins {
		found, err := isc.Find(ctx, identity.Query{Text: login, Source: source, By: identity.ByUsername, Limit: mostChoices})
		if err != nil {
			return nil, err
		}
		for _, a := range found.Accounts {
			out = append(out, fmt.Sprintf("The source already has an account with the login %q; its native identity is %q. This makes another one beside it.",
				bounded(a.Name), bounded(a.NativeIdentity)))
		}
	}
	return out, nil
}

// refers tells whether an attribute names another person by purpose.
func refers(attribute string) bool {
	lower := strings.ToLower(attribute)
	return slices.ContainsFunc([]string{"manager", "supervisor", "owner", "sponsor"}, func(who string) bool { return strings.Contains(lower, who) })
}

// couldBeKey tells whether a value could be an account's native identity at all, so that it is worth looking up.
func couldBeKey(value string) bool {
	const longest = 512
	return strings.TrimSpace(value) != "" && len(value) <= longest && !strings.ContainsFunc(value, unicode.IsControl)
}
