package executor

import (
	"context"
	"encoding/json"

	"accountops/internal/fault"
)

// SourceQuery says which sources to look up: of which system, the default one when it is empty, and by which part of their name.
type SourceQuery struct {
	System string
	Part   string
	Limit  int // 1 to 250
}

// SourceName is a source by what tells it apart. Strings are untrusted text.
type SourceName struct{ ID, Name, Type, Owner string }

// Sources looks sources up for somebody who is about to name one, as an operation that reads does. fault.Conflict when the system has
// none, fault.Denied when nobody may read them here, fault.NotFound when nothing here lists them.
func (e *Executor) Sources(ctx context.Context, by Actor, q SourceQuery) ([]SourceName, error) {
	if _, err := e.signedIn(ctx, by); err != nil {
		return nil, err
	}
	if e.cfg.Sources == nil {
		return nil, fault.New(fault.NotFound, "There is nothing here that lists sources.")
	}
	look, cancel := context.WithTimeout(ctx, e.cfg.Timing.Look)
	defer cancel()
	found, err := e.cfg.Sources(look, q)
	return found, late(err)
}

// Glance is Ask for somebody who waits for each letter: an operation that reads answers what it can tell soon.
func (e *Executor) Glance(ctx context.Context, operation string, input json.RawMessage, by Actor) (Answer, error) {
	op, known := e.byName[operation]
	if !known || !op.Direct() || op.Effect != Read {
		return Answer{}, fault.Newf(fault.NotFound, "There is no operation %q that looks.", operation)
	}
	by, err := e.signedIn(ctx, by)
	if err != nil {
		return Answer{}, err
	}
	look, cancel := context.WithTimeout(ctx, e.cfg.Timing.Look)
	defer cancel()
	answer, err := op.answer(look, input, Call{By: by, Requests: e, Glance: true})
	return answer, late(err)
}

// signedIn gives who somebody is, whichever way they came. Nobody who is not signed in asks for anything.
func (e *Executor) signedIn(ctx context.Context, by Actor) (Actor, error) {
	if by.Principal == "" {
		return by, fault.New(fault.Denied, "Nobody is signed in, so nothing was changed.")
	}
	return e.WhoIs(ctx, by)
}
