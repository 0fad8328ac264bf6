package executor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
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

// callOf names what is asked for, by whom, in whatever order and spacing.
func callOf(op Operation, input json.RawMessage, by Actor) string {
	if v, err := exactly(input); err == nil {
		if plain, err := json.Marshal(v); err == nil {
			input = plain
		}
	}
	return quoted([]string{op.Name, string(by.Principal), string(input)})
}

// turns has the same thing asked for by one at a time: who repeats a call that is still being planned waits for that, and finds its
// request, instead of using up the calls that everybody shares.
type turns struct {
	mu   sync.Mutex
	held map[string]chan struct{}
}

// turn waits for the turn with a name. Whoever has it calls done.
func (t *turns) turn(ctx context.Context, name string) (done func(), err error) {
	for {
		t.mu.Lock()
		busy, taken := t.held[name]
		if !taken {
			over := make(chan struct{})
			if t.held == nil {
				t.held = map[string]chan struct{}{}
			}
			t.held[name] = over
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				defer t.mu.Unlock()
				delete(t.held, name)
				close(over)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
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
