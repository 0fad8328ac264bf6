package tools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

var waitingForInes = identity.Task{Note: "waiting for SailPoint's own approval by Ines Costa."}

// destroying plans both ways to destroy jane's account.
func destroying(t *testing.T, s Systems) []executor.Plan {
	t.Helper()
	remove, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: named1("jane.doe"), Reason: "left"}, "")
	require.NoError(t, err)
	erase, err := s.planDelete(t.Context(), deleting("jane.doe"), "")
	require.NoError(t, err)
	return []executor.Plan{remove, erase}
}

func TestAPendingDeletionRequestIsWarnedOfBeforeAnythingIsDestroyed(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	for _, p := range destroying(t, s) {
		require.Contains(t, p.Facts, executor.Fact{Label: "Pending deletion requests", Value: "none"})
		require.NotContains(t, strings.Join(p.Warnings, " "), "deletion request for this account already")
	}
	d.deletions = []identity.Deletion{
		{ID: "del-7", AccountID: "a1", Requester: "Riley Park", CreatedAt: noon, Task: waitingForInes},
		{ID: "del-6", AccountID: "a1", Requester: "Riley Park", CreatedAt: noon, Task: identity.Task{State: identity.Failed, Note: "rejected"}},
		{ID: "del-5", AccountID: "a2", Requester: "Riley Park", CreatedAt: noon, Task: waitingForInes},
	}
	for i, p := range destroying(t, s) {
		require.Contains(t, p.Facts, executor.Fact{Label: "Pending deletion requests", Value: "del-7 by Riley Park, waiting for SailPoint's own approval by Ines Costa"})
		last := p.Warnings[len(p.Warnings)-1]
		require.Contains(t, last, "SailPoint has a deletion request for this account already (del-7, made by Riley Park at 2026-08-03 12:00:00 UTC).")
		require.Contains(t, last, []string{"It may be deleted at its source as well.", "This would be another one, which SailPoint may refuse."}[i])
	}
	disable, err := s.disabling().plan(t.Context(), StatusInput{AccountInput: named1("jane.doe")}, "")
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(disable.Facts), "del-7 by Riley Park")
	d.accounts[1].Features = append(d.accounts[1].Features, "ENABLE")
	p, err := s.planDelete(t.Context(), deleting("jdoe"), "")
	require.NoError(t, err)
	require.Contains(t, p.Warnings[len(p.Warnings)-1], "del-5")
}

func TestADeletionRequestThatAppearsAfterTheApprovalAsksAgainAndOneThatMovesOnDoesNot(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	before := destroying(t, s)
	d.deletions = []identity.Deletion{{ID: "del-7", AccountID: "a1", Requester: "Riley Park", CreatedAt: noon, Task: waitingForInes}}
	pending := destroying(t, s)
	d.deletions[0].Task.Note = "deleting the account at its source."
	further := destroying(t, s)
	for i, name := range []string{"remove_account", "delete_account"} {
		require.NotEqual(t, executor.Fingerprint(name, before[i]), executor.Fingerprint(name, pending[i]))
		require.Equal(t, executor.Fingerprint(name, pending[i]), executor.Fingerprint(name, further[i]))
	}
}

func TestWhoeverMayNotReadDeletionRequestsIsWarnedAndAnUpstreamThatFailsIsNotTakenForNone(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	d.unlisted = fault.New(fault.Denied, "our client may not do that at SailPoint (403).")
	for _, p := range destroying(t, s) {
		require.Contains(t, p.Warnings[len(p.Warnings)-1], "is not known: our client may not read them")
		require.Contains(t, p.Facts, executor.Fact{Label: "Pending deletion requests", Value: "not known: they could not be read"})
	}
	d.unlisted = fault.New(fault.Upstream, "SailPoint did not answer.")
	_, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: named1("jane.doe"), Reason: "left"}, "")
	require.ErrorIs(t, err, d.unlisted)
	p, err := s.disabling().plan(t.Context(), StatusInput{AccountInput: named1("jane.doe")}, "")
	require.NoError(t, err, "it does not stop what can be changed back")
	require.Contains(t, p.Facts, executor.Fact{Label: "Pending deletion requests", Value: "not known: they could not be read"})
}

func TestReadingPendingDeletionRequestsCostsFewCallsAndSaysHowFarItLooked(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	destroying(t, s)
	require.Equal(t, 2, d.pages, "one for each plan")
	for i := range 2000 {
		d.deletions = append(d.deletions, identity.Deletion{ID: fmt.Sprint("x", i), AccountID: "zz"})
	}
	d.pages = 0
	p := destroying(t, s)[0]
	require.Equal(t, 2*4, d.pages)
	require.Contains(t, p.Facts, executor.Fact{Label: "Pending deletion requests", Value: "none among the first 1000 that SailPoint lists; there are more"})
}

func TestAListedDeletionRequestWaitsOnlyWhileItHasNotEnded(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	d.deletions = []identity.Deletion{
		{ID: "d0", Approver: "Ines Costa", Task: waitingForInes},
		{ID: "d1", Approver: "Ines Costa", Task: identity.Task{State: identity.Succeeded}},
		{ID: "d2", Approver: "Ines Costa", Task: identity.Task{State: identity.Failed, Note: "SailPoint's own approval was refused by Ines Costa. She stays."}},
		{ID: "d3", Approver: "Ines Costa", Error: "The connector broke."},
		{ID: "d4", Task: identity.Task{State: identity.Ended, Note: "SailPoint says completed, and that a phase is still open."},
			Phases: []identity.Phase{{Name: "APPROVAL_PHASE", State: "PENDING"}}},
	}
	got, err := s.deletions(t.Context(), ListDeletionRequestsInput{}, executor.Call{})
	require.NoError(t, err)
	require.NotContains(t, got.Table.Columns, "Waits for")
	for i, want := range []string{"waiting for SailPoint's own approval by Ines Costa.", "The account was deleted.",
		"SailPoint's own approval was refused by Ines Costa. She stays.", "The connector broke.", "SailPoint says completed, and that a phase is still open."} {
		require.Equal(t, want, got.Table.Rows[i][3])
	}
	for i, want := range []string{"open", "completed", "failed", "open", "ended"} {
		require.Equal(t, want, got.Data.Requests[i].Status, "without a text of SailPoint's")
	}
}
