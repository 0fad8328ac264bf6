package executor

import "fmt"

// State is where a request stands.
type State string

// The states. Those after InDoubt are ends.
const (
	Pending   State = "pending"   // another person has to decide
	Approved  State = "approved"  // may be sent, after a second look
	Sending   State = "sending"   // on disk before the first byte leaves
	Following State = "following" // the upstream's task runs
	Verifying State = "verifying" // reading back
	InDoubt   State = "in_doubt"  // sent, perhaps: reading back, never sending again

	Done        State = "done" // Result says verified or unverified
	Failed      State = "failed"
	Denied      State = "denied"
	Expired     State = "expired"
	Withdrawn   State = "withdrawn"
	AlreadyGone State = "already_gone"
	Unknown     State = "unknown" // nobody can tell what happened; never retried by a machine
)

// next is the one state table: from each state, the states it may go to. What is not here cannot happen.
var next = map[State][]State{
	Pending:   {Pending, Approved, Denied, Expired, Withdrawn},
	Approved:  {Sending, Pending, AlreadyGone, Withdrawn, Expired, Done, Failed},
	Sending:   {Following, Verifying, Failed, InDoubt},
	Following: {Following, Verifying},
	Verifying: {Verifying, Done, Failed},
	InDoubt:   {InDoubt, Following, Verifying, Failed, Unknown},
}

// States lists every state, in the order of a request's life.
func States() []State {
	return []State{
		Pending, Approved, Sending, Following, Verifying, InDoubt,
		Done, Failed, Denied, Expired, Withdrawn, AlreadyGone, Unknown,
	}
}

// Ended tells whether nothing can follow.
func (s State) Ended() bool { return len(next[s]) == 0 }

// Next lists the states that may follow.
func (s State) Next() []State { return next[s] }

// check refuses a step that the table does not have.
func check(from, to State) error {
	for _, s := range next[from] {
		if s == to {
			return nil
		}
	}
	return fmt.Errorf("executor: no step from %q to %q", from, to)
}
