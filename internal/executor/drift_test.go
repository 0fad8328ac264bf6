package executor_test

import (
	"strings"
	"testing"

	"accountops/internal/executor"
	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

func TestAnAccountThatChangedAfterTheApprovalIsAskedAgain(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*upstream){
		"status":             func(u *upstream) { u.account.Status = "disabled" },
		"source":             func(u *upstream) { u.account.SourceID = "s2" },
		"native identity":    func(u *upstream) { u.account.NativeIdentity = "CN=Other" },
		"identity":           func(u *upstream) { u.account.IdentityID = "i2" },
		"identity, its name": func(u *upstream) { u.account.Identity = "Jane Smith" },
		"source, its name":   func(u *upstream) { u.account.Source = "Corporate AD 2" },
		"entitlements, one privileged": func(u *upstream) {
			u.account.Entitlements = []executor.Entitlement{{ID: "e1", Name: "Staff", Privileged: true}, {ID: "e2", Name: "Admins", Privileged: true}}
		},
		"what will happen": func(u *upstream) { u.plan.Consequence = "It never comes back." },
		"entitlements":     func(u *upstream) { u.account.Entitlements = u.account.Entitlements[:1] },
		"account":          func(u *upstream) { u.account.Name = "jane.smith" },
		"display name":     func(u *upstream) { u.account.DisplayName = "Jane Smith" },
		"warnings":         func(u *upstream) { u.plan.Warnings = []string{"A deletion request for it is open already."} },
		"base URL":         func(u *upstream) { u.plan.BaseURL = "https://evil.example" },
		"call":             func(u *upstream) { u.plan.Call = "DELETE it" },
		"option force":     func(u *upstream) { u.plan.Options = map[string]string{"force": "true"} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			field, _, _ := strings.Cut(name, ",")
			w := newWorld(t)
			r := w.approved()
			w.up.set(change)
			again := w.settle(r.ID)
			require.Equal(t, executor.Pending, again.State)
			require.Zero(t, w.up.sent(), "nothing leaves for a plan that nobody approved")
			require.Len(t, again.Drift, 1)
			require.Equal(t, field, again.Drift[0].Field)
			require.NotEqual(t, again.Drift[0].Was, again.Drift[0].Is, "people see what is different")
			require.NotEqual(t, r.Fingerprint, again.Fingerprint)

			_, err := w.approve(r, amara)
			require.Equal(t, fault.Conflict, fault.KindOf(err), "the old card approves nothing")
			_, err = w.approve(again, amara)
			require.NoError(t, err)
			require.Equal(t, executor.Done, w.settle(r.ID).State)
			require.Equal(t, 1, w.up.sent())
		})
	}
}

func TestOfAListOnlyWhatWentAndWhatCameIsShown(t *testing.T) {
	t.Parallel()
	staff, admins, vpn := executor.Entitlement{ID: "e1", Name: "Staff"}, executor.Entitlement{ID: "e2", Name: "Admins", Privileged: true}, executor.Entitlement{ID: "e3", Name: "VPN"}
	holds := func(warnings []string, e ...executor.Entitlement) executor.Plan {
		return executor.Plan{Warnings: warnings, Account: executor.Account{Entitlements: e}}
	}
	difference := func(was, is executor.Plan) executor.Difference {
		t.Helper()
		got := executor.Differences(was, is)
		require.Len(t, got, 1)
		return got[0]
	}
	require.Equal(t, executor.Difference{Field: "entitlements", Was: "VPN (e3)", Is: "Admins (e2), privileged", List: true},
		difference(holds(nil, staff, vpn), holds(nil, staff, admins)))
	require.Equal(t, executor.Difference{Field: "entitlements", Is: "VPN (e3)", List: true}, difference(holds(nil, staff), holds(nil, staff, vpn)))
	require.Equal(t, executor.Difference{Field: "warnings", Was: "Beware.", List: true}, difference(holds([]string{"Look.", "Beware."}), holds([]string{"Look."})))
	require.Equal(t, executor.Difference{Field: "warnings", Was: "One. Two.", Is: "Two. One."}, difference(holds([]string{"One.", "Two."}), holds([]string{"Two.", "One."})),
		"where nothing went or came both lists are shown: an approval is bound to their order too")
	require.Equal(t, executor.Difference{Field: "warnings", Was: "One. One.", Is: "One."}, difference(holds([]string{"One.", "One."}), holds([]string{"One."})))
}

