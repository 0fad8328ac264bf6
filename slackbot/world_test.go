package slackbot

import (
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

	"accountops/internal/engine"
	"accountops/internal/executor"
	"accountops/internal/fault"
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
	t     *testing.T
	slack *slackemu.Workspace
	url   string
	store *store.SQLite
	exec  *executor.Executor
	sys   *system
	clock *clock
	logs  *logbook
	bot   *Bot
	dir   string
	quota int

	sockets atomic.Int64                    // opened so far
	middle  func(http.Handler) http.Handler // stands before the Web API, when set before start
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

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, sys: newSystem(), clock: &clock{}, logs: &logbook{}, dir: t.TempDir(), quota: 1}
	var mux http.ServeMux
	server := httptest.NewServer(&mux)
	t.Cleanup(server.Close)
	w.url = server.URL
	d, err := disk.Open(w.dir + "/world")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	w.slack, err = slackemu.New(slackemu.Config{
		Disk: d, Clock: w.clock.Now, BaseURL: func() string { return server.URL }, Logger: slog.New(slog.NewTextHandler(w.logs, nil)),
	})
	require.NoError(t, err)
	t.Cleanup(w.slack.Close)
	mux.HandleFunc("/api/", func(rw http.ResponseWriter, r *http.Request) {
		next := w.slack.API()
		if w.middle != nil {
			next = w.middle(next)
		}
		next.ServeHTTP(rw, r)
	})
	mux.HandleFunc("/slack/socket", func(rw http.ResponseWriter, r *http.Request) {
		w.sockets.Add(1)
		w.slack.Socket().ServeHTTP(rw, r)
	})
	mux.Handle("/slack/hooks/", w.slack.Responses())
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
	return Config{
		APIURL: w.url + "/api/", BotToken: "xoxb-sandbox", AppToken: "xapp-sandbox", ApprovalsChannel: approvals,
		Now: w.clock.Now, Logger: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// start runs bot, executor and engine until stop is called, or the test ends.
func (w *world) start() (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Connect(ctx, w.config())
	require.NoError(w.t, err)
	w.store, err = store.Open(ctx, w.dir+"/data", w.clock.Now)
	require.NoError(w.t, err)
	timing := executor.DefaultTiming()
	timing.FollowFirst, timing.VerifyEvery, timing.Look = 10*time.Millisecond, 10*time.Millisecond, 5*time.Second
	w.exec, err = executor.New(executor.Config{
		Operations: w.sys.operations(), Store: w.store, Directory: s.People(),
		Policy: executor.Policy{Groups: []string{"S0APPROVERS"}, Quorum: w.quota, Expiry: 24 * time.Hour},
		Limits: executor.Limits{Open: 100, Hourly: 1000}, Timing: timing, Now: w.clock.Now, NewID: newID, Owner: "test", Where: s.Where(),
		Logger: slog.New(slog.NewTextHandler(w.logs, nil)),
	})
	require.NoError(w.t, err)
	e, err := engine.New(w.exec, w.store, engine.Options{Owner: "test", Lease: engine.LeaseFor(timing), Now: w.clock.Now, NewID: newID,
		Logger: slog.New(slog.NewTextHandler(w.logs, nil)), Sweep: 50 * time.Millisecond})
	require.NoError(w.t, err)
	w.bot = New(s, w.exec, w.store, w.store, Options{
		Owner: "test", NewID: newID, Pace: Pace{Post: time.Nanosecond, Update: time.Nanosecond}, Poll: 50 * time.Millisecond,
	})
	var wg sync.WaitGroup
	wg.Go(func() { _ = e.Run(ctx) })
	wg.Go(func() { _ = w.bot.Run(ctx) })
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			wg.Wait()
			require.NoError(w.t, w.store.Close())
		})
	}
	w.t.Cleanup(stop)
	w.until("both sockets are open", func() bool { return w.slack.Connections() >= connections })
	return stop
}

// until waits for something in the workspace to be so.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
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
		Dms      []map[string]any `json:"dms"`
	}
	require.NoError(w.t, json.NewDecoder(resp.Body).Decode(&out))
	return append(append(out.Messages, out.Views...), out.Dms...)
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

// system is an identity system with accounts by login.
type system struct {
	mu       sync.Mutex
	accounts map[string]executor.Account
	sent     []string
	hang     chan struct{} // while it is there, nothing is answered
}

