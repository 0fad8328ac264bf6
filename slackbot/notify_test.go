package slackbot

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

// cut answers nothing to the calls that match, after or instead of passing them on.
type cut struct {
	mu     sync.Mutex
	method string
	match  func(form url.Values) bool
	times  int
	passed bool   // whether the call is done before the line is cut
	status int    // answered instead; 0 cuts the line
	code   string // answered as Slack refuses, instead of status
	seen   int
}

func (c *cut) middle(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, c.method) || !c.hits(r) {
			next.ServeHTTP(rw, r)
			return
		}
		if c.passed {
			next.ServeHTTP(httptest.NewRecorder(), r)
		}
		if c.code != "" {
			rw.Header().Set("Content-Type", "application/json")
			_, _ = rw.Write([]byte(`{"ok":false,"error":"` + c.code + `"}`))
			return
		}
		if c.status != 0 {
			rw.WriteHeader(c.status)
			return
		}
		panic(http.ErrAbortHandler)
	})
}

func (c *cut) hits(r *http.Request) bool {
	_ = r.ParseForm()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen >= c.times || (c.match != nil && !c.match(r.PostForm)) {
		return false
	}
	c.seen++
	return true
}

func inApprovals(form url.Values) bool { return form.Get("channel") == approvals }

func TestAPostWhoseAnswerWasLostIsFoundAndNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.through((&cut{method: "chat.postMessage", match: inApprovals, times: 2, passed: true}).middle)
	w.start()
	ts := w.asked()
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the thread tells the end", func() bool { return strings.Contains(strings.Join(w.thread(approvals, ts), ""), "verified") })
	require.Len(t, w.messages(approvals), 1, "the card was posted once")
	seen := map[string]bool{}
	for _, line := range w.thread(approvals, ts) {
		require.False(t, seen[line], "twice in the thread: %s", line)
		seen[line] = true
	}
}

func TestAPostThatSlackCallsItsOwnFailureIsLookedForBeforeItIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.through((&cut{method: "chat.postMessage", match: inApprovals, times: 2, passed: true, code: "internal_error"}).middle)
	w.start()
	ts := w.asked()
	w.until("its thread has begun", func() bool { return len(w.thread(approvals, ts)) > 0 })
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the thread tells the end", func() bool { return strings.Contains(strings.Join(w.thread(approvals, ts), ""), "verified") })
	require.Len(t, w.messages(approvals), 1, "the card was posted once")
	lines := w.thread(approvals, ts)
	require.Equal(t, 1, times(lines, lines[0]), "and so was its first line")
}

func TestACrashBetweenPostAndRecordPostsNoSecondCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := &cut{method: "chat.postMessage", match: inApprovals, times: 1000, passed: true}
	w.through(gone.middle)
	stop := w.start()
	require.True(t, w.types(requester, remove).Acked)
	w.until("the card is there, and the bot does not know", func() bool { return len(w.messages(approvals)) == 1 })
	stop()
	w.through(nil)
	w.start()
	ts := w.card()
	w.until("its thread goes on", func() bool { return len(w.thread(approvals, ts)) == 1 })
	require.Len(t, w.messages(approvals), 1)
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the buttons are gone", func() bool { return len(buttonsOn(w.message(approvals, ts))) == 0 })
}

func TestRateLimitsAndErrorsDelayTheThreadAndLoseNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	for _, f := range []slackemu.Fault{
		{Kind: slackemu.FaultRateLimited, Method: "chat.update", RetryAfter: 1},
		{Kind: slackemu.FaultServerError, Method: "chat.postMessage", Times: 2},
		{Kind: slackemu.FaultRateLimited, Method: "chat.postMessage", RetryAfter: 1},
	} {
		require.NoError(t, w.slack.AddFault(f))
	}
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the thread tells the end", func() bool { return strings.Contains(strings.Join(w.thread(approvals, ts), ""), "verified") })
	lines, err := w.store.Lines(t.Context(), w.requestAt(ts), 0)
	require.NoError(t, err)
	var want []string
	for _, l := range lines {
		want = append(want, escaped(l.Text))
	}
	require.Equal(t, want, w.thread(approvals, ts), "every line once, in order")
}

func (w *world) requestAt(ts string) string {
	var id string
	w.until("the copy is on record", func() bool {
		var err error
		id, err = w.store.CopyAt(w.t.Context(), approvals, ts)
		return err == nil
	})
	return id
}

