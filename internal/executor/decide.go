package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"accountops/internal/fault"
)

// Vote is one person's decision on one request.
type Vote struct {
	RequestID   string
	Fingerprint string // of the plan that was on the card; another one is a stale card
	By          Actor
	Approve     bool
	Reason      string // required for a denial
}

// Decide records a vote. fault.Conflict says that it came too late or for another plan; fault.Denied that this person may not.
func (e *Executor) Decide(ctx context.Context, v Vote) (Request, error) {
	ctx = context.WithoutCancel(ctx)
	by, err := e.WhoIs(ctx, v.By)
	if err != nil {
		return Request{}, err
	}
	v.By = by
	read := func() (Request, error) { return e.Show(ctx, v.RequestID) }
	return change(read, func(r Request) (Request, error) {
		if err := e.decidable(ctx, r, v); err != nil {
			return r, err
		}
		if err := e.mayDecide(ctx, r, v.By); err != nil {
			return r, err
		}
		return e.vote(ctx, r, v)
	})
}

// decidable tells whether this request, as it stands, waits for this vote.
func (e *Executor) decidable(ctx context.Context, r Request, v Vote) error {
	if r.State != Pending {
		return fault.Newf(fault.Conflict, "Your click changed nothing: this request is not waiting for a decision any more. %s", e.summary(r))
	}
	if !e.now().Before(r.ExpiresAt) {
		if _, err := e.expire(ctx, r); err != nil && !errors.Is(err, ErrStale) {
			return err
		}
		return fault.New(fault.Conflict, "Your click changed nothing: this request has expired. If it is still wanted, please ask again.")
	}
	if v.Fingerprint != r.Fingerprint {
		return fault.New(fault.Conflict, "Your click changed nothing: what you saw is not what is asked now. Please look at the newest card.")
	}
	if !v.Approve && strings.TrimSpace(v.Reason) == "" {
		return &fault.Error{Kind: fault.Invalid, Sentence: "A denial needs a reason, so it was not recorded. Please say why.",
			Fields: []fault.Field{{Name: "reason", Sentence: "Please say why."}}}
	}
	return nil
}

// mayDecide lets only another, recognised person decide whom both the policy then and the policy now allow.
func (e *Executor) mayDecide(ctx context.Context, r Request, by Actor) error {
	if err := e.mayDecideAtAll(ctx, r, by); err != nil {
		return err
	}
	return e.mayTouch(ctx, r, by)
}

// mayDecideAtAll is what is asked of somebody whosever the account is.
func (e *Executor) mayDecideAtAll(ctx context.Context, r Request, by Actor) error {
	asker, err := e.WhoIs(ctx, r.By)
	if err != nil {
		return err
	}
	if by.Principal == "" || by.Same(r.By) || by.Same(asker) {
		return fault.New(fault.Denied, "You asked for this, so "+OthersHave(e.quorum(r))+" to decide. Your click changed nothing. "+
			"If it is no longer wanted, you can withdraw it.")
	}
	person, err := e.inPerson(ctx, by)
	if err != nil {
		return err
	}
	if !person.Full {
		return fault.Newf(fault.Denied, "You are %s here, and only full members decide. Your click changed nothing; it waits for one who may.", person.Why)
	}
	allowed, err := e.approver(ctx, r, by.Principal)
	switch {
	case fault.Is(err, fault.Denied): // no verdict on this person: the group is not to be trusted, and waiting does not mend that
		return fault.Wrap(err, fault.Upstream, fault.Shown(err, e.cfg.NewID).Sentence)
	case err != nil:
		return fault.Wrap(err, fault.Upstream, "Slack could not be asked whether you may approve, so your click changed nothing. Please try again in a minute.")
	case !allowed:
		return fault.New(fault.Denied, "You are not one of this request's approvers. Your click changed nothing; it waits for one of them.")
	}
	return nil
}

// approver tells whether both policies allow a principal to approve.
func (e *Executor) approver(ctx context.Context, r Request, p Principal) (bool, error) {
	for _, policy := range []Policy{r.Policy, e.cfg.Policy} {
		allowed, err := e.allowedBy(ctx, policy, p)
		if err != nil || !allowed {
			return false, err
		}
	}
	return true, nil
}

func (e *Executor) allowedBy(ctx context.Context, policy Policy, p Principal) (bool, error) {
	if slices.Contains(policy.Approvers, p) {
		return true, nil
	}
	for _, group := range policy.Groups {
		members, err := e.cfg.Directory.Members(ctx, group)
		if err != nil {
			return false, fmt.Errorf("members of %s: %w", group, err)
		}
		if slices.Contains(members, p) {
			return true, nil
		}
	}
	return false, nil
}

// holdAtLeast is how long an approval holds when it was given in the last minutes of the asking.
const holdAtLeast = 15 * time.Minute

// vote records the decision and, when it settles the matter, the end or the approval, in one step.
func (e *Executor) vote(ctx context.Context, r Request, v Vote) (Request, error) {
	if v.Approve && slices.ContainsFunc(r.Votes(), v.By.Same) {
		return r, fault.Newf(fault.Conflict, "You have approved this already; your click changed nothing. %s", e.summary(r))
	}
	now := e.now()
	r.Decisions = append(slices.Clone(r.Decisions), Decision{
		By: v.By, Approve: v.Approve, Reason: v.Reason, Fingerprint: v.Fingerprint, At: now,
	})
	if !v.Approve {
		return e.commit(ctx, r, Denied, step{event: "denied", by: v.By, line: lineDenied(v)})
	}
	quorum := e.quorum(r)
	votes := len(r.Votes())
	data := map[string]any{"votes": votes, "quorum": quorum}
	if votes < quorum {
		return e.commit(ctx, r, Pending, step{event: "voted", by: v.By, data: data, line: lineVoted(v, votes, quorum), due: e.waits(r)})
	}
	if hold := now.Add(holdAtLeast); r.ExpiresAt.Before(hold) {
		r.ExpiresAt = hold
	}
	return e.commit(ctx, r, Approved, step{event: "approved", by: v.By, data: data, line: lineApproved(v, votes, quorum), due: now})
}

// Withdraw ends a request of the caller before anything was sent. fault.Conflict when it is too late.
func (e *Executor) Withdraw(ctx context.Context, id string, by Actor, reason string) (Request, error) {
	ctx = context.WithoutCancel(ctx)
	by, err := e.WhoIs(ctx, by)
	if err != nil {
		return Request{}, err
	}
	by = e.named(ctx, by)
	read := func() (Request, error) { return e.Get(ctx, id, by) }
	return change(read, func(r Request) (Request, error) {
		switch r.State {
		case Pending, Approved:
		case Withdrawn:
			return r, fault.Newf(fault.Conflict, "This request was withdrawn already, so nothing was changed: %s. Withdrawing it again changed nothing.", what(r))
		default:
			return r, fault.Newf(fault.Conflict, "It is too late to withdraw this request; withdrawing changed nothing. %s", e.summary(r))
		}
		r.Problem = reason
		return e.commit(ctx, r, Withdrawn, step{event: "withdrawn", by: by, line: lineWithdrawn(by, reason)})
	})
}

// expire ends a request that nobody approved in time, or whose approval ran out before it could be sent.
func (e *Executor) expire(ctx context.Context, r Request) (Request, error) {
	return e.commit(ctx, r, Expired, step{event: "expired", line: "Expired: " + e.expiredWords(r)})
}
