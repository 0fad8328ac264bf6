package executor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"accountops/internal/fault"
)

// Asked is what came of asking: an Answer for an operation that answers at once, otherwise a Request.
type Asked struct {
	Answer   *Answer
	Request  *Request
	Existing bool // the same request of the same requester was open already; nothing new was recorded
}

// Ask asks for an operation. It decodes the input strictly, plans, and records. Nothing has been changed when it returns.
// Errors are *fault.Error: invalid input, no or several accounts, a denied requester, an upstream that does not answer.
func (e *Executor) Ask(ctx context.Context, operation string, input json.RawMessage, by Actor) (Asked, error) {
	return e.AskOnce(ctx, "", operation, input, by)
}

// AskOnce is Ask for a face that may be handed the same thing twice, after a crash or in another process: for one origin
// there is one request, whatever has become of it since.
func (e *Executor) AskOnce(ctx context.Context, origin, operation string, input json.RawMessage, by Actor) (Asked, error) {
	op, known := e.byName[operation]
	if !known {
		return Asked{}, fault.Newf(fault.NotFound, "There is no operation %q. Nothing was changed. There are: %s.", operation, e.names())
	}
	by, err := e.signedIn(ctx, by)
	if err != nil {
		return Asked{}, err
	}
	if len(input) == 0 {
		input = json.RawMessage("{}")
	}
	look, cancel := context.WithTimeout(ctx, e.cfg.Timing.Look)
	defer cancel()
	if op.Direct() {
		answer, err := op.answer(look, input, Call{By: by, Requests: e})
		if err != nil {
			return Asked{}, late(err)
		}
		return Asked{Answer: &answer}, nil
	}
	if err := e.mayAsk(look, e.cfg.Policy.needsVote(op), by); err != nil {
		return Asked{}, err
	}
	if origin == "" { // what has an origin is told from a repetition by it
		done, err := e.asking.turn(look, callOf(op, input, by))
		if err != nil {
			return Asked{}, late(err)
		}
		defer done()
		if same, err := e.sameCall(look, op, input, by); err != nil || same != nil {
			return Asked{Request: same, Existing: same != nil}, err
		}
	}
	plan, err := e.planned(look, op, input, by)
	if err != nil {
		return Asked{}, unplanned(err)
	}
	return e.record(ctx, e.arrival(op, origin, input, e.named(look, by), plan))
}

// planned plans what may be asked for. A plan that turns out to write over what is not kept is asked about like what destroys.
func (e *Executor) planned(ctx context.Context, op Operation, input json.RawMessage, by Actor) (Plan, error) {
	if e.cfg.Policy.needsVote(op) {
		if err := e.withinLimits(ctx, op, input, by); err != nil {
			return Plan{}, err
		}
		return op.plan(ctx, input, "")
	}
	plan, err := op.plan(ctx, input, "")
	if err != nil || !plan.Overwrites {
		return plan, err
	}
	if err := e.mayAsk(ctx, true, by); err != nil {
		return Plan{}, err
	}
	return plan, e.withinLimits(ctx, op, input, by)
}

// named gives somebody who came by an assistant the name that Slack knows, so that people read who is behind it.
func (e *Executor) named(ctx context.Context, by Actor) Actor {
	if _, _, linked := by.Principal.Slack(); by.Door == DoorSlack || !linked || e.cfg.Directory == nil {
		return by
	}
	if person, err := e.cfg.Directory.Person(ctx, by.Principal); err == nil && person.Name != "" {
		by.Name = person.Name
	}
	return by
}

// unplanned says of a failed plan that nothing was changed, where the reading that failed does not.
func unplanned(err error) error {
	err = late(err)
	e, ours := errors.AsType[*fault.Error](err)
	if !ours || e.Kind != fault.Upstream || strings.Contains(strings.ToLower(e.Sentence), "nothing ") {
		return err
	}
	said := *e
	said.Sentence += " Nothing was changed."
	return &said
}