func TestADeletedCardIsPostedAgainOnceWithANote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quota = 2
	var deletions atomic.Int64
	w.through(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "chat.delete") {
				deletions.Add(1)
			}
			next.ServeHTTP(rw, r)
		})
	})
	w.start()
	first := w.asked()
	w.until("its thread has begun", func() bool { return len(w.thread(approvals, first)) == 1 })
	_, _, err := w.bot.slack.api.DeleteMessage(approvals, first)
	require.NoError(t, err)
	id := w.requestAt(first)
	_, err = w.exec.Decide(t.Context(), w.voteFor(id, second))
	require.NoError(t, err)
	again := w.card()
	require.NotEqual(t, first, again)
	require.Contains(t, mustJSON(t, w.message(approvals, again)), "posted again")
	require.Equal(t, int64(1), deletions.Load(), "no line was posted without its card, to be taken back")
	require.True(t, w.clicks(approver, again, "approve").Acked)
	w.until("it went", func() bool { return len(w.sys.sends()) == 1 })
	w.until("it is all shown", func() bool { return w.shown(id) })
	_, _, err = w.bot.slack.api.DeleteMessage(approvals, again)
	require.NoError(t, err)
	require.Empty(t, w.messages(approvals), "it is not posted a third time")
}

// shown tells whether nothing of a request is left to show.
func (w *world) shown(id string) bool {
	r, err := w.exec.Show(w.t.Context(), id)
	require.NoError(w.t, err)
	copies, err := w.store.Copies(w.t.Context(), id)
	require.NoError(w.t, err)
	for _, c := range copies {
		lines, err := w.store.Lines(w.t.Context(), id, c.Line)
		require.NoError(w.t, err)
		if c.Drawn < r.Version || len(lines) > 0 {
			return false
		}
	}
	return !r.Open()
}

func (w *world) voteFor(id, user string) executor.Vote {
	r, err := w.exec.Show(w.t.Context(), id)
	require.NoError(w.t, err)
	return executor.Vote{
		RequestID: id, Fingerprint: r.Fingerprint, By: executor.Actor{Principal: executor.SlackPrincipal(team, user), Name: user}, Approve: true,
	}
}

func TestALineUnderADeletedCardDoesNotStandAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := &cut{method: "chat.postMessage", match: func(f url.Values) bool { return inApprovals(f) && f.Get("thread_ts") != "" }, times: 1, status: 503}
	w.through(gate.middle)
	w.start()
	first := w.asked()
	w.until("the first line waits", func() bool { gate.mu.Lock(); defer gate.mu.Unlock(); return gate.seen == 1 })
	_, _, err := w.bot.slack.api.DeleteMessage(approvals, first)
	require.NoError(t, err)
	again := w.card()
	w.until("the line is under the new card", func() bool { return len(w.thread(approvals, again)) == 1 })
	require.Len(t, w.messages(approvals), 1, "nothing else is in the channel")
}

func TestTheRequesterHasACopyAndCanWithdrawThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	var dm, mine string
	w.until("they have a card of their own", func() bool {
		copies, err := w.store.Copies(t.Context(), w.requestAt(ts))
		require.NoError(t, err)
		for _, c := range copies {
			if c.Purpose == forRequester {
				dm, mine = c.Channel, c.TS
			}
		}
		return mine != ""
	})
	require.Equal(t, []string{"withdraw"}, buttonsOn(w.message(dm, mine)))
	got, err := w.slack.Act(slackemu.ActionInput{User: requester, Channel: dm, TS: mine, ActionID: "withdraw"})
	require.NoError(t, err)
	require.True(t, got.Acked)
	var view string
	w.until("the form is open", func() bool {
		for _, v := range w.read("views", map[string][]string{"user": {requester}}) {
			view = v["id"].(string)
		}
		return view != ""
	})
	given, err := w.slack.Submit(slackemu.SubmissionInput{User: requester, ViewID: view, Values: values("")})
	require.NoError(t, err)
	require.Equal(t, "closed", given.Outcome)
	for channel, at := range map[string]string{approvals: ts, dm: mine} {
		w.until("every copy tells it", func() bool { return strings.Contains(w.message(channel, at)["text"].(string), "Withdrawn") })
		require.Empty(t, buttonsOn(w.message(channel, at)))
	}
	require.Empty(t, w.sys.sends())
}

func TestAChangeThatNeedsNoApprovalIsShownToItsRequesterOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	require.True(t, w.types(bystander, `disable bob.ray reason="on leave"`).Acked)
	w.until("it went", func() bool { return len(w.sys.sends()) == 1 })
	w.until("they have it in their messages", func() bool {
		list, _, err := w.store.List(t.Context(), executor.Filter{Limit: 10})
		require.NoError(t, err)
		return len(list) == 1 && w.shown(list[0].ID)
	})
	require.Empty(t, w.messages(approvals))
}
