package tools

import (
	"context"
	"slices"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/identity"
)

func (s Systems) sendCreate(ctx context.Context, plan executor.Plan) executor.Sent {
	attributes := map[string]string{}
	for name, value := range plan.Options {
		if attribute, ok := strings.CutPrefix(name, attributeOption); ok {
			attributes[attribute] = value
		}
	}
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

// verifyCreated finds the account by its key. That an account which was there before was changed shows only in when it changed.
func (s Systems) verifyCreated(ctx context.Context, plan executor.Plan, _ executor.Attempt) (executor.Proof, error) {
	if plan.Exists {
		return s.verifyUpdated(ctx, plan)
	}
	system, err := s.named(plan.System)
	if err != nil {
		return executor.Proof{}, err
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
		return executor.Proof{Finding: executor.Applied, Words: "The account exists; its id is " + found.Accounts[0].ID + "."}, nil
	case found.Cut:
		return executor.Proof{Words: "There are too many accounts to find it among."}, nil
	}
	return executor.Proof{Finding: executor.NotApplied, Words: plan.SystemName + " has no such account."}, nil
}

func (s Systems) verifyUpdated(ctx context.Context, plan executor.Plan) (executor.Proof, error) {
	a, found, err := s.readBack(ctx, plan)
	switch {
	case err != nil:
		return executor.Proof{}, err
	case found && !a.ModifiedAt.IsZero() && !slices.Contains(plan.Facts, changedFact(a)): // told by the system's own clock, not by ours
		return executor.Proof{Finding: executor.Applied, Words: "The account was changed at " + moment(a.ModifiedAt) + "."}, nil
	case found:
		return executor.Proof{Words: "The account is there, but nothing shows whether the attributes were written."}, nil
	}
	return executor.Proof{Words: plan.SystemName + " no longer has the account."}, nil
}

// CreateAccount is the operation create_account.
func CreateAccount(s Systems) executor.Operation {
	return executor.Define(executor.Spec[CreateAccountInput]{
		Name: "create_account", Title: "Create account", Word: "create", Effect: executor.Change,
		Summary: "Create one account: in SailPoint a record on a source (meant for delimited-file sources; nothing is created at a connected " +
			"source itself), in eSystems the account. Refuses one that exists. Undone by delete_account only. Needs no approval unless the policy asks for it.",
		Check: s.checkCreate, Plan: s.planCreate, Send: s.sendCreate, Follow: s.follow, Batch: identity.SailPoint, Verify: s.verifyCreated,
	})
}
