package slackbot

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// connections is how many sockets there are, so that one serves while the other has broken.
const connections = 2

// accepting is how many deliveries of one socket may be recorded at once, so that a slow disk does not stop the pings.
const accepting = 32

// lingers is how long a socket is still read that has a successor, unless Slack closes it before: what Slack has sent by it
// already is on its way.
const lingers = 15 * time.Second

// dialing bounds how fast sockets are opened, even by a Slack that closes each at once.
func dialing() *rate.Limiter { return rate.NewLimiter(rate.Every(5*time.Second), 20) }

// listen keeps one socket open until ctx ends; when it is to be replaced, its successor is opened first. It gives a sentence when
// Slack refuses for good.
func (b *Bot) listen(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	letGo := func() {}
	for {
		s, err := b.connect(ctx)
		if ctx.Err() != nil {
			if err == nil {
				s.close()
			}
			return nil
		}
		if err != nil {
			return err
		}
		letGo()
		own, end := context.WithCancel(ctx)
		letGo = func() { time.AfterFunc(lingers, end) }
		wg.Go(func() {
			defer end()
			b.attend(own, s)
		})
		select {
		case <-s.going:
		case <-ctx.Done():
		}
	}
}

// connect opens a socket, and tries until it has one, or until trying is of no use.
func (b *Bot) connect(ctx context.Context) (*socket, error) {
	for try := 0; ; try++ {
		if err := b.dials.Wait(ctx); err != nil {
			return nil, err
		}
		s, err := b.slack.openSocket(ctx)
		if err == nil {
			b.greeted.Do(func() { close(b.ready) })
			if b.gone.Swap(false) {
				b.log.Info("slack: the connection is there again")
			}
			return s, nil
		}
		if isFatal(err) {
			return nil, refused("apps.connections.open", err)
		}
		wait, asked := askedToWait(err)
		if !asked {
			wait = min(500*time.Millisecond<<min(try, 10), longestTry)
		}
		b.gone.Store(true)
		b.log.Warn("slack: no connection", "attempt", try+1, "error", hint(err), "again in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// attend takes what comes by a socket and acknowledges it, to the last, before the socket is closed.
func (b *Bot) attend(ctx context.Context, s *socket) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, accepting)
	s.read(ctx, func(e envelope) {
		switch {
		case e.Type == envDisconnect:
			b.log.Info("slack: a socket is to be replaced", "reason", visible(e.Reason))
			s.goes()
		case e.ID != "":
			slots <- struct{}{}
			wg.Go(func() {
				defer func() { <-slots }()
				b.accept(ctx, s, e)
			})
		}
	})
	wg.Wait()
	s.close()
}

// accept records a delivery, acknowledges it, and then has it worked on. What fell over before it was on record is not acknowledged:
// Slack then says so to whoever waits, and sends events again.
func (b *Bot) accept(ctx context.Context, s *socket, e envelope) {
	var answer any
	work := func() {}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second) // what has come is recorded even when we stop
	defer cancel()
	if b.guard("slack: accepting failed", func() { answer, work = b.receive(limit, e.Type, e.Payload) }) != "" {
		return
	}
	if err := s.ack(e.ID, answer); err != nil {
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
	case envCommand:
		d, err = readCommand(payload)
		known = err == nil
	case envInteraction:
		d, known, err = readInteraction(payload)
	case envEvent:
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
