package tools

import (
	"context"

	"accountops/internal/executor"
	"accountops/internal/identity"
)

// RemoveAccountInput is the input of remove_account.
type RemoveAccountInput struct {
	AccountInput
	Reason string `json:"reason" jsonschema:"maxLength=1000" jsonschema_description:"Why. The approver reads it."`
}

const callRemove = "POST /accounts/v1/{id}/remove"

func (s Systems) planRemove(ctx context.Context, in RemoveAccountInput, target string) (executor.Plan, error) {
	isc, err := s.onSailPoint(in.System, "eSystems cannot remove a record and leave the account: what fits there is to delete the account itself. "+
		"Nothing was changed.", "delete_account")
	if err != nil {
		return executor.Plan{}, err
	}
	a, err := in.account(ctx, isc, target)
	if err != nil {
		return executor.Plan{}, err
	}
	p := s.plan(isc, a)
	p.Call = callRemove
	p.Changes = []string{
		"SailPoint forgets its record of this account, with the entitlements it knows of it.",
		"Nothing changes at the source: whoever uses the account there can go on using it.",
	}
	p.Warnings = warnings(a)
	p.Consequence = "If the source still lists the account, it comes back at the next aggregation."
	if a.Direct {
		p.Warnings = append(p.Warnings, "The source is connected, so the account comes back at the next aggregation unless it is gone there."+deletable(a))
		p.Consequence = "It comes back at the next aggregation, because the account stays at its connected source."
	}
	return withPending(ctx, isc, p, "It may be deleted at its source as well.")
}

// deletable says what deletes the account at its source, where something does.
func deletable(a identity.Account) string {
	switch able, known := has(a, "DELETE"); {
	case able:
		return " To delete it at the source, ask to delete the account."
	case !known:
		return " To delete it at the source, ask to delete the account; SailPoint does not say whether the source supports that, so it may refuse."
	}
	return ""
}

func (s Systems) sendRemove(ctx context.Context, plan executor.Plan) executor.Sent {
	isc, err := s.sailpoint()
	switch {
	case err != nil:
		return cannotSend(err)
	case plan.Target == "":
		return noTarget()
	}
	return sent(isc.Remove(ctx, plan.Target))
}

// RemoveAccount is the operation remove_account.
func RemoveAccount(s Systems) executor.Operation {
	return executor.Define(executor.Spec[RemoveAccountInput]{
		Name: "remove_account", Title: "Remove account", Word: "remove", Effect: executor.Destroy,
		Summary: "Ask to remove SailPoint's record of one account. Nothing changes at the source, so the record comes back at the next " +
			"aggregation while the account exists there; to delete it there use delete_account. Another person must approve in Slack first.",
		Plan: s.planRemove, Send: s.sendRemove, Follow: s.follow, Batch: identity.SailPoint, Verify: s.verifyGone,
	})
}
