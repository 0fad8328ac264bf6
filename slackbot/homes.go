package slackbot

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

const (
	mostHomes    = 200              // Home tabs that are kept up to date; whoever opened theirs longest ago is dropped
	homesAnyway  = 30 * time.Second // how often to look for what another process changed, and for what failed
	mostPerList  = 10               // requests in each list of a Home tab
	mostLinks    = 5000             // permalinks that are remembered
	homesAtATime = 50               // desks read from the record in one go
)

// homes are the Home tabs that are kept up to date. Only the goroutine of keepHomes draws, so that an older one never comes
// after a newer one.
type homes struct {
	opened  chan struct{} // somebody looks at theirs now
	changed chan struct{} // some request has changed

	mu      sync.Mutex
	looking map[string]bool     // members who wait for theirs
	turns   int64               // counts what was of interest
	known   map[string]int64    // members, by the turn at which they last were
	drawn   map[string][32]byte // what each is known to show
	links   map[string]string   // permalinks, by channel and ts
}

func newHomes() *homes {
	return &homes{
		opened: make(chan struct{}, 1), changed: make(chan struct{}, 1),
		looking: map[string]bool{}, known: map[string]int64{}, drawn: map[string][32]byte{}, links: map[string]string{},
	}
}

func ring(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it has a signal waiting already
	}
}

// open says that somebody looks at their Home tab.
func (h *homes) open(user string) {
	h.mu.Lock()
	h.looking[user] = true
	h.keep(user)
	h.mu.Unlock()
	ring(h.opened)
}

// touched says that a request has changed. Whoever asked for it or decided on it gets their Home tab, opened before or not.
func (h *homes) touched(r executor.Request) {
	if r.ID == "" {
		return
	}
	people := []executor.Principal{r.By.Principal, r.By.As}
	for _, d := range r.Decisions {
		people = append(people, d.By.Principal, d.By.As)
	}
	h.mu.Lock()
	for _, p := range people {
		if _, user, ok := p.Slack(); ok {
			h.keep(user)
		}
	}
	h.mu.Unlock()
	ring(h.changed)
}

// keep adds a member, and drops another when there are too many. The caller holds the lock.
func (h *homes) keep(user string) {
	h.turns++
	h.known[user] = h.turns
	if len(h.known) <= mostHomes {
		return
	}
	oldest := user
	for other, at := range h.known {
		if at < h.known[oldest] {
			oldest = other
		}
	}
	delete(h.known, oldest)
	delete(h.drawn, oldest)
}

// waiting gives who looks at theirs now, and forgets what they are known to show: Slack may show them something older.
func (h *homes) waiting() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for user := range h.looking {
		out = append(out, user)
		delete(h.drawn, user)
	}
	clear(h.looking)
	return out
}

func (h *homes) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for user := range h.known {
		out = append(out, user)
	}
	return out
}

// keepHomes draws Home tabs: for who looks at theirs at once, for the others when something has changed, a burst of changes
// together.
func (b *Bot) keepHomes(ctx context.Context) {
	tick := time.NewTicker(homesAnyway)
	defer tick.Stop()
	var settled <-chan time.Time
	for {
		var users []string
		select {
		case <-ctx.Done():
			return
		case <-b.homes.opened:
			users = b.homes.waiting()
		case <-b.homes.changed:
			if settled == nil {
				settled = time.After(b.opts.Pace.Settle)
			}
		case <-settled:
			settled = nil
			users = b.homes.all()
		case <-tick.C:
			users = b.homes.all()
		}
		for len(users) > 0 && ctx.Err() == nil {
			some := users[:min(len(users), homesAtATime)]
			users = users[len(some):]
			b.guard("slack: drawing Home tabs failed", func() { b.drawHomes(ctx, some) })
		}
	}
}

// drawHomes brings Home tabs up to the record. One that fails is tried again with the next change, or soon anyway.
func (b *Bot) drawHomes(ctx context.Context, users []string) {
	of := make([]executor.Actor, len(users))
	for i, user := range users {
		of[i] = executor.Actor{Principal: executor.SlackPrincipal(b.slack.team, user), Door: executor.DoorSlack}
	}
	read, cancel := context.WithTimeout(ctx, workLimit)
	defer cancel()
	desks, err := b.exec.Desks(read, of, mostPerList)
	if err != nil {
		if ctx.Err() == nil {
			b.log.Error("slack: what stands on Home tabs could not be read", "error", err)
		}
		return
	}
	for i, user := range users {
		view := b.home(desks[i], b.linksFor(ctx, user, desks[i]))
		raw, err := json.Marshal(view)
		if err != nil {
			b.log.Error("slack: a Home tab could not be drawn", "error", err)
			continue
		}
		b.publish(ctx, user, view, sha256.Sum256(raw))
	}
}

// publish shows somebody their Home tab, unless it shows that already.
func (b *Bot) publish(ctx context.Context, user string, view slack.HomeTabViewRequest, sum [32]byte) {
	b.homes.mu.Lock()
	same := b.homes.drawn[user] == sum
	b.homes.mu.Unlock()
	if same || b.pace.homes.Wait(ctx) != nil {
		return
	}
	err := patient(ctx, func() error {
		_, err := b.slack.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: view})
		return err
	})
	if err != nil {
		b.log.Warn("slack: a Home tab was not drawn; it is tried again", "error", hint(err))
		return
	}
	b.homes.mu.Lock()
	defer b.homes.mu.Unlock()
	if _, kept := b.homes.known[user]; kept {
		b.homes.drawn[user] = sum
	}
}

// linksFor finds where the requests of a desk are shown, by their ids: for whoever asked in their direct messages, for who
// decides in the approvals channel. A request whose card is not there yet has no link.
func (b *Bot) linksFor(ctx context.Context, user string, d executor.Desk) map[string]string {
	out := map[string]string{}
	for _, list := range [][]executor.Request{d.Waiting, d.Mine, d.Decided} {
		for _, r := range list {
			if _, known := out[r.ID]; known {
				continue
			}
			copies, err := b.outbox.Copies(ctx, r.ID)
			if err != nil {
				continue // without a link it still says everything
			}
			if link := b.permalink(ctx, nearest(copies, user, r)); link != "" {
				out[r.ID] = link
			}
		}
	}
	return out
}

// nearest is the copy that somebody is led to: one of their own, or else the approvers' one.
func nearest(copies []executor.Copy, user string, r executor.Request) executor.Copy {
	var best executor.Copy
	for _, c := range copies {
		_, by, _ := r.By.Principal.Slack()
		own := c.Purpose == forApprover+user || (c.Purpose == forRequester && by == user)
		if c.TS != "" && !placeOf(c).gone && (own || (c.Purpose == forApprovals && best.TS == "")) {
			best = c
		}
	}
	return best
}

// permalink gives the address of a message, empty when Slack does not say.
func (b *Bot) permalink(ctx context.Context, c executor.Copy) string {
	if c.TS == "" {
		return ""
	}
	key := c.Channel + " " + c.TS
	b.homes.mu.Lock()
	link, known := b.homes.links[key]
	b.homes.mu.Unlock()
	if known {
		return link
	}
	link, err := b.slack.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: c.Channel, Ts: c.TS})
	if err != nil || (!strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "http://")) {
		return ""
	}
	b.homes.mu.Lock()
	defer b.homes.mu.Unlock()
	if len(b.homes.links) >= mostLinks {
		clear(b.homes.links)
	}
	b.homes.links[key] = link
	return link
}
