package tools

import (
	"context"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

// DeleteAccountInput is the input of delete_account.
type DeleteAccountInput struct {
	AccountInput
	Reason   string `json:"reason" jsonschema:"maxLength=1000" jsonschema_description:"Why. The approver reads it."`
	Comments string `json:"comments,omitempty" jsonschema:"maxLength=1000" jsonschema_description:"Sent along with a SailPoint deletion request."`
}

// The three calls that delete. Which one it is stands in the plan, so it is part of what is approved.
const (
	callRequestDeletion = "POST /account-requests/v1/account/{id}/delete"
	callDeleteRecord    = "DELETE /accounts/v1/{id}"
	callDeleteEndpoint  = "DELETE /Account/{id}?Name=Id"
)

const delimitedFile = "DelimitedFile"

func (s Systems) planDelete(ctx context.Context, in DeleteAccountInput, target string) (executor.Plan, error) {
	system, err := s.named(in.System)
	if err != nil {
		return executor.Plan{}, err
	}
	a, err := in.account(ctx, system, target)
	if err != nil {
		return executor.Plan{}, err
	}
	if system.Name() == identity.ESystems {
		return s.planDeleteEndpoint(system, a, in.Comments), nil
	}
	isc, err := s.sailpoint()
	if err != nil {
		return executor.Plan{}, err
	}
	a, err = withSource(ctx, isc, a)
	if err != nil {
		return executor.Plan{}, err
	}
	able, known := has(a, "DELETE")
	switch {
	case strings.EqualFold(a.SourceType, delimitedFile):
		return withPending(ctx, isc, s.planDeleteRecord(isc, a, in.Comments), "It may be carried out as well.")
	case a.Direct && (able || !known):
		return withPending(ctx, isc, s.planRequestDeletion(isc, a, in.Comments, known), "This would be another one, which SailPoint may refuse.")
	}
	return executor.Plan{}, undeletable(a)
}

// withSource reads what the account does not say about its source: which call deletes it depends on that. A connected
// source that says what it can do needs no reading, which HELPDESK may not.
func withSource(ctx context.Context, isc identity.ISC, a identity.Account) (identity.Account, error) {
	if a.SourceType != "" && len(a.Features) > 0 || a.Direct && len(a.Features) > 0 {
		return a, nil
	}
	source, err := isc.Source(ctx, a.SourceID)
	if err != nil && !a.Direct && a.SourceType == "" {
		return a, err // nothing known: neither call may be tried
	}
	if err != nil {
		return a, nil //nolint:nilerr // the account alone says enough; the plan warns of what is not known
	}
	if a.SourceType == "" {
		a.SourceType = source.Type
	}
	if len(a.Features) == 0 {
		a.Features = source.Features
	}
	a.Direct = a.Direct || source.Direct
	return a, nil
}

func (s Systems) planRequestDeletion(isc identity.ISC, a identity.Account, comments string, known bool) executor.Plan {
	p := s.plan(isc, a)
	p.Call = callRequestDeletion
	because := "is connected"
	if known {
		because += " and supports deletion"
	}
	p.Changes = []string{
		"The account is deleted at its source, because the source " + because + ": SailPoint gets a deletion request for it.",
		"SailPoint then asks for its own approval as well, by default of the source owner, which may take days.",
	}
	p.Warnings = warnings(a)
	if !known {
		p.Warnings = append(p.Warnings, "SailPoint does not say whether this source supports deletion; it may refuse.")
	}
	p.Consequence = "It cannot be undone. If a role or policy still grants the account, SailPoint may create a new one at the next identity refresh."
	if comments != "" {
		p.Options = map[string]string{"comments": comments}
	}
	return p
}

func (s Systems) planDeleteRecord(isc identity.ISC, a identity.Account, comments string) executor.Plan {
	p := s.plan(isc, a)
	p.Call = callDeleteRecord
	p.Changes = []string{"SailPoint deletes its record of this account, because it came from a delimited file: there is no target system to delete it at."}
	p.Warnings = withoutComments(warnings(a), comments)
	p.Consequence = "If the account is still in the file, it comes back at the next aggregation of that file."
	return p
}

func (s Systems) planDeleteEndpoint(system identity.System, a identity.Account, comments string) executor.Plan {
	p := s.plan(system, a)
	p.Call = callDeleteEndpoint
	p.Changes = []string{"eSystems deletes the account itself."}
	p.Warnings = withoutComments(warnings(a), comments)
	p.Consequence = "It does not come back by itself, and it is not documented that it can be restored."
	return p
}

func withoutComments(warnings []string, comments string) []string {
	if comments == "" {
		return warnings
	}
	return append(warnings, "The comments are not sent along: this call takes none.")
}

// undeletable refuses before anybody is asked, and names the verb that fits.
func undeletable(a identity.Account) error {
	why := "its source does not support deletion"
	if !a.Direct {
		why = "its source is neither connected nor a delimited file"
	}
	fits, next := "to remove it, which only makes SailPoint forget its record of it", "remove_account"
	if able, _ := has(a, "ENABLE"); able {
		fits, next = "to disable it, which keeps anybody from using it, or "+fits, "disable_account"
	}
	return fault.Newf(fault.Conflict, "SailPoint cannot delete this account: %s (%q). Nothing was changed. What fits is %s.",
		why, bounded(a.Source), fits).WithNext(next)
}

func (s Systems) sendDelete(ctx context.Context, plan executor.Plan) executor.Sent {
	if plan.Target == "" {
		return noTarget()
	}
	if plan.Call == callDeleteEndpoint {
		endpoint, err := s.esystems()
		if err != nil {
			return cannotSend(err)
		}
		return sent(endpoint.Delete(ctx, plan.Target))
	}
	isc, err := s.sailpoint()
	switch {
	case err != nil:
		return cannotSend(err)
	case plan.Call == callRequestDeletion:
		answer := sent(isc.RequestDeletion(ctx, plan.Target, options(plan)))
		answer.Task = asDeletion(answer.Task)
		return answer
	case plan.Call == callDeleteRecord:
		return sent(isc.DeleteRecord(ctx, plan.Target))
	}
	return cannotSend(fault.New(fault.Conflict, "The plan names a call that this version does not know, so nothing was sent."))
}

// DeleteAccount is the operation delete_account.
func DeleteAccount(s Systems) executor.Operation {
	return executor.Define(executor.Spec[DeleteAccountInput]{
		Name: "delete_account", Title: "Delete account", Word: "delete", Effect: executor.Destroy,
		Summary: "Ask to delete one account for good: at its connected source by a SailPoint deletion request, SailPoint's record of a " +
			"delimited-file account, or the eSystems account. Cannot be undone. Another person must approve in Slack first.",
		Plan: s.planDelete, Send: s.sendDelete, Follow: s.follow, Batch: identity.SailPoint, Verify: s.verifyDelete,
	})
}
