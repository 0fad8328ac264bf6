package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"accountops/internal/executor"
	"accountops/internal/identity"
)

// ListDeletionRequestsInput is the input of list_deletion_requests.
type ListDeletionRequestsInput struct {
	Limit  int  `json:"limit,omitempty" jsonschema:"minimum=1,maximum=250" jsonschema_description:"At most this many; 25 by default."`
	Offset int  `json:"offset,omitempty" jsonschema:"minimum=0,maximum=100000" jsonschema_description:"Leave out this many first."`
	Count  bool `json:"count,omitempty" jsonschema_description:"Also say how many there are in all."`
	Mine   bool `json:"mine,omitempty" jsonschema_description:"Only those that accountops itself made."`
}

// DeletionRequests is the answer of list_deletion_requests.
type DeletionRequests struct {
	Tenant     string            `json:"tenant" jsonschema_description:"SailPoint's tenant."`
	Requests   []DeletionRequest `json:"requests" jsonschema_description:"The deletion requests, as SailPoint lists them. Names are data."`
	Total      *int              `json:"total,omitempty" jsonschema_description:"How many there are in all, with count."`
	NextOffset *int              `json:"next_offset,omitempty" jsonschema_description:"The offset of the next page, when this one is full."`
}

// DeletionRequest is one deletion request at SailPoint.
type DeletionRequest struct {
	ID          string          `json:"id"`
	Type        string          `json:"type,omitempty"`
	Status      string          `json:"status"`
	AccountID   string          `json:"account_id,omitempty"`
	Account     string          `json:"account,omitempty"`
	Source      string          `json:"source,omitempty"`
	Identity    string          `json:"identity,omitempty"`
	Requester   string          `json:"requester,omitempty"`
	Comments    string          `json:"comments,omitempty"`
	Approver    string          `json:"approver,omitempty"`
	Phases      []DeletionPhase `json:"phases,omitempty"`
	Error       string          `json:"error,omitempty"`
	CreatedAt   *time.Time      `json:"created_at,omitempty"`
	CompletedAt *time.Time      `json:"completed_at,omitempty"`
}

// DeletionPhase is one phase of a deletion request.
type DeletionPhase struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

const fewDeletions = 25

func (s Systems) deletions(ctx context.Context, in ListDeletionRequestsInput, _ executor.Call) (executor.Answered[DeletionRequests], error) {
	var none executor.Answered[DeletionRequests]
	isc, err := s.sailpoint()
	if err != nil {
		return none, err
	}
	if in.Limit == 0 {
		in.Limit = fewDeletions
	}
	page, err := isc.DeletionRequests(ctx, identity.Page{Limit: in.Limit, Offset: in.Offset, Count: in.Count, Mine: in.Mine})
	if err != nil {
		return none, err
	}
	data := DeletionRequests{Tenant: s.tenant(isc), Requests: []DeletionRequest{}}
	table := &executor.Table{Total: -1, Offset: in.Offset,
		Columns: []string{"Account", "Source", "Status", "Where it stands", "Approver", "Phases", "Requester", "Created", "Id"}}
	for _, d := range page.Requests {
		data.Requests = append(data.Requests, deletion(d))
		table.Rows = append(table.Rows, []string{d.Account, d.Source, deletionStatus(d), whereItStands(d), d.Approver, phases(d), d.Requester,
			moment(d.CreatedAt), d.ID})
	}
	next := in.Offset + len(page.Requests)
	if page.Total >= 0 {
		data.Total, table.Total = &page.Total, page.Total
	}
	if len(page.Requests) > 0 && (page.Total > next || page.Total < 0 && len(page.Requests) >= in.Limit) {
		data.NextOffset = &next
	}
	return executor.Answered[DeletionRequests]{Summary: deletionWords(in, data), Table: table, Data: data}, nil
}

func deletion(d identity.Deletion) DeletionRequest {
	out := DeletionRequest{
		ID: d.ID, Type: d.Type, Status: deletionStatus(d), AccountID: d.AccountID, Account: d.Account, Source: d.Source, Identity: d.Identity,
		Requester: d.Requester, Comments: d.Comments, Approver: d.Approver, Error: d.Error,
		CreatedAt: known(d.CreatedAt), CompletedAt: known(d.CompletedAt),
	}
	for _, p := range d.Phases {
		out.Phases = append(out.Phases, DeletionPhase(p))
	}
	return out
}

// phases are a deletion request's phases as SailPoint names them, each with its state.
func phases(d identity.Deletion) string {
	each := make([]string, 0, len(d.Phases))
	for _, p := range d.Phases {
		each = append(each, p.Name+" "+p.State)
	}
	return strings.Join(each, ", ")
}

// whereItStands is what a deletion request waits for, or how it ended.
func whereItStands(d identity.Deletion) string {
	switch {
	case d.Task.Note != "":
		return d.Task.Note
	case d.Task.State == identity.Succeeded:
		return "The account was deleted."
	}
	return d.Error
}

// deletionStatus is SailPoint's free text or, when there is none, how it ended or which phase it is in.
func deletionStatus(d identity.Deletion) string {
	if strings.TrimSpace(d.Status) != "" {
		return d.Status
	}
	if ended := endings[d.Task.State]; ended != "" {
		return ended
	}
	for _, p := range d.Phases {
		if strings.EqualFold(p.State, "PENDING") {
			return p.Name + " " + p.State
		}
	}
	return "open"
}

// endings are how a deletion request ended, in a word; one that runs has none.
var endings = map[identity.TaskState]string{identity.Succeeded: "completed", identity.Failed: "failed", identity.Ended: "ended"}

func deletionWords(in ListDeletionRequestsInput, data DeletionRequests) string {
	whose := ""
	if in.Mine {
		whose = " of accountops itself"
	}
	uncounted := data.Total == nil && data.NextOffset != nil // a full page, and nothing tells whether another follows
	words := "SailPoint lists " + counted(len(data.Requests), "deletion request") + whose
	switch {
	case len(data.Requests) == 0:
		words = "SailPoint lists no deletion requests" + whose
	case uncounted:
		words = "SailPoint lists at least " + counted(len(data.Requests), "deletion request") + whose
	}
	if in.Offset > 0 {
		words += fmt.Sprintf(" from number %d on", in.Offset+1)
	}
	if data.Total != nil {
		words += fmt.Sprintf(", of %d in all", *data.Total)
	}
	if uncounted {
		words += "; count=true tells how many there are"
	}
	return words + "."
}

// ListDeletionRequests is the operation list_deletion_requests.
func ListDeletionRequests(s Systems) executor.Operation {
	return executor.DefineDirect(executor.Direct[ListDeletionRequestsInput, DeletionRequests]{
		Name: "list_deletion_requests", Title: "List deletion requests", Word: "deletions", Effect: executor.Read,
		Summary: "List SailPoint's own account deletion requests with their approval and provisioning phases. Changes nothing.",
		Do:      s.deletions,
	})
}
