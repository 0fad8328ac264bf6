package tools

import (
	"context"
	"fmt"
	"strings"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

// AccountInput is how one account is named, in every operation on one.
type AccountInput struct {
	Account string `json:"account" complete:"accounts" jsonschema:"maxLength=512" jsonschema_description:"The account: id, login, native identity, e-mail, display name or employee number."`
	Source  string `json:"source,omitempty" complete:"sources" jsonschema:"maxLength=256" jsonschema_description:"Its source, by id or name, when several match."`
	System  string `json:"system,omitempty" jsonschema:"enum=sailpoint,enum=esystems" jsonschema_description:"The identity system, unless the default."`
	MatchBy string `json:"match_by,omitempty" jsonschema:"enum=id,enum=username,enum=external_id" jsonschema_description:"Take account as this kind of id only."`
}

// mostChoices is how many accounts are told apart when several match.
const mostChoices = 10

// account gives the one account that an input names, entitlements included, or with a target exactly that one. It never picks
// one of several: that is fault.Conflict with the choices, and none is fault.NotFound.
func (in AccountInput) account(ctx context.Context, system identity.System, target string) (identity.Account, error) {
	if target != "" {
		return in.again(ctx, system, target)
	}
	found, err := in.find(ctx, system)
	if err != nil {
		return identity.Account{}, err
	}
	switch {
	case len(found.Accounts) == 0:
		return identity.Account{}, in.none(ctx, system, found.Cut)
	case len(found.Accounts) > 1 || found.Cut:
		return identity.Account{}, in.several(system, found)
	}
	a, err := system.Get(ctx, found.Accounts[0].ID)
	a.Uncompared = found.Uncompared
	return a, gone(err, system)
}

func (in AccountInput) find(ctx context.Context, system identity.System) (identity.Found, error) {
	return system.Find(ctx, identity.Query{
		Text: strings.TrimSpace(in.Account), Source: strings.TrimSpace(in.Source), By: identity.By(in.MatchBy), Limit: mostChoices + 1,
	})
}

// again reads the account that was shown, whatever its words match now. An approval is bound to the warnings, so that whether e-mail
// addresses could be compared is asked again where it may be one.
func (in AccountInput) again(ctx context.Context, system identity.System, target string) (identity.Account, error) {
	a, err := system.Get(ctx, target)
	if err != nil || in.MatchBy != "" || !strings.Contains(in.Account, "@") {
		return a, gone(err, system)
	}
	found, err := in.find(ctx, system)
	a.Uncompared = found.Uncompared
	return a, err
}

func gone(err error, system identity.System) error {
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(err, fault.NotFound, systemNames[system.Name()]+" no longer has the account. Nothing was changed.")
	}
	return err
}

func (in AccountInput) none(ctx context.Context, system identity.System, cut bool) error {
	name := systemNames[system.Name()]
	source, err := knownSource(ctx, system, in.Source)
	if err != nil {
		return err
	}
	in.Source = source
	if cut {
		return fault.Newf(fault.NotFound, "%s has too many accounts to look through for %s. To say which one it is, %s. Nothing was changed.",
			name, in.words(), in.which(system, identity.Found{Cut: cut}))
	}
	return fault.Newf(fault.NotFound, "%s has no account %s. Nothing was changed. The operation “Find accounts” also takes the beginning of a login or name.",
		name, in.words()).WithNext("find_accounts")
}

func (in AccountInput) several(system identity.System, found identity.Found) error {
	many, n := "Several", len(found.Accounts)
	which := in.which(system, found)
	in.Source = calledByName(in.Source, found.Accounts)
	switch {
	case n > mostChoices:
		many = fmt.Sprint("More than ", mostChoices)
	case found.Cut && n > 0:
		many = fmt.Sprint("At least ", n)
	}
	e := fault.Newf(fault.Conflict, "%s accounts in %s match %s. Say which one: %s. Nothing was changed.",
		many, systemNames[system.Name()], in.words(), which)
	e.More = found.Cut || n > mostChoices
	if n == 1 {
		e.Sentence = fmt.Sprintf("An account in %s matches %s, but there are more than could be looked through, so it may not be the only one. "+
			"To be sure, %s. Nothing was changed.", systemNames[system.Name()], in.words(), which)
	}
	for _, a := range found.Accounts[:min(n, mostChoices)] {
		e.Choices = append(e.Choices, choice(a))
	}
	return e
}

// which says how one account is told from others: by its source only where there may be others on another one.
func (in AccountInput) which(system identity.System, found identity.Found) string {
	sources := map[string]bool{}
	for _, a := range found.Accounts {
		sources[a.SourceID] = true
	}
	if in.Source == "" && system.Name() == identity.SailPoint && (found.Cut || len(sources) > 1) {
		return "give its source, or its id with match_by=id"
	}
	return "give its id with match_by=id"
}

// words says what was looked for.
func (in AccountInput) words() string {
	words := fmt.Sprintf("%q", bounded(in.Account))
	if in.MatchBy != "" {
		words += " (as " + strings.ReplaceAll(in.MatchBy, "_", " ") + ")"
	}
	if in.Source != "" {
		words += fmt.Sprintf(" on source %q", bounded(in.Source))
	}
	return words
}

func bounded(text string) string {
	const most = 80
	runes := []rune(text)
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
