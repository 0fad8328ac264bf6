package executor_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// upstream is an identity system with one account, and every answer it can give.
type upstream struct {
	mu       sync.Mutex
	exists   bool
	account  executor.Account
	plan     executor.Plan // what Plan starts from
	planErr  error
	plans    int
	sends    int
	outcome  executor.Sent
	applies  bool // whether a sending takes the account away, or disables it, at once
	progress map[string]executor.Progress
	looks    int             // how often Follow was asked
	unread   error           // what Follow answers besides the progress
	proof    *executor.Proof // what Verify says instead of the truth
	proofErr error
	sending  func() // called while a sending is under way
	absent   bool   // the account is still to be made
}

type input struct {
	Account string `json:"account" jsonschema_description:"The account."`
	Reason  string `json:"reason" jsonschema_description:"Why."`
}

func (u *upstream) Plan(_ context.Context, _ input, target string) (executor.Plan, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.plans++
	if u.planErr != nil {
		return executor.Plan{}, u.planErr
	}
	if !u.exists {
		return executor.Plan{}, fault.New(fault.NotFound, "There is no such account. Nothing was changed.")
	}
	p := u.plan
	p.System, p.SystemName, p.Target, p.Exists, p.Account = "sailpoint", "SailPoint", u.account.ID, true, u.account
	if u.absent {
		p.Target, p.Exists = "", false
	}
	if target != "" && target != u.account.ID {
		return executor.Plan{}, fault.New(fault.NotFound, "There is no such account. Nothing was changed.")
	}
	return p, nil
}

func (u *upstream) Send(context.Context, executor.Plan) executor.Sent {
	u.mu.Lock()
	u.sends++
	if u.applies {
		u.exists = false
	}
	during, sent := u.sending, u.outcome
	u.mu.Unlock()
	if during != nil {
		during()
	}
	return sent
}

func (u *upstream) Follow(_ context.Context, tasks []string) (map[string]executor.Progress, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.looks++
	if u.progress == nil {
		return nil, fault.New(fault.Upstream, "SailPoint did not answer.")
	}
	out := map[string]executor.Progress{}
	for _, t := range tasks {
		if p, ok := u.progress[t]; ok {
			out[t] = p
		}
	}
	return out, u.unread
}

func (u *upstream) Verify(context.Context, executor.Plan, executor.Attempt) (executor.Proof, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.proofErr != nil:
		return executor.Proof{}, u.proofErr
	case u.proof != nil:
		return *u.proof, nil
	case u.exists:
		return executor.Proof{Finding: executor.NotApplied, Words: "The account is still there."}, nil
	}
	return executor.Proof{Finding: executor.Applied, Words: "The account is no longer there."}, nil
}

// set changes the upstream between steps.
func (u *upstream) set(change func(*upstream)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change(u)
}

func (u *upstream) sent() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.sends
}

// crashing is a store whose process dies at one of its commits: before it is on disk, or just after.
type crashing struct {
	executor.Store
	at     executor.State
	before bool
	mu     sync.Mutex
	dead   bool
}

var errCrash = errors.New("the process died")

func (c *crashing) Commit(ctx context.Context, s executor.Step) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return errCrash
	}
	if s.Request.State != c.at {
		return c.Store.Commit(ctx, s)
	}
	c.dead = true
	if c.before {
		return errCrash
	}
	if err := c.Store.Commit(ctx, s); err != nil {
		return err
	}
	return errCrash
}

func (c *crashing) Defer(context.Context, string, string, time.Time) error { return errCrash }
