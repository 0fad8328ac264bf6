package tools

import (
	"context"

	"accountops/internal/executor"
)

// GetRequestInput is the input of get_request.
type GetRequestInput struct {
	RequestID string `json:"request_id" jsonschema:"maxLength=64" jsonschema_description:"The request's id, as the answer gave it."`
}

func receiptOf(ctx context.Context, in GetRequestInput, call executor.Call) (executor.Answered[executor.Receipt], error) {
	r, err := call.Requests.Get(ctx, in.RequestID, call.By)
	if err != nil {
		return executor.Answered[executor.Receipt]{}, err
	}
	receipt := call.Requests.Receipt(r)
	return executor.Answered[executor.Receipt]{Summary: receipt.Summary, Data: receipt}, nil
}

// GetRequest is the operation get_request.
func GetRequest() executor.Operation {
	return executor.DefineDirect(executor.Direct[GetRequestInput, executor.Receipt]{
		Name: "get_request", Title: "Get request", Word: "status", Effect: executor.Read,
		Summary: "Tell where one of your own requests stands, with its plan, decisions and end. Changes nothing; nothing here can approve.",
		Do:      receiptOf,
	})
}
