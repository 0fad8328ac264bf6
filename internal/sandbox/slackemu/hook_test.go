package slackemu

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// hooks types a command, and gives its response URL.
func (x *world) hook() string {
	x.t.Helper()
	urls := make(chan string, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		switch d := e.Data.(type) {
		case slack.SlashCommand:
			urls <- d.ResponseURL
		case slack.InteractionCallback:
			urls <- d.ResponseURL
		}
		ack(nil)(smc, e)
	})
	x.command("x")
	return <-urls
}

func (x *world) respond(u string, body any) reply {
	x.t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(x.t, err)
	return x.do(http.MethodPost, strings.TrimPrefix(u, x.srv.URL), "application/json", raw)
}

func TestAResponseURLIsGoodFiveTimes(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	u := x.hook()
	for range 5 {
		require.NoError(t, slack.PostWebhookContext(t.Context(), u, &slack.WebhookMessage{Text: "for you"}))
	}
	got := x.respond(u, m{"text": "once more"})
	require.Equal(t, http.StatusNotFound, got.status)
	require.Equal(t, "used_url", got.body["error"])
	require.Contains(t, got.header.Get("Content-Type"), "application/json")
	require.Len(t, x.whispers("U0REQUESTER"), 5)
}

func TestAResponseURLIsGoodForHalfAnHour(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	u := x.hook()
	x.advance(hookLife)
	require.Equal(t, http.StatusOK, x.respond(u, m{"text": "just in time"}).status)
	x.advance(time.Second)
	require.Equal(t, http.StatusNotFound, x.respond(u, m{"text": "too late"}).status)
	require.Equal(t, http.StatusNotFound, x.respond(x.srv.URL+"/slack/hooks/guessed", m{"text": "x"}).status)
	require.Equal(t, []string{"just in time"}, x.whispers("U0REQUESTER"))
}

func TestAResponseCanBeForAll(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	u := x.hook()
	got := x.respond(u, m{"text": "for all", "response_type": "in_channel"})
	require.Equal(t, true, got.body["ok"])
	require.Contains(t, got.header.Get("Content-Type"), "application/json")
	require.Equal(t, "for all", x.said("C0HELPDESK1")[0]["text"])
	require.Empty(t, x.whispers("U0REQUESTER"))
	require.Equal(t, http.StatusOK, x.respond(u, m{"text": "better", "replace_original": true}).status)
	require.Equal(t, "better", x.said("C0HELPDESK1")[0]["text"])
}

func TestAWrongResponseIsRefused(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	u := x.hook()
	for body, code := range map[string]string{
		`{"blocks":[{"type":"nonsense"}]}`: "invalid_blocks",
		`{"text":""}`:                      "no_text",
	} {
		got := x.do(http.MethodPost, strings.TrimPrefix(u, x.srv.URL), "application/json", []byte(body))
		require.Equal(t, http.StatusBadRequest, got.status)
		require.Equal(t, code, got.body["error"])
	}
}

func TestAClicksResponseURLReplacesOrDeletesItsMessage(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ts := x.card("C0APPROVALS")
	urls := make(chan string, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		urls <- e.Data.(slack.InteractionCallback).ResponseURL
		ack(nil)(smc, e)
	})
	click := m{"user": "U0APPROVER1", "channel": "C0APPROVALS", "ts": ts, "action_id": "approve"}
	require.Equal(t, true, x.control("slack/actions", click).body["acked"])
	u := <-urls
	require.Equal(t, http.StatusOK, x.respond(u, m{"text": "not yours"}).status)
	require.Equal(t, []string{"not yours"}, x.whispers("U0APPROVER1"))
	require.Equal(t, http.StatusOK, x.respond(u, m{"text": "decided", "replace_original": true}).status)
	got := x.said("C0APPROVALS")[0]
	require.Equal(t, "decided", got["text"])
	require.Nil(t, got["blocks"])
	require.Equal(t, http.StatusOK, x.respond(u, m{"delete_original": true}).status)
	require.Empty(t, x.said("C0APPROVALS"))
}

func TestAnEphemeralIsReplacedThroughItsResponseURLOnly(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ts, err := x.api.PostEphemeral("C0APPROVALS", "U0APPROVER1", slack.MsgOptionText("card", false), buttons())
	require.NoError(t, err)
	_, _, _, err = x.api.UpdateMessage("C0APPROVALS", ts, slack.MsgOptionText("other", false))
	require.EqualError(t, err, "message_not_found")
	got := make(chan slack.InteractionCallback, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		got <- e.Data.(slack.InteractionCallback)
		ack(nil)(smc, e)
	})
	click := m{"user": "U0APPROVER1", "channel": "C0APPROVALS", "ts": ts, "action_id": "approve"}
	require.Equal(t, true, x.control("slack/actions", click).body["acked"])
	cb := <-got
	require.True(t, cb.Container.IsEphemeral)
	require.Empty(t, cb.Message.Timestamp)
	require.Equal(t, http.StatusOK, x.respond(cb.ResponseURL, m{"text": "other", "replace_original": true}).status)
	require.Equal(t, []string{"other"}, x.whispers("U0APPROVER1"))
	require.Equal(t, http.StatusOK, x.respond(cb.ResponseURL, m{"delete_original": true}).status)
	require.Empty(t, x.whispers("U0APPROVER1"))
}
