package executor

import (
	"slices"
	"time"
)

// Policy says who approves what. The zero value approves nothing: no approvers, so no vote counts.
type Policy struct {
	Approvers []Principal   `json:"approvers,omitempty"`
	Groups    []string      `json:"groups,omitempty"` // Slack user groups whose members approve
	Quorum    int           `json:"quorum"`           // how many different people; at least 1
	Expiry    time.Duration `json:"expiry"`           // how long a request waits, and how long an approval holds
	Ask       []string      `json:"ask,omitempty"`    // operations with the effect Change that need approval too
	Remind    time.Duration `json:"remind,omitempty"` // how long before a request expires its approvers are reminded; 0: not
	Direct    bool          `json:"direct,omitempty"` // whether approvers have the request in their direct messages too
	Linked    bool          `json:"linked,omitempty"` // only who is linked in the account's system decides
}

// needsVote tells whether every plan of an operation needs another person. Destroy always does.
func (p Policy) needsVote(op Operation) bool {
	return op.Effect != Change || slices.Contains(p.Ask, op.Name)
}

// needsVoteFor tells whether a plan of an operation needs another person. One that writes over what is not kept always does.
func (p Policy) needsVoteFor(op Operation, plan Plan) bool { return plan.Overwrites || p.needsVote(op) }

// effectOf is what a plan of an operation does: what is written over and not kept is destroyed.
func effectOf(op Operation, plan Plan) Effect {
	if plan.Overwrites {
		return Destroy
	}
	return op.Effect
}

// quorum is how many people have to approve a request: the larger number of the policy then and the policy now.
func (e *Executor) quorum(r Request) int { return max(r.Policy.Quorum, e.cfg.Policy.Quorum, 1) }
