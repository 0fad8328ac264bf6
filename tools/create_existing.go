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

// existing finds the account that creating would change: in SailPoint one on the source with this native identity, or with this id, which
// the body may carry as well. With a target it is that one, or gone.
func (in CreateAccountInput) existing(ctx context.Context, system identity.System, source, target string) (identity.Account, bool, error) {
	if target != "" {
		a, err := system.Get(ctx, target)
		return a, err == nil, gone(err, system)
	}
	keys := []identity.By{identity.ByExternalID, identity.ByID}
	if system.Name() == identity.ESystems {
		keys = []identity.By{identity.ByUsername}
	}
	for _, by := range keys {
		found, err := system.Find(ctx, identity.Query{Text: in.Account, Source: source, By: by, Limit: mostChoices})
		if err != nil {
			return identity.Account{}, false, err
		}
		if len(found.Accounts) > 1 || found.Cut {
			name := AccountInput{Account: in.Account, Source: in.Source, MatchBy: string(by)}
			return identity.Account{}, false, name.several(system, found)
		}
		if len(found.Accounts) == 1 {
			a, err := system.Get(ctx, found.Accounts[0].ID)
			return a, err == nil, gone(err, system)
		}
	}
	return identity.Account{}, false, nil
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
	e := fault.Newf(fault.Conflict, "eSystems already has an account with the ExternalId %q. Nothing was changed.", bounded(value))
	for _, a := range found.Accounts {
		e.Choices = append(e.Choices, choice(a))
	}
	return e
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
