package engine

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"accountops/internal/executor"
)

// slots bounds how many calls run at once. Only the dispatcher takes them, so that room cannot shrink under it.
type slots struct {
	mu   sync.Mutex
	free int
}

func (s *slots) room() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free
}

func (s *slots) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free += n
}

// start hands requests to the executor in one call and gives the slot back when it ends.
func (e *Embedded) start(ctx context.Context, from *slots, claimed []executor.Request) {
	from.add(-1)
	mine, before := e.take(claimed)
	// Stopping must not cut a step short: steps have deadlines of their own, and Run waits for them.
	ctx = context.WithoutCancel(ctx)
	e.running.Go(func() {
		defer e.finish(from, claimed, mine)
		defer e.recovered(ctx, claimed)
		for _, call := range before {
			<-call
		}
		e.steps.Steps(ctx, claimed)
	})
}

// take notes that a new call has these requests, and gives the earlier calls that still have one of them: those whose
// last step is committed and which are about to return, and those whose lease ended before its time because the clock was
// put forward. The new call waits for them, so that a step that runs is never taken for a dead one.
func (e *Embedded) take(claimed []executor.Request) (mine chan struct{}, before []chan struct{}) {
	mine = make(chan struct{})
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range claimed {
		if call, busy := e.inHand[r.ID]; busy {
			before = append(before, call)
		}
		e.inHand[r.ID] = mine
	}
	return mine, before
}

// finish makes room again and says so.
func (e *Embedded) finish(from *slots, claimed []executor.Request, mine chan struct{}) {
	e.mu.Lock()
	for _, r := range claimed {
		if e.inHand[r.ID] == mine {
			delete(e.inHand, r.ID)
		}
	}
	e.mu.Unlock()
	close(mine)
	from.add(1)
	select {
	case e.ended <- struct{}{}:
	default:
	}
}

// recovered logs a panic with an incident id. The lease is left to run out, so that a step that panics each time does not
// do so without pause. Of the value only a runtime error is logged: any other may hold what must not be in a log.
func (e *Embedded) recovered(ctx context.Context, claimed []executor.Request) {
	value := recover()
	if value == nil {
		return
	}
	what := fmt.Sprintf("%T", value)
	if err, ok := value.(runtime.Error); ok {
		what = err.Error()
	}
	ids := make([]string, 0, len(claimed))
	for _, r := range claimed {
		ids = append(ids, r.ID)
	}
	e.log.ErrorContext(ctx, "a step panicked; its lease will run out", "incident", e.opts.NewID(), "requests", ids,
		"panic", what, "stack", string(debug.Stack()))
}
