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

// turns are the changes of status, each with an account that it changes and one that is so already.
var turns = map[string]struct {
	of                        func(Systems) statusChange
	call, changed, id, before string
	already                   string
}{
	"disable": {Systems.disabling, "POST /accounts/v1/{id}/disable", "jane.doe", "a1", "enabled", "gone.home"},
	"enable":  {Systems.enabling, "POST /accounts/v1/{id}/enable", "gone.home", "a5", "disabled", "jane.doe"},
	"unlock":  {Systems.unlocking, "POST /accounts/v1/{id}/unlock", "shut.out", "a6", "locked", "jane.doe"},
}

func TestAChangeOfStatusIsSentOnceAndProvedByReadingBack(t *testing.T) {
	t.Parallel()
	for verb, turn := range turns {
		s, d, _ := world()
		c := turn.of(s)
		in := StatusInput{AccountInput: named1(turn.changed), OptionsInput: OptionsInput{ExternalVerificationID: "v-7", ForceProvisioning: true}}
		p, err := c.plan(t.Context(), in, "")
		require.NoError(t, err)
		require.Equal(t, turn.call, p.Call)
		require.Equal(t, map[string]string{"external_verification_id": "v-7", "force_provisioning": "true"}, p.Options)
		require.Contains(t, p.Warnings, "With force_provisioning SailPoint writes to the source even if nothing seems to differ, and adds an unlock.")
		require.Empty(t, p.Already)
		proof, err := c.verify(t.Context(), p, executor.Attempt{})
		require.NoError(t, err)
		require.Equal(t, executor.Proof{Finding: executor.NotApplied, Words: "The account is still " + turn.before + "."}, proof)
		require.Equal(t, executor.Accepted, c.send(t.Context(), p).Outcome)
		require.Equal(t, []string{verb + " " + turn.id + ` "v-7" true`}, d.calls)
		proof, err = c.verify(t.Context(), p, executor.Attempt{})
		require.NoError(t, err)
		require.Equal(t, executor.Applied, proof.Finding)
		d.drop(turn.id)
		proof, err = c.verify(t.Context(), p, executor.Attempt{})
		require.NoError(t, err)
		require.Equal(t, executor.Unsure, proof.Finding)
	}
}

func TestNothingIsSaidOfEntitlementsWhereTheSystemTellsNone(t *testing.T) {
	t.Parallel()
	for verb, turn := range turns {
		s, _, e := world()
		e.accounts[0].Disabled = verb == "enable"
		p, err := turn.of(s).plan(t.Context(), StatusInput{AccountInput: AccountInput{Account: "jane.doe", System: identity.ESystems}}, "")
		if verb == "unlock" { // which eSystems has not
			require.Error(t, err)
			continue
		}
		require.NoError(t, err)
		require.Nil(t, p.Account.Entitlements)
		require.NotContains(t, strings.ToLower(fmt.Sprint(p.Changes, p.Consequence, p.Facts)), "entitlement", verb)
		p, err = turn.of(s).plan(t.Context(), StatusInput{AccountInput: named1(turn.changed)}, "")
		require.NoError(t, err)
		require.NotNil(t, p.Account.Entitlements, "SailPoint does tell them, none as well")
		require.Contains(t, p.Changes[0], "entitlements")
	}
}

func TestWhatIsSoAlreadyNeedsNothingUnlessItIsForced(t *testing.T) {
	t.Parallel()
	for _, turn := range turns {
		s, _, _ := world()
		c := turn.of(s)
		in := StatusInput{AccountInput: named1(turn.already)}
		p, err := c.plan(t.Context(), in, "")
		require.NoError(t, err)
		require.Equal(t, "The account is already "+c.done+".", p.Already)
		require.Empty(t, p.Options)
		in.ForceProvisioning = true
		p, err = c.plan(t.Context(), in, "")
		require.NoError(t, err)
		require.Empty(t, p.Already, "it is sent all the same, for a source that SailPoint is wrong about")
		require.Contains(t, p.Warnings[len(p.Warnings)-1], "reading back cannot show what it did")
		proof, err := c.verify(t.Context(), p, executor.Attempt{})
		require.NoError(t, err)
		require.Equal(t, executor.Unsure, proof.Finding, "as it was before, so it proves nothing")
	}
}

func TestAnAccountThatIsBothDisabledAndLockedIsNotPromisedMoreThanItGets(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	d.accounts[4].Locked, d.accounts[4].Features = true, []string{"ENABLE", "UNLOCK"}
	in := StatusInput{AccountInput: named1("gone.home")}
	for _, test := range []struct {
		c      statusChange
		beware string
	}{{s.enabling(), "ask to unlock it"}, {s.unlocking(), "ask to enable it"}} {
		d.disable("a5", true)
		p, err := test.c.plan(t.Context(), in, "")
		require.NoError(t, err)
		require.Empty(t, p.Already)
		require.Contains(t, strings.Join(p.Warnings, " "), test.beware)
		require.Contains(t, p.Facts, executor.Fact{Label: "Locked", Value: "yes, besides being disabled"})
		require.Equal(t, executor.Accepted, test.c.send(t.Context(), p).Outcome)
	}
	require.Equal(t, []string{`enable a5 "" false`, `unlock a5 "" false`}, d.calls)
}

