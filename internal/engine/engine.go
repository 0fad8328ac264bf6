// Package engine wakes due steps. The table of requests says what is due; an engine only brings it to the executor.
package engine

import (
	"context"
	"time"

	"accountops/internal/executor"
)

// Engine brings due steps to the executor until ctx ends. Then it starts no more, waits for those that run, and gives nil.
// Because every step compares and swaps, a lost, late or doubled wake-up is harmless, on any number of machines.
//
// Embedded is the one for a single machine. River on PostgreSQL fills the same port for several: a job carries a
// request's id and nothing else, and the worker claims that request, hands it to Steps, and commits nothing of its own.
type Engine interface {
	Run(ctx context.Context) error
}

// Steps is what an engine needs of the executor.
type Steps interface {
	// Steps does the next step of each claimed request and returns when all are done.
	Steps(ctx context.Context, claimed []executor.Request)
	// Woken gives a channel that is signalled after each commit of this process. Signals coalesce. cancel ends it.
	Woken() (signal <-chan struct{}, cancel func())
}

// Claims is what the embedded engine needs of the store; the promises are executor.Store's.
type Claims interface {
	Claim(ctx context.Context, c executor.Claim) ([]executor.Request, error)
	NextDue(ctx context.Context) (time.Time, error)
}

// LeaseFor gives how long a step's lease lasts, so that it outlives the step's own deadlines.
func LeaseFor(t executor.Timing) time.Duration { return t.Send + t.Look + 15*time.Second }
