package executor

import (
	"context"
	"errors"
	"fmt"
)

// proof reads the target back.
func (e *Executor) proof(ctx context.Context, op Operation, r Request) (Proof, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timing.Look)
	defer cancel()
	return op.verify(ctx, r.Plan, *r.Attempt)
}

// readBack compares what the upstream says it did with what is true now. What is true decides.
func (e *Executor) readBack(ctx context.Context, op Operation, r Request) error {
	p, err := e.proof(ctx, op, r)
	waited := e.now().Sub(r.Attempt.ReadFrom)
	failedTask := r.Attempt.TaskState == FailedTask
	switch {
	case err == nil && p.Finding == Applied:
		return e.done(ctx, r, Verified, p.Words)
	case err == nil && p.Finding == NotApplied && (failedTask || waited >= e.cfg.Timing.Verify):
		return e.failed(ctx, r, notAppliedWords(r, p))
	case waited < e.cfg.Timing.Verify:
		return later{errors.Join(err, errors.New("reading back does not show it yet")), e.cfg.Timing.VerifyEvery}
	case failedTask, r.Attempt.TaskState == EndedTask:
		return e.failed(ctx, r, endWords(r, r.Attempt.TaskState)+" It is not known whether anything was changed. "+unprovedWords(p, err)+
			taskWords(r)+" Please look at the account before you ask again.")
	}
	e.log.InfoContext(ctx, "reading back stayed unclear", "request", r.ID, "error", err)
	return e.done(ctx, r, Unverified, r.Plan.SystemName+" says that it did it. "+unprovedWords(p, err)+" Please look at the account.")
}

func (e *Executor) done(ctx context.Context, r Request, result, words string) error {
	r.Result, r.Note, r.Problem = result, words, ""
	line := "Done, verified: " + words
	if result == Unverified {
		r.Note, r.Problem = "", words
		line = "Done, unverified: " + words
	}
	if r.Attempt.TaskState == FailedTask && result == Verified {
		line += " The task itself ended badly." + taskWords(r)
	}
	_, err := e.commit(ctx, r, Done, step{event: "done", data: map[string]any{"result": result}, line: line})
	return err
}

func (e *Executor) failed(ctx context.Context, r Request, words string) error {
	r.Problem = words
	_, err := e.commit(ctx, r, Failed, step{event: "failed", line: "Failed: " + words})
	return err
}

// resolve finds out by reading back what became of a call whose answer never came. It never sends.
func (e *Executor) resolve(ctx context.Context, op Operation, r Request) error {
	now := e.now()
	p, err := e.proof(ctx, op, r)
	a := *r.Attempt
	r.Attempt = &a
	switch {
	case err == nil && p.Finding == Applied:
		a.ReadFrom = now
		_, err := e.commit(ctx, r, Verifying, step{event: "found_applied", due: now, line: "Reading back shows that the call was applied."})
		return err
	case err == nil && p.Finding == Underway:
		a.Task, a.AnswerAt = p.Task, now
		_, err := e.commit(ctx, r, Following, step{event: "found_underway", due: now, data: map[string]any{"task": p.Task},
			line: "Reading back shows that " + r.Plan.SystemName + " has it in hand: " + p.Task + "."})
		return err
	case err == nil && p.Finding == NotApplied && now.After(a.Deadline.Add(e.cfg.Timing.Quiet)):
		return e.failed(ctx, r, "The call got no clear answer, and reading back at "+moment(now)+" shows that the account is as it was: "+
			"nothing was changed. It will not be sent again. If it is still wanted, please ask again."+said(a.Said, a.Code, a.Ref))
	case (err != nil || p.Finding == Unsure) && now.After(a.Deadline.Add(e.cfg.Timing.Doubt)):
		r.Problem = fmt.Sprintf("The call to %s got no clear answer. %s It is not known whether anything was changed. "+
			"It will not be sent again. Please look at the account before you ask again.", r.Plan.SystemName, unprovedWords(p, err)) + said(a.Said, a.Code, a.Ref)
		_, err := e.commit(ctx, r, Unknown, step{event: "unknown", line: "Outcome unknown: " + r.Problem})
		return err
	}
	return later{errors.Join(err, errors.New("still in doubt")), e.cfg.Timing.VerifyEvery}
}
