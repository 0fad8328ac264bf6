package slackemu

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func (x *world) fault(f m) {
	x.t.Helper()
	require.Equal(x.t, http.StatusOK, x.control("slack/faults", f).status)
}

func TestPoint8ARateLimitSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	x.fault(m{"kind": "rate_limited", "method": "chat.postMessage", "times": 2, "retry_after": 7})
	_, err := x.api.AuthTest()
	require.NoError(t, err, "only the method that was named")
	for range 2 {
		_, _, err = x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("x", false))
		limited := &slack.RateLimitedError{}
		require.ErrorAs(t, err, &limited)
		require.Equal(t, 7*time.Second, limited.RetryAfter)
	}
	_, _, err = x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("x", false))
	require.NoError(t, err)
	require.Len(t, x.said("C0HELPDESK1"), 1)
}

func TestPoint8AServerErrorDoesNothing(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	x.fault(m{"kind": "server_error", "status": 502})
	_, _, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("x", false))
	status, ok := errors.AsType[slack.StatusCodeError](err)
	require.True(t, ok, err)
	require.Equal(t, 502, status.Code)
	require.Empty(t, x.said("C0HELPDESK1"))
}

func TestALostAnswerWasDoneAllTheSame(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	x.fault(m{"kind": "answer_lost", "method": "chat.postMessage"})
	_, _, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("x", false))
	require.Error(t, err)
	require.Len(t, x.said("C0HELPDESK1"), 1)
}

func TestPoint8ALostAckIsATimeout(t *testing.T) {
	t.Parallel()
	x := newWorld(t, quick)
	x.app(ack(m{"text": "hello"}))
	x.fault(m{"kind": "lost_ack", "method": "slash_commands"})
	require.Equal(t, false, x.command("x").body["acked"])
	require.Equal(t, true, x.command("x").body["acked"])
	require.Equal(t, []string{`/account failed with the error "operation_timeout"`, "hello"}, x.whispers("U0REQUESTER"))
}

func TestPoint8ADoubleDeliveryIsTheSamePayloadTwice(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	seen := make(chan socketmode.Event, 4)
	for range 2 {
		x.app(func(smc *socketmode.Client, e socketmode.Event) { seen <- e; ack(m{"text": "once"})(smc, e) })
	}
	x.fault(m{"kind": "double_delivery"})
	require.Equal(t, true, x.command("x").body["acked"])
	a, b := <-seen, <-seen
	require.Equal(t, a.Data.(slack.SlashCommand).TriggerID, b.Data.(slack.SlashCommand).TriggerID)
	require.NotEqual(t, a.Request.EnvelopeID, b.Request.EnvelopeID)
	require.Equal(t, []string{"once"}, x.whispers("U0REQUESTER"))
}

func TestPoint8ALateDeliveryComesAfterTheFailure(t *testing.T) {
	t.Parallel()
	x := newWorld(t, quick)
	seen := make(chan struct{}, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) { seen <- struct{}{}; ack(m{"text": "late"})(smc, e) })
	x.fault(m{"kind": "late_delivery", "delay_ms": 400})
	require.Equal(t, false, x.command("x").body["acked"])
	require.Empty(t, seen)
	<-seen
	require.Equal(t, []string{`/account failed with the error "operation_timeout"`}, x.whispers("U0REQUESTER"))
}

func TestResponseURLsFailToo(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	u := x.hook()
	x.fault(m{"kind": "rate_limited", "method": "response_url"})
	require.Equal(t, http.StatusTooManyRequests, x.respond(u, m{"text": "x"}).status)
	require.Equal(t, http.StatusOK, x.respond(u, m{"text": "x"}).status)
}

func TestFaultsAreListedBoundedAndCleared(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	require.Equal(t, http.StatusBadRequest, x.control("slack/faults", m{"kind": "gremlins"}).status)
	for range maxFaults {
		x.fault(m{"kind": "slow", "delay_ms": 1})
	}
	require.Equal(t, http.StatusConflict, x.control("slack/faults", m{"kind": "slow"}).status)
	require.Len(t, x.control("slack/faults", nil).body["faults"], maxFaults)
	require.Empty(t, x.do(http.MethodDelete, "/sandbox/v1/slack/faults", "", nil).body["faults"])
	require.Empty(t, x.control("slack/faults", nil).body["faults"])
}
