package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/disk"
	"accountops/internal/sandbox/slackemu"
	"accountops/internal/store"
)

const (
	team      = "T0ACCTOPS"
	requester = "U0REQUESTER"
	approver  = "U0APPROVER1"
	second    = "U0APPROVER2"
	bystander = "U0BYSTANDER"
	guest     = "U0GUEST0001"
	approvals = "C0APPROVALS"
	helpdesk  = "C0HELPDESK1"
)

// world is a Slack workspace on a real socket, a real executor on a real store, and a fake identity system.
type world struct {
	t     testing.TB
	slack *slackemu.Workspace
	url   string
	store *store.SQLite
	exec  *executor.Executor
	sys   *system
	clock *clock
	logs  *logbook
	bot   *Bot
	bots  []*Bot // every replica's
	dir   string
	quota int
	http  bool                 // whether Slack calls the bot, in HTTP mode
	ops   []executor.Operation // in place of the fake system's

	sources func(context.Context, executor.SourceQuery) ([]executor.SourceName, error) // in place of the fake system's

	gather time.Duration          // how long a card gathers steps; 0 is hardly at all
	check  time.Duration          // how often cards that wait are looked for; 0 is hardly ever
	settle time.Duration          // how long changes are gathered before Home tabs are drawn
	policy func(*executor.Policy) // changes the policy; nil leaves it

	channel string // for approvals; empty is the usual one

	sockets atomic.Int64                                    // opened so far
	middle  atomic.Pointer[func(http.Handler) http.Handler] // stands before the Web API
	door    atomic.Pointer[http.Handler]                    // the bot's in HTTP mode
}

// clock is the real time, put forward.
type clock struct {
	mu sync.Mutex
	by time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.by)
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by += by
}

