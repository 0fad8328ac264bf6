package slackbot

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

// rechannel changes a channel as its administrator can.
func (w *world) rechannel(fields string) {
	w.t.Helper()
	resp, err := http.Post(w.url+"/sandbox/v1/slack/channels", "application/json", strings.NewReader(fields))
	require.NoError(w.t, err)
	defer resp.Body.Close()
	require.Equal(w.t, http.StatusOK, resp.StatusCode)
}

// own gives the requester's copy of a card, and its thread.
func (w *world) own(request string) (card map[string]any, thread []string) {
	w.t.Helper()
	copies, err := w.store.Copies(w.t.Context(), request)
	require.NoError(w.t, err)
	for _, c := range copies {
		if c.Purpose == forRequester && c.TS != "" {
			return w.message(c.Channel, c.TS), w.thread(c.Channel, c.TS)
		}
	}
	return nil, nil
}

// newest gives the request that was asked last.
func (w *world) newest() string {
	w.t.Helper()
	var id string
	w.until("it is on record", func() bool {
		list, _, err := w.store.List(w.t.Context(), executor.Filter{Limit: 1})
		require.NoError(w.t, err)
		if len(list) > 0 {
			id = list[0].ID
		}
		return id != ""
	})
	return id
}

func times(lines []string, part string) (n int) {
	for _, l := range lines {
		if strings.Contains(l, part) {
			n++
		}
	}
	return n
}

func TestACardThatIsDeletedWhileItWaitsIsPostedAgainThoughNothingElseHappens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.check = 50 * time.Millisecond
	var looks atomic.Int64
	w.through(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "chat.getPermalink") {
				looks.Add(1)
			}
			next.ServeHTTP(rw, r)
		})
	})
	w.start()
	first := w.asked()
	w.until("it was looked at several times", func() bool { return looks.Load() > 3 })
	require.Equal(t, first, w.card(), "a card that is there stays as it is")
	require.Len(t, w.messages(approvals), 1)

	_, _, err := w.bot.slack.api.DeleteMessage(approvals, first)
	require.NoError(t, err)
	again := w.card()
	require.Contains(t, mustJSON(t, w.message(approvals, again)), "posted again")
	require.True(t, w.clicks(approver, again, "approve").Acked)
	w.until("it went", func() bool { return len(w.sys.sends()) == 1 })
}

func TestWhileTheApprovalsChannelIsArchivedRequestsWaitAndWhoeverAskedIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quota, w.policy = 2, func(p *executor.Policy) { p.Expiry = 10_000 * time.Hour }
	w.start()
	first := w.asked()
	before := w.requestAt(first)
	w.rechannel(`{"id":"C0APPROVALS","is_archived":true}`)
	_, err := w.exec.Decide(t.Context(), w.voteFor(before, second)) // its card is to be drawn anew, and cannot be
	require.NoError(t, err)
	require.True(t, w.types(requester, `remove bob.ray reason="left"`).Acked)
	w.until("there are two requests", func() bool { return w.newest() != before })
	after := w.newest()

	const waits, seen = "approvers have not seen this request yet", "approvers can see this request now"
	for _, id := range []string{before, after} {
		w.until("they are told", func() bool { _, thread := w.own(id); return times(thread, waits) > 0 })
	}
	for range 3 { // it is tried again and again
		tried := strings.Count(w.logs.String(), "could not be shown")
		w.until("it was tried", func() bool {
			w.clock.advance(time.Minute)
			return strings.Count(w.logs.String(), "could not be shown") > tried+2
		})
	}
	require.Len(t, w.messages(approvals), 1)

	w.rechannel(`{"id":"C0APPROVALS","is_archived":false}`)
	for _, id := range []string{before, after} {
		w.until("they are told that it is over", func() bool {
			w.clock.advance(time.Minute)
			_, thread := w.own(id)
			return times(thread, seen) > 0
		})
		_, thread := w.own(id)
		require.Equal(t, 1, times(thread, waits))
		require.Equal(t, 1, times(thread, seen))
	}
	require.Len(t, w.messages(approvals), 2, "the first card is still there, and is not posted a second time")
	require.NotContains(t, mustJSON(t, w.messages(approvals)), "posted again")
	require.True(t, w.clicks(approver, first, "approve").Acked)
	w.until("it went", func() bool { return len(w.sys.sends()) == 1 })
}

