package executor

import (
	"context"
	"fmt"
	"time"
)

// follow looks at the tasks of all these requests, in one batch an operation.
func (e *Executor) follow(ctx context.Context, requests []Request) {
	batches := map[string][]Request{}
	for _, r := range requests {
		batches[r.Operation] = append(batches[r.Operation], r)
	}
	for name, batch := range batches {
		progress, err := e.progress(ctx, name, batch)
		for _, r := range batch {
			if err != nil {
				e.settle(ctx, r, later{err, e.pause(r)})
				continue
			}
			p, known := progress[r.Attempt.Task]
			e.settle(ctx, r, e.followed(ctx, r, p, known))
		}
	}
}

func (e *Executor) progress(ctx context.Context, operation string, batch []Request) (map[string]Progress, error) {
	op, known := e.byName[operation]
	if !known || op.follow == nil {
		return nil, fmt.Errorf("operation %s cannot be followed by this version", operation)
	}
	tasks := make([]string, 0, len(batch))
	for _, r := range batch {
		tasks = append(tasks, r.Attempt.Task)
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timing.Look)
	defer cancel()
	return op.follow(ctx, tasks)
}

// vanishAfter is how long a task may be missing from the answers before it counts as vanished: a new one may not be listed yet.
const vanishAfter = 10 * time.Second

// followed makes the step that a task's progress calls for.
func (e *Executor) followed(ctx context.Context, r Request, p Progress, known bool) error {
	now := e.now()
	a := *r.Attempt
	r.Attempt = &a
	age := now.Sub(a.AnswerAt)
	if !known && age >= vanishAfter {
		p = Progress{State: FailedTask, Note: "no longer knows the task"}
		known = true
	}
	if known && p.State != Running {
		a.TaskState, a.TaskNote, a.ReadFrom = p.State, p.Note, now
		_, err := e.commit(ctx, r, Verifying, step{event: "task_ended", due: now, line: lineTaskEnded(r, p),
			data: map[string]any{"task": a.Task, "succeeded": p.State == Succeeded}})
		return err
	}
	if age >= e.cfg.Timing.FollowLong && !a.LongSaid {
		a.LongSaid = true
		_, err := e.commit(ctx, r, Following, step{event: "still_running", due: now.Add(e.pause(r)),
			line: "Still running at " + r.Plan.SystemName + " since " + a.AnswerAt.Format(time.RFC3339) + ". It is followed on."})
		return err
	}
	if p.Note != "" && p.Note != a.TaskNote {
		a.TaskNote, r.Note = p.Note, p.Note
		_, err := e.commit(ctx, r, Following, step{event: "progress", due: now.Add(e.pause(r)), line: r.Plan.SystemName + ": " + stopped(p.Note)})
		return err
	}
	return later{fmt.Errorf("task %s is running", a.Task), e.pause(r)}
}

// pause is how long to wait before the next look: a tenth of the task's age, between the first and the longest pause.
func (e *Executor) pause(r Request) time.Duration {
	t := e.cfg.Timing
	return min(max(e.now().Sub(r.Attempt.AnswerAt)/10, t.FollowFirst), t.FollowMax)
}
