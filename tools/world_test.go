package tools

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

var noon = time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)

// directory is a small identity system that remembers: the fake behind both ports.
type directory struct {
	name       string
	accounts   []identity.Account
	sources    []identity.Source
	deletions  []identity.Deletion
	tasks      map[string]identity.Task
	calls      []string // the writing ones
	answer     *identity.Answer
	broken     error // what every reading answers
	cut        bool
	uncompared bool
	noSources  bool                         // sources may not be read
	unlisted   error                        // what listing deletion requests answers
	pages      int                          // how often they were listed
	inert      bool                         // takes calls and does nothing
	written    map[string]map[string]string // what accounts were given, by id
	hidden     string                       // the attribute that it does not show
}

func (d *directory) Name() string { return d.name }

func (d *directory) BaseURL() string { return "https://" + d.name + ".example.org/rest" }

func (d *directory) Get(_ context.Context, id string) (identity.Account, error) {
	if d.broken != nil {
		return identity.Account{}, d.broken
	}
	at := d.at(id)
	if at < 0 {
		return identity.Account{}, fault.New(fault.NotFound, "No such account.")
	}
	return d.accounts[at], nil
}

func (d *directory) at(id string) int {
	return slices.IndexFunc(d.accounts, func(a identity.Account) bool { return a.ID == id })
}

func (d *directory) Find(_ context.Context, q identity.Query) (identity.Found, error) {
	if d.broken != nil {
		return identity.Found{}, d.broken
	}
	found := identity.Found{Cut: d.cut, Uncompared: d.uncompared}
	for _, a := range d.accounts {
		keys := map[identity.By][]string{
			identity.ByID: {a.ID}, identity.ByUsername: {a.Name}, identity.ByExternalID: {a.NativeIdentity},
			identity.ByAny: {a.ID, a.Name, a.NativeIdentity, a.DisplayName, a.Email},
		}[q.By]
		matches := slices.ContainsFunc(keys, func(k string) bool {
			return strings.EqualFold(k, q.Text) || q.Prefix && strings.HasPrefix(strings.ToLower(k), strings.ToLower(q.Text))
		})
		if !matches || q.Source != "" && q.Source != a.SourceID && q.Source != a.Source {
			continue
		}
		if len(found.Accounts) == q.Limit {
			found.Cut = true
			break
		}
		a.Entitlements = nil // Find does not fill them in
		found.Accounts = append(found.Accounts, a)
	}
	return found, nil
}

func (d *directory) Compare(ctx context.Context, id string, attributes map[string]string) (identity.Comparison, error) {
	var out identity.Comparison
	if _, err := d.Get(ctx, id); err != nil {
		return out, err
	}
	for name, value := range attributes {
		switch has, there := d.written[id][name]; {
		case name == d.hidden:
			out.Hidden = append(out.Hidden, name)
		case !there || has != value:
			out.Differs = append(out.Differs, name)
		}
	}
	slices.Sort(out.Differs)
	return out, nil
}

// give gives an account attributes.
func (d *directory) give(id string, attributes map[string]string) {
	if d.written == nil {
		d.written = map[string]map[string]string{}
	}
	d.written[id] = attributes
}

// write records a call, and does it unless the directory is told to answer otherwise.
func (d *directory) write(call string, task string, do func()) identity.Answer {
	d.calls = append(d.calls, call)
	if d.answer != nil {
		return *d.answer
	}
	if !d.inert {
		do()
	}
	return identity.Answer{Outcome: identity.Accepted, Task: task, Status: 202}
}

func (d *directory) drop(id string) {
	d.accounts = slices.DeleteFunc(d.accounts, func(a identity.Account) bool { return a.ID == id })
}

func (d *directory) disable(id string, disabled bool) {
	if at := d.at(id); at >= 0 {
		d.accounts[at].Disabled = disabled
	}
}

// isc is the directory as SailPoint.
type isc struct{ *directory }

func (d isc) Source(_ context.Context, idOrName string) (identity.Source, error) {
	if d.noSources {
		return identity.Source{}, fault.New(fault.Denied, "SailPoint does not let this client read sources.")
	}
	for _, s := range d.sources {
		if s.ID == idOrName || s.Name == idOrName {
			return s, nil
		}
	}
	return identity.Source{}, fault.New(fault.NotFound, "No such source.")
}

