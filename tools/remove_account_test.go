package tools

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestARemovePlanSaysThatTheAccountComesBack(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	p, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: AccountInput{Account: "jane.doe"}, Reason: "left"}, "")
	require.NoError(t, err)
	require.Empty(t, d.calls, "planning changes nothing")
	require.Equal(t, "a1", p.Target)
	require.True(t, p.Exists)
	require.Equal(t, "POST /accounts/v1/{id}/remove", p.Call)
	require.Equal(t, []string{"sailpoint", "SailPoint", "sailpoint.example.org", "https://sailpoint.example.org/rest"},
		[]string{p.System, p.SystemName, p.Tenant, p.BaseURL})
	require.Equal(t, executor.Account{ID: "a1", Name: "jane.doe", DisplayName: "Jane Doe", NativeIdentity: "CN=Jane Doe", SourceID: "s-ad", Source: "Corporate AD", IdentityID: "i1",
		Identity: "Jane Doe", Status: "enabled", Entitlements: []executor.Entitlement{{ID: "e1", Name: "Domain Admins", Privileged: true}, {ID: "e2", Name: "Staff"}}}, p.Account)
	require.Contains(t, p.Warnings[0], "Domain Admins")
	require.Contains(t, p.Warnings[1], "comes back at the next aggregation")
	require.Contains(t, p.Consequence, "comes back at the next aggregation")
	require.Contains(t, p.Facts, executor.Fact{Label: "Source owner", Value: "Ines Costa"})
	require.Contains(t, p.Facts, executor.Fact{Label: "Features", Value: "ENABLE, DELETE"})
	require.Empty(t, p.Options)
}

func TestARemovalNamesDeletingOnlyWhereTheSourceMaySupportIt(t *testing.T) {
	t.Parallel()
	const stays = "The source is connected, so the account comes back at the next aggregation unless it is gone there."
	for features, also := range map[string]string{
		"ENABLE, DELETE": " To delete it at the source, ask to delete the account.",
		"ENABLE":         "",
		"":               " To delete it at the source, ask to delete the account; SailPoint does not say whether the source supports that, so it may refuse.",
	} {
		s, d, _ := world()
		if d.accounts[2].Features = nil; features != "" {
			d.accounts[2].Features = strings.Split(features, ", ")
		}
		p, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: named1("max.erp"), Reason: "left"}, "")
		require.NoError(t, err)
		require.Equal(t, []string{stays + also}, p.Warnings)
	}
}

func TestARemoveOfAFileAccountDependsOnTheFile(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	p, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: named1("jdoe"), Reason: "left"}, "")
	require.NoError(t, err)
	require.Empty(t, p.Warnings)
	require.Equal(t, "If the source still lists the account, it comes back at the next aggregation.", p.Consequence)
}

func TestARemoveIsSentOnceAndProvedByReadingBack(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	p, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: named1("jane.doe"), Reason: "left"}, "")
	require.NoError(t, err)
	proof, err := s.verifyGone(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Proof{Finding: executor.NotApplied, Words: "SailPoint still has the account."}, proof)
	require.Equal(t, executor.Sent{Outcome: executor.Accepted, Task: "task-5", Status: 202}, s.sendRemove(t.Context(), p))
	require.Equal(t, []string{"remove a1"}, d.calls)
	proof, err = s.verifyGone(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Proof{Finding: executor.Applied, Words: "SailPoint no longer has the account."}, proof)
	_, err = s.planRemove(t.Context(), RemoveAccountInput{AccountInput: named1("jane.doe"), Reason: "left"}, "a1")
	refused(t, err, fault.NotFound)
}

func TestRemoveDoesNotFitESystems(t *testing.T) {
	t.Parallel()
	s, _, e := world()
	in := RemoveAccountInput{AccountInput: AccountInput{Account: "jane.doe", System: "esystems"}, Reason: "left"}
	_, err := s.planRemove(t.Context(), in, "")
	require.Equal(t, "delete_account", refused(t, err, fault.Conflict).Next)
	s.Default, in.System = identity.ESystems, ""
	_, err = s.planRemove(t.Context(), in, "")
	refused(t, err, fault.Conflict)
	require.Empty(t, e.calls)
}

