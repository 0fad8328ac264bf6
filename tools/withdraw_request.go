package tools

import (
	"context"

	"accountops/internal/executor"
)

// WithdrawRequestInput is the input of withdraw_request.
type WithdrawRequestInput struct {
	RequestID string `json:"request_id" jsonschema:"maxLength=64" jsonschema_description:"The request's id, as the answer gave it."`
	Reason    string `json:"reason,omitempty" jsonschema:"maxLength=1000" jsonschema_description:"Why it is no longer wanted."`
}

func withdraw(ctx context.Context, in WithdrawRequestInput, call executor.Call) (executor.Answered[executor.Receipt], error) {
	r, err := call.Requests.Withdraw(ctx, in.RequestID, call.By, in.Reason)
	if err != nil {
		return executor.Answered[executor.Receipt]{}, err
	}
	receipt := call.Requests.Receipt(r)
	return executor.Answered[executor.Receipt]{Summary: receipt.Summary, Data: receipt}, nil
}

// WithdrawRequest is the operation withdraw_request.
func WithdrawRequest() executor.Operation {
	return executor.DefineDirect(executor.Direct[WithdrawRequestInput, executor.Receipt]{
		Name: "withdraw_request", Title: "Withdraw request", Word: "withdraw", Effect: executor.Change,
		Summary: "Withdraw one of your own requests while nothing has been sent. Touches no account; it cannot be taken back, only asked again. Needs no approval.",
		Do:      withdraw,
	})
}
