package executor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
)

// mostOpen is how many open requests of one requester are looked through; they come newest first.
const mostOpen = 250

// sameCall finds the requester's open request for the same operation and input, or nil. A client that lost its connection repeats its
// call: it gets its request even when that has changed the account meanwhile, so that a new plan would find another account or none.
func (e *Executor) sameCall(ctx context.Context, op Operation, input json.RawMessage, by Actor) (*Request, error) {
	open, _, err := e.cfg.Store.List(ctx, Filter{By: by.Principal, Open: true, Limit: mostOpen})
	if err != nil {
		return nil, fmt.Errorf("read the open requests of %s: %w", by.Principal, err)
	}
	for i := range open {
		if open[i].Operation == op.Name && sameJSON(open[i].Input, input) {
			return &open[i], nil
		}
	}
	return nil, nil
}

// sameJSON tells whether two inputs say the same, in whatever order and spacing. What is no JSON is the same only as itself.
func sameJSON(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := exactly(a)
	y, errY := exactly(b)
	return errX == nil && errY == nil && reflect.DeepEqual(x, y)
}

func exactly(raw json.RawMessage) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // two large ids must not become one number
	err = d.Decode(&v)
	return v, err
}
