package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"accountops/internal/executor"
)

const (
	keepKeys   = 24 * time.Hour   // how long a redelivery is known for one
	workLimit  = 25 * time.Second // on one delivery; below holdFor, so that it is over before anybody takes it up again
	holdFor    = 30 * time.Second // how long a process has a delivery to itself, unless it says that it still has it
	sweepEvery = 10 * time.Second // how often to look for deliveries that nobody holds
)

// takeIn answers what needs nothing but the words themselves, and records everything else before it is acknowledged. answer
// is the acknowledgement's payload; work is to be called after it was sent.
func (b *Bot) takeIn(ctx context.Context, d delivery) (answer any, work func()) {
	nothing := func() {}
	answer, final := b.first(ctx, d)
	if final {
		return answer, nothing
	}
	body, err := json.Marshal(d)
	if err != nil {
		return b.notRecorded(ctx, d, err)
	}
	now := b.now()
	lease := b.hold(now)
	fresh, err := b.inbox.Receive(ctx, executor.Delivery{Key: d.key(), Body: body, At: now, Until: now.Add(keepKeys)}, lease)
	if err != nil {
		return b.notRecorded(ctx, d, err)
	}
	if !fresh {
		return nil, nothing // acknowledged again, nothing else
	}
	d.held = lease.Until
	return answer, func() { b.enqueue(ctx, d) }
}

// hold is a lease of this process from now.
func (b *Bot) hold(now time.Time) executor.Lease {
	return executor.Lease{Owner: b.opts.Owner, Until: now.Add(holdFor)}
}

// first gives what is acknowledged, and whether that is all there is to do.
func (b *Bot) first(ctx context.Context, d delivery) (answer any, final bool) {
	switch d.Kind {
	case aSuggestion:
		return b.suggest(ctx, d), true
	case aCommand:
		return b.firstWord(d)
	case aSubmission:
		return b.firstCheck(d)
	default:
		return nil, false
	}
}

// notRecorded says that a delivery could not be recorded, so that nothing came of it. The acknowledgement of a click cannot say
// anything, so the person is told right after it.
func (b *Bot) notRecorded(ctx context.Context, d delivery, err error) (answer any, work func()) {
	incident := b.opts.NewID()
	b.log.Error("slack: delivery not recorded", "incident", incident, "kind", d.Kind, "error", err)
	sentence := "This could not be recorded, so nothing was done (incident " + incident + "). Please try again."
	switch d.Kind {
	case aCommand:
		return say(sentence).ack(), func() {}
	case aSubmission:
		return fieldErrors(map[string]string{b.firstBlock(d.View): sentence}), func() {}
	}
	return nil, func() { b.reply(ctx, d, say(sentence)) }
}

// enqueue hands a delivery to the workers. When they are all busy it stays on record, for whoever sweeps next.
func (b *Bot) enqueue(ctx context.Context, d delivery) {
	if !b.take(d.key()) {
		return
	}
	queue := b.quick
	if b.slow(d) {
		queue = b.asks
	}
	select {
	case queue <- d:
	default:
		b.leave(d.key())
		b.log.Warn("slack: all workers are busy; a delivery waits", "kind", d.Kind)
		b.letGo(ctx, d)
	}
}

// letGo leaves a delivery to whoever takes it up next, in this process or another.
func (b *Bot) letGo(ctx context.Context, d delivery) {
	if err := b.inbox.LetGo(context.WithoutCancel(ctx), d.key(), b.opts.Owner); err != nil {
		b.log.Error("slack: a delivery was not let go; its lease will end", "error", err)
	}
}

// handBack lets go of what was taken in too late for a worker, so that the next process need not wait until its leases end.
func (b *Bot) handBack(ctx context.Context) {
	for _, queue := range []<-chan delivery{b.asks, b.quick} {
		for range len(queue) {
			b.letGo(ctx, <-queue)
		}
	}
}

// holds makes sure that nobody else takes a delivery up while it is worked on. One that waited long for a worker may be another
// process's by now.
func (b *Bot) holds(ctx context.Context, d delivery) bool {
	now := b.now()
	if d.held.Sub(now) >= workLimit {
		return true
	}
	held, err := b.inbox.Hold(ctx, d.key(), b.hold(now))
	if err != nil {
		b.log.Error("slack: a delivery could not be held; it waits", "error", err)
	}
	return held
}