func TestACardDoesNotContradictItselfOnLockedAccounts(t *testing.T) {
	t.Parallel()
	const force = "With force_provisioning SailPoint writes to the source even if nothing seems to differ, and adds an unlock."
	s, d, _ := world()
	enable, unlock := s.enabling(), s.unlocking()
	for _, test := range []struct {
		c                statusChange
		disabled, locked bool
		forced           bool
		warnings         []string
	}{
		{enable, true, true, false, []string{"The account is locked as well, and enabling does not unlock it: for that, ask to unlock it."}},
		{enable, false, true, false, []string{"The account is locked, and enabling does not unlock it: for that, ask to unlock it."}},
		{enable, true, true, true, []string{force}},
		{enable, false, true, true, []string{force, enable.forced()}},
		{unlock, true, true, true, []string{"The account is disabled as well, and unlocking does not enable it: for that, ask to enable it.", force}},
		{unlock, true, false, false, []string{"The account is disabled, and unlocking does not enable it: for that, ask to enable it."}},
	} {
		d.accounts[5].Disabled, d.accounts[5].Locked = test.disabled, test.locked
		in := StatusInput{AccountInput: named1("shut.out"), OptionsInput: OptionsInput{ForceProvisioning: test.forced}}
		p, err := test.c.plan(t.Context(), in, "")
		require.NoError(t, err)
		require.Equal(t, test.warnings, p.Warnings)
	}
}

func TestUnlockingDoesNotFitESystemsAndSaysWhatDoes(t *testing.T) {
	t.Parallel()
	s, _, e := world()
	in := StatusInput{AccountInput: AccountInput{Account: "jane.doe", System: identity.ESystems}}
	_, err := s.unlocking().plan(t.Context(), in, "")
	require.Equal(t, "enable_account", refused(t, err, fault.Conflict).Next)
	require.Equal(t, executor.NotSent, Systems{Endpoint: s.Endpoint}.unlocking().send(t.Context(), executor.Plan{System: identity.ESystems, Target: "e-1"}).Outcome)
	require.Empty(t, e.calls)
}

func TestASourceThatCannotDisableIsRefusedAndAnUnknownOneIsWarnedOf(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	_, err := s.disabling().plan(t.Context(), StatusInput{AccountInput: named1("jdoe")}, "")
	require.Contains(t, refused(t, err, fault.Conflict).Sentence, "ENABLE")
	d.accounts[4].Features = []string{"ENABLE"}
	d.accounts[4].Locked = true
	_, err = s.unlocking().plan(t.Context(), StatusInput{AccountInput: named1("gone.home")}, "")
	require.Contains(t, refused(t, err, fault.Conflict).Sentence, "lacks SailPoint's UNLOCK feature")
	d.accounts[1].Features = nil
	p, err := s.disabling().plan(t.Context(), StatusInput{AccountInput: named1("jdoe")}, "")
	require.NoError(t, err)
	require.Contains(t, p.Warnings[0], "it may refuse")
}

func TestInESystemsOneFieldChangesAndNoOptionsAreTaken(t *testing.T) {
	t.Parallel()
	s, _, e := world()
	in := StatusInput{AccountInput: AccountInput{Account: "jane.doe", System: identity.ESystems}}
	for _, c := range []statusChange{s.disabling(), s.enabling()} {
		p, err := c.plan(t.Context(), in, "")
		require.NoError(t, err)
		require.Equal(t, c.endpoint, p.Call)
		require.NotContains(t, fmt.Sprint(p.Facts), pendingLabel, "eSystems has no deletion requests")
		require.Equal(t, executor.Accepted, c.send(t.Context(), p).Outcome)
		proof, err := c.verify(t.Context(), p, executor.Attempt{})
		require.NoError(t, err)
		require.Equal(t, executor.Applied, proof.Finding)
	}
	require.Equal(t, []string{"set active e-1 false", "set active e-1 true"}, e.calls)
	in.ForceProvisioning = true
	_, err := s.disabling().plan(t.Context(), in, "")
	refused(t, err, fault.Invalid)
}

func TestBothSidesOfThePortHaveTheSameOutcomesAndTaskStates(t *testing.T) {
	t.Parallel()
	require.Len(t, outcomes, int(identity.NotSent)+1)
	for from, to := range outcomes {
		require.Equal(t, int(from), int(to))
	}
	require.Equal(t, executor.NotSent, outcomes[identity.NotSent])
	require.Equal(t, executor.Unclear, outcomes[identity.Outcome(99)], "what nobody knows is unclear")
	require.Len(t, taskStates, int(identity.Ended)+1)
	for from, to := range taskStates {
		require.Equal(t, int(from), int(to))
	}
	require.Equal(t, executor.FailedTask, taskStates[identity.Failed])
	require.Equal(t, executor.EndedTask, taskStates[identity.Ended])
	require.Equal(t, executor.Running, taskStates[identity.TaskState(99)], "what nobody knows is not success")
}

func TestWhatTheUpstreamAnsweredIsPassedOnWhole(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	p, err := s.disabling().plan(t.Context(), StatusInput{AccountInput: named1("jane.doe")}, "")
	require.NoError(t, err)
	why := &fault.Error{Kind: fault.Upstream, Sentence: "Refused.", Said: "no", Ref: "t-1"}
	for from, to := range outcomes {
		d.answer = &identity.Answer{Outcome: from, Status: 400, Err: why}
		require.Equal(t, executor.Sent{Outcome: to, Status: 400, Err: why}, s.disabling().send(t.Context(), p))
	}
}
