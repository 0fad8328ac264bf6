package fakeisc

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"accountops/internal/sandbox/upstream"
)

// deletion is a deletion request's life: it waits for ISC's own approval until Decided, is provisioned until Ends, and then the account
// is gone, at the source too.
type deletion struct {
	ID       string
	Account  Account // as it was
	By       ref
	Comments string
	Approver *ref
	Outcome  string // what its approver does: approve, reject, cancel or wait
	Said     string // by its approver
	Created  time.Time
	Decided  time.Time
	Ends     time.Time // as Decided when it is not approved
	Fault    upstream.TaskFault
	Fails    string // why provisioning will fail
	Doing    bool   // its effect has begun: after a crash it is done again
	Over     bool
	Failed   string // when over: why it failed
	Reads    int    // as for tasks
}

// stuck tells that it will never end.
func (d *deletion) stuck() bool { return d.Outcome == "wait" || d.Fault == upstream.TaskNeverEnds }

// requestDeletion answers POST /account-requests/v1/account/{id}/delete.
func (t *Tenant) requestDeletion(c call) upstream.Answer {
	var body struct {
		Comments string `json:"comments"`
	}
	if a := t.body(c, &body, false); a != nil {
		return *a
	}
	r, ok := t.accounts[c.id]
	if !ok {
		return t.Refuse(http.StatusNotFound)
	}
	s := t.sourceByID(r.Account.SourceID)
	if s.ConnectionType != "direct" || !s.can("DELETE") {
		return t.refuse(http.StatusBadRequest, "Account deletion is not supported for the source [%s].", s.Name)
	}
	now, set := t.now(), t.settings.Sources[s.Name]
	d := deletion{
		ID: upstream.NewID(), Account: r.Account, By: *c.who.identity, Comments: body.Comments, Approver: r.Account.SourceOwner,
		Outcome: cmp.Or(set.Deletion, "approve"), Created: now, Decided: now.Add(time.Duration(t.settings.DeletionApproval)),
		Fault: cmp.Or(c.Task, taskSettings[set.Tasks]),
	}
	d.Ends = d.Decided
	if d.Outcome == "approve" {
		d.Ends = d.Decided.Add(time.Duration(t.settings.TaskQueued + t.settings.TaskRunning))
	}
	if set.Tasks == "fail" {
		d.Fails = "The connector of " + s.Name + " did not answer."
	}
	if err := t.putDeletion(&d); err != nil {
		return t.broken(err)
	}
	return reply(http.StatusAccepted, map[string]string{"accountRequestId": d.ID})
}

func (t *Tenant) putDeletion(d *deletion) error {
	t.deletions[d.ID] = d
	return t.cfg.Disk.Put("isc/deletions", d.ID, d)
}

// endDeletion brings about what the request is for, and marks it as over.
func (t *Tenant) endDeletion(d *deletion) error {
	switch {
	case d.Outcome == "reject":
		d.Failed = "The account deletion request was rejected."
	case d.Outcome == "cancel":
		d.Failed = "The account deletion request was cancelled."
	case d.Fails != "":
		d.Failed = d.Fails
	case d.Fault != upstream.TaskWarns && endings[d.Fault].status != "":
		d.Failed = endings[d.Fault].said
	default:
		if err := t.deleteAtSource(d); err != nil {
			return err
		}
	}
	d.Over = true
	return t.putDeletion(d)
}

// deleteAtSource deletes the account, at the source and here.
func (t *Tenant) deleteAtSource(d *deletion) error {
	if _, ok := t.accounts[d.Account.ID]; !ok && !d.Doing {
		d.Failed = "Account not found: " + d.Account.ID
		return nil
	}
	d.Doing = true
	return errors.Join(t.putDeletion(d), t.dropLive(record{Account: d.Account}.liveKey()), t.dropAccount(d.Account.ID))
}

