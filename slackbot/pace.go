package slackbot

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// longestHold is how long a writer waits for its turn with a request in hand; beyond that it gives it back.
const longestHold = 5 * time.Second

// pacer keeps below Slack's limits: messages by channel, updates over all.
type pacer struct {
	pace    Pace
	updates *rate.Limiter
	homes   *rate.Limiter
	looks   *rate.Limiter // for cards that are there already: Slack counts each method by itself
	mu      sync.Mutex
	posts   map[string]*rate.Limiter
	cards   map[string]time.Time // when each was drawn anew
}

func newPacer(p Pace) *pacer {
	return &pacer{
		pace: p, updates: rate.NewLimiter(rate.Every(p.Update), 10), homes: rate.NewLimiter(rate.Every(p.Home), 10),
		looks: rate.NewLimiter(rate.Every(p.Update), 10), posts: map[string]*rate.Limiter{}, cards: map[string]time.Time{},
	}
}

// update waits for the turn of an update. It gives later when that is too far off.
func (p *pacer) update(ctx context.Context) error { return turn(ctx, p.updates) }

// gather tells how long a card is to gather steps before it is drawn anew; 0 when its last drawing is long enough ago.
func (p *pacer) gather(card string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	since := now.Sub(p.cards[card])
	if since < 0 { // the clock went back
		return 0
	}
	return max(p.pace.Update-since, 0)
}

// drawn notes that a card is drawn anew.
func (p *pacer) drawn(card string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.cards) > 5000 {
		clear(p.cards)
	}
	p.cards[card] = now
}

// passing takes the turn of an update that may as well come later. It never waits.
func (p *pacer) passing() bool { return p.updates.Allow() }

// post waits for the turn of a message in a channel.
func (p *pacer) post(ctx context.Context, channel string) error {
	p.mu.Lock()
	l := p.posts[channel]
	if l == nil {
		if len(p.posts) > 5000 {
			clear(p.posts)
		}
		l = rate.NewLimiter(rate.Every(p.pace.Post), 3)
		p.posts[channel] = l
	}
	p.mu.Unlock()
	return turn(ctx, l)
}

func turn(ctx context.Context, l *rate.Limiter) error {
	r := l.Reserve()
	wait := r.Delay()
	if wait == 0 {
		return nil
	}
	if wait > longestHold {
		r.Cancel()
		return later{wait}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		r.Cancel()
		return later{}
	}
}
