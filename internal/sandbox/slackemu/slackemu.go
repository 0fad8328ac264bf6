// Package slackemu is a Slack workspace in the process: the Web API, Socket Mode, response URLs, and what people do in
// Slack's client, for the sandbox and for tests.
//
// It keeps to shared facts about Slack rather than to one library: slack-go and Slack's own Bolt work against it
// unmodified. What the tests and the sandbox's page do as a person goes through Control, never through the Web API.
package slackemu

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"accountops/internal/sandbox/disk"
)

// The figures Slack documents.
const (
	ackWithin      = 3 * time.Second
	triggerLife    = 3 * time.Second
	hookLife       = 30 * time.Minute
	hookUses       = 5
	pingEvery      = 10 * time.Second
	maxConnections = 10
	maxAck         = 20 << 10
	ticketLife     = 30 * time.Second
)

// Config is what a workspace needs. Disk, Clock and BaseURL are required.
type Config struct {
	Disk    *disk.Disk
	Clock   func() time.Time // the sandbox's time: stamps messages, ages triggers and response URLs
	BaseURL func() string    // where the handlers are mounted, such as http://127.0.0.1:8080
	Seed    Seed             // who and what there is; DefaultSeed() when it has no team
	Scopes  []string         // what the bot token may; DefaultScopes() when nil
	Logger  *slog.Logger     // nil discards

	AckWithin time.Duration // how long an app has to acknowledge, in real time; 3 s when 0
	PingEvery time.Duration // how often a socket is pinged; 10 s when 0
}

// Workspace is one Slack workspace with one app in it. It is safe for concurrent use.
type Workspace struct {
	cfg Config
	app App // never changed after the start

	http *http.Client    // sends to the app's request URLs in HTTP mode
	ctx  context.Context // ends with Close; bounds every wait and every goroutine
	stop context.CancelFunc
	wg   sync.WaitGroup

	closing sync.Mutex // guards closed, so that nothing is started while Close waits
	closed  bool

	mu         sync.Mutex // guards everything below
	mode       *HTTPMode  // where the app takes requests; nil while it uses Socket Mode
	signing    string     // the app's signing secret of today
	people     map[string]Person
	order      []string // people in the order of the seed
	groups     []Group
	channels   map[string]*channel
	listed     []string          // channels in the order in which they came to be
	direct     map[string]string // person → their direct message channel with the bot
	ephemerals map[string][]*message
	views      map[string]*view
	modals     map[string][]string // person → open modals, the topmost last
	homes      map[string]string   // person → Home view
	triggers   map[string]*trigger
	hooks      map[string]*hook
	pruned     time.Time // when hooks that are too old were last forgotten
	tickets    map[string]time.Time
	conns      []*conn
	turn       int
	joined     int           // how many sockets there ever were
	silence    time.Duration // how long a socket may stay silent
	waiting    map[string]*delivery
	faults     []*Fault
	offered    map[string][]map[string]any // view or message and action id → the options an app last offered there
	lastTS     int64                       // microseconds
	serial     int64                       // what ids are counted with

	feed feed
	log  inspector
}

// New opens the workspace that lies on the disk, and makes it from the seed where nothing does yet.
func New(cfg Config) (*Workspace, error) {
	if cfg.Disk == nil || cfg.Clock == nil || cfg.BaseURL == nil {
		return nil, errors.New("the Slack emulator was not started: it needs Disk, Clock and BaseURL")
	}
	cfg = withDefaults(cfg)
	ctx, stop := context.WithCancel(context.Background())
	w := &Workspace{
		cfg: cfg, app: cfg.Seed.App, http: newHTTP(), ctx: ctx, stop: stop, mode: cfg.Seed.App.HTTP, signing: cfg.Seed.App.SigningSecret,
		people: map[string]Person{}, channels: map[string]*channel{}, direct: map[string]string{},
		ephemerals: map[string][]*message{}, views: map[string]*view{}, modals: map[string][]string{},
		homes: map[string]string{}, triggers: map[string]*trigger{}, hooks: map[string]*hook{},
		tickets: map[string]time.Time{}, waiting: map[string]*delivery{}, offered: map[string][]map[string]any{},
		silence: max(pongWithin, 3*cfg.PingEvery),
	}
	w.feed.init()
	w.sow()
	if err := w.load(); err != nil {
		stop()
		return nil, err
	}
	return w, nil
}

func withDefaults(cfg Config) Config {
	if cfg.Seed.Team.ID == "" {
		cfg.Seed = DefaultSeed()
	}
	if cfg.Scopes == nil {
		cfg.Scopes = DefaultScopes()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.AckWithin <= 0 {
		cfg.AckWithin = ackWithin
	}
	if cfg.PingEvery <= 0 {
		cfg.PingEvery = pingEvery
	}
	return cfg
}

// Close ends every connection and every wait, and returns when nothing of the workspace runs any more.
func (w *Workspace) Close() {
	w.stop()
	w.closing.Lock()
	w.closed = true
	w.closing.Unlock()
	w.mu.Lock()
	conns := append([]*conn(nil), w.conns...)
	w.mu.Unlock()
	for _, c := range conns {
		c.close()
	}
	w.wg.Wait()
	w.http.CloseIdleConnections()
}

// API is Slack's Web API, to be mounted at /api/.
func (w *Workspace) API() http.Handler { return http.HandlerFunc(w.serveAPI) }

// Socket is the end of Socket Mode, to be mounted at /slack/socket.
func (w *Workspace) Socket() http.Handler { return http.HandlerFunc(w.serveSocket) }

// Responses takes what apps post to response URLs, to be mounted at /slack/hooks/.
func (w *Workspace) Responses() http.Handler { return http.HandlerFunc(w.serveHook) }

func (w *Workspace) now() time.Time { return w.cfg.Clock() }

func (w *Workspace) base() string { return strings.TrimRight(w.cfg.BaseURL(), "/") }

// background runs f until it returns, counted so that Close can wait for it. After Close it does nothing.
func (w *Workspace) background(f func()) {
	w.closing.Lock()
	defer w.closing.Unlock()
	if !w.closed {
		w.wg.Go(f)
	}
}
