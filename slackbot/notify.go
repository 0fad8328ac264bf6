package slackbot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"accountops/internal/executor"
)

const (
	showLease  = time.Minute      // how long a request's writer holds it
	showEnough = 20 * time.Second // of the lease has to be left for another message
	showers    = 8                // requests shown at once
	longestTry = time.Minute      // between tries
)

// later says that showing has to wait. It is no failure.
type later struct{ wait time.Duration }

func (l later) Error() string { return fmt.Sprintf("Slack takes more in %s", l.wait) }

// wake makes the outbox be looked at now.
func (b *Bot) wake() {
	select {
	case b.nudge <- struct{}{}:
	default:
	}
}

// show brings requests to Slack as they change, until ctx ends.
func (b *Bot) show(ctx context.Context) {
	signal, stop := b.exec.Woken()
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, showers)
	tick := time.NewTicker(b.opts.Poll)
	defer tick.Stop()
	for {
		// Before anything is claimed: a lease must not run out while its request waits for a slot.
		free := fill(ctx, slots)
		now, until := b.now(), time.Now().Add(showLease-showEnough)
		ids, err := b.outbox.ClaimShow(ctx, executor.Claim{Owner: b.opts.Owner, Now: now, Until: now.Add(showLease), Limit: free})
		if err != nil && ctx.Err() == nil {
			b.log.Error("slack: the outbox could not be read", "error", err)
		}
		for _, id := range ids {
			wg.Go(func() {
				defer func() { <-slots }()
				if b.take("show " + id) { // else a clock that was put forward ended the lease; its writer is still at it
					b.showOne(ctx, id, until)
				}
			})
		}
		for range free - len(ids) {
			<-slots
		}
		if len(ids) == free && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-signal:
		case <-b.nudge:
		case <-tick.C:
		}
	}
}

// fill takes the slots that are free, and gives how many they are: at least one, which it waits for, unless ctx ends.
func fill(ctx context.Context, slots chan<- struct{}) (taken int) {
	select {
	case slots <- struct{}{}:
		taken = 1
	case <-ctx.Done():
		return 0
	}
	for {
		select {
		case slots <- struct{}{}:
			taken++
		default:
			return taken
		}
	}
}

// showOne brings one request to all its copies, as far as it gets until then, and gives its entry in the outbox back.
func (b *Bot) showOne(ctx context.Context, id string, until time.Time) {
	var r executor.Request
	err := errors.New("showing did not end")
	b.guard("slack: showing failed", func() {
		if r, err = b.exec.Show(ctx, id); err == nil {
			err = b.showAll(ctx, r, until)
		}
	})
	b.homes.touched(r)
	// Before the entry is given back: who takes it up at once must not find it in hand, and leave it until the lease ends.
	b.leave("show " + id)
	over := context.WithoutCancel(ctx)
	if err == nil {
		b.mu.Lock()
		delete(b.tries, id)
		b.mu.Unlock()
		err = b.outbox.Shown(over, id, b.opts.Owner, r.Version)
		b.wake() // there may be a later step already
	} else {
		err = b.outbox.Postpone(over, id, b.opts.Owner, b.now().Add(b.pause(ctx, id, err)))
	}
	if err != nil {
		b.log.Error("slack: an outbox entry was not given back; its lease will end", "request", id, "error", err)
	}
}

// pause is how long to wait after an error: what Slack asked for, or longer with each failure.
func (b *Bot) pause(ctx context.Context, id string, err error) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	if l, ok := errors.AsType[later](err); ok {
		return l.wait
	}
	if wait, asked := askedToWait(err); asked {
		b.log.Info("slack: asked to wait", "request", id, "for", wait)
		return wait
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.tries) > 10_000 {
		clear(b.tries)
	}
	b.tries[id]++
	wait := min(time.Second<<min(b.tries[id]-1, 10), longestTry)
	b.log.Error("slack: a request could not be shown", "request", id, "try", b.tries[id], "again in", wait, "error", hint(err))
	return wait
}

