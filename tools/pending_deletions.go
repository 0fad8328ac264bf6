package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

const (
	deletionPage  = 250
	deletionPages = 20              // how far one of ours is looked for
	pendingPages  = 4               // how far a plan looks: each page is a call of the budget
	pendingTime   = 5 * time.Second // how long a plan that needs no approval waits for it
	pendingLabel  = "Pending deletion requests"
)

// deletionsOf reads an account's deletion requests. The list has neither a filter nor a promised order, so it is read page by page until
// it ends; whole tells that it did within so many pages.
func deletionsOf(ctx context.Context, isc identity.ISC, account string, mine bool, pages int) (found []identity.Deletion, whole bool, err error) {
	read := 0
	for range pages {
		got, err := isc.DeletionRequests(ctx, identity.Page{Limit: deletionPage, Offset: read, Count: true, Mine: mine})
		if err != nil {
			return nil, false, err
		}
		for _, d := range got.Requests {
			if d.AccountID == account {
				found = append(found, d)
			}
		}
		read += len(got.Requests)
		short := len(got.Requests) < deletionPage && got.Total >= 0 && read >= got.Total
		if short || len(got.Requests) == 0 {
			return found, true, nil
		}
	}
	return found, false, nil
}

// pending gives the deletion requests for an account that have not ended, and the fact that tells about them.
func pending(ctx context.Context, isc identity.ISC, account string) ([]identity.Deletion, executor.Fact, error) {
	all, whole, err := deletionsOf(ctx, isc, account, false, pendingPages)
	if err != nil {
		return nil, executor.Fact{Label: pendingLabel, Value: "not known: they could not be read"}, err
	}
	var open []identity.Deletion
	var words []string
	for _, d := range all {
		if d.Task.State == identity.Running {
			open = append(open, d)
			words = append(words, strings.TrimSuffix(strings.TrimSpace(d.ID+" by "+d.Requester+", "+d.Task.Note), "."))
		}
	}
	value := "none"
	switch {
	case len(open) > 0:
		value = strings.Join(words, "; ")
	case !whole:
		value = fmt.Sprintf("none among the first %d that SailPoint lists; there are more", pendingPages*deletionPage)
	}
	return open, executor.Fact{Label: pendingLabel, Value: value}, nil
}

// pendingFact tells a plan that destroys nothing. Whatever keeps it from being read does not stop that plan.
func pendingFact(ctx context.Context, isc identity.ISC, account string) executor.Fact {
	ctx, cancel := context.WithTimeout(ctx, pendingTime)
	defer cancel()
	_, fact, _ := pending(ctx, isc, account)
	return fact
}

// withPending tells a plan that destroys which deletion requests are open for its account, as a fact and, since an approver must not
// overlook it, as a warning. also says what that means for the plan. A client that may not read them is warned of; anything else that
// keeps them from being read is an error, because the approval is bound to the warnings.
func withPending(ctx context.Context, isc identity.ISC, p executor.Plan, also string) (executor.Plan, error) {
	open, fact, err := pending(ctx, isc, p.Target)
	if err != nil && !fault.Is(err, fault.Denied) {
		return executor.Plan{}, err
	}
	p.Facts = append(p.Facts, fact)
	if err != nil {
		p.Warnings = append(p.Warnings, "Whether SailPoint has a deletion request for this account already is not known: "+
			"our client may not read them (that needs a personal access token, which has a user).")
	}
	for _, d := range open {
		p.Warnings = append(p.Warnings, fmt.Sprintf("SailPoint has a deletion request for this account already (%s, made by %s at %s). %s",
			bounded(d.ID), bounded(d.Requester), moment(d.CreatedAt), also))
	}
	return p, nil
}