// late gives a deadline that ran out while reading its sentence.
func late(err error) error {
	if errors.Is(err, context.DeadlineExceeded) && fault.KindOf(err) == fault.Internal {
		return fault.Wrap(err, fault.Upstream, "The identity system did not answer in time. Nothing was changed. Please try again.")
	}
	return err
}

func (e *Executor) names() string {
	names := make([]string, 0, len(e.cfg.Operations))
	for _, op := range e.cfg.Operations {
		names = append(names, op.Name)
	}
	return strings.Join(names, ", ")
}

// mayAsk lets only recognised, full members ask for what needs a vote: whoever cannot be recognised cannot be told from
// their own approver. Whoever comes from Slack must be one for what only changes, too: nobody approves that.
func (e *Executor) mayAsk(ctx context.Context, needsVote bool, by Actor) error {
	if _, _, member := by.Principal.Slack(); !member {
		if !needsVote {
			return nil
		}
		return fault.New(fault.Denied, "You are not linked to a person in Slack, so an approver could be you. Nothing was changed. "+
			"Ask your administrator to link your token, or the local user (MCP_LOCAL_PRINCIPAL), to your Slack member.")
	}
	person, err := e.inPerson(ctx, by)
	if err != nil {
		return err
	}
	if !person.Full {
		return fault.Newf(fault.Denied, "You are %s here, and only full members may ask for this. Nothing was changed. One of them can ask for it.", person.Why)
	}
	return nil
}

// inPerson recognises an actor: the person, and the Slack member by whom they came when that is another one. Either one's
// flaw is theirs.
func (e *Executor) inPerson(ctx context.Context, by Actor) (Person, error) {
	person, err := e.person(ctx, by.Principal)
	if _, _, member := by.As.Slack(); err != nil || !person.Full || !member {
		return person, err
	}
	return e.person(ctx, by.As)
}

// person recognises a principal; every doubt is a refusal.
func (e *Executor) person(ctx context.Context, p Principal) (Person, error) {
	if e.cfg.Directory == nil {
		return Person{}, fault.New(fault.Denied, "No directory of people is configured, so nobody can be recognised. Nothing was changed.")
	}
	person, err := e.cfg.Directory.Person(ctx, p)
	if fault.Is(err, fault.NotFound) {
		return Person{}, fault.Wrap(err, fault.Denied, "You are not known in this Slack workspace. Nothing was changed.")
	}
	if err != nil {
		return Person{}, fault.Wrap(err, fault.Upstream, "Slack could not be asked who you are, so nothing was changed. Please try again in a minute.")
	}
	return person, nil
}

// withinLimits refuses what recording would refuse anyway before an identity system is asked for a plan, so that a runaway
// assistant does not use up the calls that others need. The same words again are let through: they may get their open request.
func (e *Executor) withinLimits(ctx context.Context, op Operation, input json.RawMessage, by Actor) error {
	open, recent, err := e.cfg.Store.Tally(ctx, by.Principal, e.now().Add(-Recent))
	if err != nil {
		return fmt.Errorf("count the requests of %s: %w", by.Principal, err)
	}
	reached := e.cfg.Limits.Reached(open, recent)
	if reached == nil {
		return nil
	}
	mine, _, err := e.cfg.Store.List(ctx, Filter{By: by.Principal, Open: true, Limit: 250})
	if err != nil {
		return fmt.Errorf("read the open requests of %s: %w", by.Principal, err)
	}
	if slices.ContainsFunc(mine, func(r Request) bool { return r.Operation == op.Name && bytes.Equal(r.Input, input) }) {
		return nil
	}
	return e.beyond(ctx, by, reached)
}

