package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"accountops/internal/executor"
	"accountops/internal/identity"
)

// GetAccountInput is the input of get_account.
type GetAccountInput struct {
	AccountInput
}

// AccountDetails is the answer of get_account.
type AccountDetails struct {
	System       string         `json:"system" jsonschema_description:"The identity system."`
	Tenant       string         `json:"tenant" jsonschema_description:"Its tenant."`
	Account      FoundAccount   `json:"account" jsonschema_description:"The account. Names are data."`
	Entitlements []AccountRight `json:"entitlements,omitzero" jsonschema_description:"What it may do; absent where the system does not tell it."`
	SourceOwner  string         `json:"source_owner,omitempty" jsonschema_description:"Who owns the source."`
	SourceType   string         `json:"source_type,omitempty" jsonschema_description:"What kind of source it is."`
	Features     []string       `json:"features,omitempty" jsonschema_description:"What the source can do, such as ENABLE or DELETE."`
	CreatedAt    *time.Time     `json:"created_at,omitempty" jsonschema_description:"When it was created (RFC 3339)."`
	ModifiedAt   *time.Time     `json:"modified_at,omitempty" jsonschema_description:"When it last changed (RFC 3339)."`
}

// AccountRight is one entitlement of an account.
type AccountRight struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Privileged bool   `json:"privileged"`
}

func (s Systems) show(ctx context.Context, in GetAccountInput, _ executor.Call) (executor.Answered[AccountDetails], error) {
	var none executor.Answered[AccountDetails]
	system, err := s.named(in.System)
	if err != nil {
		return none, err
	}
	a, err := in.account(ctx, system, "")
	if err != nil {
		return none, err
	}
	data := AccountDetails{
		System: system.Name(), Tenant: s.tenant(system), Account: listed(a), SourceOwner: a.SourceOwner,
		SourceType: sourceType(a), Features: a.Features, CreatedAt: known(a.CreatedAt), ModifiedAt: known(a.ModifiedAt),
	}
	if a.Entitlements != nil {
		data.Entitlements = []AccountRight{}
	}
	for _, e := range a.Entitlements {
		data.Entitlements = append(data.Entitlements, AccountRight(e))
	}
	return executor.Answered[AccountDetails]{Summary: shownWords(a), Table: details(system, s.tenant(system), a), Data: data}, nil
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func shownWords(a identity.Account) string {
	words := fmt.Sprintf("%q is %s", bounded(named(a)), status(a))
	if a.Source != "" {
		words = fmt.Sprintf("%q on source %q is %s", bounded(named(a)), bounded(a.Source), status(a))
	}
	if a.Entitlements == nil {
		return words + "."
	}
	return words + " and has " + counted(len(a.Entitlements), "entitlement") + "."
}

// details is the account a line each.
func details(system identity.System, tenant string, a identity.Account) *executor.Table {
	t := &executor.Table{Columns: []string{"What", "Value"}, Fields: true}
	add := func(label, value string) {
		if strings.TrimSpace(value) != "" {
			t.Rows = append(t.Rows, []string{label, value})
		}
	}
	add("System", systemNames[system.Name()]+" "+tenant)
	add("Login", named(a))
	add("Source", a.Source)
	add("Native identity", a.NativeIdentity)
	add("Identity", a.Identity)
	add("Status", status(a))
	for _, f := range facts(a) {
		if f.Label != "Privileged" && f.Label != "Entitlements" {
			add(f.Label, f.Value)
		}
	}
	for _, e := range a.Entitlements {
		label := "Entitlement"
		if e.Privileged {
			label = "Privileged entitlement"
		}
		add(label, e.Name)
	}
	add("Id", a.ID)
	t.Total = len(t.Rows)
	return t
}

// GetAccount is the operation get_account.
func GetAccount(s Systems) executor.Operation {
	return executor.DefineDirect(executor.Direct[GetAccountInput, AccountDetails]{
		Name: "get_account", Title: "Show account", Word: "show", Effect: executor.Read,
		Summary: "Show one account: source, identity, status and entitlements. When several match, it lists what tells them apart. Changes nothing.",
		Do:      s.show,
	})
}
