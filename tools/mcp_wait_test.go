package tools_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

func TestEveryToolThatChangesSaysHowLongItWaits(t *testing.T) {
	t.Parallel()
	byName, list, _ := listed(t)
	for _, tool := range list {
		op := byName[tool.Name]
		if op.Effect == executor.Read && op.Name != "get_request" {
			continue
		}
		var schema struct {
			Properties struct {
				Wait struct{ Minimum, Maximum, Default *int } `json:"wait_seconds"`
			}
		}
		require.NoError(t, json.Unmarshal(tool.Input, &schema))
		wait := schema.Properties.Wait
		require.Equal(t, []int{0, 45, 20}, []int{*wait.Minimum, *wait.Maximum, *wait.Default}, tool.Name)
	}
}

func TestAnUnknownFieldIsToldTheFacesOwnFieldToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	call := caller(t, "modern", w.serve().URL, "")
	r := call("remove_account", map[string]any{"account": "jane", "reason": "left", "wait_second": 5})
	require.True(t, r.IsError)
	require.Contains(t, r.text(), "wait_second: there is no such field; did you mean wait_seconds?")
	require.Contains(t, r.text(), "The fields are account, reason, wait_seconds.")
	require.Contains(t, call("get_request", map[string]any{"id": "x"}).text(), "The fields are request_id, wait_seconds.")
	require.Contains(t, call("withdraw_request", map[string]any{"wait_seconds": 1, "id": "x"}).text(), "The fields are request_id, reason, wait_seconds.")
	require.Contains(t, call("withdraw_request", map[string]any{"request_id": "x", "wait_seconds": 46}).text(), "from 0 to 45")
}

func TestWithdrawingTakesAWaitAndHasNothingToWaitFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, era := range []string{"legacy", "modern"} {
		call := caller(t, era, w.serve().URL, "")
		id := call("remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0}).StructuredContent.RequestID
		began := time.Now()
		r := call("withdraw_request", map[string]any{"request_id": id, "wait_seconds": 45})
		require.Equal(t, "withdrawn", r.StructuredContent.Status, r.text())
		require.Less(t, time.Since(began), 30*time.Second)
	}
}

// note is what a waiting client is told.
type note struct {
	Method string
	Params struct {
		Token    string `json:"progressToken"`
		Progress float64
		Total    float64
		Message  string
	}
}

const patientCall = `{"name":"remove_account","arguments":{"account":"jane","reason":"left","wait_seconds":45},"_meta":{"progressToken":"p1"`

func checkNotes(t *testing.T, lines []string) {
	t.Helper()
	require.GreaterOrEqual(t, len(lines), 3, "some notes and the answer")
	last := -1.0
	for i, line := range lines[:len(lines)-1] {
		var n note
		require.NoError(t, json.Unmarshal([]byte(line), &n))
		require.Equal(t, "notifications/progress", n.Method)
		require.Equal(t, "p1", n.Params.Token)
		require.Greater(t, n.Params.Progress, last, "progress has to grow")
		require.GreaterOrEqual(t, n.Params.Total, n.Params.Progress)
		last = n.Params.Progress
		if i == 0 {
			require.Contains(t, n.Params.Message, "Nothing has been changed yet.")
			require.NotContains(t, n.Params.Message, "\u202e")
		}
	}
	var answer message
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &answer))
	require.Equal(t, "7", string(answer.ID))
	require.Equal(t, "verified", answer.result(t).StructuredContent.Result, "the answer says all by itself")
}

func TestProgressTellsAWaitingClientWhereItsRequestStands(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *world, streams serveStreams, _ executor.Door) {
		k := streams.talk(t)
		k.say(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":` + patientCall + `,"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`)
		first, err := k.out.ReadString('\n')
		require.NoError(t, err)
		lines := []string{first} // it came while the call waits: nobody has approved yet
		w.approve(w.opened())
		for !strings.Contains(lines[len(lines)-1], `"id":7`) {
			line, err := k.out.ReadString('\n')
			require.NoError(t, err)
			lines = append(lines, line)
		}
		checkNotes(t, lines)
	})
	t.Run("legacy HTTP", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		url := w.serve().URL
		session := post(t, url, hello).header.Get("Mcp-Session-Id")
		resp := open(t, t.Context(), url, `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":`+patientCall+`}}}`, "Mcp-Session-Id", session)
		require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
		var lines []string
		for events := bufio.NewScanner(resp.Body); events.Scan(); {
			if data, is := strings.CutPrefix(events.Text(), "data: "); is {
				if lines = append(lines, data); len(lines) == 1 {
					w.approve(w.opened())
				}
			}
		}
		checkNotes(t, lines)
	})
}

