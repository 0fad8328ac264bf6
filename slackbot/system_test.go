package slackbot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// system is an identity system with accounts by login.
type system struct {
	mu       sync.Mutex
	accounts map[string]executor.Account
	sent     []string
	hang     chan struct{} // while it is there, nothing is answered
	broken   bool          // reading fails
}

func newSystem() *system {
	s := &system{accounts: map[string]executor.Account{}}
	for _, a := range []executor.Account{
		{ID: "acc-1", Name: "jane.doe", NativeIdentity: "CN=Jane Doe,OU=Sales", SourceID: "src-1", Source: "Corporate AD", IdentityID: "idn-1",
			Identity: "Jane Doe", Status: "enabled", Entitlements: []executor.Entitlement{{ID: "e1", Name: "Sales"}, {ID: "e2", Name: "Domain Admins", Privileged: true}}},
		{ID: "acc-2", Name: "bob.ray", SourceID: "src-1", Source: "Corporate AD", IdentityID: "idn-2", Identity: "Bob Ray", Status: "enabled"},
	} {
		s.accounts[a.Name] = a
	}
	return s
}

type removal struct {
	Account string `json:"account" complete:"accounts" jsonschema_description:"The account."`
	Source  string `json:"source,omitempty" complete:"sources" jsonschema_description:"Where it is."`
	Reason  string `json:"reason" jsonschema_description:"Why."`
	Force   bool   `json:"force_provisioning,omitempty" jsonschema_description:"Send it even if it is done already."`
}

type search struct {
	Account string `json:"account" jsonschema_description:"What to look for."`
	Source  string `json:"source,omitempty" jsonschema_description:"Where."`
}

type pick struct {
	Limit  int  `json:"limit,omitempty" jsonschema:"minimum=1,maximum=250" jsonschema_description:"At most this many."`
	Offset int  `json:"offset,omitempty" jsonschema:"minimum=0,maximum=100000" jsonschema_description:"Leave out this many first."`
	Mine   bool `json:"mine,omitempty" jsonschema_description:"Only those of accountops."`
}

type found struct {
	Accounts []foundAccount `json:"accounts" jsonschema_description:"Those that were found."`
	More     bool           `json:"more" jsonschema_description:"Whether there are more."`
}

func (s *system) operations() []executor.Operation {
	return []executor.Operation{
		executor.DefineDirect(executor.Direct[search, found]{
			Name: "find_accounts", Title: "Find accounts", Summary: "Looks for accounts.", Word: "find", Effect: executor.Read, Do: s.find,
		}),
		executor.DefineDirect(executor.Direct[pick, found]{
			Name: "list_deletion_requests", Title: "List deletions", Summary: "Lists deletions.", Word: "deletions", Effect: executor.Read, Do: s.deletions,
		}),
		executor.Define(executor.Spec[removal]{
			Name: "remove_account", Title: "Remove account", Summary: "Removes an account.", Word: "remove", Effect: executor.Destroy,
			Plan: s.plan, Send: s.send, Verify: s.verify,
		}),
		executor.Define(executor.Spec[removal]{
			Name: "disable_account", Title: "Disable account", Summary: "Disables an account.", Word: "disable", Effect: executor.Change,
			Plan: s.plan, Send: s.send, Verify: s.verify,
		}),
	}
}