// actionRequest is AccountActionRequest of the vendor's API.
type actionRequest struct {
	AccountRequestID  string         `json:"accountRequestId"`
	RequestType       string         `json:"requestType"`
	CreatedAt         time.Time      `json:"createdAt"`
	CompletedAt       *time.Time     `json:"completedAt,omitempty"`
	OverallStatus     string         `json:"overallStatus"`
	Requester         ref            `json:"requester"`
	RequesterComments string         `json:"requesterComments"`
	AccountDetails    map[string]any `json:"accountDetails"`
	Identity          *ref           `json:"correlatedIdentity,omitempty"`
	ApprovalRequestID string         `json:"approvalRequestId"`
	Phases            []phase        `json:"accountRequestPhases"`
	ApprovalDetails   any            `json:"approvalDetails"`
	ErrorDetails      *string        `json:"errorDetails"`
}

type phase struct {
	Name     string     `json:"name"`
	State    string     `json:"state"`
	Started  *time.Time `json:"started,omitempty"`
	Finished *time.Time `json:"finished,omitempty"`
}

// phases gives both phases as they are now, and the status in words.
func (d *deletion) phases(now time.Time) (approval, provisioning phase, overall string) {
	approval = phase{Name: "APPROVAL_PHASE", State: "PENDING", Started: &d.Created}
	provisioning = phase{Name: "PROVISIONING_PHASE", State: "NOT_STARTED"}
	if d.Outcome == "wait" || now.Before(d.Decided) {
		return approval, provisioning, "PENDING"
	}
	approval.Finished = &d.Decided
	approval.State = map[string]string{"approve": "APPROVED", "reject": "REJECTED", "cancel": "CANCELLED"}[d.Outcome]
	if d.Outcome != "approve" {
		return approval, provisioning, approval.State
	}
	provisioning.State, provisioning.Started = "PENDING", &d.Decided
	failed, over := d.Failed != "", d.Over
	if d.Over && d.Fault == upstream.TaskFlips {
		failed, over = d.Reads%3 == 0, d.Reads%3 != 1
		d.Reads++
	}
	if !over {
		return approval, provisioning, "IN_PROGRESS"
	}
	provisioning.Finished = &d.Ends
	if failed {
		provisioning.State = "FAILED"
		return approval, provisioning, "FAILED"
	}
	provisioning.State = "PASSED"
	return approval, provisioning, "SUCCESS"
}

// shown gives the request as the API does.
func (t *Tenant) shown(d *deletion) actionRequest {
	approval, provisioning, overall := d.phases(t.now())
	a := d.Account
	v := actionRequest{
		AccountRequestID: d.ID, RequestType: "DELETE_ACCOUNT", CreatedAt: d.Created, OverallStatus: overall, Requester: d.By,
		RequesterComments: d.Comments, Identity: a.Identity, ApprovalRequestID: identityID("approval/" + d.ID),
		Phases: []phase{approval, provisioning},
		AccountDetails: map[string]any{
			"id": a.ID, "accountId": a.ID, "name": a.Name, "accountName": a.Name, "nativeIdentity": a.NativeIdentity,
			"accountNativeIdentity": a.NativeIdentity, "sourceId": a.SourceID, "sourceName": a.SourceName, "description": deref(a.Description),
			"hasEntitlements": a.HasEntitlements, "disabled": a.Disabled, "locked": a.Locked,
		},
	}
	v.ApprovalDetails = []any{d.approvalDetail(approval)}
	if t.settings.ApprovalDetailsAsObject {
		v.ApprovalDetails = d.approvalExample(approval)
	}
	if done := approval.State == "REJECTED" || approval.State == "CANCELLED" || provisioning.Finished != nil; done {
		v.CompletedAt = &d.Ends
		if provisioning.State != "PASSED" {
			v.ErrorDetails = new(cmp.Or(d.Failed, "The connector failed to delete the account."))
		}
	}
	return v
}
