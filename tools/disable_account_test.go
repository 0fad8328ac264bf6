package tools

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestDisablingDisablesAndIsProvedByReadingBack(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	in := DisableAccountInput{AccountInput: named1("jane.doe"), OptionsInput: OptionsInput{ExternalVerificationID: "v-7", ForceProvisioning: true}}
	p, err := s.planDisable(t.Context(), in, "")
	require.NoError(t, err)
	require.Equal(t, "POST /accounts/v1/{id}/disable", p.Call)
	require.Equal(t, map[string]string{"external_verification_id": "v-7", "force_provisioning": "true"}, p.Options)
	require.Contains(t, p.Warnings, "With force_provisioning SailPoint also unlocks the account if it is locked.")
	require.Empty(t, p.Already)
	proof, err := s.verifyDisabled(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Proof{Finding: executor.NotApplied, Words: "The account is still enabled."}, proof)
	require.Equal(t, executor.Accepted, s.sendDisable(t.Context(), p).Outcome)
	require.Equal(t, []string{`disable a1 "v-7" true`}, d.calls)
	proof, err = s.verifyDisabled(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Applied, proof.Finding)
	d.drop("a1")
	proof, err = s.verifyDisabled(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Unsure, proof.Finding)
}

func TestDisablingWhatIsDisabledNeedsNothing(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	p, err := s.planDisable(t.Context(), DisableAccountInput{AccountInput: named1("gone.home")}, "")
	require.NoError(t, err)
	require.Equal(t, "The account is already disabled.", p.Already)
	require.Empty(t, p.Options)
}

func TestASourceThatCannotDisableIsRefusedAndAnUnknownOneIsWarnedOf(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	_, err := s.planDisable(t.Context(), DisableAccountInput{AccountInput: named1("jdoe")}, "")
	require.Contains(t, refused(t, err, fault.Conflict).Sentence, "ENABLE")
	d.accounts[1].Features = nil
	p, err := s.planDisable(t.Context(), DisableAccountInput{AccountInput: named1("jdoe")}, "")
	require.NoError(t, err)
	require.Contains(t, p.Warnings[0], "it may refuse")
}

func TestDisablingInESystemsTakesNoOptions(t *testing.T) {
	t.Parallel()
	s, _, e := world()
	in := DisableAccountInput{AccountInput: AccountInput{Account: "jane.doe", System: identity.ESystems}}
	p, err := s.planDisable(t.Context(), in, "")
	require.NoError(t, err)
	require.Equal(t, executor.Accepted, s.sendDisable(t.Context(), p).Outcome)
	require.Equal(t, []string{"set active e-1 false"}, e.calls)
	proof, err := s.verifyDisabled(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Applied, proof.Finding)
	in.ForceProvisioning = true
	_, err = s.planDisable(t.Context(), in, "")
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
	require.Len(t, taskStates, int(identity.Failed)+1)
	for from, to := range taskStates {
		require.Equal(t, int(from), int(to))
	}
	require.Equal(t, executor.FailedTask, taskStates[identity.Failed])
	require.Equal(t, executor.Running, taskStates[identity.TaskState(99)], "what nobody knows is not success")
}

func TestWhatTheUpstreamAnsweredIsPassedOnWhole(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	p, err := s.planDisable(t.Context(), DisableAccountInput{AccountInput: named1("jane.doe")}, "")
	require.NoError(t, err)
	why := &fault.Error{Kind: fault.Upstream, Sentence: "Refused.", Said: "no", Ref: "t-1"}
	for from, to := range outcomes {
		d.answer = &identity.Answer{Outcome: from, Status: 400, Err: why}
		require.Equal(t, executor.Sent{Outcome: to, Status: 400, Err: why}, s.sendDisable(t.Context(), p))
	}
}
