package tools

import (
	"context"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

// outcomes and taskStates are the same words on both sides of the port; anything else is unclear, or still running.
var (
	outcomes = map[identity.Outcome]executor.Outcome{
		identity.Unclear: executor.Unclear, identity.Accepted: executor.Accepted, identity.Refused: executor.Refused, identity.NotSent: executor.NotSent,
	}
	taskStates = map[identity.TaskState]executor.TaskState{
		identity.Running: executor.Running, identity.Succeeded: executor.Succeeded, identity.Failed: executor.FailedTask,
		identity.Ended: executor.EndedTask,
	}
)

func sent(a identity.Answer) executor.Sent {
	return executor.Sent{Outcome: outcomes[a.Outcome], Task: a.Task, Status: a.Status, Err: a.Err}
}

// cannotSend is for a call that cannot be made at all.
func cannotSend(err error) executor.Sent {
	shown := fault.Shown(err, func() string { return "not sent" })
	return executor.Sent{Outcome: executor.NotSent, Err: shown}
}

// noTarget refuses a plan without its one account: an empty id must never reach a path.
func noTarget() executor.Sent {
	return cannotSend(fault.New(fault.Conflict, "The plan names no account, so nothing was sent."))
}

func progress(tasks map[string]identity.Task) map[string]executor.Progress {
	out := make(map[string]executor.Progress, len(tasks))
	for id, t := range tasks {
		out[id] = executor.Progress{State: taskStates[t.State], Note: t.Note, Waiting: t.Waiting}
	}
	return out
}

// readBack reads a plan's target. found is false when the system no longer has it.
func (s Systems) readBack(ctx context.Context, plan executor.Plan) (a identity.Account, found bool, err error) {
	system, err := s.named(plan.System)
	if err != nil {
		return a, false, err
	}
	a, err = system.Get(ctx, plan.Target)
	if fault.Is(err, fault.NotFound) {
		return identity.Account{}, false, nil
	}
	return a, err == nil, err
}

// verifyGone proves that an account is no longer there.
func (s Systems) verifyGone(ctx context.Context, plan executor.Plan, _ executor.Attempt) (executor.Proof, error) {
	_, found, err := s.readBack(ctx, plan)
	switch {
	case err != nil:
		return executor.Proof{}, err
	case found:
		return executor.Proof{Finding: executor.NotApplied, Words: plan.SystemName + " still has the account."}, nil
	}
	return executor.Proof{Finding: executor.Applied, Words: plan.SystemName + " no longer has the account."}, nil
}