func (d isc) Sources(_ context.Context, part string, limit int) (found []identity.Source, err error) {
	if d.noSources {
		return nil, fault.New(fault.Denied, "SailPoint does not let this client read sources.")
	}
	for _, s := range d.sources {
		if len(found) < limit && strings.Contains(s.Name, part) {
			found = append(found, s)
		}
	}
	return found, nil
}

func (d isc) Create(_ context.Context, source string, attributes map[string]string) identity.Answer {
	return d.write(fmt.Sprintf("create %s %v", source, attributes), "task-1", func() {
		for i, a := range d.accounts {
			if a.SourceID == source && a.NativeIdentity == attributes["id"] {
				d.accounts[i].ModifiedAt = noon.Add(time.Second)
				d.give(a.ID, attributes)
				return
			}
		}
		d.give("new-1", attributes)
		d.accounts = append(d.accounts, identity.Account{ID: "new-1", Name: attributes["id"], NativeIdentity: attributes["id"], SourceID: source})
	})
}

func (d isc) Disable(_ context.Context, id string, o identity.Options) identity.Answer {
	return d.write(fmt.Sprintf("disable %s %q %v", id, o.ExternalVerificationID, o.ForceProvisioning), "task-2", func() { d.disable(id, true) })
}

func (d isc) Enable(_ context.Context, id string, o identity.Options) identity.Answer {
	return d.write(fmt.Sprintf("enable %s %q %v", id, o.ExternalVerificationID, o.ForceProvisioning), "task-3", func() { d.disable(id, false) })
}

func (d isc) Unlock(_ context.Context, id string, o identity.Options) identity.Answer {
	return d.write(fmt.Sprintf("unlock %s %q %v", id, o.ExternalVerificationID, o.ForceProvisioning), "task-4", func() {
		if at := d.at(id); at >= 0 {
			d.accounts[at].Locked = false
		}
	})
}

func (d isc) Remove(_ context.Context, id string) identity.Answer {
	return d.write("remove "+id, "task-5", func() { d.drop(id) })
}

func (d isc) DeleteRecord(_ context.Context, id string) identity.Answer {
	return d.write("delete record "+id, "task-6", func() { d.drop(id) })
}

func (d isc) RequestDeletion(_ context.Context, id string, o identity.Options) identity.Answer {
	return d.write(fmt.Sprintf("request deletion %s %q", id, o.Comments), "del-1", func() { d.drop(id) })
}

func (d isc) DeletionRequests(_ context.Context, p identity.Page) (identity.Deletions, error) {
	d.pages++
	if why := cmp.Or(d.broken, d.unlisted); why != nil {
		return identity.Deletions{}, why
	}
	rest := d.deletions[min(p.Offset, len(d.deletions)):]
	out := identity.Deletions{Requests: rest[:min(p.Limit, len(rest))], Total: -1}
	if p.Count {
		out.Total = len(d.deletions)
	}
	return out, nil
}

func (d isc) Tasks(_ context.Context, ids []string) (map[string]identity.Task, error) {
	return d.known("task", ids)
}

func (d isc) DeletionTasks(_ context.Context, ids []string) (map[string]identity.Task, error) {
	if d.unlisted != nil {
		return map[string]identity.Task{}, d.unlisted
	}
	return d.known("del", ids)
}

func (d isc) known(kind string, ids []string) (map[string]identity.Task, error) {
	if d.broken != nil {
		return nil, d.broken
	}
	out := map[string]identity.Task{}
	for _, id := range ids {
		if t, ok := d.tasks[id]; ok && strings.HasPrefix(id, kind) {
			out[id] = t
		}
	}
	return out, nil
}

// endpoint is the directory as eSystems.
type endpoint struct{ *directory }

func (d endpoint) Create(_ context.Context, attributes map[string]string) identity.Answer {
	return d.write(fmt.Sprintf("create %v", attributes), "", func() {
		d.give("new-2", attributes)
		d.accounts = append(d.accounts, identity.Account{ID: "new-2", Name: attributes["Username"]})
	})
}

