// Package executor is the one door: it plans, asks, decides, sends once, follows, reads back and tells.
//
// Faces hand it an operation's name and input; nothing else reaches an identity system's writing methods.
package executor

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"accountops/internal/fault"
	"accountops/schemas"
)

// Effect is what an operation does to the world. The zero value is none of them and is refused.
type Effect uint8

// The effects.
const (
	Read    Effect = iota + 1 // looks
	Change                    // changes something that can be changed back
	Destroy                   // takes something away: never without another person's approval
)

var effectNames = map[Effect]string{Read: "read", Change: "change", Destroy: "destroy"}

// String gives the effect's name in lower case.
func (e Effect) String() string { return effectNames[e] }

// Operation is one thing that can be done. What it does is unexported, so that no face can go round the executor.
type Operation struct {
	Name    string // verb_noun, such as remove_account
	Title   string // "Remove account"
	Summary string // what it does, what comes back, who must approve; read by people and by models
	Word    string // the slash word, such as "remove"
	Effect  Effect
	Input   schemas.Schema
	Output  schemas.Schema

	Overwrites bool // some of its plans write over what is not kept: see Plan

	check  func(json.RawMessage) error
	answer func(context.Context, json.RawMessage, Call) (Answer, error)
	plan   func(context.Context, json.RawMessage, string) (Plan, error)
	send   func(context.Context, Plan) Sent
	follow func(context.Context, []string) (map[string]Progress, error)
	batch  string
	verify func(context.Context, Plan, Attempt) (Proof, error)
}

// Direct tells whether the operation answers at once, without becoming a request.
func (o Operation) Direct() bool { return o.answer != nil }

// Check tells what is wrong with an input as far as that can be told without asking an identity system. Asking tells it too; a face
// that shows errors where they were made asks this before.
func (o Operation) Check(input json.RawMessage) error { return o.check(input) }

// Spec is how a changing operation on one account is written. In is its input struct, with schema tags.
type Spec[In any] struct {
	Name, Title, Summary string
	Word                 string
	Effect               Effect // Change or Destroy
	Overwrites           bool   // whether a plan of a Change may say so of itself

	// Check tells what is wrong with an input beyond its schema, without asking anybody: a fault.Invalid that names the fields where
	// it can. It comes before every Plan. Nil when the schema says it all.
	Check func(in In) error
	// Plan reads and changes nothing. When target is not empty it plans for exactly the account with that
	// immutable id, whatever the input's words would match now; fault.NotFound means it is gone.
	Plan func(ctx context.Context, in In, target string) (Plan, error)
	// Send makes the one call that changes something, once. It never repeats it.
	Send func(ctx context.Context, plan Plan) Sent
	// Follow says how far tasks are, in one batch, by the Task of Sent. A task missing from the answer has
	// vanished; with an error it was not read, and what is in the answer counts. Nil when Send never gives a Task.
	Follow func(ctx context.Context, tasks []string) (map[string]Progress, error)
	// Batch names operations whose tasks any one's Follow understands: they are followed in one batch. Empty: alone.
	Batch string
	// Verify reads the target and says whether the effect is there. An error means it could not tell.
	Verify func(ctx context.Context, plan Plan, attempt Attempt) (Proof, error)
}

// Define makes an Operation of a Spec. It panics on an incomplete one: that is a mistake in the program.
func Define[In any](s Spec[In]) Operation {
	op := Operation{
		Name: s.Name, Title: s.Title, Summary: s.Summary, Word: s.Word, Effect: s.Effect, Overwrites: s.Overwrites,
		Input: schemas.Of[In](), Output: schemas.Of[Receipt](),
		send: s.Send, follow: s.Follow, batch: cmp.Or(s.Batch, s.Name), verify: s.Verify,
	}
	if s.Plan == nil || s.Send == nil || s.Verify == nil {
		panic("executor: " + s.Name + " lacks Plan, Send or Verify")
	}
	op.check = func(raw json.RawMessage) error {
		_, err := s.read(op.Input, raw)
		return err
	}
	op.plan = func(ctx context.Context, raw json.RawMessage, target string) (Plan, error) {
		in, err := s.read(op.Input, raw)
		if err != nil {
			return Plan{}, err
		}
		return s.Plan(ctx, in, target)
	}
	if s.Effect != Change && s.Effect != Destroy {
		panic("executor: " + s.Name + " must have the effect Change or Destroy")
	}
	if s.Effect == Destroy && !op.requires("reason") {
		panic("executor: " + s.Name + " destroys and must require a reason")
	}
	return op.checked()
}

// read gives an input that is as it should be.
func (s Spec[In]) read(schema schemas.Schema, raw json.RawMessage) (in In, err error) {
	if err := schema.Decode(raw, &in); err != nil || s.Check == nil {
		return in, err
	}
	return in, s.Check(in)
}

