package slackemu

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/disk"
)

// world is a workspace behind a real server, with a clock the test sets.
type world struct {
	t   *testing.T
	ws  *Workspace
	srv *httptest.Server
	api *slack.Client

	mu  sync.Mutex
	now time.Time
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	d, err := disk.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return openWorld(t, d, change...)
}

func openWorld(t *testing.T, d *disk.Disk, change ...func(*Config)) *world {
	t.Helper()
	x := &world{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	mux := http.NewServeMux()
	x.srv = httptest.NewServer(mux)
	cfg := Config{Disk: d, Clock: x.clock, BaseURL: func() string { return x.srv.URL }}
	for _, c := range change {
		c(&cfg)
	}
	ws, err := New(cfg)
	require.NoError(t, err)
	x.ws = ws
	mux.Handle("/api/", ws.API())
	mux.Handle("/slack/socket", ws.Socket())
	mux.Handle("/slack/hooks/", ws.Responses())
	mux.Handle("/sandbox/v1/", ws.Control())
	x.api = x.client("xoxb-sandbox", "xapp-sandbox")
	t.Cleanup(x.close)
	return x
}

func (x *world) close() {
	x.ws.Close()
	x.srv.CloseClientConnections()
	x.srv.Close()
}

func (x *world) clock() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.now
}

func (x *world) advance(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.now = x.now.Add(d)
}

func (x *world) client(bot, app string) *slack.Client {
	return slack.New(bot, slack.OptionAppLevelToken(app), slack.OptionAPIURL(x.srv.URL+"/api/"),
		slack.OptionHTTPClient(&http.Client{Timeout: 20 * time.Second}))
}

// app is a slack-go Socket Mode client that answers every event with what answer gives.
func (x *world) app(answer func(*socketmode.Client, socketmode.Event)) *socketmode.Client {
	x.t.Helper()
	smc := socketmode.New(x.client("xoxb-sandbox", "xapp-sandbox"))
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}, 16), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { _ = smc.RunContext(ctx) })
	wg.Go(func() {
		for {
			select {
			case e := <-smc.Events:
				if e.Type == socketmode.EventTypeHello {
					ready <- struct{}{}
				}
				if e.Request != nil && e.Request.EnvelopeID != "" && answer != nil {
					answer(smc, e)
				}
			case <-done:
				return
			}
		}
	})
	x.t.Cleanup(func() { cancel(); x.ws.Close(); close(done); wg.Wait() })
	select {
	case <-ready:
	case <-time.After(time.Minute):
		x.t.Fatal("the socket said no hello")
	}
	return smc
}

func ack(payload any) func(*socketmode.Client, socketmode.Event) {
	return func(smc *socketmode.Client, e socketmode.Event) {
		if payload == nil {
			_ = smc.Ack(*e.Request)
			return
		}
		_ = smc.Ack(*e.Request, payload)
	}
}

type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func (x *world) do(method, path, contentType string, body []byte, header ...string) reply {
	x.t.Helper()
	req, err := http.NewRequestWithContext(x.t.Context(), method, x.srv.URL+path, bytes.NewReader(body))
	require.NoError(x.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if h := req.Header.Get("Host"); h != "" {
		req.Host = h
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(x.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(x.t, err)
	out := reply{status: resp.StatusCode, header: resp.Header}
	_ = json.Unmarshal(raw, &out.body)
	return out
}

// control posts to, or with a nil body gets from, the control endpoints.
func (x *world) control(path string, in any) reply {
	x.t.Helper()
	if in == nil {
		return x.do(http.MethodGet, "/sandbox/v1/"+path, "", nil)
	}
	raw, err := json.Marshal(in)
	require.NoError(x.t, err)
	return x.do(http.MethodPost, "/sandbox/v1/"+path, "application/json", raw)
}

type m = map[string]any

// command types a slash command as the requester in help-desk.
func (x *world) command(text string) reply {
	x.t.Helper()
	return x.control("slack/commands", m{"user": "U0REQUESTER", "channel": "C0HELPDESK1", "command": "/account", "text": text})
}

// becomes waits until something is so. It looks when something has changed, and never by itself sooner than in a second: a wait that
// looks all the time takes a processor from the test it waits for.
func (x *world) becomes(what string, so func() bool) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		seq := x.ws.Seq()
		if so() {
			return
		}
		x.ws.Since(ctx, seq, time.Second)
	}
	require.Fail(x.t, "waited in vain for "+what)
}

// slackSeconds gives the seconds of a Slack timestamp.
func slackSeconds(ts string) int64 {
	n, _ := strconv.ParseInt(strings.Split(ts, ".")[0], 10, 64)
	return n
}