func newSystem() *system {
	s := &system{accounts: map[string]executor.Account{}}
	for _, a := range []executor.Account{
		{ID: "acc-1", Name: "jane.doe", NativeIdentity: "CN=Jane Doe,OU=Sales", SourceID: "src-1", Source: "Corporate AD", IdentityID: "idn-1",
			Identity: "Jane Doe", Status: "enabled", Entitlements: []executor.Entitlement{{ID: "e1", Name: "Sales"}, {ID: "e2", Name: "Domain Admins", Privileged: true}}},
		{ID: "acc-2", Name: "bob.ray", SourceID: "src-1", Source: "Corporate AD", IdentityID: "idn-2", Identity: "Bob Ray", Status: "enabled"},
	} {
		s.accounts[a.Name] = a
	}
	return s
}

type removal struct {
	Account string `json:"account" jsonschema_description:"The account."`
	Source  string `json:"source,omitempty" jsonschema_description:"Where it is."`
	Reason  string `json:"reason" jsonschema_description:"Why."`
	Force   bool   `json:"force_provisioning,omitempty" jsonschema_description:"Send it even if it is done already."`
}

type search struct {
	Text string `json:"text,omitempty" jsonschema_description:"What to look for."`
}

type found struct {
	Count int `json:"count" jsonschema_description:"How many."`
}

func (s *system) operations() []executor.Operation {
	return []executor.Operation{
		executor.DefineDirect(executor.Direct[search, found]{
			Name: "find_accounts", Title: "Find accounts", Summary: "Looks for accounts.", Word: "find", Effect: executor.Read, Do: s.find,
		}),
		executor.Define(executor.Spec[removal]{
			Name: "remove_account", Title: "Remove account", Summary: "Removes an account.", Word: "remove", Effect: executor.Destroy,
			Plan: s.plan, Send: s.send, Verify: s.verify,
		}),
		executor.Define(executor.Spec[removal]{
			Name: "disable_account", Title: "Disable account", Summary: "Disables an account.", Word: "disable", Effect: executor.Change,
			Plan: s.plan, Send: s.send, Verify: s.verify,
		}),
	}
}

func (s *system) wait(ctx context.Context) error {
	s.mu.Lock()
	hang := s.hang
	s.mu.Unlock()
	if hang == nil {
		return nil
	}
	select {
	case <-hang:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *system) find(ctx context.Context, in search, _ executor.Call) (executor.Answered[found], error) {
	if err := s.wait(ctx); err != nil {
		return executor.Answered[found]{}, err
	}
	if in.Text == "panic" {
		panic("the finder fell over")
	}
	t := &executor.Table{Columns: []string{"Account", "Source"}, Rows: [][]string{{"jane.doe", "Corporate AD"}, {"<!channel>\nbob", "HR"}}, Total: 40}
	return executor.Answered[found]{Summary: "Two accounts.", Table: t, Data: found{2}}, nil
}

func (s *system) plan(ctx context.Context, in removal, target string) (executor.Plan, error) {
	if err := s.wait(ctx); err != nil {
		return executor.Plan{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.ID != target && (target != "" || (a.Name != in.Account && a.ID != in.Account)) {
			continue
		}
		p := executor.Plan{
			System: "sailpoint", SystemName: "SailPoint", Tenant: "acme.example", BaseURL: "https://acme.example", Target: a.ID, Exists: true, Account: a,
			Call: "POST /accounts/" + a.ID + "/remove", Changes: []string{"The account's record is removed."}, Consequence: "It comes back at the next aggregation.",
		}
		if in.Force {
			p.Options = map[string]string{"force_provisioning": "true"}
		}
		return p, nil
	}
	if in.Account == "jane" {
		return executor.Plan{}, &fault.Error{Kind: fault.Conflict, Sentence: "Two accounts match. Nothing was changed.", Choices: []fault.Choice{
			{Value: "acc-1", Facts: []fault.Fact{{Label: "source", Value: "Corporate AD"}}},
			{Value: "acc 9", Facts: []fault.Fact{{Label: "source", Value: "*HR*"}}},
		}}
	}
	return executor.Plan{}, fault.New(fault.NotFound, "There is no such account. Nothing was changed.")
}

func (s *system) send(_ context.Context, p executor.Plan) executor.Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, p.Target)
	for name, a := range s.accounts {
		if a.ID == p.Target {
			delete(s.accounts, name)
		}
	}
	return executor.Sent{Outcome: executor.Accepted, Status: 200}
}

func (s *system) verify(_ context.Context, p executor.Plan, _ executor.Attempt) (executor.Proof, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.ID == p.Target {
			return executor.Proof{Finding: executor.NotApplied, Words: "It is still there."}, nil
		}
	}
	return executor.Proof{Finding: executor.Applied, Words: "SailPoint no longer has the account."}, nil
}

func (s *system) sends() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.sent...)
}
