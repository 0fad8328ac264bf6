package slackbot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/schemas"
)

// The action ids of an answer's paging buttons.
const (
	actNext     = "page_next"
	actPrevious = "page_previous"
)

// farthest is how many rows may be left out before a page.
const farthest = 100_000

// page is what a paging button carries: the same question again, from a row on. It gives no right: it is read as strictly as
// typed words are, and it is asked anew as whoever clicks.
type page struct {
	Operation string          `json:"o"`
	Input     json.RawMessage `json:"i"`
	From      int             `json:"n"`
	User      string          `json:"u"` // whom it was answered to
}

// maxValue is how many characters a button's value holds.
const maxValue = 2000

// look answers a reading operation with one page of what it finds.
func (b *Bot) look(ctx context.Context, d delivery, op executor.Operation, p page) (message, error) {
	input, size, err := p.ask(op)
	if err != nil {
		return message{}, err
	}
	asked, err := b.exec.AskOnce(ctx, d.key(), op.Name, input, b.named(ctx, d))
	if err != nil {
		return message{}, err
	}
	if asked.Answer == nil {
		return message{}, errors.New("a reading operation did not answer")
	}
	a := *asked.Answer
	if receipt, ok := a.Data.(executor.Receipt); ok {
		return told(receipt), nil
	}
	if a.Table == nil {
		return say(a.Summary), nil
	}
	t, more := *a.Table, false
	if size > 0 { // the operation has left out what comes before
		more = t.Total > t.Offset+len(t.Rows) || (t.Total < 0 && len(t.Rows) >= size)
	} else {
		t.Offset = min(p.From, len(t.Rows))
		t.Rows = t.Rows[t.Offset:]
	}
	return answered(a.Summary, t, p, more), nil
}

// ask is the input that gives this page. size is how many rows are asked for, 0 when the operation has no pages of its own and
// gives all of them. An operation that only has a limit is asked for so many that a page can follow this one, until its limit ends.
func (p page) ask(op executor.Operation) (input json.RawMessage, size int, err error) {
	limit, _ := op.Input.Field("limit")
	paged := integer(op, "offset")
	if !integer(op, "limit") || !paged && (p.From == 0 || limit.Max == nil) {
		return p.Input, 0, nil
	}
	var in struct {
		Limit  int `json:"limit"`
		Offset int `json:"offset"`
	}
	all := map[string]json.RawMessage{}
	if err := errors.Join(json.Unmarshal(p.Input, &in), json.Unmarshal(p.Input, &all)); err != nil {
		return nil, 0, fault.Wrap(err, fault.Invalid, "This page could not be read. Nothing was changed. Please type the command again.")
	}
	if size = maxRows; in.Limit > 0 {
		size = min(size, in.Limit)
	}
	asked := maps.Clone(all)
	if !paged {
		if in.Limit == 0 {
			asked["limit"], _ = json.Marshal(min(p.From+2*maxRows, int(*limit.Max)))
		}
		input, err = json.Marshal(asked)
		return input, 0, err
	}
	asked["limit"], _ = json.Marshal(size)
	asked["offset"], _ = json.Marshal(max(in.Offset, 0) + p.From)
	input, err = json.Marshal(asked)
	return input, size, err
}

func integer(op executor.Operation, name string) bool {
	f, ok := op.Input.Field(name)
	return ok && f.Type == schemas.Integer
}

// turnPage answers a paging button in place of the page before. It is not done when the process ended meanwhile.
func (b *Bot) turnPage(ctx context.Context, d delivery) (done bool) {
	p, op, err := b.readPage(d)
	if err != nil {
		b.refuse(ctx, d, err)
		return true
	}
	m, err := b.look(ctx, d, op, p)
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return false
	case err != nil:
		b.reply(ctx, d, b.trouble(err, command{op: op})) // beside the page, which stays
	default:
		m.replaces = true
		b.reply(ctx, d, m)
	}
	return true
}

// readPage reads a paging button, strictly.
func (b *Bot) readPage(d delivery) (page, executor.Operation, error) {
	var p page
	r := json.NewDecoder(bytes.NewReader([]byte(d.Value)))
	r.DisallowUnknownFields()
	if err := r.Decode(&p); err != nil {
		return p, executor.Operation{}, fault.Wrap(err, fault.Conflict, "This button is of no list that is known here. Nothing was changed. Please type the command again.")
	}
	if p.User != d.User {
		return p, executor.Operation{}, fault.New(fault.Denied, "This list was made for somebody else. Nothing was changed. Type the command yourself to see what you may see.")
	}
	op, ok := b.operation(p.Operation)
	if !ok || op.Name != p.Operation || op.Effect != executor.Read || !op.Direct() || p.From < 0 || p.From > farthest {
		return p, op, fault.New(fault.Conflict, "This button is of no list that is known here. Nothing was changed. Please type the command again.")
	}
	return p, op, op.Input.Decode(p.Input, &map[string]any{})
}

// buttons lead to the pages before and after. There are none where their value would not hold the question.
func (p page) buttons(shown int, more bool) slack.Block {
	var elements []slack.BlockElement
	add := func(action, label string, from int) {
		to := p
		to.From = from
		raw, err := json.Marshal(to)
		if err == nil && len(raw) <= maxValue && from <= farthest {
			elements = append(elements, button(action, label, string(raw)))
		}
	}
	if p.From > 0 {
		add(actPrevious, "Previous", max(p.From-maxRows, 0))
	}
	if more {
		add(actNext, "Next", p.From+shown)
	}
	if len(elements) == 0 {
		return nil
	}
	return slack.NewActionBlock("", elements...)
}
