package executor

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// follow looks at the tasks of all these requests, in one batch for all operations that share it.
func (e *Executor) follow(ctx context.Context, requests []Request) {
	batches := map[string][]Request{}
	for _, r := range requests {
		name := e.byName[r.Operation].batch
		batches[name] = append(batches[name], r)
	}
	for _, batch := range batches {
		progress, err := e.progress(ctx, batch)
		for _, r := range batch {
			p, known := progress[r.Attempt.Task]
			if err != nil && !known {
				e.settle(ctx, r, e.unread(ctx, r, err))
				continue
			}
			e.settle(ctx, r, e.followed(ctx, r, p, known))
		}
	}
}

func (e *Executor) progress(ctx context.Context, batch []Request) (map[string]Progress, error) {
	op := e.byName[batch[0].Operation]
	if op.follow == nil {
		return nil, fmt.Errorf("operation %s cannot be followed by this version", batch[0].Operation)
	}
	tasks := make([]string, 0, len(batch))
	for _, r := range batch {
		tasks = append(tasks, r.Attempt.Task)
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timing.Look)
	defer cancel()
	return op.follow(ctx, tasks)
}

const (
	// vanishAfter is how long a task may be missing from the answers before it counts as vanished: a new one may not be listed
	// yet, and one answer may leave one out.
	vanishAfter = 10 * time.Second
	// tasksKept is how long upstreams keep what became of a task: one that could not be read for that long cannot be any more.
	tasksKept = 90 * 24 * time.Hour
)

// followed makes the step that a task's progress calls for.
func (e *Executor) followed(ctx context.Context, r Request, p Progress, known bool) error {
	now := e.now()
	a := *r.Attempt
	r.Attempt = &a
	if !known && now.Sub(a.AnswerAt) >= vanishAfter {
		if a.MissingAt.IsZero() {
			a.MissingAt = now
			_, err := e.commit(ctx, r, Following, step{event: "task_missing", due: now.Add(max(e.pause(r, p), vanishAfter))})
			return err
		}
		p, known = Progress{State: EndedTask, Note: "no longer knows the task"}, true
	}
	if known && p.State != Running {
		return e.ended(ctx, r, p)
	}
	if known && !a.MissingAt.IsZero() {
		a.MissingAt = time.Time{}
		_, err := e.commit(ctx, r, Following, step{event: "task_back", due: now.Add(e.pause(r, p))})
		return err
	}
	if e.long(r) {
		a.LongSaid = true
		_, err := e.commit(ctx, r, Following, step{event: "still_running", due: now.Add(e.pause(r, p)), line: lineStillRunning(r, p)})
		return err
	}
	if p.Note != "" && p.Note != a.TaskNote {
		a.TaskNote, r.Note = p.Note, p.Note
		_, err := e.commit(ctx, r, Following, step{event: "progress", due: now.Add(e.pause(r, p)), line: strings.TrimSpace(noted(r, p.Note))})
		return err
	}
	return later{fmt.Errorf("task %s is running", a.Task), e.pause(r, p)}
}

// ended goes on to reading back, which decides. How far the task was is over with it.
func (e *Executor) ended(ctx context.Context, r Request, p Progress) error {
	a := *r.Attempt
	a.TaskState, a.TaskNote, a.ReadFrom = p.State, p.Note, e.now()
	r.Attempt, r.Note = &a, ""
	_, err := e.commit(ctx, r, Verifying, step{event: "task_ended", due: a.ReadFrom, line: lineTaskEnded(r, p),
		data: map[string]any{"task": a.Task, "succeeded": p.State == Succeeded}})
	return err
}

// unread is for a task that the upstream does not let us read. People are told, and it is followed on for as long as it could be read.
func (e *Executor) unread(ctx context.Context, r Request, why error) error {
	now := e.now()
	switch {
	case now.Sub(r.Attempt.AnswerAt) >= tasksKept:
		return e.ended(ctx, r, Progress{State: EndedTask, Note: "did not say how far the task is"})
	case e.long(r):
		a := *r.Attempt
		a.LongSaid = true
		r.Attempt = &a
		_, err := e.commit(ctx, r, Following, step{event: "not_readable", due: now.Add(e.pause(r, Progress{})), line: lineUnread(r, why)})
		return err
	}
	return later{why, e.pause(r, Progress{})}
}

// long tells whether people are to be told now that it takes long.
func (e *Executor) long(r Request) bool {
	return !r.Attempt.LongSaid && e.now().Sub(r.Attempt.AnswerAt) >= e.cfg.Timing.FollowLong
}

// pause is how long to wait before the next look: a tenth of the task's age, between the first and the longest pause.
func (e *Executor) pause(r Request, p Progress) time.Duration {
	age := e.now().Sub(r.Attempt.AnswerAt)
	return min(max(age/10, e.cfg.Timing.FollowFirst), e.longestPause(age, p))
}

// longestPause grows for a task that waits for people: they take days, and looks of every few seconds would take the upstream's budget
// of calls all that time.
func (e *Executor) longestPause(age time.Duration, p Progress) time.Duration {
	longest := e.cfg.Timing.FollowMax
	switch {
	case !p.Waiting || age < e.cfg.Timing.FollowLong:
		return longest
	case age < 24*time.Hour:
		return max(longest, time.Minute)
	}
	return max(longest, 5*time.Minute)
}
