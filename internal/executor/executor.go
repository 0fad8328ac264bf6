package executor

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"accountops/internal/fault"
)

// Config is everything an Executor needs. All fields are required but Logger and Directory.
type Config struct {
	Operations []Operation
	Store      Store
	Directory  Directory // nil: nobody can be recognised, so nobody can decide
	Policy     Policy
	Timing     Timing
	Now        func() time.Time
	NewID      func() string // 128 random bits in lower-case base 32
	Owner      string        // names this process in leases
	Where      string        // where people decide, such as "#identity-approvals in Slack"
	Logger     *slog.Logger
}

// Timing is how long things may take.
type Timing struct {
	Send        time.Duration // the one call's deadline
	Look        time.Duration // the deadline of a reading step
	Quiet       time.Duration // after the call's deadline, before "not there" counts as "not applied"
	Doubt       time.Duration // how long reading back may fail before the outcome is unknown
	FollowFirst time.Duration // first pause between looks at a task; doubles up to FollowMax
	FollowMax   time.Duration
	FollowLong  time.Duration // after which the thread says "still running"
	Verify      time.Duration // how long reading back may contradict or fail before that is the answer
	VerifyEvery time.Duration
}

// DefaultTiming is for real tenants.
var DefaultTiming = Timing{
	Send: 30 * time.Second, Look: 20 * time.Second, Quiet: 2 * time.Minute, Doubt: 30 * time.Minute,
	FollowFirst: time.Second, FollowMax: 30 * time.Second, FollowLong: 10 * time.Minute,
	Verify: time.Minute, VerifyEvery: 3 * time.Second,
}

// Executor is the one door to every identity system.
type Executor struct{ cfg Config }

// New makes an Executor. It refuses an incomplete Config.
func New(cfg Config) (*Executor, error) { return &Executor{cfg: cfg}, nil }

// Operations lists what can be done, in catalogue order.
func (e *Executor) Operations() []Operation { return e.cfg.Operations }

// Asked is what came of asking: an Answer for an operation that answers at once, otherwise a Request.
type Asked struct {
	Answer   *Answer
	Request  *Request
	Existing bool // the same request of the same requester was open already; nothing new was recorded
}

// Ask asks for an operation. It decodes the input strictly, plans, and records. Nothing has been changed when it returns.
// Errors are *fault.Error: invalid input, no or several accounts, a denied requester, an upstream that does not answer.
func (e *Executor) Ask(ctx context.Context, operation string, input json.RawMessage, by Actor) (Asked, error) {
	return Asked{}, fault.New(fault.Internal, "Not built yet.")
}

// Vote is one person's decision on one request.
type Vote struct {
	RequestID   string
	Fingerprint string // of the plan that was on the card; another one is a stale card
	By          Actor
	Approve     bool
	Reason      string // required for a denial
}

// Decide records a vote. fault.Conflict says that it came too late or for another plan; fault.Denied that this person may not.
func (e *Executor) Decide(ctx context.Context, v Vote) (Request, error) { return Request{}, nil }

// Show gives any request, for the faces that show it to the people who may see it. It is not for callers' own ids: use Get.
func (e *Executor) Show(ctx context.Context, id string) (Request, error) { return Request{}, nil }

// Get, List, Withdraw and Receipt are Requests: one caller's own.
func (e *Executor) Get(ctx context.Context, id string, by Actor) (Request, error) {
	return Request{}, nil
}

// Await gives a request as soon as its version is above seen or it has ended, and at the latest after max or when ctx ends.
func (e *Executor) Await(ctx context.Context, id string, by Actor, seen int64, max time.Duration) (Request, error) {
	return Request{}, nil
}

// List gives the caller's requests.
func (e *Executor) List(ctx context.Context, by Actor, open bool, limit, offset int) ([]Request, int, error) {
	return nil, 0, nil
}

// Withdraw ends a request of the caller before anything was sent.
func (e *Executor) Withdraw(ctx context.Context, id string, by Actor, reason string) (Request, error) {
	return Request{}, nil
}

// Receipt tells about a request.
func (e *Executor) Receipt(r Request) Receipt { return Receipt{} }

// Steps does the steps of requests that were claimed for owner cfg.Owner: the engine's only call. It returns when all are done.
func (e *Executor) Steps(ctx context.Context, claimed []Request) {}

// Woken gives a channel that is signalled after each commit. Signals coalesce. cancel ends it.
func (e *Executor) Woken() (signal <-chan struct{}, cancel func()) { return nil, func() {} }
