package executor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

const otherMember = executor.Principal("slack:T1:UOTHER")

// withOther has a second member of Amara's in the approvers' group, who is linked to her.
func withOther(t *testing.T, quorum int) *world {
	t.Helper()
	w := newWorld(t, linked, func(c *executor.Config) { c.Policy.Quorum = quorum })
	w.known(otherMember)
	w.people.groups["SAPP"] = append(w.people.groups["SAPP"], otherMember)
	w.link(otherMember, amara)
	return w
}

// unlinks has an administrator take the link away.
func (w *world) unlinks(identity executor.Principal) {
	w.t.Helper()
	links := w.store.(executor.Links)
	require.NoError(w.t, links.Unlink(w.t.Context(), identity, executor.Record{Event: "unlinked", By: actor("local:admin"), At: w.clock.Now()}))
}

func TestWhoAskedDoesNotApproveEvenWhenTheirLinkIsGone(t *testing.T) {
	t.Parallel()
	w := withOther(t, 1)
	asked, err := w.exec.Ask(t.Context(), "remove_account", []byte(`{"account":"jane.doe","reason":"left"}`), actor(otherMember))
	require.NoError(t, err)
	w.unlinks(otherMember)
	for _, same := range []executor.Principal{otherMember, amara} {
		_, err = w.approve(*asked.Request, same)
		require.Equal(t, fault.Denied, fault.KindOf(err), "%s", same)
	}
	w.stepOnce()
	require.Zero(t, w.up.sent())
}

func TestOnePersonsTwoMembersHaveOneVoteEvenWhenTheirLinkIsGone(t *testing.T) {
	t.Parallel()
	for name, relink := range map[string]executor.Principal{"unlinked": "", "linked to another": sven} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withOther(t, 2)
			r, err := w.approve(w.ask("remove_account", requester), otherMember)
			require.NoError(t, err)
			w.unlinks(otherMember)
			if relink != "" {
				w.link(otherMember, relink)
			}
			for _, same := range []executor.Principal{otherMember, amara} {
				_, err = w.approve(r, same)
				require.Equal(t, fault.Conflict, fault.KindOf(err), "%s", same)
			}
			w.stepOnce()
			require.Equal(t, executor.Pending, w.get(r.ID).State)
			require.Zero(t, w.up.sent())
		})
	}
}

func TestAVoteWhoseGiverIsSomebodyElseByNowIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := withOther(t, 1)
	r, err := w.approve(w.ask("remove_account", requester), otherMember)
	require.NoError(t, err)
	w.unlinks(otherMember)
	require.Equal(t, executor.Pending, w.settle(r.ID).State)
	require.Zero(t, w.up.sent())
	again := w.get(r.ID)
	require.Empty(t, again.Votes())
	_, err = w.approve(again, amara)
	require.NoError(t, err)
	require.Equal(t, executor.Done, w.settle(r.ID).State)
}

func TestAVoteStandsOnlyWhileTheMemberItCameByIsAFullOne(t *testing.T) {
	t.Parallel()
	w := withOther(t, 1)
	r, err := w.approve(w.ask("remove_account", requester), otherMember)
	require.NoError(t, err)
	w.people.mu.Lock()
	w.people.known[otherMember] = executor.Person{Principal: otherMember, Why: "deactivated"}
	w.people.mu.Unlock()
	require.Equal(t, executor.Pending, w.settle(r.ID).State)
	require.Zero(t, w.up.sent())
}

func TestALinkOfTheIdentityDoesNotMakeAnAccountLessItsHolders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, linked)
	w.link(executor.IdentityOf("sailpoint", "i1"), sven)
	w.link(executor.AccountOf("sailpoint", "a1"), amara)
	r := w.ask("remove_account", requester)
	for _, owner := range []executor.Principal{amara, sven} {
		_, err := w.approve(r, owner)
		require.Equal(t, fault.Denied, fault.KindOf(err), "%s", owner)
		require.ErrorContains(t, err, "your own account")
	}
	require.Zero(t, w.up.sent())
}

func TestWhoseAccountItIsIsLookedUpByTheAddressOfTheSecondLook(t *testing.T) {
	t.Parallel()
	known := book{"amara@example.com": {Principal: amara, Full: true}}
	w := newWorld(t, linked, func(c *executor.Config) { c.Addresses = known })
	w.up.set(func(u *upstream) {
		u.plan.Facts = []executor.Fact{{Label: executor.AddressFact, Value: "typo@example.com"}}
	})
	r, err := w.approve(w.ask("remove_account", requester), amara)
	require.NoError(t, err)
	w.up.set(func(u *upstream) {
		u.plan.Facts = []executor.Fact{{Label: executor.AddressFact, Value: "amara@example.com"}}
	})
	require.Equal(t, executor.Pending, w.settle(r.ID).State)
	require.Zero(t, w.up.sent())
}
