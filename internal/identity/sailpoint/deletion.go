package sailpoint

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

const notListed = "The deletion requests could not be listed."

// maxDeletionPages bounds how many pages one look for deletion requests takes.
const maxDeletionPages = 40

// deletion is an AccountActionRequest as ISC sends it.
type deletion struct {
	ID           string          `json:"accountRequestId"`
	Type         string          `json:"requestType"`
	Created      string          `json:"createdAt"`
	Completed    *string         `json:"completedAt"`
	Status       string          `json:"overallStatus"`
	Requester    *ref            `json:"requester"`
	Comments     string          `json:"requesterComments"`
	Account      details         `json:"accountDetails"`
	Identity     *ref            `json:"correlatedIdentity"`
	Phases       []phase         `json:"accountRequestPhases"`
	Approval     json.RawMessage `json:"approvalDetails"` // an array in the schema, an object in the example
	ErrorDetails json.RawMessage `json:"errorDetails"`
}

// details are free-form: the vendor's schema has id, name and nativeIdentity, its example accountId, accountName and
// accountNativeIdentity.
type details map[string]any

func (d details) first(keys ...string) string {
	for _, key := range keys {
		if s := plain(d[key]); s != "" {
			return s
		}
	}
	return ""
}

type phase struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

// approval is one entry of approvalDetails. The examples name the approver's comments otherwise than the schema, say who acted, or have the
// approver's fields where the schema has the approver.
type approval struct {
	Approver   *ref   `json:"approver"`
	ActionedBy *ref   `json:"actionedBy"`
	Name       string `json:"name"`
	Comments   string `json:"approverComments"`
	Example    string `json:"comments"`
}

// who has decided or, before that, is to decide.
func (a approval) who() string { return cmp.Or(a.ActionedBy.name(), a.Approver.name(), a.Name) }

// comment quotes what the approver wrote, and says whose words they are: SailPoint's own come after them.
func (a approval) comment() string {
	text := cut(strings.TrimSpace(cmp.Or(a.Comments, a.Example)), 500)
	if text == "" {
		return ""
	}
	by := "Comment"
	if a.who() != "" {
		by += " by " + cut(a.who(), 200)
	}
	return by + ": " + strconv.Quote(text) + "."
}

// approvals reads both shapes; none when it is neither.
func (d deletion) approvals() []approval {
	var many []approval
	if json.Unmarshal(d.Approval, &many) == nil {
		return many
	}
	var one approval
	if json.Unmarshal(d.Approval, &one) == nil {
		return []approval{one}
	}
	return nil
}

func (d deletion) approver() string {
	var names []string
	for _, a := range d.approvals() {
		if a.who() != "" {
			names = append(names, a.who())
		}
	}
	return cut(strings.Join(names, ", "), 500)
}

// failure gives errorDetails, which is text in the schema.
func (d deletion) failure() string {
	var text string
	if len(d.ErrorDetails) == 0 || string(d.ErrorDetails) == "null" {
		return ""
	}
	if json.Unmarshal(d.ErrorDetails, &text) != nil {
		text = string(d.ErrorDetails)
	}
	return cut(strings.TrimSpace(text), 1000)
}

func (d deletion) completed() bool { return d.Completed != nil && *d.Completed != "" }

func (d deletion) plain() identity.Deletion {
	out := identity.Deletion{
		ID: d.ID, Type: d.Type, Status: d.Status,
		AccountID: d.Account.first("id", "accountId"),
		Account:   d.Account.first("name", "accountName", "displayName", "nativeIdentity", "accountNativeIdentity"),
		Source:    d.Account.first("sourceName"),
		Identity:  d.Identity.name(), Requester: d.Requester.name(), Comments: d.Comments, Approver: d.approver(), Error: d.failure(),
		Task: d.task(), CreatedAt: when(d.Created),
	}
	if d.completed() {
		out.CompletedAt = when(*d.Completed)
	}
	for _, p := range d.Phases {
		out.Phases = append(out.Phases, identity.Phase{Name: p.Name, State: p.State})
	}
	return out
}

// DeletionRequests lists deletion requests as ISC orders them.
func (c *Client) DeletionRequests(ctx context.Context, p identity.Page) (identity.Deletions, error) {
	raw, total, bad := c.deletions(ctx, p)
	if bad != nil {
		return identity.Deletions{}, bad
	}
	out := identity.Deletions{Total: total}
	for _, d := range raw {
		out.Requests = append(out.Requests, d.plain())
	}
	return out, nil
}

