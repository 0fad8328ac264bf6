package tools

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

func deleting(account string) DeleteAccountInput {
	return DeleteAccountInput{AccountInput: named1(account), Reason: "left"}
}

func TestDeletingPicksTheCallThatFitsTheSource(t *testing.T) {
	t.Parallel()
	s, d, e := world()
	d.accounts = append(d.accounts, identity.Account{ID: "a7", Name: "quiet", SourceID: "s-x", Direct: true})
	for account, want := range map[string]struct{ call, says, sent string }{
		"jane.doe": {callRequestDeletion, "deleted at its source", `request deletion a1 ""`},
		"jdoe":     {callDeleteRecord, "delimited file", "delete record a2"},
		"quiet":    {callRequestDeletion, "deleted at its source", `request deletion a7 ""`},
	} {
		p, err := s.planDelete(t.Context(), deleting(account), "")
		require.NoError(t, err, account)
		require.Equal(t, want.call, p.Call, account)
		require.Contains(t, p.Changes[0], want.says, account)
		require.NotEmpty(t, p.Consequence, account)
		before := len(d.calls)
		require.Equal(t, executor.Accepted, s.sendDelete(t.Context(), p).Outcome, account)
		require.Equal(t, []string{want.sent}, d.calls[before:], account)
	}
	in := deleting("jane.doe")
	in.System = identity.ESystems
	p, err := s.planDelete(t.Context(), in, "")
	require.NoError(t, err)
	require.Equal(t, "DELETE /Account/{id}?Name=Id", p.Call)
	require.Equal(t, executor.Sent{Outcome: executor.Accepted, Status: 202}, s.sendDelete(t.Context(), p))
	require.Equal(t, []string{"delete e-1"}, e.calls)
	proof, err := s.verifyDelete(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Proof{Finding: executor.Applied, Words: "eSystems no longer has the account."}, proof)
}

func TestASourceThatCannotDeleteIsRefusedWithTheVerbThatFits(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	_, err := s.planDelete(t.Context(), deleting("max.erp"), "")
	f := refused(t, err, fault.Conflict)
	require.Equal(t, `SailPoint cannot delete this account: its source does not support deletion ("ERP"). Nothing was changed. What fits is to disable it, `+
		`which keeps anybody from using it, or to remove it, which only makes SailPoint forget its record of it.`, f.Sentence)
	require.Equal(t, "disable_account", f.Next)
	_, err = s.planDelete(t.Context(), deleting("old.one"), "")
	f = refused(t, err, fault.Conflict)
	require.Contains(t, f.Sentence, "neither connected nor a delimited file")
	require.Contains(t, f.Sentence, "What fits is to remove it")
	require.Equal(t, "remove_account", f.Next)
	require.Empty(t, d.calls)
}

func TestAnUnreadableSourceIsNeverGuessed(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	d.noSources = true
	_, err := s.planDelete(t.Context(), deleting("jdoe"), "")
	require.True(t, fault.Is(err, fault.Denied), "neither call may be tried")
	p, err := s.planDelete(t.Context(), deleting("jane.doe"), "")
	require.NoError(t, err, "the account says enough")
	require.Contains(t, p.Changes[0], "because the source is connected and supports deletion:")
	require.Equal(t, callRequestDeletion, p.Call)
	d.accounts[0].Features = nil
	p, err = s.planDelete(t.Context(), deleting("jane.doe"), "")
	require.NoError(t, err)
	require.Contains(t, p.Warnings[len(p.Warnings)-1], "it may refuse")
	require.Contains(t, p.Changes[0], "because the source is connected:", "what is not known is not said")
}

func TestCommentsAreApprovedAndSentOrSaidToBeLeftOut(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	in := deleting("jane.doe")
	bare, err := s.planDelete(t.Context(), in, "")
	require.NoError(t, err)
	in.Comments = "HR-1042"
	p, err := s.planDelete(t.Context(), in, "")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"comments": "HR-1042"}, p.Options)
	require.NotEqual(t, executor.Fingerprint("delete_account", bare), executor.Fingerprint("delete_account", p))
	require.Equal(t, "deletion request del-1", s.sendDelete(t.Context(), p).Task)
	require.Equal(t, []string{`request deletion a1 "HR-1042"`}, d.calls)
	in.Account = "jdoe"
	p, err = s.planDelete(t.Context(), in, "")
	require.NoError(t, err)
	require.Empty(t, p.Options)
	require.Contains(t, p.Warnings, "The comments are not sent along: this call takes none.")
}

func TestTasksAndDeletionRequestsAreFollowedEachInOneBatch(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	d.tasks = map[string]identity.Task{"task-6": {State: identity.Succeeded}, "del-1": {Note: "waiting"}, "del-2": {State: identity.Failed, Note: "rejected"}}
	got, err := s.follow(t.Context(), []string{"deletion request del-1", "task-6", "deletion request del-2", "task-9"})
	require.NoError(t, err)
	require.Equal(t, map[string]executor.Progress{
		"deletion request del-1": {State: executor.Running, Note: "waiting"}, "task-6": {State: executor.Succeeded},
		"deletion request del-2": {State: executor.FailedTask, Note: "rejected"},
	}, got, "a task that nobody knows is missing")
	d.unlisted = fault.New(fault.Denied, "our client may not do that at SailPoint (403).")
	got, err = s.follow(t.Context(), []string{"deletion request del-1", "task-6"})
	require.ErrorIs(t, err, d.unlisted)
	require.Equal(t, map[string]executor.Progress{"task-6": {State: executor.Succeeded}}, got, "what could be read is not held up")
	d.broken = fault.New(fault.Upstream, "SailPoint did not answer.")
	_, err = s.follow(t.Context(), []string{"deletion request del-1"})
	require.Error(t, err)
}

func TestALostDeletionRequestIsFoundAgain(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	p, err := s.planDelete(t.Context(), deleting("jane.doe"), "")
	require.NoError(t, err)
	attempt := executor.Attempt{StartedAt: noon}
	still := executor.Proof{Finding: executor.NotApplied, Words: "SailPoint still has the account."}
	d.deletions = []identity.Deletion{
		{ID: "older", AccountID: "a1", CreatedAt: noon.Add(-time.Hour)}, {ID: "other", AccountID: "a2", CreatedAt: noon.Add(time.Second)},
	}
	proof, err := s.verifyDelete(t.Context(), p, attempt)
	require.NoError(t, err)
	require.Equal(t, still, proof, "an older one and another account's are not ours")
	for i := range 300 { // ours is on the second page
		d.deletions = append(d.deletions, identity.Deletion{ID: fmt.Sprint("x", i), AccountID: "zz", CreatedAt: noon})
	}
	d.deletions = append(d.deletions, identity.Deletion{ID: "first", AccountID: "a1", CreatedAt: noon.Add(-time.Second)},
		identity.Deletion{ID: "ours", AccountID: "a1", CreatedAt: noon.Add(time.Second)})
	proof, err = s.verifyDelete(t.Context(), p, attempt)
	require.NoError(t, err)
	require.Equal(t, executor.Underway, proof.Finding)
	require.Equal(t, "deletion request ours", proof.Task)
	attempt.Task, attempt.TaskState = proof.Task, executor.FailedTask
	proof, err = s.verifyDelete(t.Context(), p, attempt)
	require.NoError(t, err)
	require.Equal(t, still, proof, "the request that was followed to its end is not followed again")
	d.drop("a1")
	proof, err = s.verifyDelete(t.Context(), p, attempt)
	require.NoError(t, err)
	require.Equal(t, executor.Applied, proof.Finding, "what is true now decides")
}
