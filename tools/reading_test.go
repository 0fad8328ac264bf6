package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestFindingListsWhatTellsAccountsApart(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	got, err := s.find(t.Context(), FindAccountsInput{Account: "ja"}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, `2 accounts in SailPoint for "ja".`, got.Summary)
	require.Equal(t, []string{"jdoe", "HR file", "Jane Doe", "1001", "enabled", "a2"}, got.Table.Rows[1])
	require.Equal(t, 2, got.Table.Total)
	require.Equal(t, FoundAccount{ID: "a2", Name: "jdoe", NativeIdentity: "1001", DisplayName: "Jane Doe", Source: "HR file", SourceID: "s-hr",
		Identity: "Jane Doe", Status: "enabled"}, got.Data.Accounts[1])
	fits(t, "find_accounts", got.Data)

	got, err = s.find(t.Context(), FindAccountsInput{Account: "ja", Limit: 1}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, `1 account in SailPoint for "ja", and there are more. To see others, give more of the name, or a source, or a limit of up to 250.`, got.Summary)
	require.True(t, got.Data.More)
	require.Equal(t, -1, got.Table.Total)

	got, err = s.find(t.Context(), FindAccountsInput{Account: "nobody", Source: "ERP"}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, `No account in SailPoint is or begins with "nobody" on source "ERP".`, got.Summary)
	fits(t, "find_accounts", got.Data)
	d.cut = true
	got, err = s.find(t.Context(), FindAccountsInput{Account: "nobody"}, executor.Call{})
	require.NoError(t, err)
	require.Contains(t, got.Summary, "too many accounts")
	require.Contains(t, got.Summary, "; give more of the name, or a source.", "a larger limit does not help where nothing was found")
	got, err = s.find(t.Context(), FindAccountsInput{Account: "ja", Source: "ERP", Limit: 250}, executor.Call{})
	require.NoError(t, err)
	require.Contains(t, got.Summary, "; give more of the name.")
	d.broken = fault.New(fault.Upstream, "SailPoint did not answer.")
	_, err = s.find(t.Context(), FindAccountsInput{Account: "nobody"}, executor.Call{})
	require.ErrorIs(t, err, d.broken)
}

// Get gives an account as SailPoint does, which tells entitlements even where there are none; eSystems tells of none.
func (d isc) Get(ctx context.Context, id string) (identity.Account, error) {
	a, err := d.directory.Get(ctx, id)
	a.Entitlements = append([]identity.Entitlement{}, a.Entitlements...)
	return a, err
}