func (s *system) wait(ctx context.Context) error {
	s.mu.Lock()
	hang, broken := s.hang, s.broken
	s.mu.Unlock()
	if broken {
		return fault.New(fault.Upstream, "SailPoint does not answer. Nothing was changed.")
	}
	if hang == nil {
		return nil
	}
	select {
	case <-hang:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *system) find(ctx context.Context, in search, _ executor.Call) (executor.Answered[found], error) {
	if err := s.wait(ctx); err != nil {
		return executor.Answered[found]{}, err
	}
	if in.Account == "panic" {
		panic("the finder fell over")
	}
	if in.Account == "many" {
		t := &executor.Table{Columns: []string{"Account"}, Total: 25}
		for i := range 25 {
			t.Rows = append(t.Rows, []string{fmt.Sprintf("many %02d", i)})
		}
		return executor.Answered[found]{Summary: "25 accounts.", Table: t, Data: found{}}, nil
	}
	t := &executor.Table{Columns: []string{"Account", "Source"}, Rows: [][]string{{"jane.doe", "Corporate AD"}, {"<!channel>\nbob", "HR"}}, Total: 40}
	return executor.Answered[found]{Summary: "Two accounts.", Table: t, Data: s.matching(in)}, nil
}

// matching gives the accounts whose login begins with a text, in the order of their ids.
func (s *system) matching(in search) found {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := found{Accounts: []foundAccount{}}
	for _, a := range s.accounts {
		if (a.ID == in.Account || strings.HasPrefix(a.Name, in.Account)) && (in.Source == "" || in.Source == a.SourceID) {
			out.Accounts = append(out.Accounts, foundAccount{
				ID: a.ID, Name: a.Name, DisplayName: a.Identity, Source: a.Source, SourceID: a.SourceID, Status: a.Status,
			})
		}
	}
	slices.SortFunc(out.Accounts, func(a, b foundAccount) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// sources lists three sources by their names.
func (s *system) sources(ctx context.Context, q executor.SourceQuery) (found []executor.SourceName, err error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	for _, source := range []executor.SourceName{
		{ID: "src-1", Name: "Corporate AD", Type: "Active Directory - Direct", Owner: "Ines Costa"}, {ID: "src-2", Name: "Payroll", Type: "JDBC"},
		{ID: "src-3", Name: "Zoo", Owner: "Ann Lee"},
	} {
		if strings.Contains(strings.ToLower(source.Name), strings.ToLower(q.Part)) {
			found = append(found, source)
		}
	}
	return found, nil
}

// deletions lists 45 deletions of whoever asks, page by page, without a total.
func (s *system) deletions(ctx context.Context, in pick, call executor.Call) (executor.Answered[found], error) {
	if err := s.wait(ctx); err != nil {
		return executor.Answered[found]{}, err
	}
	t := &executor.Table{Columns: []string{"Account", "Whose"}, Total: -1, Offset: in.Offset}
	for i := in.Offset; i < min(in.Offset+in.Limit, 45); i++ {
		t.Rows = append(t.Rows, []string{fmt.Sprintf("account %02d", i), string(call.By.Principal)})
	}
	return executor.Answered[found]{Summary: fmt.Sprintf("Here are %d.", len(t.Rows)), Table: t, Data: found{}}, nil
}

func (s *system) plan(ctx context.Context, in removal, target string) (executor.Plan, error) {
	if err := s.wait(ctx); err != nil {
		return executor.Plan{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.ID != target && (target != "" || (a.Name != in.Account && a.ID != in.Account)) {
			continue
		}
		p := executor.Plan{
			System: "sailpoint", SystemName: "SailPoint", Tenant: "acme.example", BaseURL: "https://acme.example", Target: a.ID, Exists: true, Account: a,
			Call: "POST /accounts/" + a.ID + "/remove", Changes: []string{"The account's record is removed."}, Consequence: "It comes back at the next aggregation.",
		}
		if in.Force {
			p.Options = map[string]string{"force_provisioning": "true"}
		}
		return p, nil
	}
	if in.Account == "jane" {
		return executor.Plan{}, &fault.Error{Kind: fault.Conflict, Sentence: "Two accounts match. Nothing was changed.", Choices: []fault.Choice{
			{Value: "acc-1", Facts: []fault.Fact{{Label: "source", Value: "Corporate AD"}}},
			{Value: "acc 9", Facts: []fault.Fact{{Label: "source", Value: "*HR*"}}},
		}}
	}
	return executor.Plan{}, fault.New(fault.NotFound, "There is no such account. Nothing was changed.")
}

func (s *system) send(_ context.Context, p executor.Plan) executor.Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, p.Target)
	for name, a := range s.accounts {
		if a.ID == p.Target {
			delete(s.accounts, name)
		}
	}
	return executor.Sent{Outcome: executor.Accepted, Status: 200}
}

func (s *system) verify(_ context.Context, p executor.Plan, _ executor.Attempt) (executor.Proof, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.ID == p.Target {
			return executor.Proof{Finding: executor.NotApplied, Words: "It is still there."}, nil
		}
	}
	return executor.Proof{Finding: executor.Applied, Words: "SailPoint no longer has the account."}, nil
}

func (s *system) sends() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.sent...)
}
