package tools

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// taskKept is how much longer than its asking may wait for people a request's task can be read at least: sending, following and
// reading back come after the approval. Requests are never deleted, but a client need not count on that.
const taskKept = 24 * time.Hour

// requestTasks are requests as tasks. Nothing else is kept: a task has its request's id, outlives the process and is the same on every
// replica. It is never input_required, because who approves is not who asked.
type requestTasks struct {
	exec asker
	ops  []executor.Operation // that are served
}

func (k requestTasks) get(ctx context.Context, id string, by executor.Actor) (task, error) {
	r, err := k.exec.Get(ctx, id, by)
	if err != nil {
		return task{}, err
	}
	return k.taskOf(r), nil
}

// update takes answers to questions. No request has any, so there is nothing to take.
func (k requestTasks) update(ctx context.Context, id string, by executor.Actor, _ map[string]json.RawMessage) error {
	_, err := k.exec.Get(ctx, id, by)
	return err
}

// cancel withdraws the request while nothing was sent. A deployment without that tool does not do it in this way either.
func (k requestTasks) cancel(ctx context.Context, id string, by executor.Actor) (string, error) {
	if !slices.ContainsFunc(k.ops, func(op executor.Operation) bool { return op.Name == withdrawTool }) {
		return "", fault.New(fault.Denied, "This deployment does not withdraw requests."+noChange)
	}
	_, err := k.exec.Withdraw(ctx, id, by, "")
	if fault.Is(err, fault.Conflict) {
		return fault.Shown(err, nil).Sentence, nil // too late, or over: the protocol acknowledges that too
	}
	return "", err
}

// taskOf tells about a request as a task. What the call would have answered is its result, whatever the end.
func (k requestTasks) taskOf(r executor.Request) task {
	receipt := k.exec.Receipt(r)
	ttl := (r.ExpiresAt.Sub(r.CreatedAt) + taskKept).Milliseconds()
	t := task{
		ID: r.ID, Status: "working", StatusMessage: ourWords(receipt.Summary), CreatedAt: r.CreatedAt, LastUpdatedAt: r.UpdatedAt,
		TTL: &ttl, Poll: int64(receipt.PollAfterSeconds) * 1000,
	}
	switch {
	case r.State == executor.Withdrawn:
		t.Status = "cancelled"
	case !r.Open():
		result := requestResult(receipt, false)
		result.SetResultType(mcp.ResultTypeComplete)
		t.Status, t.Result = "completed", result
	case !nothingSent(receipt.Status):
		t.StatusMessage += " It can no longer be withdrawn."
	}
	return t
}