func TestAnApprovalDoesNotComeBackWhenTheAccountDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	w.up.set(func(u *upstream) { u.account.Status = "disabled" })
	drifted := w.settle(r.ID)
	_, err := w.approve(drifted, amara)
	require.NoError(t, err)
	w.up.set(func(u *upstream) { u.account.Status = "enabled" })
	again := w.settle(r.ID)
	require.Equal(t, executor.Pending, again.State)
	require.Equal(t, r.Fingerprint, again.Fingerprint, "it is as it was at first")
	require.Empty(t, again.Votes(), "and yet nobody has approved it now")
	_, err = w.approve(again, amara)
	require.NoError(t, err, "the same person may approve anew")
	require.Equal(t, executor.Done, w.settle(r.ID).State)
	require.Equal(t, 1, w.up.sent())
}

func TestWhatDestroysNeedsAVoteWhateverTheRecordSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.ask("remove_account", requester)
	r.NeedsVote, r.State, r.Version, r.DueAt = false, executor.Approved, r.Version+1, w.clock.Now()
	forged := executor.Step{Request: r, Records: []executor.Record{{RequestID: r.ID, Event: "forged", By: actor(stranger), At: w.clock.Now()}}}
	require.NoError(t, w.store.Commit(t.Context(), forged))
	require.Equal(t, executor.Pending, w.settle(r.ID).State)
	require.Zero(t, w.up.sent())
}

func TestAStricterPolicyHoldsForWhatWaitsToBeSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.ask("disable_account", requester)
	w.exec = w.executor("one", w.store, func(c *executor.Config) { c.Policy.Ask = []string{"disable_account"} })
	require.Equal(t, executor.Pending, w.settle(r.ID).State)
	require.Zero(t, w.up.sent())
}

func TestADifferentAccountUnderTheSameNameIsNeverTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	w.up.set(func(u *upstream) { u.account.ID = "a2" })
	require.Equal(t, executor.AlreadyGone, w.settle(r.ID).State)
	require.Zero(t, w.up.sent())
}

func TestAnAccountThatIsGoneEndsTheRequestWithoutACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	w.up.set(func(u *upstream) { u.exists = false })
	end := w.settle(r.ID)
	require.Equal(t, executor.AlreadyGone, end.State)
	require.Zero(t, w.up.sent())
}

func TestWhatIsAlreadySoIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.up.plan.Already = "The account is already disabled."
	end := w.settle(w.ask("disable_account", requester).ID)
	require.Equal(t, executor.Done, end.State)
	require.Equal(t, executor.Verified, end.Result)
	require.Zero(t, w.up.sent())
}

func TestTheSecondLookSaysWhatItSawOfAnAccountThatIsStillToBeMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.up.absent = true
	lines := strings.Join(w.lines(w.settle(w.ask("disable_account", requester).ID).ID), "\n")
	require.Contains(t, lines, "Looked again: there is still no such account. Sending now, once.")
	require.NotContains(t, lines, "as it was shown")
}

func TestARequestIsCalledWhatItsPlanCallsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.up.set(func(u *upstream) { u.plan.Title = "Forget account" })
	named := w.ask("remove_account", requester)
	require.Equal(t, "Forget account", w.get(named.ID).Title)
	require.Contains(t, w.lines(named.ID)[0], "asked: Forget account jane.doe on Corporate AD.")

	other := newWorld(t)
	r := other.approved()
	require.Equal(t, "Remove account", other.get(r.ID).Title, "a plan that says nothing is called what its operation is called")
	other.up.set(func(u *upstream) { u.plan.Title, u.account.Status = "Forget account", "disabled" })
	again := other.settle(r.ID)
	require.Equal(t, executor.Pending, again.State)
	require.Equal(t, "Forget account", again.Title, "what is asked again is called what it is now")
}
