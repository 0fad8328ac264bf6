package executor

import (
	"encoding/json"
	"slices"
	"time"
)

// Request is one thing that somebody asked for, from asking to its one end. It is a value: change a copy and
// commit it as a Step.
type Request struct {
	ID          string          `json:"id"` // "req_" and 128 random bits in base 32
	Operation   string          `json:"operation"`
	Title       string          `json:"title"`
	Effect      Effect          `json:"effect"`
	Input       json.RawMessage `json:"input"`
	Reason      string          `json:"reason,omitempty"` // the requester's words; untrusted
	By          Actor           `json:"by"`
	Plan        Plan            `json:"plan"`
	Fingerprint string          `json:"fingerprint"`
	Drift       []Difference    `json:"drift,omitempty"` // why it is asked again
	Policy      Policy          `json:"policy"`          // the policy when it was asked
	NeedsVote   bool            `json:"needs_vote"`      // whether another person has to approve
	Decisions   []Decision      `json:"decisions,omitempty"`
	Attempt     *Attempt        `json:"attempt,omitempty"`
	State       State           `json:"state"`
	Result      string          `json:"result,omitempty"`  // with Done: verified or unverified
	Problem     string          `json:"problem,omitempty"` // why it ended otherwise, or is unverified; may hold untrusted text
	Note        string          `json:"note,omitempty"`    // where it stands now: "queued at SailPoint"
	Version     int64           `json:"version"`           // counts steps; every step compares and swaps it
	Settled     int64           `json:"settled,omitempty"` // the version with which it last stopped waiting for people: older cards have buttons
	CreatedAt   time.Time       `json:"created_at"`
	ExpiresAt   time.Time       `json:"expires_at"`           // of the asking or the approval
	RemindedAt  time.Time       `json:"reminded_at,omitzero"` // when approvers were reminded of what is asked now
	UpdatedAt   time.Time       `json:"updated_at"`
	DueAt       time.Time       `json:"due_at"` // when the next step is due; zero when ended
}

// Results of a Done request.
const (
	Verified   = "verified"
	Unverified = "unverified"
)

// Decision is one person's vote on one plan.
type Decision struct {
	By          Actor     `json:"by"`
	Approve     bool      `json:"approve"`
	Reason      string    `json:"reason,omitempty"` // of a denial; untrusted
	Fingerprint string    `json:"fingerprint"`      // the plan that they saw
	At          time.Time `json:"at"`
	Void        bool      `json:"void,omitempty"` // no longer counts: this person may not approve any more
}

// Attempt is the one sending.
type Attempt struct {
	StartedAt time.Time `json:"started_at"`
	Deadline  time.Time `json:"deadline"` // no byte of it is written after this
	Outcome   Outcome   `json:"outcome"`
	Answered  bool      `json:"answered"` // whether the sender lived to record the outcome
	Task      string    `json:"task,omitempty"`
	Status    int       `json:"status,omitempty"`
	Said      string    `json:"said,omitempty"` // the upstream's own words; untrusted
	Code      string    `json:"code,omitempty"`
	Ref       string    `json:"ref,omitempty"`
	TaskState TaskState `json:"task_state"`
	TaskNote  string    `json:"task_note,omitempty"` // untrusted
	AnswerAt  time.Time `json:"answer_at"`           // when the answer came
	ReadFrom  time.Time `json:"read_from"`           // when reading back began
	LongSaid  bool      `json:"long_said,omitempty"` // whether people were told that it is still running
	MissingAt time.Time `json:"missing_at,omitzero"` // since when the upstream leaves the task out of its answers
}

// Votes gives who approved the plan as it stands now, each person once.
func (r Request) Votes() []Actor {
	var out []Actor
	for _, d := range r.Decisions {
		if d.Approve && !d.Void && d.Fingerprint == r.Fingerprint && !slices.ContainsFunc(out, d.By.Same) {
			out = append(out, d.By)
		}
	}
	return out
}

// Open tells whether the request has not ended.
func (r Request) Open() bool { return !r.State.Ended() }
