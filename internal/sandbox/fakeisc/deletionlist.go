package fakeisc

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"accountops/internal/sandbox/upstream"
)

// approvalDetail is one entry of approvalDetails, as the vendor's schema has it.
func (d *deletion) approvalDetail(approval phase) map[string]any {
	detail := map[string]any{"serialOrder": 1, "status": approval.State}
	if a := d.Approver; a != nil {
		detail["approver"] = map[string]any{
			"identityID": a.ID, "id": a.ID, "name": a.Name, "type": "IDENTITY", "ownerOf": nil, "actionedAs": nil, "members": nil,
		}
	}
	if approval.Finished != nil {
		detail["decisionDate"], detail["approverComments"] = approval.Finished, d.Said
	}
	return detail
}

// approvalExample is approvalDetails as the vendor's example has it: an object, with other names.
func (d *deletion) approvalExample(approval phase) map[string]any {
	detail := map[string]any{"approverType": "SOURCE_OWNER", "approver": d.Approver, "serialOrder": 1, "status": approval.State}
	if approval.Finished != nil {
		detail["actionedBy"], detail["decisionDate"], detail["comments"] = d.Approver, approval.Finished, d.Said
	}
	return detail
}

// sortedDeletions gives all deletion requests, the newest first.
func (t *Tenant) sortedDeletions() []*deletion {
	var all []*deletion
	for _, d := range t.deletions {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *deletion) int { return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID)) })
	return all
}

// listDeletions answers GET /account-requests/v1/deletion.
func (t *Tenant) listDeletions(c call) upstream.Answer {
	mine, err := boolean(c.Query, "mine")
	p, perr := pageOf(c.Query)
	if err = cmp.Or(err, perr); err != nil {
		return t.refuse(http.StatusBadRequest, "%s", err.Error())
	}
	var all []*deletion
	for _, d := range t.sortedDeletions() {
		if d.Fault = cmp.Or(c.Task, d.Fault); c.Task != "" {
			if err := t.putDeletion(d); err != nil {
				return t.broken(err)
			}
		}
		gone := d.Fault == upstream.TaskDisappears && !t.now().Before(d.Decided)
		if !gone && (!mine || d.By == *c.who.identity) {
			all = append(all, d)
		}
	}
	total := len(all)
	from := min(p.offset, total)
	shown := []actionRequest{}
	for _, d := range all[from:min(from+p.limit, total)] {
		shown = append(shown, t.shown(d))
		if d.Fault == upstream.TaskFlips {
			if err := t.putDeletion(d); err != nil {
				return t.broken(err)
			}
		}
	}
	a := reply(http.StatusOK, shown)
	if p.count {
		a.Header.Set("X-Total-Count", strconv.Itoa(total))
	}
	return a
}

// Deletions implements upstream.Approving: all deletion requests, as the API lists them.
func (t *Tenant) Deletions() (any, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.settle(); err != nil {
		return nil, err
	}
	all := []actionRequest{}
	for _, d := range t.sortedDeletions() {
		seen := *d // looking from outside is not one of the readings by which a request flips
		all = append(all, t.shown(&seen))
	}
	return all, nil
}

// Decide implements upstream.Approving: {"decision":"approve"|"reject"|"cancel","comments"?}, as the request's approver would at ISC.
func (t *Tenant) Decide(id string, raw []byte) error {
	var in struct {
		Decision string `json:"decision"`
		Comments string `json:"comments"`
	}
	if err := upstream.Strictly(raw, &in); err != nil {
		return err
	}
	if !slices.Contains([]string{"approve", "reject", "cancel"}, in.Decision) {
		return fmt.Errorf("the decision must be approve, reject or cancel, so nothing was decided")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.settle(); err != nil {
		return err
	}
	d, ok := t.deletions[id]
	switch {
	case !ok:
		return fmt.Errorf("there is no deletion request %q, so nothing was decided", upstream.Clip(id))
	case d.Outcome != "wait" && !t.now().Before(d.Decided):
		return fmt.Errorf("this deletion request was decided already, so nothing was changed")
	}
	d.Outcome, d.Said, d.Decided, d.Ends = in.Decision, in.Comments, t.now(), t.now()
	if d.Outcome == "approve" {
		d.Ends = d.Decided.Add(time.Duration(t.settings.TaskQueued + t.settings.TaskRunning))
	}
	return t.putDeletion(d)
}
