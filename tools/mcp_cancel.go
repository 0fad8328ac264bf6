package tools

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
)

// errCancelled says that the client itself has cancelled a call. Nobody waits for its answer then, so none is written. A request that
// the call has recorded stays: it is withdrawn, not cancelled.
var errCancelled = errors.New("the client has cancelled the call")

// cancelled tells whether the client has cancelled the call of this context.
func cancelled(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errCancelled) }

// running are one client's calls under way. The zero value is ready.
type running struct {
	mu    sync.Mutex
	calls map[string]*context.CancelCauseFunc // by id, as the client writes it
}

// begin gives a call a context that ends when the client cancels the call. end has to be called at its end.
func (r *running) begin(ctx context.Context, id json.RawMessage) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	mine := &cancel
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[string]*context.CancelCauseFunc{}
	}
	r.calls[string(id)] = mine
	return ctx, func() {
		cancel(nil)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.calls[string(id)] == mine { // a careless client may use an id twice
			delete(r.calls, string(id))
		}
	}
}

// cancel ends the call of an id. One that is not under way any longer is left alone.
func (r *running) cancel(id json.RawMessage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if call, ok := r.calls[string(id)]; ok {
		(*call)(errCancelled)
		delete(r.calls, string(id)) // it may end without ever having begun
	}
}
