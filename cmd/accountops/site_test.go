package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"
)

// patience is how long a test waits for something that happens by itself. It never makes a test pass. Much of it is waiting for
// the budget of the identity systems, 100 calls in 10 seconds, on a machine that others use as well.
const patience = 3 * time.Minute

// site is a running sandbox, as a script outside sees it.
type site struct {
	t    *testing.T
	base string
	who  map[string]string // Slack user ids by role
	chat map[string]string // Slack channel ids by name

	apart bool // accountops runs elsewhere, or not at all
}

// lockedBuffer keeps what a process wrote. line, when it is there, gets the first line as soon as it is whole.
type lockedBuffer struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	line chan string
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	had := bytes.ContainsRune(b.buf.Bytes(), '\n')
	n, err := b.buf.Write(p)
	if first, _, whole := strings.Cut(b.buf.String(), "\n"); whole && !had && b.line != nil {
		b.line <- first
	}
	return n, err
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// start runs a command through run, as main does, and gives its stdout's first line and all of it. It ends with the test.
func start(t *testing.T, env map[string]string, args ...string) (first string, stdout *lockedBuffer) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, log := lockedBuffer{line: make(chan string, 1)}, lockedBuffer{}
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, args, process{envconfig.MapLookuper(env), strings.NewReader(""), &out, &log})
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			require.NoError(t, err, "%s", log.String())
		case <-time.After(patience):
			require.Fail(t, "it does not stop", "%s", log.String())
		}
		if t.Failed() {
			t.Log(log.String())
		}
	})
	select {
	case line := <-out.line:
		return line, &out
	case err := <-ended:
		ended <- err
		require.Fail(t, "it ended", "%v: %s", err, log.String())
	case <-time.After(patience):
		require.Fail(t, "it does not start", "%s", log.String())
	}
	return "", nil
}

// newSite runs a sandbox of its own for a test.
func newSite(t *testing.T, args ...string) *site {
	t.Helper()
	args = append([]string{"sandbox", "--addr", "127.0.0.1:0", "--data", t.TempDir()}, args...)
	base, _ := start(t, nil, args...)
	return visit(t, base)
}

// visit looks round a running sandbox.
func visit(t *testing.T, base string) *site {
	t.Helper()
	s := &site{t: t, base: base, who: map[string]string{}, chat: map[string]string{}}
	var people struct {
		People []struct{ ID, Name, Role string }
	}
	s.get("/sandbox/v1/people", &people)
	for _, p := range people.People {
		s.who[p.Role] = p.ID
	}
	var channels struct {
		Channels []struct{ ID, Name string }
	}
	s.get("/sandbox/v1/slack/channels", &channels)
	for _, c := range channels.Channels {
		s.chat[c.Name] = c.ID
	}
	return s
}

func (s *site) get(path string, into any) {
	s.t.Helper()
	res, err := http.Get(s.base + path) //nolint:gosec // loopback
	require.NoError(s.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, res.StatusCode, "GET %s: %s", path, raw)
	require.NoError(s.t, json.Unmarshal(raw, into), "GET %s: %s", path, raw)
}

// post sends JSON and gives the status and the answer.
func (s *site) post(path string, body any) (int, map[string]any) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(s.t, err)
	res, err := http.Post(s.base+path, "application/json", bytes.NewReader(raw)) //nolint:gosec // loopback
	require.NoError(s.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	var out map[string]any
	_ = json.Unmarshal(answer, &out) // an answer that is not JSON fails where it is looked at
	return res.StatusCode, out
}

type object = map[string]any

// command types a slash command and gives what Slack shows at once.
func (s *site) command(role, text string) object {
	s.t.Helper()
	status, answer := s.post("/sandbox/v1/slack/commands",
		object{"user": s.who[role], "channel": s.chat["help-desk"], "command": "/account", "text": text})
	require.Equal(s.t, http.StatusOK, status, "%v", answer)
	require.Equal(s.t, true, answer["acked"], "%v", answer)
	return answer
}

