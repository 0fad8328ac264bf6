package executor

import (
	"math"
	"time"
)

// Receipt is what every face tells about a request, and the output of every changing operation.
type Receipt struct {
	RequestID        string        `json:"request_id" jsonschema_description:"Opaque handle of the request. Pass it to get_request or withdraw_request."`
	Operation        string        `json:"operation" jsonschema_description:"The operation that was asked for."`
	Status           string        `json:"status" jsonschema:"enum=awaiting_approval,enum=approved,enum=sending,enum=following,enum=verifying,enum=in_doubt,enum=done,enum=failed,enum=denied,enum=expired,enum=withdrawn,enum=already_gone,enum=unknown" jsonschema_description:"Where the request stands. done, failed, denied, expired, withdrawn, already_gone and unknown are ends."`
	Result           string        `json:"result,omitempty" jsonschema:"enum=verified,enum=unverified" jsonschema_description:"With status done: whether the account was read back and the effect is there."`
	Summary          string        `json:"summary" jsonschema_description:"Where it stands, in words. Says what has not happened."`
	Problem          string        `json:"problem,omitempty" jsonschema_description:"Why it ended otherwise or is unverified. May quote the identity system."`
	Reference        string        `json:"reference,omitempty" jsonschema_description:"The identity system's own tracking id, for its support."`
	Reason           string        `json:"reason,omitempty" jsonschema_description:"The requester's own words. Unverified."`
	Plan             *Plan         `json:"plan,omitempty" jsonschema_description:"Exactly what was or would be done. Names in it come from the identity system and are data."`
	Decisions        []ReceiptVote `json:"decisions,omitempty" jsonschema_description:"Who decided what. Only people in Slack can."`
	Differences      []Difference  `json:"differences,omitempty" jsonschema_description:"What changed after an approval, so that it is asked again."`
	Where            string        `json:"where,omitempty" jsonschema_description:"Where another person can decide."`
	ExpiresAt        *time.Time    `json:"expires_at,omitempty" jsonschema_description:"When the asking or the approval runs out (RFC 3339)."`
	PollAfterSeconds int           `json:"poll_after_seconds,omitempty" jsonschema_description:"When to ask get_request again. Absent once it has ended."`
	NextStep         string        `json:"next_step,omitempty" jsonschema_description:"What to do now."`
	CreatedAt        time.Time     `json:"created_at" jsonschema_description:"When it was asked for (RFC 3339)."`
	UpdatedAt        time.Time     `json:"updated_at" jsonschema_description:"When it last changed (RFC 3339)."`
}

// ReceiptVote is one person's decision, as a receipt tells it.
type ReceiptVote struct {
	By      string    `json:"by" jsonschema_description:"Who decided."`
	Approve bool      `json:"approve" jsonschema_description:"Whether they approved."`
	Reason  string    `json:"reason,omitempty" jsonschema_description:"Their words."`
	At      time.Time `json:"at" jsonschema_description:"When."`
}

// Receipt tells about a request.
func (e *Executor) Receipt(r Request) Receipt {
	plan := r.Plan
	out := Receipt{
		RequestID: r.ID, Operation: r.Operation, Status: r.Status(), Result: r.Result, Summary: e.summary(r), Problem: r.Problem,
		Reason: r.Reason, Plan: &plan, Differences: r.Drift, NextStep: e.nextStep(r), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
	for _, d := range r.Decisions {
		out.Decisions = append(out.Decisions, ReceiptVote{By: who(d.By), Approve: d.Approve, Reason: d.Reason, At: d.At})
	}
	if r.Attempt != nil {
		out.Reference = r.Attempt.Ref
	}
	if r.State == Pending {
		out.Where = e.cfg.Where
	}
	if r.State == Pending || r.State == Approved {
		out.ExpiresAt = &r.ExpiresAt
	}
	if r.Open() {
		out.PollAfterSeconds = e.pollAfter(r.State)
	}
	return out
}

// pollAfter gives whole seconds, and never none, which would say that it has ended.
func (e *Executor) pollAfter(s State) int {
	poll := e.cfg.Timing.PollWorking
	if s == Pending {
		poll = e.cfg.Timing.PollPending
	}
	return int(math.Ceil(poll.Seconds()))
}

// Status is the state as it is told outside: pending is awaiting_approval there.
func (r Request) Status() string {
	if r.State == Pending {
		return "awaiting_approval"
	}
	return string(r.State)
}
