package tools

import (
	"context"
	"fmt"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

// DisableAccountInput is the input of disable_account.
type DisableAccountInput struct {
	AccountInput
	Reason string `json:"reason,omitempty" jsonschema:"maxLength=1000" jsonschema_description:"Why."`
	OptionsInput
}

// OptionsInput is what SailPoint takes along with a change.
type OptionsInput struct {
	ExternalVerificationID string `json:"external_verification_id,omitempty" jsonschema:"maxLength=256" jsonschema_description:"SailPoint: passed through to an external verification."`
	ForceProvisioning      bool   `json:"force_provisioning,omitempty" jsonschema_description:"SailPoint: force it; also unlocks the account."`
}

const (
	callDisable    = "POST /accounts/v1/{id}/disable"
	callDeactivate = `PUT /Account/{id} {"Is_Active": false}`
)

func (s Systems) planDisable(ctx context.Context, in DisableAccountInput, target string) (executor.Plan, error) {
	system, err := s.named(in.System)
	if err != nil {
		return executor.Plan{}, err
	}
	if err := in.fits(system); err != nil {
		return executor.Plan{}, err
	}
	a, err := in.account(ctx, system, target)
	if err != nil {
		return executor.Plan{}, err
	}
	p := s.plan(system, a)
	p.Changes = []string{"The account is disabled: nobody can sign in with it. Its entitlements stay."}
	p.Consequence = "It stays disabled until somebody enables it again."
	p.Warnings = warnings(a)
	if a.Disabled {
		p.Already = "The account is already disabled."
	}
	if system.Name() == identity.ESystems {
		p.Call = callDeactivate
		return p, nil
	}
	p.Call = callDisable
	p.Options = in.along()
	if in.ForceProvisioning {
		p.Warnings = append(p.Warnings, "With force_provisioning SailPoint also unlocks the account if it is locked.")
	}
	able, known := has(a, "ENABLE")
	switch {
	case known && !able && !a.Disabled:
		return executor.Plan{}, fault.Newf(fault.Conflict, "The source %q cannot disable accounts (it lacks SailPoint's ENABLE feature). Nothing was changed. "+
			"What fits depends on what is meant: delete_account deletes the account, remove_account only forgets SailPoint's record of it.", bounded(a.Source))
	case !known:
		p.Warnings = append(p.Warnings, "SailPoint does not say whether this source can disable accounts; it may refuse.")
	}
	return p, nil
}

// fits refuses options that the system has no place for, so that nobody thinks they were heeded.
func (o OptionsInput) fits(system identity.System) error {
	if system.Name() != identity.ESystems || o == (OptionsInput{}) {
		return nil
	}
	return fault.New(fault.Invalid, "eSystems takes neither external_verification_id nor force_provisioning; leave them out. Nothing was changed.")
}

// along is what is sent along, as the approval is bound to it.
func (o OptionsInput) along() map[string]string {
	options := map[string]string{}
	if o.ExternalVerificationID != "" {
		options["external_verification_id"] = o.ExternalVerificationID
	}
	if o.ForceProvisioning {
		options["force_provisioning"] = fmt.Sprint(true)
	}
	return options
}

// options reads back what along wrote, from the plan that was approved.
func options(plan executor.Plan) identity.Options {
	return identity.Options{
		ExternalVerificationID: plan.Options["external_verification_id"],
		ForceProvisioning:      plan.Options["force_provisioning"] == fmt.Sprint(true),
		Comments:               plan.Options["comments"],
	}
}

func (s Systems) sendDisable(ctx context.Context, plan executor.Plan) executor.Sent {
	if plan.Target == "" {
		return noTarget()
	}
	if plan.System == identity.ESystems {
		endpoint, err := s.esystems()
		if err != nil {
			return cannotSend(err)
		}
		return sent(endpoint.SetActive(ctx, plan.Target, false))
	}
	isc, err := s.sailpoint()
	if err != nil {
		return cannotSend(err)
	}
	return sent(isc.Disable(ctx, plan.Target, options(plan)))
}

func (s Systems) verifyDisabled(ctx context.Context, plan executor.Plan, _ executor.Attempt) (executor.Proof, error) {
	a, found, err := s.readBack(ctx, plan)
	switch {
	case err != nil:
		return executor.Proof{}, err
	case !found:
		return executor.Proof{Words: plan.SystemName + " no longer has the account, so nobody can tell whether it was disabled."}, nil
	case a.Disabled:
		return executor.Proof{Finding: executor.Applied, Words: "The account is disabled."}, nil
	}
	return executor.Proof{Finding: executor.NotApplied, Words: "The account is still " + status(a) + "."}, nil
}

// DisableAccount is the operation disable_account.
func DisableAccount(s Systems) executor.Operation {
	return executor.Define(executor.Spec[DisableAccountInput]{
		Name: "disable_account", Title: "Disable account", Word: "disable", Effect: executor.Change,
		Summary: "Disable one account, so that nobody can sign in with it. It keeps its entitlements and can be enabled again. " +
			"Needs no approval unless the policy asks for it.",
		Plan: s.planDisable, Send: s.sendDisable, Follow: s.followTasks, Verify: s.verifyDisabled,
	})
}
