package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"accountops/internal/fault"
)

// connections is how many sockets there are: the library closes one before it opens its successor, so that the other has
// to be there meanwhile.
const connections = 2

// accepting is how many deliveries of one socket may be recorded at once, so that a slow disk does not stop the pings.
const accepting = 32

// readLimit bounds one message from Slack.
const readLimit = 1 << 20

// listen keeps one socket open until ctx ends. It gives a sentence when Slack refuses for good.
func (b *Bot) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	client := socketmode.New(b.slack.api,
		socketmode.OptionReadLimit(readLimit), socketmode.OptionLog(silent{}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.drain(ctx, client, cancel)
	}()
	var err error
	for ctx.Err() == nil {
		err = client.RunContext(ctx)
		if !errors.Is(err, context.Canceled) {
			break // otherwise only this connection ended
		}
	}
	if ctx.Err() == nil && err != nil {
		cancel(refused("apps.connections.open", err))
	}
	<-done
	if f, ok := errors.AsType[*fault.Error](context.Cause(ctx)); ok {
		return f
	}
	return nil
}

// drain takes every event at once, so that pings are answered.
func (b *Bot) drain(ctx context.Context, client *socketmode.Client, stop context.CancelCauseFunc) {
	slots := make(chan struct{}, accepting)
	for {
		select {
		case <-ctx.Done():
			return
		case evt := <-client.Events:
			if evt.Type == socketmode.EventTypeHello {
				b.greeted.Do(func() { close(b.ready) })
			}
			if failure, ok := evt.Data.(*slack.ConnectionErrorEvent); ok {
				b.connectionFailed(failure, stop)
			}
			req, ok := envelope(evt)
			if !ok {
				continue
			}
			slots <- struct{}{}
			go func() {
				defer func() { <-slots }()
				b.accept(ctx, client, req)
			}()
		}
	}
}

func (b *Bot) connectionFailed(e *slack.ConnectionErrorEvent, stop context.CancelCauseFunc) {
	if isFatal(e.ErrorObj) {
		stop(refused("apps.connections.open", e.ErrorObj))
		return
	}
	b.log.Warn("slack: no connection", "attempt", e.Attempt, "error", hint(e.ErrorObj), "again in", e.Backoff)
}

// envelope finds what has to be acknowledged in an event, a message that the library could not read included.
func envelope(evt socketmode.Event) (socketmode.Request, bool) {
	var req socketmode.Request
	switch bad, unread := evt.Data.(*socketmode.ErrorBadMessage); {
	case unread:
		if json.Unmarshal(bad.Message, &req) != nil {
			return req, false
		}
	case evt.Request != nil:
		req = *evt.Request
	}
	return req, req.EnvelopeID != ""
}

// accept records a delivery, acknowledges it, and then has it worked on.
func (b *Bot) accept(ctx context.Context, client *socketmode.Client, req socketmode.Request) {
	var answer any
	work := func() {}
	b.guard("slack: accepting failed", func() { answer, work = b.receive(ctx, req.Type, req.Payload) })
	limit, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := client.AckCtx(limit, req.EnvelopeID, answer); err != nil {
		b.log.Error("slack: not acknowledged", "error", hint(err)) // worked on all the same: it is recorded
	}
	work()
}

// receive reads a payload by the type of its envelope and takes it in. A type that nothing here asks for is only
// acknowledged.
func (b *Bot) receive(ctx context.Context, kind string, payload []byte) (answer any, work func()) {
	var d delivery
	var known bool
	var err error
	switch kind {
	case socketmode.RequestTypeSlashCommands:
		d, err = readCommand(payload)
		known = err == nil
	case socketmode.RequestTypeInteractive:
		d, known, err = readInteraction(payload)
	case socketmode.RequestTypeEventsAPI:
		d, known, err = b.slack.readHappening(payload)
	}
	if err != nil {
		b.log.Error("slack: unreadable delivery", "type", visible(kind), "error", err)
	}
	if !known {
		return nil, func() {}
	}
	return b.takeIn(ctx, d)
}
