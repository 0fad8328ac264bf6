package executor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"accountops/internal/fault"
)

// Steps does the next step of each request, which were claimed for owner cfg.Owner, and returns when all are done: the engine's
// only call. A step that fails is due again later; one that somebody else made first is dropped.
func (e *Executor) Steps(ctx context.Context, claimed []Request) {
	var others sync.WaitGroup
	var following []Request
	for _, r := range claimed {
		if r.State == Following {
			following = append(following, r)
			continue
		}
		others.Go(func() {
			defer e.recovered(ctx, r)
			e.settle(ctx, r, e.one(ctx, r))
		})
	}
	e.follow(ctx, following)
	others.Wait()
}

// recovered keeps a mistake in one operation from ending the process. Its request's lease runs out, and the step is made anew;
// one that was being sent is read back.
func (e *Executor) recovered(ctx context.Context, r Request) {
	if p := recover(); p != nil {
		e.log.ErrorContext(ctx, "a step broke off; its lease will run out", "request", r.ID, "state", r.State,
			"incident", e.cfg.NewID(), "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
	}
}

// one does the step of a request that is not followed in a batch.
func (e *Executor) one(ctx context.Context, r Request) error {
	op, known := e.byName[r.Operation]
	if !known {
		return errors.New("its operation is no longer in the catalogue: the request waits for a version that has it")
	}
	switch r.State {
	case Pending:
		return e.lapse(ctx, r)
	case Approved:
		return e.act(ctx, op, r)
	case Sending:
		return e.givenUp(ctx, r)
	case Verifying:
		return e.readBack(ctx, op, r)
	case InDoubt:
		return e.resolve(ctx, op, r)
	}
	return nil
}

// later is the error of a step that could not be made now, and is no mistake.
type later struct {
	cause error
	pause time.Duration
}

func (l later) Error() string { return "not now: " + l.cause.Error() }
func (l later) Unwrap() error { return l.cause }

// settle puts off what could not be done now.
func (e *Executor) settle(ctx context.Context, r Request, err error) {
	if err == nil || errors.Is(err, ErrStale) {
		return // done, or somebody else was first
	}
	pause := e.cfg.Timing.Retry
	level := slog.LevelError
	if l, ok := errors.AsType[later](err); ok {
		pause, level = l.pause, slog.LevelDebug
	}
	e.log.Log(ctx, level, "the step waits", "request", r.ID, "state", r.State, "pause", pause, "error", err)
	if err := e.cfg.Store.Defer(context.WithoutCancel(ctx), r.ID, e.cfg.Owner, e.now().Add(pause)); err != nil {
		e.log.ErrorContext(ctx, "the step could not be put off; its lease will run out", "request", r.ID, "error", err)
	}
}

// lapse ends a request that nobody decided in time, and reminds of it before.
func (e *Executor) lapse(ctx context.Context, r Request) error {
	now := e.now()
	due := e.waits(r)
	switch {
	case !now.Before(r.ExpiresAt):
		_, err := e.expire(ctx, r)
		return err
	case now.Before(due):
		return later{errors.New("it has not expired yet"), due.Sub(now)}
	}
	r.RemindedAt = now
	_, err := e.commit(ctx, r, Pending, step{event: "reminded", due: r.ExpiresAt, loud: true, line: lineReminded(r, e.quorum(r))})
	return err
}

// waits tells when something is due for a request that waits for people: a reminder, or its end. A policy that would remind
// as soon as it is asked does not remind.
func (e *Executor) waits(r Request) time.Time {
	remind := e.cfg.Policy.Remind
	if remind <= 0 || remind >= r.Policy.Expiry || !r.RemindedAt.IsZero() {
		return r.ExpiresAt
	}
	return r.ExpiresAt.Add(-remind)
}

// act takes an approved request through the second look to the sending.
func (e *Executor) act(ctx context.Context, op Operation, r Request) error {
	if !e.now().Before(r.ExpiresAt) {
		_, err := e.expire(ctx, r)
		return err
	}
	look, cancel := context.WithTimeout(ctx, e.cfg.Timing.Look)
	defer cancel()
	plan, err := op.plan(look, r.Input, r.Plan.Target) // the very account that was shown, whatever its words match now
	if err != nil {
		return e.noPlan(ctx, r, err)
	}
	// The operation, its plan and today's policy say whether a vote is needed; the record can only ask for more.
	r.NeedsVote = r.NeedsVote || e.cfg.Policy.needsVoteFor(op, plan)
	if Fingerprint(op.Name, plan) != r.Fingerprint {
		return e.drifted(ctx, r, plan)
	}
	r.Plan = plan // what no approval is bound to, as the e-mail address, still tells whose account it is
	if r.NeedsVote {
		stands, err := e.stillApproved(look, r)
		if err != nil || !stands {
			return err
		}
	}
	return e.send(ctx, op, r, plan)
}

// stillApproved counts again, at the last moment, who may approve now; a vote that no longer counts asks again.
func (e *Executor) stillApproved(ctx context.Context, r Request) (bool, error) {
	var counted []Actor
	decisions := slices.Clone(r.Decisions)
	for i, d := range decisions {
		if !d.Approve || d.Void || d.Fingerprint != r.Fingerprint {
			continue
		}
		by, counts, err := e.stillCounts(ctx, r, d.By)
		if err != nil {
			return false, later{err, e.cfg.Timing.Retry}
		}
		decisions[i].Void = !counts || slices.ContainsFunc(counted, by.Same)
		counted = append(counted, by)
	}
	r.Decisions = decisions
	if len(r.Votes()) >= e.quorum(r) {
		return true, nil
	}
	_, err := e.commit(ctx, r, Pending, step{event: "vote_void", due: e.waits(r), loud: true,
		line: "An approver may no longer approve, so that vote does not count. Nothing has been changed; it is asked again."})
	return false, err
}

// stillCounts tells whether a vote would be taken now, and whose it is: its giver may approve, and neither asked nor owns the account,
// whatever has been linked since. An identity that was theirs and is somebody else's by now leaves in doubt whose vote it was.
func (e *Executor) stillCounts(ctx context.Context, r Request, gave Actor) (by Actor, counts bool, err error) {
	if by, err = e.WhoIs(ctx, Actor{Principal: gave.Principal}); err != nil {
		return by, false, err
	}
	if gave.As != "" {
		came, err := e.WhoIs(ctx, Actor{Principal: gave.As})
		if err != nil || came.Principal != by.Principal {
			return by, false, err
		}
		by.As = gave.As
	}
	err = e.mayDecide(ctx, r, by)
	if fault.Is(err, fault.Denied) {
		return by, false, nil
	}
	return by, err == nil, err
}

// noPlan settles a second look that gave no plan: the account is gone, the upstream is away, or the verb no longer fits.
func (e *Executor) noPlan(ctx context.Context, r Request, why error) error {
	switch fault.KindOf(why) {
	case fault.Internal, fault.Upstream:
		return later{why, min(max(e.now().Sub(r.UpdatedAt)/10, e.cfg.Timing.Retry), time.Minute)}
	case fault.NotFound:
		_, err := e.commit(ctx, r, AlreadyGone, step{event: "already_gone",
			line: "Already gone: the account no longer exists, so nothing was sent."})
		return err
	default:
		r.Problem = fault.Shown(why, e.cfg.NewID).Sentence
		_, err := e.commit(ctx, r, Failed, step{event: "failed", data: map[string]any{"why": "second look"},
			line: "Failed: the second look refused it, so nothing was sent. " + r.Problem})
		return err
	}
}

// alreadySo ends a request for what the second look found done.
func (e *Executor) alreadySo(ctx context.Context, r Request, plan Plan) error {
	r.Note, r.Result, r.Plan = plan.Already, Verified, plan
	_, err := e.commit(ctx, r, Done, step{event: "already_so", line: "Done: " + plan.Already + " Nothing was sent."})
	return err
}

// drifted asks again when the account is not as it was approved. What needed no approval ends instead.
func (e *Executor) drifted(ctx context.Context, r Request, plan Plan) error {
	if plan.Already != "" && !r.NeedsVote {
		return e.alreadySo(ctx, r, plan)
	}
	r.Drift = Differences(r.Plan, plan)
	if !r.NeedsVote {
		r.Problem = "The account changed between asking and sending, so nothing was sent. Please look at it and ask again."
		_, err := e.commit(ctx, r, Failed, step{event: "drifted", line: "Failed: " + r.Problem})
		return err
	}
	r.Decisions = slices.Clone(r.Decisions)
	for i := range r.Decisions {
		r.Decisions[i].Void = true // an approval is used once: it does not come back when the account does
	}
	r.Title, r.Plan, r.Fingerprint = cmp.Or(plan.Title, r.Title), plan, Fingerprint(r.Operation, plan)
	r.ExpiresAt, r.RemindedAt = e.now().Add(r.Policy.Expiry), time.Time{}
	_, err := e.commit(ctx, r, Pending, step{event: "drifted", due: e.waits(r), loud: true, data: map[string]any{"differences": len(r.Drift)},
		line: "The account changed after the approval, so nothing was sent. What will happen now is on the card; it is asked again. " + driftWords(r.Drift)})
	return err
}