func TestShowingAnAccountTellsWhatItMayDo(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	got, err := s.show(t.Context(), GetAccountInput{named1("jane.doe")}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, `"jane.doe" on source "Corporate AD" is enabled and has 2 entitlements.`, got.Summary)
	require.Contains(t, got.Table.Rows, []string{"Privileged entitlement", "Domain Admins"})
	require.Contains(t, got.Table.Rows, []string{"Source owner", "Ines Costa"})
	require.Equal(t, noon.AddDate(-2, 0, 0), *got.Data.CreatedAt)
	require.Nil(t, got.Data.ModifiedAt)
	fits(t, "get_account", got.Data)
	got, err = s.show(t.Context(), GetAccountInput{AccountInput{Account: "e-1", System: "esystems"}}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, `"jane.doe" is enabled.`, got.Summary, "eSystems tells no entitlements, which is not that there are none")
	require.Nil(t, got.Data.Entitlements)
	fits(t, "get_account", got.Data)
	got, err = s.show(t.Context(), GetAccountInput{named1("max.erp")}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, `"max.erp" on source "ERP" is enabled and has 0 entitlements.`, got.Summary)
	raw, err := json.Marshal(got.Data)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"entitlements":[]`, "here there are none, and that is told")
	fits(t, "get_account", got.Data)
	_, err = s.show(t.Context(), GetAccountInput{named1("jane doe")}, executor.Call{})
	refused(t, err, fault.Conflict)
}

func TestDeletionRequestsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	for i := range 30 {
		d.deletions = append(d.deletions, identity.Deletion{ID: fmt.Sprint("d", i), Account: "jane.doe", CreatedAt: noon, CompletedAt: noon,
			Task: identity.Task{State: identity.Succeeded}, Phases: []identity.Phase{{Name: "APPROVAL_PHASE", State: "PASSED"}}})
	}
	d.deletions[0] = identity.Deletion{ID: "d0", Phases: []identity.Phase{{Name: "APPROVAL_PHASE", State: "PENDING"}}, Approver: "Ines Costa"}
	d.deletions[1].Status = "Rejected by owner"
	got, err := s.deletions(t.Context(), ListDeletionRequestsInput{}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, "SailPoint lists at least 25 deletion requests; count=true tells how many there are.", got.Summary)
	require.Nil(t, got.Data.Total)
	require.Equal(t, 25, *got.Data.NextOffset)
	require.Equal(t, -1, got.Table.Total)
	require.Equal(t, "APPROVAL_PHASE PENDING", got.Data.Requests[0].Status)
	require.Equal(t, "Rejected by owner", got.Data.Requests[1].Status)
	require.Equal(t, "completed", got.Data.Requests[2].Status)
	for _, row := range got.Table.Rows {
		require.Len(t, row, len(got.Table.Columns), "each cell under its column")
	}
	fits(t, "list_deletion_requests", got.Data)

	got, err = s.deletions(t.Context(), ListDeletionRequestsInput{Limit: 10, Offset: 20, Count: true, Mine: true}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, "SailPoint lists 10 deletion requests of accountops itself from number 21 on, of 30 in all.", got.Summary)
	require.Equal(t, 30, *got.Data.Total)
	require.Nil(t, got.Data.NextOffset)
	fits(t, "list_deletion_requests", got.Data)
	got, err = s.deletions(t.Context(), ListDeletionRequestsInput{Limit: 20, Offset: 25}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, "SailPoint lists 5 deletion requests from number 26 on.", got.Summary, "a page that is not full is the last")
	_, err = Systems{}.deletions(t.Context(), ListDeletionRequestsInput{}, executor.Call{})
	refused(t, err, fault.Invalid)
}

// ledger is one caller's requests.
type ledger struct{ requests []executor.Request }

func (l *ledger) Get(_ context.Context, id string, _ executor.Actor) (executor.Request, error) {
	for _, r := range l.requests {
		if r.ID == id {
			return r, nil
		}
	}
	return executor.Request{}, fault.New(fault.NotFound, "You have no such request. Nothing was changed.")
}

func (l *ledger) List(_ context.Context, _ executor.Actor, open bool, limit, offset int) ([]executor.Request, int, error) {
	var mine []executor.Request
	for _, r := range l.requests {
		if !open || r.Open() {
			mine = append(mine, r)
		}
	}
	rest := mine[min(offset, len(mine)):]
	return rest[:min(limit, len(rest))], len(mine), nil
}

func (l *ledger) Withdraw(ctx context.Context, id string, by executor.Actor, _ string) (executor.Request, error) {
	r, err := l.Get(ctx, id, by)
	r.State = executor.Withdrawn
	return r, err
}

func (l *ledger) Receipt(r executor.Request) executor.Receipt {
	plan := r.Plan
	return executor.Receipt{RequestID: r.ID, Operation: r.Operation, Status: "withdrawn", Summary: "It is " + string(r.State) + ".", Plan: &plan,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt}
}

func TestOnesOwnRequestsAreToldListedAndWithdrawn(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	plan, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: named1("jane.doe"), Reason: "left"}, "")
	require.NoError(t, err)
	book := &ledger{}
	for i := range 3 {
		book.requests = append(book.requests, executor.Request{ID: fmt.Sprint("req_", i), Operation: "remove_account", Title: "Remove account", Plan: plan, State: executor.Pending,
			CreatedAt: noon.Add(time.Duration(i) * time.Minute), UpdatedAt: noon})
	}
	book.requests[2].State = executor.Done
	call := executor.Call{Requests: book}
	one, err := receiptOf(t.Context(), GetRequestInput{RequestID: "req_1"}, call)
	require.NoError(t, err)
	require.Equal(t, "It is pending.", one.Summary)
	fits(t, "get_request", one.Data)
	fits(t, "remove_account", one.Data)
	_, err = receiptOf(t.Context(), GetRequestInput{RequestID: "req_9"}, call)
	refused(t, err, fault.NotFound)

	many, err := ownRequests(t.Context(), ListRequestsInput{Open: true, Limit: 1}, call)
	require.NoError(t, err)
	require.Equal(t, "You have 2 open requests; here are 1, from number 1 on.", many.Summary)
	require.Equal(t, 1, *many.Data.NextOffset)
	require.Equal(t, []string{"req_0", "Remove account", "jane.doe", "Corporate AD", "withdrawn", "2026-08-03 12:00:00 UTC"}, many.Table.Rows[0])
	fits(t, "list_requests", many.Data)
	many, err = ownRequests(t.Context(), ListRequestsInput{}, call)
	require.NoError(t, err)
	require.Equal(t, "You have 3 requests.", many.Summary)
	require.Nil(t, many.Data.NextOffset)

	gone, err := withdraw(t.Context(), WithdrawRequestInput{RequestID: "req_0"}, call)
	require.NoError(t, err)
	require.Equal(t, "It is withdrawn.", gone.Summary)
	fits(t, "withdraw_request", gone.Data)
	_, err = withdraw(t.Context(), WithdrawRequestInput{RequestID: "req_9"}, call)
	refused(t, err, fault.NotFound)
}