func TestWhenAnotherChannelTakesTheDeletedOnesPlaceTheCardsArePostedThereWithANote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quota = 2
	stop := w.start()
	first := w.asked()
	posted := w.requestAt(first)
	w.until("there is nothing left to show of it", func() bool {
		_, own := w.own(posted)
		return w.drawn(posted) && len(w.thread(approvals, first)) == 1 && len(own) == 1
	})
	w.rechannel(`{"id":"C0APPROVALS","is_archived":true}`)
	require.True(t, w.types(requester, `remove bob.ray reason="left"`).Acked)
	w.until("there are two requests", func() bool { return w.newest() != posted })
	unposted := w.newest()
	w.until("its card could not be posted", func() bool { _, thread := w.own(unposted); return len(thread) > 1 })
	stop()
	w.rechannel(`{"id":"C0APPROVALS","deleted":true}`)
	w.channel = helpdesk
	w.clock.advance(2 * time.Minute)
	w.start()
	w.until("both cards are in the new channel", func() bool { return len(w.messages(helpdesk)) == 2 })
	for id, again := range map[string]bool{posted: true, unposted: false} {
		var ts string
		w.until("it is on record where the card is", func() bool {
			stored, err := w.store.Copies(t.Context(), id)
			require.NoError(t, err)
			for _, c := range stored {
				if c.Purpose == forApprovals && c.Channel == helpdesk {
					ts = c.TS
				}
			}
			return ts != ""
		})
		require.Equal(t, again, strings.Contains(mustJSON(t, w.message(helpdesk, ts)), "posted again"), "%s", id)
	}
	require.Len(t, w.messages(helpdesk), 2)
	_, err := w.exec.Decide(t.Context(), w.voteFor(posted, second))
	require.NoError(t, err)
	for _, m := range w.messages(helpdesk) {
		got, err := w.slack.Act(slackemu.ActionInput{User: approver, Channel: helpdesk, TS: m["ts"].(string), ActionID: "approve"})
		require.NoError(t, err)
		require.True(t, got.Acked)
	}
	w.until("the one with two votes went", func() bool { return len(w.sys.sends()) == 1 })
}

// keeping is idle, and keeps copies.
type keeping struct{ idle }

func (keeping) SaveCopy(context.Context, string, executor.Copy) error { return nil }

func TestWhoeverAskedIsToldThatTheApproversSeeItOnlyOfACardThatIsThereAndAsks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state  executor.State
		change func(*place)
		told   int
	}{
		"a card that asks":               {executor.Pending, func(*place) {}, 1},
		"a card that is drawn later":     {executor.Pending, func(p *place) { p.late = time.Second }, 0},
		"a card that is gone":            {executor.Pending, func(p *place) { p.gone = true }, 0},
		"a card that asks nobody":        {executor.Withdrawn, func(*place) {}, 0},
		"a card of which nobody doubted": {executor.Pending, func(p *place) { p.told = false }, 0},
	} {
		posts := 0
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			posts++
			_, _ = rw.Write([]byte(`{"ok":true,"channel":"D1","ts":"1.2"}`))
		}))
		s := &Slack{team: team, log: quiet, now: time.Now, api: slack.New("xoxb-1", slack.OptionAPIURL(server.URL+"/")), channel: approvals}
		b := New(s, idle{}, keeping{}, idle{}, Options{Owner: "test", NewID: newID})
		asked := &place{Copy: executor.Copy{Purpose: forApprovals, Channel: approvals, TS: "1.0"}, told: true}
		own := &place{Copy: executor.Copy{Purpose: forRequester, Channel: "D1", TS: "1.1"}}
		c.change(asked)
		before := asked.told
		b.tellUnseen(t.Context(), executor.Request{ID: "req_1", State: c.state}, []*place{asked, own}, make([]error, 2))
		server.Close()
		require.Equal(t, c.told, posts, name)
		require.Equal(t, c.told == 1, before != asked.told, name)
	}
}