// click presses a button of a message.
func (s *site) click(role string, m message, action string) (int, object) {
	s.t.Helper()
	return s.post("/sandbox/v1/slack/actions", object{"user": s.who[role], "channel": m.channel, "ts": m.TS, "action_id": action})
}

func (s *site) messages(channel, thread string) []message {
	s.t.Helper()
	var answer struct{ Messages []json.RawMessage }
	q := url.Values{"channel": {channel}}
	if thread != "" {
		q.Set("thread_ts", thread)
	}
	s.get("/sandbox/v1/slack/messages?"+q.Encode(), &answer)
	var out []message
	for _, raw := range answer.Messages {
		m := message{channel: channel, raw: string(raw)}
		require.NoError(s.t, json.Unmarshal(raw, &m))
		out = append(out, m)
	}
	return out
}

// approvals gives the messages of the approvals channel.
func (s *site) approvals() []message {
	s.t.Helper()
	return s.messages(s.chat["identity-approvals"], "")
}

// card waits for the card of a request that holds a word and has an Approve button.
func (s *site) card(word string) message {
	s.t.Helper()
	var found message
	s.wait("a card about "+word, func() bool {
		for _, m := range s.approvals() {
			if strings.Contains(m.raw, word) && m.button("approve") != "" {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// thread waits until the thread under a card has a line with a word, and gives all lines.
func (s *site) thread(card message, word string) []message {
	s.t.Helper()
	var lines []message
	s.wait("a line that says "+word, func() bool {
		lines = s.messages(card.channel, card.TS)
		for _, l := range lines[min(1, len(lines)):] {
			if strings.Contains(l.raw, word) {
				return true
			}
		}
		return false
	})
	return lines
}

// told waits until somebody was shown an ephemeral with a word.
func (s *site) told(role, word string) string {
	s.t.Helper()
	var all string
	s.wait(role+" being told "+word, func() bool {
		var answer struct{ Messages []json.RawMessage }
		s.get("/sandbox/v1/slack/ephemerals?user="+s.who[role], &answer)
		all = ""
		for _, raw := range answer.Messages {
			all += string(raw) + "\n"
		}
		return strings.Contains(all, word)
	})
	return all
}

// wait looks whether something is so, and again after each change in Slack: whatever accountops does is told there. What is not, such
// as an upstream's record, is looked at once a second.
func (s *site) wait(what string, so func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		var now struct{ Seq int64 }
		s.get("/sandbox/v1/slack/changes", &now)
		if so() {
			return
		}
		s.get(fmt.Sprintf("/sandbox/v1/slack/changes?since=%d&wait=1", now.Seq), &now)
	}
	for _, m := range s.approvals() {
		s.t.Log(m.raw)
	}
	require.Fail(s.t, "waited in vain for "+what)
}

// call is one call at an upstream's own recorder.
type call struct {
	Method, Path, Query, Body string
	Status                    int
}

// changing gives the calls that change something: everything but reads and tokens.
func (s *site) changing(upstream string) []call {
	s.t.Helper()
	var answer struct{ Calls []call }
	s.get("/sandbox/v1/upstream/"+upstream+"/calls", &answer)
	var out []call
	for _, c := range answer.Calls {
		if c.Method != http.MethodGet && !strings.Contains(strings.ToLower(c.Path), "token") {
			out = append(out, c)
		}
	}
	return out
}

// accounts gives an upstream's accounts as one text.
func (s *site) accounts(upstream string) []object {
	s.t.Helper()
	var answer struct{ Accounts []object }
	s.get("/sandbox/v1/upstream/"+upstream+"/accounts", &answer)
	return answer.Accounts
}

// TestMain lets the test binary be accountops itself, so that a test can kill it.
func TestMain(m *testing.M) {
	if os.Getenv("ACCOUNTOPS_TEST_IS_THE_PROGRAM") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}