func (d endpoint) SetActive(_ context.Context, id string, active bool) identity.Answer {
	return d.write(fmt.Sprintf("set active %s %v", id, active), "", func() { d.disable(id, !active) })
}

func (d endpoint) Delete(_ context.Context, id string) identity.Answer {
	return d.write("delete "+id, "", func() { d.drop(id) })
}

// world is both systems with a few accounts.
func world() (Systems, *directory, *directory) {
	sailpoint := &directory{name: identity.SailPoint, tasks: map[string]identity.Task{}, sources: []identity.Source{
		{ID: "s-ad", Name: "Corporate AD", Type: "Active Directory - Direct", Owner: "Ines Costa", Direct: true, Features: []string{"ENABLE", "DELETE"}},
		{ID: "s-hr", Name: "HR file", Type: "DelimitedFile", Features: []string{"DISCOVER_SCHEMA"}},
		{ID: "s-erp", Name: "ERP", Type: "Web Services", Direct: true, Features: []string{"ENABLE"}},
		{ID: "s-old", Name: "Old box", Type: "Custom", Features: []string{"SEARCH"}},
	}, accounts: []identity.Account{
		{ID: "a1", Name: "jane.doe", NativeIdentity: "CN=Jane Doe", DisplayName: "Jane Doe", Email: "jane@example.org", SourceID: "s-ad", Source: "Corporate AD",
			SourceOwner: "Ines Costa", Manager: "Mei Tanaka", IdentityID: "i1", Identity: "Jane Doe", Direct: true, Features: []string{"ENABLE", "DELETE"}, HasEntitlement: true,
			CreatedAt: noon.AddDate(-2, 0, 0), Entitlements: []identity.Entitlement{{ID: "e1", Name: "Domain Admins", Privileged: true}, {ID: "e2", Name: "Staff"}}},
		{ID: "a2", Name: "jdoe", NativeIdentity: "1001", DisplayName: "Jane Doe", SourceID: "s-hr", Source: "HR file", Identity: "Jane Doe", Features: []string{"DISCOVER_SCHEMA"},
			ModifiedAt: noon.AddDate(0, -1, 0)},
		{ID: "a3", Name: "max.erp", NativeIdentity: "max", SourceID: "s-erp", Source: "ERP", Direct: true, Features: []string{"ENABLE"}},
		{ID: "a4", Name: "old.one", NativeIdentity: "old", SourceID: "s-old", Source: "Old box", Features: []string{"SEARCH"}},
		{ID: "a5", Name: "gone.home", NativeIdentity: "gone", SourceID: "s-ad", Source: "Corporate AD", Direct: true, Disabled: true, Features: []string{"ENABLE", "DELETE"}},
		{ID: "a6", Name: "shut.out", NativeIdentity: "shut", SourceID: "s-ad", Source: "Corporate AD", Direct: true, Locked: true, Features: []string{"ENABLE", "UNLOCK"}},
	}}
	esystems := &directory{name: identity.ESystems, accounts: []identity.Account{{ID: "e-1", Name: "jane.doe", DisplayName: "Jane Doe"}}}
	return Systems{ISC: isc{sailpoint}, Endpoint: endpoint{esystems}}.settled(), sailpoint, esystems
}

// refused is the sentence and kind of a refusal, which ends with what did not happen.
func refused(t *testing.T, err error, kind fault.Kind) *fault.Error {
	t.Helper()
	require.Error(t, err)
	f, ok := err.(*fault.Error) //nolint:errorlint // operations promise exactly this type
	require.True(t, ok, "%T %v", err, err)
	require.Equal(t, kind, f.Kind, f.Sentence)
	require.True(t, strings.HasSuffix(f.Sentence, "Nothing was changed.") || strings.Contains(f.Sentence, "Nothing was changed. "), f.Sentence)
	return f
}

func named1(account string) AccountInput { return AccountInput{Account: account} }

// verbs are what an operation does after its plan.
type verbs struct {
	send   func(context.Context, executor.Plan) executor.Sent
	follow func(context.Context, []string) (map[string]executor.Progress, error)
	verify func(context.Context, executor.Plan, executor.Attempt) (executor.Proof, error)
}
