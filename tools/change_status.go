package tools

import (
	"context"
	"fmt"
	"slices"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

// StatusInput is the input of disable_account, enable_account and unlock_account.
type StatusInput struct {
	AccountInput
	Reason string `json:"reason,omitempty" jsonschema:"maxLength=1000" jsonschema_description:"Why."`
	OptionsInput
}

// OptionsInput is what SailPoint takes along with a change.
type OptionsInput struct {
	ExternalVerificationID string `json:"external_verification_id,omitempty" jsonschema:"maxLength=256" jsonschema_description:"SailPoint: passed through to an external verification."`
	ForceProvisioning      bool   `json:"force_provisioning,omitempty" jsonschema_description:"SailPoint: write to the source even if nothing seems to differ; also unlocks."`
}

// statusChange is what differs between the operations that change an account's status, bound to the systems.
type statusChange struct {
	Systems
	verb, done  string // "disable", "disabled"
	changes     string // what will happen, a sentence
	bare        string // the same where the system tells no entitlements; empty when it is the same
	consequence string
	feature     string // of the source, without which SailPoint cannot do it
	fits        string // what fits on a source without the feature, a sentence
	call        string // SailPoint's
	endpoint    string // eSystems'; empty when it has none
	unknown     string // the refusal where eSystems has none
	active      bool   // what Is_Active becomes in eSystems
	is          func(identity.Account) bool
	beware      func(a identity.Account, forced bool) []string
	isc         func(identity.ISC, context.Context, string, identity.Options) identity.Answer
}

// plan plans the change for one account.
func (c statusChange) plan(ctx context.Context, in StatusInput, target string) (executor.Plan, error) {
	system, err := c.system(in.System)
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
	p := c.Systems.plan(system, a)
	p.Call, p.Changes, p.Consequence = c.endpoint, []string{c.changes}, c.consequence
	if a.Entitlements == nil && c.bare != "" {
		p.Changes = []string{c.bare}
	}
	p.Warnings = append(warnings(a), c.beware(a, in.ForceProvisioning)...)
	if c.is(a) {
		p.Already = "The account is already " + c.done + "."
	}
	if system.Name() == identity.ESystems {
		return p, nil
	}
	return c.planISC(ctx, in, a, p)
}

// system is where it is to be done; without a call of its own, eSystems refuses.
func (c statusChange) system(name string) (identity.System, error) {
	if c.endpoint == "" {
		return c.onSailPoint(name, c.unknown, "enable_account")
	}
	return c.named(name)
}

func (c statusChange) planISC(ctx context.Context, in StatusInput, a identity.Account, p executor.Plan) (executor.Plan, error) {
	isc, err := c.sailpoint()
	if err != nil {
		return executor.Plan{}, err
	}
	p.Call, p.Options = c.call, in.along()
	if in.ForceProvisioning {
		p.Warnings = append(p.Warnings, "With force_provisioning SailPoint writes to the source even if nothing seems to differ, and adds an unlock.")
		if p.Already != "" {
			p.Warnings, p.Already = append(p.Warnings, c.forced()), ""
		}
	}
	able, known := has(a, c.feature)
	switch {
	case known && !able && !c.is(a):
		return executor.Plan{}, fault.Newf(fault.Conflict, "The source %q cannot %s accounts (it lacks SailPoint's %s feature). Nothing was changed. %s",
			bounded(a.Source), c.verb, c.feature, c.fits)
	case !known:
		p.Warnings = append(p.Warnings, "SailPoint does not say whether this source can "+c.verb+" accounts; it may refuse.")
	}
	p.Facts = append(p.Facts, pendingFact(ctx, isc, a.ID))
	return p, nil
}

// asWell is for a warning of one status beside another.
func asWell(is bool) string {
	if is {
		return " as well"
	}
	return ""
}

// forced is the warning of a change of what is so already. Reading back finds it by these words.
func (c statusChange) forced() string {
	return "SailPoint shows the account as " + c.done + " already: it is sent all the same, and reading back cannot show what it did."
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

// send makes the one call.
func (c statusChange) send(ctx context.Context, plan executor.Plan) executor.Sent {
	if plan.Target == "" {
		return noTarget()
	}
	if plan.System == identity.ESystems && c.endpoint != "" {
		endpoint, err := c.esystems()
		if err != nil {
			return cannotSend(err)
		}
		return sent(endpoint.SetActive(ctx, plan.Target, c.active))
	}
	isc, err := c.sailpoint()
	if err != nil {
		return cannotSend(err)
	}
	return sent(c.isc(isc, ctx, plan.Target, options(plan)))
}

// verify reads the account back.
func (c statusChange) verify(ctx context.Context, plan executor.Plan, _ executor.Attempt) (executor.Proof, error) {
	a, found, err := c.readBack(ctx, plan)
	switch {
	case err != nil:
		return executor.Proof{}, err
	case !found:
		return executor.Proof{Words: plan.SystemName + " no longer has the account, so nobody can tell whether it was " + c.done + "."}, nil
	case !c.is(a):
		return executor.Proof{Finding: executor.NotApplied, Words: "The account is still " + status(a) + "."}, nil
	case slices.Contains(plan.Warnings, c.forced()):
		return executor.Proof{Words: "The account is " + c.done + ", as it was before, so nothing shows what the call did."}, nil
	}
	return executor.Proof{Finding: executor.Applied, Words: "The account is " + c.done + "."}, nil
}