// work does a queue's deliveries until ctx ends.
func (b *Bot) work(ctx context.Context, queue <-chan delivery) {
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-queue:
			if b.holds(ctx, d) {
				b.handle(ctx, d)
			}
			b.leave(d.key())
		}
	}
}

// handle does one delivery and marks it as done, unless the process is ending before it is: then the next one does it. A
// decision is not cut short by that, only asking, which may wait long for an identity system.
func (b *Bot) handle(ctx context.Context, d delivery) {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), workLimit)
	defer cancel()
	if b.slow(d) {
		defer context.AfterFunc(ctx, cancel)()
	}
	done := true
	if incident := b.guard("slack: handling failed", func() { done = b.do(limit, d) }); incident != "" {
		b.reply(limit, d, say("Something went wrong on our side; incident "+incident+". As far as we know nothing was changed by this. "+
			"Please try again; if it happens again, tell whoever runs accountops this number."))
	}
	if !done {
		b.letGo(ctx, d)
		return
	}
	if err := b.inbox.Handled(context.WithoutCancel(ctx), d.key()); err != nil {
		b.log.Error("slack: delivery not marked as handled", "error", err)
	}
}

// slow tells whether a delivery may wait for an identity system.
func (b *Bot) slow(d delivery) bool {
	switch d.Kind {
	case aCommand:
		return !b.opens(d)
	case aClick:
		return d.Action == actNext || d.Action == actPrevious
	case aSubmission:
		return d.View != nil && d.View.Callback == actAsk
	}
	return false
}

// do is the router: what to do, by kind and by action. It tells whether that is done.
func (b *Bot) do(ctx context.Context, d delivery) (done bool) {
	switch {
	case b.opens(d):
		b.openForm(ctx, d)
	case d.Kind == aCommand, d.Kind == aSubmission && d.View.Callback == actAsk:
		return b.ask(ctx, d)
	case d.Kind == aClick && d.Action == chosenField && d.View != nil:
		b.changeForm(ctx, d)
	case d.Kind == aClick && d.Action == actApprove:
		b.approve(ctx, d)
	case d.Kind == aClick && (d.Action == actDeny || d.Action == actWithdraw):
		b.openReason(ctx, d)
	case d.Kind == aHome:
		b.homes.open(d.User)
	case d.Kind == aMention:
		b.mentioned(ctx, d)
	case d.Kind == aClick && (d.Action == actNext || d.Action == actPrevious):
		return b.turnPage(ctx, d)
	case d.Kind == aSubmission && d.View != nil && (d.View.Callback == actDeny || d.View.Callback == actWithdraw):
		b.reasonGiven(ctx, d)
	default:
		b.log.Info("slack: nothing to do for a delivery", "kind", d.Kind, "action", visible(d.Action))
	}
	return true
}

// sweep takes up what nobody holds: what a process that ended left, and what found no worker.
func (b *Bot) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		b.guard("slack: sweep failed", func() { b.takeUp(ctx) })
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (b *Bot) takeUp(ctx context.Context) {
	now := b.now()
	lease := b.hold(now)
	left, err := b.inbox.TakeUp(ctx, executor.Claim{Owner: lease.Owner, Now: now, Until: lease.Until, Limit: maxQueued})
	if err != nil {
		if ctx.Err() == nil {
			b.log.Error("slack: deliveries left over could not be read", "error", err)
		}
		return
	}
	for _, raw := range left {
		var d delivery
		if err := json.Unmarshal(raw.Body, &d); err != nil || d.key() != raw.Key {
			b.log.Error("slack: a recorded delivery cannot be read; it is dropped", "error", err)
			if err := b.inbox.Handled(ctx, raw.Key); err != nil {
				b.log.Error("slack: delivery not marked as handled", "error", err)
			}
			continue
		}
		d.held, d.again = lease.Until, true
		b.enqueue(ctx, d)
	}
}

// guard runs f and catches its panics: it logs one under an incident number and gives that; empty when there was none.
func (b *Bot) guard(what string, f func()) (incident string) {
	defer func() {
		if p := recover(); p != nil {
			incident = b.opts.NewID()
			b.log.Error(what, "incident", incident, "panic", fmt.Sprint(p))
		}
	}()
	f()
	return ""
}
