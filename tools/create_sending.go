package tools

import (
	"context"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

func (s Systems) sendCreate(ctx context.Context, plan executor.Plan) executor.Sent {
	attributes := attributesOf(plan)
	if plan.System == identity.ESystems {
		endpoint, err := s.esystems()
		if err != nil {
			return cannotSend(err)
		}
		return sent(endpoint.Create(ctx, attributes))
	}
	isc, err := s.sailpoint()
	if err != nil {
		return cannotSend(err)
	}
	return sent(isc.Create(ctx, plan.Account.SourceID, attributes))
}

// attributesOf reads back what asOptions wrote, from the plan that was approved.
func attributesOf(plan executor.Plan) map[string]string {
	out := map[string]string{}
	for name, value := range plan.Options {
		if attribute, ok := strings.CutPrefix(name, attributeOption); ok {
			out[attribute] = value
		}
	}
	return out
}

// verifyCreated finds the account by its key, and compares what was sent with what it has.
func (s Systems) verifyCreated(ctx context.Context, plan executor.Plan, attempt executor.Attempt) (executor.Proof, error) {
	system, err := s.named(plan.System)
	if err != nil {
		return executor.Proof{}, err
	}
	if plan.Exists {
		return verifyWritten(ctx, system, plan, attempt, plan.Target)
	}
	q := identity.Query{Text: plan.Account.Name, By: identity.ByUsername, Limit: mostChoices}
	if plan.System == identity.SailPoint {
		q = identity.Query{Text: plan.Account.NativeIdentity, Source: plan.Account.SourceID, By: identity.ByExternalID, Limit: mostChoices}
	}
	found, err := system.Find(ctx, q)
	switch {
	case err != nil:
		return executor.Proof{}, err
	case len(found.Accounts) > 0:
		return verifyWritten(ctx, system, plan, attempt, found.Accounts[0].ID)
	case found.Cut:
		return executor.Proof{Words: "There are too many accounts to find it among."}, nil
	}
	return executor.Proof{Finding: executor.NotApplied, Words: plan.SystemName + " has no such account."}, nil
}

// verifyWritten compares what was sent with what the account has: that it is there, or was changed, may be somebody else's doing.
// Another value proves nothing either way, since a system may write a value in its own way.
func verifyWritten(ctx context.Context, system identity.System, plan executor.Plan, attempt executor.Attempt, id string) (executor.Proof, error) {
	attributes := attributesOf(plan)
	got, err := system.Compare(ctx, id, attributes)
	there := "The account exists; its id is " + id + "."
	switch {
	case fault.Is(err, fault.NotFound):
		return executor.Proof{Words: plan.SystemName + " no longer has the account."}, nil
	case err != nil:
		return executor.Proof{}, err
	case len(got.Differs) > 0:
		return executor.Proof{Words: there + " But it does not have all that was sent: " + names(got.Differs) + " differs."}, nil
	case len(got.Hidden) > 0:
		return executor.Proof{Words: there + " But " + plan.SystemName + " does not show all that was sent, so nothing tells whether it was written: " + names(got.Hidden) + "."}, nil
	case attempt.Outcome != executor.Accepted && onlyKey(plan, attributes):
		return executor.Proof{Words: there + " But nothing besides its key was sent, so somebody else may have made it."}, nil
	}
	return executor.Proof{Finding: executor.Applied, Words: there + " It has everything that was sent."}, nil
}

// onlyKey tells whether nothing was sent by which an account could be told from one that somebody else made.
func onlyKey(plan executor.Plan, attributes map[string]string) bool {
	for _, value := range attributes {
		if value != "" && value != plan.Account.Name && value != plan.Account.NativeIdentity {
			return false
		}
	}
	return true
}

// names lists attributes, whose names are whatever was asked for.
func names(attributes []string) string {
	out := make([]string, len(attributes))
	for i, name := range attributes {
		out[i] = bounded(name)
	}
	return strings.Join(out, ", ")
}

// CreateAccount is the operation create_account.
func CreateAccount(s Systems) executor.Operation {
	return executor.Define(executor.Spec[CreateAccountInput]{
		Name: "create_account", Title: "Create account", Word: "create", Effect: executor.Change, Overwrites: true,
		Summary: "Create one account: in SailPoint a record on a source (meant for delimited files; nothing appears at a connected " +
			"source itself), in eSystems the account. Undone by delete_account only. Refuses one that exists; update_existing writes over it, " +
			"for good, if another person approves. Needs no approval otherwise, unless policy asks.",
		Check: s.checkCreate, Plan: s.planCreate, Send: s.sendCreate, Follow: s.follow, Batch: identity.SailPoint, Verify: s.verifyCreated,
	})
}
