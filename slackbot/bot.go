// Package slackbot is the Slack face: it turns slash commands and clicks into asking and deciding, and requests into cards
// and threads. It reaches identity systems only through the executor.
package slackbot

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"accountops/internal/executor"
)

// Executor is what the face needs of *executor.Executor.
type Executor interface {
	Operations() []executor.Operation
	NeedsApproval(op executor.Operation) bool
	AskOnce(ctx context.Context, origin, operation string, input json.RawMessage, by executor.Actor) (executor.Asked, error)
	Glance(ctx context.Context, operation string, input json.RawMessage, by executor.Actor) (executor.Answer, error)
	Sources(ctx context.Context, by executor.Actor, q executor.SourceQuery) ([]executor.SourceName, error)
	Decide(ctx context.Context, v executor.Vote) (executor.Request, error)
	Show(ctx context.Context, id string) (executor.Request, error)
	Withdraw(ctx context.Context, id string, by executor.Actor, reason string) (executor.Request, error)
	Receipt(r executor.Request) executor.Receipt
	WhoIs(ctx context.Context, by executor.Actor) (executor.Actor, error)
	Desks(ctx context.Context, of []executor.Actor, most int) ([]executor.Desk, error)
	Woken() (signal <-chan struct{}, cancel func())
}

var _ Executor = (*executor.Executor)(nil)

// Options are how a Bot works. Owner and NewID are required.
type Options struct {
	Owner   string        // names this process in leases
	NewID   func() string // makes incident numbers
	Pace    Pace          // how fast to write to Slack
	Poll    time.Duration // how often to look for what nobody signalled; 0 means 1 s
	Check   time.Duration // how often to look whether the cards on which people decide are still there; 0 means 5 min
	Workers int           // slash commands worked on at once, and as many clicks; 0 means 16
	Quorum  int           // how many have to approve now; a request that was asked when it was more keeps that
}

// Pace is the least time between writes. Zero values mean Slack's own limits.
type Pace struct {
	Post   time.Duration // between messages to one channel; 0 means 1 s
	Update time.Duration // between updates of messages, after a burst of ten; 0 means 1.2 s
	Home   time.Duration // between Home tabs, after a burst of ten; 0 means 0.7 s
	Settle time.Duration // how long changes are gathered before Home tabs are drawn; 0 means 2 s
}

// Bot is the Slack face, working.
type Bot struct {
	slack  *Slack
	exec   Executor
	outbox executor.Outbox
	inbox  executor.Inbox
	opts   Options
	log    *slog.Logger
	now    func() time.Time

	asks  chan delivery // slash commands, which may wait for an identity system
	quick chan delivery // everything else, which must not wait behind those
	nudge chan struct{}
	pace  *pacer
	homes *homes
	dials *rate.Limiter // openings of sockets

	ready   chan struct{} // closed once Slack can deliver to us
	greeted sync.Once
	gone    atomic.Bool // no socket could be opened since the last one that was

	mu     sync.Mutex
	atWork map[string]bool                // keys of deliveries and ids of requests in hand here
	tries  map[string]int                 // failed showings in a row, by request
	typing map[string]*context.CancelFunc // look-ups under way, by person and field

	lookups chan struct{} // holds one for each look-up
}

// maxQueued is how many deliveries may wait for a worker in memory; more wait on record only.
const maxQueued = 512

// New makes a Bot. Nothing happens before Run.
func New(s *Slack, exec Executor, outbox executor.Outbox, inbox executor.Inbox, opts Options) *Bot {
	if opts.Poll <= 0 {
		opts.Poll = time.Second
	}
	if opts.Check <= 0 {
		opts.Check = 5 * time.Minute
	}
	if opts.Workers <= 0 {
		opts.Workers = 16
	}
	if opts.Pace.Post <= 0 {
		opts.Pace.Post = time.Second
	}
	if opts.Pace.Update <= 0 {
		opts.Pace.Update = 1200 * time.Millisecond
	}
	if opts.Pace.Home <= 0 {
		opts.Pace.Home = 700 * time.Millisecond
	}
	if opts.Pace.Settle <= 0 {
		opts.Pace.Settle = 2 * time.Second
	}
	return &Bot{
		slack: s, exec: exec, outbox: outbox, inbox: inbox, opts: opts, log: s.log, now: s.now,
		ready: make(chan struct{}),
		asks:  make(chan delivery, maxQueued), quick: make(chan delivery, maxQueued), nudge: make(chan struct{}, 1), pace: newPacer(opts.Pace),
		homes: newHomes(), dials: dialing(),
		atWork: map[string]bool{}, tries: map[string]int{}, typing: map[string]*context.CancelFunc{},
		lookups: make(chan struct{}, suggestAtOnce),
	}
}

// Ready is closed once Slack has greeted a first connection: from then on commands and clicks arrive.
func (b *Bot) Ready() <-chan struct{} { return b.ready }

// Run takes up what an earlier process left, connects, and works until ctx ends or Slack refuses for good; the error then
// is a sentence. Nothing that was accepted is lost when it stops.
func (b *Bot) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := b.outbox.Reshow(ctx, forApprovals, b.slack.channel); err != nil {
		b.log.Error("slack: cards in an earlier approvals channel could not be looked for", "error", err)
	}
	defer b.handBack(ctx) // when everything else has ended
	var wg sync.WaitGroup
	for range b.opts.Workers {
		wg.Go(func() { b.work(ctx, b.asks) })
		wg.Go(func() { b.work(ctx, b.quick) })
	}
	wg.Go(func() { b.sweep(ctx) })
	wg.Go(func() { b.show(ctx) })
	wg.Go(func() { b.lookAfter(ctx) })
	wg.Go(func() { b.keepHomes(ctx) })
	failed := make(chan error, connections)
	if b.slack.overHTTP() { // Slack calls; see HTTP
		b.greeted.Do(func() { close(b.ready) })
		<-ctx.Done()
		wg.Wait()
		return nil
	}
	for range connections {
		wg.Go(func() {
			if err := b.listen(ctx); err != nil {
				failed <- err
			}
			cancel()
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// take puts a name in hand, unless it is already.
func (b *Bot) take(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.atWork[name] {
		return false
	}
	b.atWork[name] = true
	return true
}

// leave takes a name out of hand.
func (b *Bot) leave(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.atWork, name)
}