func TestTheSecondLookSeesEveryDrift(t *testing.T) {
	t.Parallel()
	change := map[string]func(*identity.Account){
		"source":       func(a *identity.Account) { a.SourceID, a.Source = "s-erp", "ERP" },
		"identity":     func(a *identity.Account) { a.IdentityID = "i2" },
		"status":       func(a *identity.Account) { a.Disabled = true },
		"entitlements": func(a *identity.Account) { a.Entitlements = a.Entitlements[1:] },
		"key":          func(a *identity.Account) { a.NativeIdentity = "CN=Other" },
		"login":        func(a *identity.Account) { a.Name = "jane.smith" },
		"display name": func(a *identity.Account) { a.DisplayName = "Jane Smith" },
		"privileged":   func(a *identity.Account) { a.Entitlements[1].Privileged = true },
		"warning":      func(a *identity.Account) { a.Authoritative = true },
	}
	for name, drift := range change {
		s, d, _ := world()
		in := RemoveAccountInput{AccountInput: named1("jane.doe"), Reason: "left"}
		before, err := s.planRemove(t.Context(), in, "")
		require.NoError(t, err)
		same, err := s.planRemove(t.Context(), in, "a1")
		require.NoError(t, err)
		require.Equal(t, executor.Fingerprint("remove_account", before), executor.Fingerprint("remove_account", same), name)
		drift(&d.accounts[0])
		after, err := s.planRemove(t.Context(), in, "a1")
		require.NoError(t, err)
		require.NotEqual(t, executor.Fingerprint("remove_account", before), executor.Fingerprint("remove_account", after), name)
	}
}

func TestAnUpstreamThatDoesNotAnswerIsNotAProof(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	p, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: named1("jane.doe"), Reason: "left"}, "")
	require.NoError(t, err)
	d.broken = fault.New(fault.Upstream, "SailPoint did not answer.")
	_, err = s.verifyGone(t.Context(), p, executor.Attempt{})
	require.ErrorIs(t, err, d.broken)
	_, err = s.planRemove(t.Context(), RemoveAccountInput{AccountInput: named1("jane.doe"), Reason: "left"}, "")
	require.ErrorIs(t, err, d.broken)
	_, err = s.follow(t.Context(), []string{"task-5"})
	require.ErrorIs(t, err, d.broken)
}

func TestNothingIsSentWithoutATargetOrASystem(t *testing.T) {
	t.Parallel()
	s, d, e := world()
	for _, system := range []string{identity.SailPoint, identity.ESystems} {
		for _, send := range []func() executor.Sent{
			func() executor.Sent { return s.sendRemove(t.Context(), executor.Plan{System: system}) },
			func() executor.Sent { return s.disabling().send(t.Context(), executor.Plan{System: system}) },
			func() executor.Sent {
				return s.sendDelete(t.Context(), executor.Plan{System: system, Call: callDeleteRecord})
			},
			func() executor.Sent {
				return Systems{}.sendRemove(t.Context(), executor.Plan{System: system, Target: "a1"})
			},
			func() executor.Sent {
				return Systems{}.disabling().send(t.Context(), executor.Plan{System: system, Target: "a1"})
			},
			func() executor.Sent { return Systems{}.sendCreate(t.Context(), executor.Plan{System: system}) },
			func() executor.Sent {
				return Systems{}.sendDelete(t.Context(), executor.Plan{System: system, Target: "a1", Call: callDeleteEndpoint})
			},
			func() executor.Sent {
				return s.sendDelete(t.Context(), executor.Plan{System: system, Target: "a1", Call: "DELETE /everything"})
			},
		} {
			sent := send()
			require.Equal(t, executor.NotSent, sent.Outcome)
			require.NotNil(t, sent.Err)
		}
	}
	require.Empty(t, d.calls)
	require.Empty(t, e.calls)
}

func TestThatAddressesWereNotComparedIsAWarningThatTheSecondLookFindsAgain(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	d.uncompared = true
	in := RemoveAccountInput{AccountInput: named1("jane@example.org"), Reason: "left"}
	p, err := s.planRemove(t.Context(), in, "")
	require.NoError(t, err)
	require.Contains(t, strings.Join(p.Warnings, " "), "matched as login; e-mail addresses were not compared")
	again, err := s.planRemove(t.Context(), in, p.Target)
	require.NoError(t, err)
	require.Equal(t, executor.Fingerprint("remove_account", p), executor.Fingerprint("remove_account", again))
	d.uncompared = false
	p, err = s.planRemove(t.Context(), in, "")
	require.NoError(t, err)
	require.NotContains(t, strings.Join(p.Warnings, " "), "not compared")
}