// Direct is how an operation is written that answers at once. Out is the structured answer.
type Direct[In, Out any] struct {
	Name, Title, Summary string
	Word                 string
	Effect               Effect // Read, or Change for what only touches our own records
	Do                   func(ctx context.Context, in In, call Call) (Answered[Out], error)
}

// Answered is what a Direct operation answers: data, and the same as a sentence and a table.
type Answered[Out any] struct {
	Summary string
	Table   *Table
	Data    Out
}

// DefineDirect makes an Operation of a Direct. It panics on an incomplete one.
func DefineDirect[In, Out any](d Direct[In, Out]) Operation {
	op := Operation{
		Name: d.Name, Title: d.Title, Summary: d.Summary, Word: d.Word, Effect: d.Effect,
		Input: schemas.Of[In](), Output: schemas.Of[Out](),
	}
	if d.Do == nil || d.Effect == Destroy {
		panic("executor: " + d.Name + " lacks Do, or destroys without a plan")
	}
	op.check = func(raw json.RawMessage) error {
		var in In
		return op.Input.Decode(raw, &in)
	}
	op.answer = func(ctx context.Context, raw json.RawMessage, call Call) (Answer, error) {
		var in In
		if err := op.Input.Decode(raw, &in); err != nil {
			return Answer{}, err
		}
		got, err := d.Do(ctx, in, call)
		return Answer{Summary: got.Summary, Table: got.Table, Data: got.Data}, err
	}
	return op.checked()
}

var operationName = regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)

func (o Operation) checked() Operation {
	if !operationName.MatchString(o.Name) || o.Title == "" || o.Summary == "" || o.Word == "" || o.Effect.String() == "" {
		panic(fmt.Sprintf("executor: operation %q is incomplete", o.Name))
	}
	return o
}

func (o Operation) requires(field string) bool {
	for _, f := range o.Input.Fields() {
		if f.Name == field {
			return f.Required
		}
	}
	return false
}

// Call is what a Direct operation may use of the executor: the caller's own requests, nothing more.
type Call struct {
	By       Actor
	Requests Requests
	Glance   bool // somebody waits for each letter: less is told, and soon
}

// Requests are one caller's own requests. Somebody else's id looks like no id.
type Requests interface {
	// Get gives one request of this caller. fault.NotFound when it is not theirs.
	Get(ctx context.Context, id string, by Actor) (Request, error)
	// List gives this caller's requests, newest first, at most limit (1 to 250) from offset, and how many there are.
	List(ctx context.Context, by Actor, open bool, limit, offset int) ([]Request, int, error)
	// Withdraw ends a request of this caller before anything was sent. fault.Conflict when it is too late.
	Withdraw(ctx context.Context, id string, by Actor, reason string) (Request, error)
	// Receipt tells about a request as every face does.
	Receipt(r Request) Receipt
}

// Answer is what a Direct operation answered, for any face.
type Answer struct {
	Summary string
	Table   *Table
	Data    any
}

// Table is an answer in rows, for faces that show text. Cells are untrusted text.
type Table struct {
	Columns []string
	Rows    [][]string
	Total   int  // how many there are in all; −1 when not known
	Offset  int  // how many come before the first row
	Fields  bool // each row is a label and its value
}

// Outcome is how a sending ended. The zero value is Unclear: closed when in doubt.
type Outcome uint8

// The outcomes of a sending.
const (
	Unclear  Outcome = iota // anything but the rest: only reading back can tell
	Accepted                // the upstream took it: 200, 202
	Refused                 // the upstream answered that it did not do it
	NotSent                 // provably not sent: name, connect or TLS failed before the first byte
)

var outcomeNames = [...]string{"unclear", "accepted", "refused", "not_sent"}

// String gives the outcome's name in snake case.
func (o Outcome) String() string { return outcomeNames[o] }

// Sent is what became of the one call that changes something.
type Sent struct {
	Outcome Outcome
	Task    string // what to follow; empty when the call was synchronous
	Status  int    // HTTP status; 0 when there was none
	Err     *fault.Error
}

// TaskState is how far an upstream's task is. The zero value is Running: unknown answers are never success.
type TaskState uint8

// The states of an upstream's task.
const (
	Running TaskState = iota
	Succeeded
	FailedTask
	EndedTask // it is over, and nothing tells how: reading back decides
)

// Progress is how far a task is.
type Progress struct {
	State   TaskState
	Note    string // such as "waiting for SailPoint's own approval", or the upstream's messages; untrusted text
	Waiting bool   // it waits for people at the upstream, for days if need be, and is looked at the rarer
}

// Finding is what reading back found. The zero value is Unsure.
type Finding uint8

// The findings.
const (
	Unsure     Finding = iota
	Applied            // the effect is there
	NotApplied         // the target is as it was
	Underway           // the upstream has it in hand: Task says what to follow
)

// Proof is what reading back found, in words that people may see.
type Proof struct {
	Finding Finding
	Task    string // with Underway
	Words   string // "SailPoint no longer has the account." May hold untrusted text.
}