// open sends a body and gives the answer unread.
func open(t *testing.T, ctx context.Context, url, body string, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestWhoAsksForNoProgressGetsOnePlainAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := callModern(t, w.serve().URL, "disable_account", map[string]any{"account": "jane", "reason": "left"})
	require.Equal(t, "application/json", r.header.Get("Content-Type"))
	require.Equal(t, "done", r.body.result(t).StructuredContent.Status)
}

func TestARepeatedCallGetsItsOpenRequestThoughTheAccountHasChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	riley, bao := caller(t, "modern", url, ""), caller(t, "modern", url, baosToken)
	first := riley("remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0})
	id := first.StructuredContent.RequestID
	w.up.mu.Lock()
	w.up.missing = true // a new plan would find no account
	w.up.mu.Unlock()
	for _, wait := range []int{0, 1} {
		again := riley("remove_account", map[string]any{"wait_seconds": wait, "reason": "left", "account": "jane"})
		require.Equal(t, id, again.StructuredContent.RequestID, again.text())
		require.Contains(t, again.text(), "open already")
	}
	for name, r := range map[string]result{
		"other arguments":   riley("remove_account", map[string]any{"account": "joan", "reason": "left", "wait_seconds": 0}),
		"another operation": riley("disable_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0}),
		"somebody else":     bao("remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0}),
	} {
		require.True(t, r.IsError, name)
		require.Equal(t, "not_found", r.StructuredContent.Error.Kind, name)
	}
	riley("withdraw_request", map[string]any{"request_id": id})
	ended := riley("remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0})
	require.Equal(t, "not_found", ended.StructuredContent.Error.Kind, "once it has ended, the call asks anew")
}

func TestAClosedConnectionChangesNothingAboutTheRequest(t *testing.T) {
	t.Parallel()
	for name, hangUp := range map[string]func(t *testing.T, w *world, id string){
		"a repeated legacy call": func(t *testing.T, w *world, _ string) {
			url := w.serve().URL
			session := post(t, url, hello).header.Get("Mcp-Session-Id")
			ctx, cancel := context.WithCancel(t.Context())
			open(t, ctx, url, `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":`+patientCall+`}}}`, "Mcp-Session-Id", session)
			cancel() // its first note has come, so it waits
		},
		"a wait in get_request": func(t *testing.T, w *world, id string) {
			url := w.serve().URL
			session := post(t, url, hello).header.Get("Mcp-Session-Id")
			ctx, cancel := context.WithCancel(t.Context())
			open(t, ctx, url, `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"get_request","arguments":{"request_id":"`+id+`","wait_seconds":45},"_meta":{"progressToken":"p"}}}`, "Mcp-Session-Id", session)
			cancel()
		},
		"a bridge that ends": func(t *testing.T, w *world, id string) {
			ctx, cancel := context.WithCancel(t.Context())
			k := serveStreams(func(_ context.Context, in io.Reader, out io.Writer) error {
				return bridgeTo(w.serve().URL, "")(ctx, in, out)
			}).talk(t)
			k.say(strings.Replace(modernBody("tools/call", map[string]any{"name": "get_request", "arguments": map[string]any{"request_id": id, "wait_seconds": 45}}), `"_meta":{`, `"_meta":{"progressToken":"p",`, 1))
			_, err := k.out.ReadString('\n')
			require.NoError(t, err)
			cancel()
			require.NoError(t, <-k.done)
		},
		"the server's own end": func(t *testing.T, w *world, _ string) {
			h, err := w.mcp.HTTP(tools.HTTPOptions{Loopback: true, Local: executor.Actor{Principal: riley}})
			require.NoError(t, err)
			require.NoError(t, h.Close(t.Context()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := caller(t, "modern", w.serve().URL, "")("remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0}).StructuredContent.RequestID
			before, err := w.exec.Show(t.Context(), id)
			require.NoError(t, err)
			hangUp(t, w, id)
			after, err := w.exec.Show(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, before, after)
			w.approve(id)
			end, err := w.exec.Await(t.Context(), id, executor.Actor{Principal: riley}, 99, time.Minute)
			require.NoError(t, err)
			require.Equal(t, executor.Done, end.State, "it goes on without its caller")
		})
	}
}
