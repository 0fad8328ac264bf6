package executor

import (
	"context"
	"errors"
	"strings"
	"time"

	"accountops/internal/fault"
)

// send commits Sending, makes the one call, and records what became of it. It is the only caller of an operation's send.
func (e *Executor) send(ctx context.Context, op Operation, r Request, plan Plan) error {
	now := e.now()
	if plan.Already != "" {
		return e.alreadySo(ctx, r, plan)
	}
	// Stopping the process must not cut the call short: the engine waits for it.
	ctx = context.WithoutCancel(ctx)
	r.Plan = plan
	r.Attempt = &Attempt{StartedAt: now, Deadline: now.Add(e.cfg.Timing.Send)}
	r, err := e.commit(ctx, r, Sending, step{
		event: "sending", data: map[string]any{"target": plan.Target, "call": plan.Call}, due: r.Attempt.Deadline,
		lease: &Lease{Owner: e.cfg.Owner, Until: r.Attempt.Deadline.Add(e.cfg.Timing.Look)},
		line:  lineSending(plan),
	})
	if err != nil {
		return err
	}
	calling, cancel := context.WithTimeout(ctx, r.Attempt.Deadline.Sub(e.cfg.Now()))
	defer cancel()
	sent := op.send(calling, plan)
	return e.answered(ctx, r, sent)
}

// answered records the outcome of the one call. When somebody gave the attempt up meanwhile, it is kept as evidence.
func (e *Executor) answered(ctx context.Context, r Request, sent Sent) error {
	now := e.now()
	a := *r.Attempt
	a.Outcome, a.Answered, a.Task, a.Status, a.AnswerAt, a.ReadFrom = sent.Outcome, true, sent.Task, sent.Status, now, now
	if sent.Err != nil {
		a.Said, a.Code, a.Ref = sent.Err.Said, sent.Err.Code, sent.Err.Ref
	}
	r.Attempt = &a
	to, s := e.afterAnswer(&r, sent, now)
	s.event, s.data = "answered", map[string]any{"outcome": sent.Outcome.String(), "task": sent.Task, "status": sent.Status, "ref": a.Ref}
	err := e.insist(func() error {
		_, err := e.commit(ctx, r, to, s)
		return err
	})
	if errors.Is(err, ErrStale) {
		return e.evidence(ctx, r, sent)
	}
	return err
}

// afterAnswer says where an answer leads.
func (e *Executor) afterAnswer(r *Request, sent Sent, now time.Time) (State, step) {
	system := r.Plan.SystemName
	switch {
	case sent.Outcome == Accepted && sent.Task != "":
		r.Note = "task " + sent.Task
		return Following, step{line: system + " took the call; its task is " + sent.Task + ".", due: now.Add(e.cfg.Timing.FollowFirst)}
	case sent.Outcome == Accepted:
		return Verifying, step{line: system + " took the call. Reading the account back.", due: now}
	case sent.Outcome == Refused:
		r.Problem = refusedWords(system, sent.Err)
		return Failed, step{line: "Failed: " + r.Problem}
	case sent.Outcome == NotSent:
		r.Problem = "The call was not sent, so nothing was changed." + whyWords(sent.Err)
		return Failed, step{line: "Failed: " + r.Problem}
	default:
		return InDoubt, step{line: "No clear answer came from " + system + ". Reading the account back; the call is not sent again.", due: now}
	}
}

// insist tries a few times to record what cannot be learned again. If the disk does not take it, the lease runs out and
// reading back finds the truth.
func (e *Executor) insist(record func() error) error {
	var err error
	for range 5 {
		if err = record(); err == nil || errors.Is(err, ErrStale) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// evidence keeps an answer that came after the attempt was given up, and uses its task while the outcome is in doubt.
func (e *Executor) evidence(ctx context.Context, r Request, sent Sent) error {
	record := e.entry(r, "late_answer", System, map[string]any{"outcome": sent.Outcome.String(), "task": sent.Task, "status": sent.Status})
	if err := e.cfg.Store.Append(ctx, record); err != nil {
		return err
	}
	if sent.Outcome != Accepted || sent.Task == "" {
		return nil
	}
	read := func() (Request, error) { return e.Show(ctx, r.ID) }
	_, err := change(read, func(now Request) (Request, error) {
		if now.State != InDoubt {
			return now, nil
		}
		now.Attempt = r.Attempt
		return e.commit(ctx, now, Following, step{event: "task_known", data: map[string]any{"task": sent.Task}, due: e.now(),
			line: "The answer came after all; the task is " + sent.Task + "."})
	})
	return err
}

// givenUp is for a request that is found in Sending by somebody who did not put it there: the sender is gone. It is
// resolved by reading back and never sent again.
func (e *Executor) givenUp(ctx context.Context, r Request) error {
	_, err := e.commit(ctx, r, InDoubt, step{event: "in_doubt", due: e.now(),
		line: "The call may have been sent when accountops stopped. Reading the account back; the call is not sent again."})
	return err
}

// whyWords gives the client's own sentence, which is ours, and quotes the upstream where it was read first and answered.
func whyWords(err *fault.Error) string {
	if err == nil || err.Sentence == "" {
		return " Please ask again later."
	}
	return " " + err.Sentence + said(err.Said, err.Code, err.Ref)
}

// refusedWords gives the client's own sentence, which may know what would help, and quotes the upstream.
func refusedWords(system string, err *fault.Error) string {
	words := system + " refused the call, so nothing was changed."
	if err == nil {
		return words
	}
	if strings.HasSuffix(err.Sentence, "Nothing was changed.") {
		words = err.Sentence
	}
	return words + said(err.Said, err.Code, err.Ref)
}

// said quotes an upstream, with what its support asks for.
func said(text, code, ref string) string {
	words := ""
	if text != "" {
		words += " It said: " + stopped(text)
	}
	switch {
	case code != "" && ref != "":
		words += " (code " + code + ", reference " + ref + ")"
	case ref != "":
		words += " (reference " + ref + ")"
	case code != "":
		words += " (code " + code + ")"
	}
	return words
}