func (c *Client) deletions(ctx context.Context, p identity.Page) ([]deletion, int, *fault.Error) {
	if p.Limit < 1 || p.Limit > pageSize {
		p.Limit = pageSize
	}
	query := url.Values{"limit": {strconv.Itoa(p.Limit)}, "offset": {strconv.Itoa(max(p.Offset, 0))}}
	if p.Count {
		query.Set("count", "true")
	}
	if p.Mine {
		query.Set("mine", "true")
	}
	var raw []deletion
	a, bad := c.read(ctx, call{service: "account-requests", rest: "/deletion", query: query, what: notListed, hint: needsUser}, &raw)
	if bad != nil && a.status == http.StatusForbidden {
		bad.Kind = fault.Denied
	}
	if bad != nil {
		return nil, -1, bad
	}
	for _, d := range raw {
		if d.ID == "" {
			return nil, -1, c.up.Odd(notListed, errors.New("a deletion request without an id"))
		}
	}
	total := -1
	if n, err := strconv.Atoi(a.header.Get("X-Total-Count")); p.Count && err == nil && n >= 0 {
		total = n
	}
	return raw, total, nil
}

// DeletionTasks says how far deletion requests are. There is no reading by id: our own are paged until all are found, and everybody's
// only for what is not among ours, since a tenant may have thousands. One that is not in the whole list is missing from the answer; one
// that was not found in as much as we read is Running.
func (c *Client) DeletionTasks(ctx context.Context, ids []string) (map[string]identity.Task, error) {
	out := make(map[string]identity.Task, len(ids))
	left := make(map[string]bool, len(ids))
	for _, id := range ids {
		left[id] = true
	}
	next := identity.Page{Limit: pageSize, Mine: true}
	for range maxDeletionPages {
		if len(left) == 0 {
			return out, nil
		}
		raw, _, bad := c.deletions(ctx, next)
		switch {
		case bad != nil:
			return out, bad
		case len(raw) == 0 && !next.Mine:
			return out, nil
		case len(raw) == 0: // the token may be another user's by now
			next = identity.Page{Limit: pageSize}
			continue
		}
		for _, d := range raw {
			if left[d.ID] {
				out[d.ID] = d.task()
				delete(left, d.ID)
			}
		}
		next.Offset += len(raw)
	}
	for id := range left { // looking for it again costs as much again: not soon
		out[id] = identity.Task{Waiting: true, Note: "SailPoint has more deletion requests than we read; this one was not among them."}
	}
	return out, nil
}

// task trusts phases, completedAt and errorDetails; overallStatus is free text. What we do not know proves nothing: it still runs, or,
// once SailPoint says completed, it has ended, somehow.
func (d deletion) task() identity.Task {
	waiting, unknown, people, provisioned := "", "", false, false
	for _, p := range d.Phases {
		state, name := upper(p.State), upper(p.Name)
		approving := name == "APPROVAL_PHASE"
		switch state {
		case "REJECTED", "CANCELLED", "FAILED":
			return identity.Task{State: identity.Failed, Note: d.why(state, approving)}
		case "PENDING", "NOT_STARTED":
			if waiting == "" {
				waiting, people = d.waiting(approving), approving
			}
		case "PASSED", "APPROVED":
			provisioned = provisioned || name == "PROVISIONING_PHASE" && state == "PASSED"
		default:
			unknown = "SailPoint gives a phase state that we do not know: " + cut(p.State, 100) + "."
		}
	}
	switch {
	case d.completed() && d.failure() != "":
		return identity.Task{State: identity.Failed, Note: d.failure()}
	case unknown != "" && d.completed():
		return identity.Task{State: identity.Ended, Note: unknown}
	case unknown != "":
		return identity.Task{Note: unknown}
	case waiting != "" && d.completed():
		return identity.Task{State: identity.Ended, Note: "SailPoint says completed, and that a phase is still open."}
	case waiting != "":
		return identity.Task{Waiting: people, Note: join(waiting, d.failure())}
	case provisioned || d.completed():
		return identity.Task{State: identity.Succeeded, Note: d.failure()}
	}
	return identity.Task{Note: d.failure()}
}

func (d deletion) waiting(approving bool) string {
	if !approving {
		return "deleting the account at its source."
	}
	if by := d.approver(); by != "" {
		return "waiting for SailPoint's own approval by " + by + "."
	}
	return "waiting for SailPoint's own approval."
}

func (d deletion) why(state string, approving bool) string {
	words := map[string]string{
		"REJECTED": "SailPoint's own approval was refused", "CANCELLED": "It was cancelled at SailPoint", "FAILED": "SailPoint could not delete the account",
	}[state]
	if approving && state != "CANCELLED" && d.approver() != "" {
		words += " by " + d.approver()
	}
	words += "."
	for _, a := range d.approvals() {
		words = join(words, a.comment())
	}
	return join(words, d.failure())
}