// showAll brings every copy up to the record: first all cards, so that buttons go at once, then the threads.
func (b *Bot) showAll(ctx context.Context, r executor.Request, until time.Time) error {
	r = b.counted(r)
	stored, err := b.outbox.Copies(ctx, r.ID)
	if err != nil {
		return err
	}
	copies := b.wanted(r, stored)
	more, unknown := b.approversCopies(ctx, r, stored)
	copies = append(copies, more...)
	failed := make([]error, len(copies), len(copies)+2)
	for i, c := range copies {
		if time.Now().After(until) {
			failed[i] = later{} // another process may take the request up soon
			continue
		}
		failed[i] = b.tolerate(c, b.showCard(ctx, r, c))
	}
	for i, c := range copies {
		if failed[i] == nil && c.TS != "" && !c.gone {
			failed[i] = b.tolerate(c, b.showLines(ctx, r, c, until))
		}
	}
	b.tellUnseen(ctx, r, copies, failed)
	for _, c := range copies {
		if c.late > 0 {
			failed = append(failed, later{c.late})
			time.AfterFunc(c.late, b.wake)
		}
	}
	return firstOf(append(failed, unknown))
}

// firstOf gives the error that says most: a real one before one that only asks to wait.
func firstOf(errs []error) error {
	var wait error
	for _, err := range errs {
		if _, waiting := errors.AsType[later](err); waiting {
			wait = err
		} else if err != nil {
			return err
		}
	}
	return wait
}

// tolerate lets a copy in somebody's direct messages be refused for good: they may have closed them, and nothing is to be tried for
// ever. Any other error passes, and is tried again, because an approver's copy may still have its buttons.
func (b *Bot) tolerate(c *place, err error) error {
	if err == nil || c.Purpose == forApprovals || !unreachable(err) {
		return err
	}
	b.log.Warn("slack: a request could not be shown in direct messages", "copy", c.Purpose, "error", hint(err))
	return nil
}

// place is a copy with what its Trying says: what is in doubt, whether the card was posted again, and whether that is gone
// as well.
type place struct {
	executor.Copy
	doubt string // "card" or a line's number
	again bool
	gone  bool
	told  bool // whoever asked was told that nobody can see it

	late time.Duration // until the card is drawn; not kept
}

const (
	tryingCard  = "card"
	markedAgain = "again"
	markedGone  = "gone"
	markedTold  = "told"
)

func placeOf(c executor.Copy) *place {
	p := &place{Copy: c}
	for _, word := range strings.Fields(c.Trying) {
		switch word {
		case markedAgain:
			p.again = true
		case markedGone:
			p.gone = true
		case markedTold:
			p.told = true
		default:
			p.doubt = word
		}
	}
	return p
}

// stored is the place as it is kept.
func (p *place) stored() executor.Copy {
	var marks []string
	if p.again {
		marks = append(marks, markedAgain)
	}
	if p.gone {
		marks = append(marks, markedGone)
	}
	if p.told {
		marks = append(marks, markedTold)
	}
	if p.doubt != "" {
		marks = append(marks, p.doubt)
	}
	c := p.Copy
	c.Trying = strings.Join(marks, " ")
	return c
}

// wanted lists where a request is to be shown: to the approvers when they are asked, and to whoever asked, where they are
// a member here.
func (b *Bot) wanted(r executor.Request, stored []executor.Copy) []*place {
	var out []*place
	have := map[string]bool{}
	for _, c := range stored {
		have[c.Purpose] = true
		out = append(out, placeOf(c))
	}
	if r.NeedsVote && !have[forApprovals] {
		out = append(out, &place{Copy: executor.Copy{Purpose: forApprovals, Channel: b.slack.channel}})
	}
	if team, user, ok := r.By.Principal.Slack(); ok && team == b.slack.team && !have[forRequester] {
		out = append(out, &place{Copy: executor.Copy{Purpose: forRequester, Channel: user}})
	}
	return out
}
