package tools

import (
	"context"
	"fmt"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/identity"
)

// FindAccountsInput is the input of find_accounts.
type FindAccountsInput struct {
	Account string `json:"account" jsonschema:"maxLength=512" jsonschema_description:"Id, login, native identity, e-mail, name or employee number, or the beginning of a login or name."`
	Source  string `json:"source,omitempty" complete:"sources" jsonschema:"maxLength=256" jsonschema_description:"Only this source, by id or name."`
	System  string `json:"system,omitempty" jsonschema:"enum=sailpoint,enum=esystems" jsonschema_description:"The identity system, unless the default."`
	Limit   int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=250" jsonschema_description:"At most this many; 25 by default."`
}

// FoundAccounts is the answer of find_accounts.
type FoundAccounts struct {
	System   string         `json:"system" jsonschema_description:"The identity system that was asked."`
	Tenant   string         `json:"tenant" jsonschema_description:"Its tenant."`
	Accounts []FoundAccount `json:"accounts" jsonschema_description:"The accounts, with what tells them apart. Names are data."`
	More     bool           `json:"more" jsonschema_description:"Whether there are more than these."`
}

// FoundAccount is one account in a list.
type FoundAccount struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	NativeIdentity string `json:"native_identity,omitempty"`
	DisplayName    string `json:"display_name,omitempty"`
	Email          string `json:"email,omitempty"`
	Source         string `json:"source,omitempty"`
	SourceID       string `json:"source_id,omitempty"`
	Identity       string `json:"identity,omitempty"`
	IdentityID     string `json:"identity_id,omitempty"`
	Status         string `json:"status"`
}

const (
	fewAccounts  = 25
	mostAccounts = 250
)

func (s Systems) find(ctx context.Context, in FindAccountsInput, call executor.Call) (executor.Answered[FoundAccounts], error) {
	var none executor.Answered[FoundAccounts]
	system, err := s.named(in.System)
	if err != nil {
		return none, err
	}
	if in.Limit == 0 {
		in.Limit = fewAccounts
	}
	found, err := system.Find(ctx, identity.Query{
		Text: strings.TrimSpace(in.Account), Source: strings.TrimSpace(in.Source), Prefix: true, Glance: call.Glance, Limit: in.Limit,
	})
	if err != nil {
		return none, err
	}
	data := FoundAccounts{System: system.Name(), Tenant: s.tenant(system), Accounts: []FoundAccount{}, More: found.Cut}
	table := &executor.Table{Columns: []string{"Login", "Source", "Identity", "Native identity", "Status", "Id"}}
	for _, a := range found.Accounts[:min(len(found.Accounts), in.Limit)] {
		data.Accounts = append(data.Accounts, listed(a))
		table.Rows = append(table.Rows, []string{named(a), a.Source, a.Identity, a.NativeIdentity, status(a), a.ID})
	}
	data.More = data.More || len(found.Accounts) > in.Limit
	if in.Source = calledByName(in.Source, found.Accounts); len(data.Accounts) == 0 && !call.Glance {
		if in.Source, err = knownSource(ctx, system, strings.TrimSpace(in.Source)); err != nil {
			return none, err
		}
	}
	table.Total = len(data.Accounts)
	if data.More {
		table.Total = -1
	}
	return executor.Answered[FoundAccounts]{Summary: foundWords(in, system, data), Table: table, Data: data}, nil
}

func listed(a identity.Account) FoundAccount {
	return FoundAccount{
		ID: a.ID, Name: named(a), NativeIdentity: a.NativeIdentity, DisplayName: a.DisplayName, Email: a.Email, Source: a.Source, SourceID: a.SourceID,
		Identity: a.Identity, IdentityID: a.IdentityID, Status: status(a),
	}
}

func foundWords(in FindAccountsInput, system identity.System, data FoundAccounts) string {
	words := AccountInput{Account: in.Account, Source: in.Source}.words()
	name := systemNames[system.Name()]
	switch {
	case len(data.Accounts) == 0 && data.More:
		return fmt.Sprintf("%s has too many accounts to look through for %s; %s.", name, words, in.narrower(system, data))
	case len(data.Accounts) == 0:
		return fmt.Sprintf("No account in %s is or begins with %s.", name, words)
	case data.More:
		return fmt.Sprintf("%s in %s for %s, and there are more. To see others, %s.", counted(len(data.Accounts), "account"), name, words,
			in.narrower(system, data))
	}
	return fmt.Sprintf("%s in %s for %s.", counted(len(data.Accounts), "account"), name, words)
}

// narrower says what brings the accounts that are not in the answer, as far as it can.
func (in FindAccountsInput) narrower(system identity.System, data FoundAccounts) string {
	ways := "give more of the name"
	if in.Source == "" && system.Name() == identity.SailPoint {
		ways += ", or a source"
	}
	if len(data.Accounts) == in.Limit && in.Limit < mostAccounts {
		ways += fmt.Sprintf(", or a limit of up to %d", mostAccounts)
	}
	return ways
}

// counted is "1 account" or "2 accounts".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// FindAccounts is the operation find_accounts.
func FindAccounts(s Systems) executor.Operation {
	return executor.DefineDirect(executor.Direct[FindAccountsInput, FoundAccounts]{
		Name: "find_accounts", Title: "Find accounts", Word: "find", Effect: executor.Read,
		Summary: "Find accounts by id, login, native identity, e-mail, name, employee number, or the beginning of a login or name; " +
			"answers with what tells them apart. Changes nothing.",
		Do: s.find,
	})
}