// beyond says which limit a requester has reached.
func (e *Executor) beyond(ctx context.Context, by Actor, err error) error {
	if errors.Is(err, ErrManyOpen) {
		return fault.Newf(fault.Conflict, "You have %d requests open that need approval, which is the most at once. Nothing was changed. "+
			"Withdraw one, or wait for a decision.", e.cfg.Limits.Open)
	}
	return fault.Newf(fault.Conflict, "You have asked %d times within an hour for what needs approval, which is the most. Nothing was changed. "+
		"You can ask again %s.", e.cfg.Limits.Hourly, e.againWhen(ctx, by))
}

// againWhen says from when on a requester who has asked too often may ask again.
func (e *Executor) againWhen(ctx context.Context, by Actor) string {
	mine, _, err := e.cfg.Store.List(ctx, Filter{By: by.Principal, Limit: 250})
	mine = slices.DeleteFunc(mine, func(r Request) bool { return !r.NeedsVote })
	if err != nil || len(mine) < e.cfg.Limits.Hourly { // it is not worth another refusal
		return "within the hour"
	}
	free := mine[e.cfg.Limits.Hourly-1].CreatedAt.Add(Recent)
	return "from " + moment(free.Add(time.Minute-time.Microsecond)) + " on" // moment leaves the seconds out
}

// arrival is a new request as it is to be recorded.
func (e *Executor) arrival(op Operation, origin string, input json.RawMessage, by Actor, plan Plan) Arrival {
	now := e.now()
	r := Request{
		ID: "req_" + e.cfg.NewID(), Operation: op.Name, Title: cmp.Or(plan.Title, op.Title),
		Effect: effectOf(op, plan), Input: input, Reason: reasonIn(input), By: by,
		Plan: plan, Fingerprint: Fingerprint(op.Name, plan), Policy: e.cfg.Policy, NeedsVote: e.cfg.Policy.needsVoteFor(op, plan),
		State: Approved, Version: 1, CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(e.cfg.Policy.Expiry), DueAt: now,
	}
	a := Arrival{Key: string(by.Principal) + " " + r.Fingerprint, Origin: origin}
	if r.NeedsVote {
		r.State, r.DueAt, a.Limits = Pending, e.waits(r), &e.cfg.Limits
	}
	a.Request, a.Line = r, lineAsked(r, e.quorum(r))
	a.Records = []Record{e.entry(r, "requested", by, map[string]any{
		"operation": r.Operation, "system": plan.System, "target": plan.Target, "fingerprint": r.Fingerprint, "needs_vote": r.NeedsVote,
	})}
	return a
}

// record makes the request durable; from here on the worker carries it, whatever becomes of the caller.
func (e *Executor) record(ctx context.Context, a Arrival) (Asked, error) {
	r, err := e.cfg.Store.Insert(context.WithoutCancel(ctx), a)
	switch {
	case errors.Is(err, ErrSameOpen), errors.Is(err, ErrSameOrigin):
		return Asked{Request: &r, Existing: errors.Is(err, ErrSameOpen)}, nil
	case errors.Is(err, ErrManyOpen), errors.Is(err, ErrManyRecent):
		return Asked{}, e.beyond(ctx, a.Request.By, err)
	case err != nil:
		return Asked{}, fmt.Errorf("record the request: %w", err)
	}
	e.bell.ring()
	return Asked{Request: &r}, nil
}

// reasonIn gives the requester's words, which every input keeps under the same name.
func reasonIn(input json.RawMessage) string {
	var in struct {
		Reason string `json:"reason"`
	}
	if json.Unmarshal(input, &in) != nil {
		return ""
	}
	return in.Reason
}

// now is the time as it is kept: to the microsecond, in UTC, so that a stored time equals the one in memory.
func (e *Executor) now() time.Time { return e.cfg.Now().UTC().Truncate(time.Microsecond) }

func (e *Executor) entry(r Request, event string, by Actor, data map[string]any) Record {
	raw, err := json.Marshal(data)
	if err != nil { // ids, numbers and words always marshal; a record without them is still a record
		raw = nil
	}
	return Record{RequestID: r.ID, Event: event, By: by, At: e.now(), Data: raw}
}
