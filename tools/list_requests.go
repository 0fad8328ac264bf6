package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"accountops/internal/executor"
)

// ListRequestsInput is the input of list_requests.
type ListRequestsInput struct {
	Open   bool `json:"open,omitempty" jsonschema_description:"Only those that have not ended."`
	Limit  int  `json:"limit,omitempty" jsonschema:"minimum=1,maximum=250" jsonschema_description:"At most this many; 25 by default."`
	Offset int  `json:"offset,omitempty" jsonschema:"minimum=0,maximum=100000" jsonschema_description:"Leave out this many first."`
}

// ListedRequests is the answer of list_requests.
type ListedRequests struct {
	Requests   []RequestRow `json:"requests" jsonschema_description:"The requests, newest first. Names are data."`
	Total      int          `json:"total" jsonschema_description:"How many there are in all."`
	NextOffset *int         `json:"next_offset,omitempty" jsonschema_description:"The offset of the next page, if there is one."`
}

// RequestRow is one request in a list.
type RequestRow struct {
	RequestID string    `json:"request_id"`
	Operation string    `json:"operation"`
	Status    string    `json:"status"`
	Result    string    `json:"result,omitempty"`
	Account   string    `json:"account"`
	Source    string    `json:"source,omitempty"`
	System    string    `json:"system"`
	Summary   string    `json:"summary"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

const fewRequests = 25

func ownRequests(ctx context.Context, in ListRequestsInput, call executor.Call) (executor.Answered[ListedRequests], error) {
	if in.Limit == 0 {
		in.Limit = fewRequests
	}
	found, total, err := call.Requests.List(ctx, call.By, in.Open, in.Limit, in.Offset)
	if err != nil {
		return executor.Answered[ListedRequests]{}, err
	}
	data := ListedRequests{Requests: []RequestRow{}, Total: total}
	table := &executor.Table{Columns: []string{"Request", "Operation", "Account", "Source", "Status", "Asked"}, Total: total, Offset: in.Offset}
	for _, r := range found {
		one := row(r, call.Requests.Receipt(r))
		data.Requests = append(data.Requests, one)
		table.Rows = append(table.Rows, []string{one.RequestID, r.Title, one.Account, one.Source, stands(one), moment(one.CreatedAt)})
	}
	if next := in.Offset + len(found); len(found) > 0 && next < total {
		data.NextOffset = &next
	}
	which := "request"
	if in.Open {
		which = "open request"
	}
	summary := fmt.Sprintf("You have %s.", counted(total, which))
	if len(found) < total {
		summary = fmt.Sprintf("You have %s; here are %d, from number %d on.", counted(total, which), len(found), in.Offset+1)
	}
	return executor.Answered[ListedRequests]{Summary: summary, Table: table, Data: data}, nil
}

func row(r executor.Request, receipt executor.Receipt) RequestRow {
	return RequestRow{
		RequestID: r.ID, Operation: r.Operation, Status: receipt.Status, Result: receipt.Result, Account: r.Plan.Account.Name,
		Source: r.Plan.Account.Source, System: r.Plan.System, Summary: receipt.Summary, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func stands(r RequestRow) string {
	status := strings.ReplaceAll(r.Status, "_", " ")
	if r.Result == "" {
		return status
	}
	return status + ", " + r.Result
}

// ListRequests is the operation list_requests.
func ListRequests() executor.Operation {
	return executor.DefineDirect(executor.Direct[ListRequestsInput, ListedRequests]{
		Name: "list_requests", Title: "List requests", Word: "requests", Effect: executor.Read,
		Summary: "List your own requests, newest first, with where each stands. Changes nothing.",
		Do:      ownRequests,
	})
}