// logbook keeps what was logged.
type logbook struct {
	mu   sync.Mutex
	text []byte
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func newWorld(t testing.TB, changes ...func(*slackemu.Seed)) *world {
	t.Helper()
	return newWorldIn(t, httpMode(), changes...)
}

func newWorldIn(t testing.TB, overHTTP bool, changes ...func(*slackemu.Seed)) *world {
	t.Helper()
	w := &world{t: t, sys: newSystem(), clock: &clock{}, logs: &logbook{}, dir: t.TempDir(), quota: 1, http: overHTTP, settle: 10 * time.Millisecond}
	var mux http.ServeMux
	server := httptest.NewServer(&mux)
	t.Cleanup(server.Close)
	w.url = server.URL
	d, err := disk.Open(w.dir + "/world")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	seed := slackemu.DefaultSeed()
	if w.http {
		seed.App.SigningSecret = signingSecret
		seed.App.HTTP = &slackemu.HTTPMode{
			Commands: server.URL + pathCommands, Interactivity: server.URL + pathInteractivity, Events: server.URL + pathEvents,
		}
	}
	var scopes []string
	seed.App, scopes, err = slackemu.Install(seed.App, EmbeddedManifest())
	require.NoError(t, err)
	for _, change := range changes {
		change(&seed)
	}
	w.slack, err = slackemu.New(slackemu.Config{
		Seed: seed, Scopes: scopes, Disk: d, Clock: w.clock.Now, BaseURL: func() string { return server.URL }, Logger: slog.New(slog.NewTextHandler(w.logs, nil)),
	})
	require.NoError(t, err)
	t.Cleanup(w.slack.Close)
	mux.HandleFunc("/api/", func(rw http.ResponseWriter, r *http.Request) {
		next := w.slack.API()
		if middle := w.middle.Load(); middle != nil && *middle != nil {
			next = (*middle)(next)
		}
		next.ServeHTTP(rw, r)
	})
	mux.HandleFunc("/slack/socket", func(rw http.ResponseWriter, r *http.Request) {
		w.sockets.Add(1)
		w.slack.Socket().ServeHTTP(rw, r)
	})
	mux.Handle("/slack/hooks/", w.slack.Responses())
	mux.HandleFunc("/slack/", w.serveBot)
	mux.Handle("/sandbox/v1/", w.slack.Control())
	return w
}

var serial struct {
	sync.Mutex
	n int
}

// newID gives ids that differ from each other.
func newID() string {
	serial.Lock()
	defer serial.Unlock()
	serial.n++
	return fmt.Sprintf("%026d", serial.n)
}

// config is how the bot reaches the workspace.
func (w *world) config() Config {
	var secrets func() ([]string, error)
	if w.http {
		secrets = func() ([]string, error) { return []string{"the-next-secret", signingSecret}, nil }
	}
	return Config{
		SigningSecrets: secrets,
		APIURL:         w.url + "/api/", BotToken: "xoxb-sandbox", AppToken: "xapp-sandbox", ApprovalsChannel: cmp.Or(w.channel, approvals),
		Now: w.clock.Now, Logger: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// until waits for something in the workspace to be so.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for seq := w.slack.Seq(); !is(); seq = w.slack.Seq() {
		if time.Now().After(deadline) {
			w.t.Fatalf("it did not come about that %s\nlog:\n%s", what, w.logs)
		}
		w.slack.Since(w.t.Context(), seq, 20*time.Millisecond)
	}
}

// read asks the emulator's control what people see.
func (w *world) read(path string, query url.Values) []map[string]any {
	w.t.Helper()
	resp, err := http.Get(w.url + "/sandbox/v1/slack/" + path + "?" + query.Encode())
	require.NoError(w.t, err)
	defer resp.Body.Close()
	var out struct {
		Messages []map[string]any `json:"messages"`
		Views    []map[string]any `json:"views"`
		Channels []map[string]any `json:"channels"`
	}
	require.NoError(w.t, json.NewDecoder(resp.Body).Decode(&out))
	return append(append(out.Messages, out.Views...), out.Channels...)
}

func (w *world) messages(channel string) []map[string]any {
	return w.read("messages", url.Values{"channel": {channel}})
}

// thread gives the texts under a message, oldest first.
func (w *world) thread(channel, ts string) []string {
	var out []string
	for _, m := range w.read("messages", url.Values{"channel": {channel}, "thread_ts": {ts}}) {
		if m["ts"] != ts {
			out = append(out, m["text"].(string))
		}
	}
	return out
}

// ephemerals gives what only one person sees, oldest first.
func (w *world) ephemerals(user string) []string {
	var out []string
	for _, m := range w.read("ephemerals", url.Values{"user": {user}}) {
		out = append(out, m["text"].(string))
	}
	return out
}

// type_ types a slash command and gives the acknowledgement.
func (w *world) types(user, text string) slackemu.Result {
	w.t.Helper()
	got, err := w.slack.Command(slackemu.CommandInput{User: user, Channel: helpdesk, Command: "/account", Text: text})
	require.NoError(w.t, err)
	return got
}

// clicks presses a button on a message.
func (w *world) clicks(user, ts, action string) slackemu.Result {
	w.t.Helper()
	got, err := w.slack.Act(slackemu.ActionInput{User: user, Channel: approvals, TS: ts, ActionID: action})
	require.NoError(w.t, err)
	return got
}

// card waits for the newest card in the approvals channel that has a button and gives its ts.
func (w *world) card() string {
	w.t.Helper()
	var ts string
	w.until("a card with buttons is there", func() bool {
		for _, m := range w.messages(approvals) {
			if len(buttonsOn(m)) > 0 {
				ts = m["ts"].(string)
				return true
			}
		}
		return false
	})
	return ts
}

// buttonsOn lists the action ids on a message.
func buttonsOn(m map[string]any) []string {
	var out []string
	blocks, _ := m["blocks"].([]any)
	for _, b := range blocks {
		block := b.(map[string]any)
		if block["type"] != "actions" {
			continue
		}
		for _, e := range block["elements"].([]any) {
			out = append(out, e.(map[string]any)["action_id"].(string))
		}
	}
	return out
}

func (w *world) message(channel, ts string) map[string]any {
	for _, m := range w.messages(channel) {
		if m["ts"] == ts {
			return m
		}
	}
	return nil
}

// through puts a handler before the Web API; nil takes it away.
func (w *world) through(middle func(http.Handler) http.Handler) { w.middle.Store(&middle) }
