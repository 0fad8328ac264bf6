package slackemu

import (
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func quick(c *Config) { c.AckWithin = 150 * time.Millisecond }

// whispers gives the texts of the ephemerals somebody sees.
func (x *world) whispers(user string) []string {
	x.t.Helper()
	out := []string{}
	for _, e := range x.control("slack/ephemerals?user="+user, nil).body["messages"].([]any) {
		out = append(out, e.(m)["text"].(string))
	}
	return out
}

// said gives a channel's messages, newest first.
func (x *world) said(channel string) []m {
	x.t.Helper()
	out := []m{}
	for _, e := range x.control("slack/messages?channel="+channel, nil).body["messages"].([]any) {
		out = append(out, e.(m))
	}
	return out
}

func TestASlashCommandArrivesAsSlackSendsIt(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	got := make(chan socketmode.Event, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) { got <- e; ack(nil)(smc, e) })
	answer := x.command("remove jane.doe@example.com for @amara.okafor")
	require.Equal(t, true, answer.body["acked"])
	require.Equal(t, m{}, answer.body["response"])
	e := <-got
	cmd := e.Data.(slack.SlashCommand)
	require.True(t, e.Request.AcceptsResponsePayload)
	require.Equal(t, "remove <mailto:jane.doe@example.com|jane.doe@example.com> for <@U0APPROVER1|amara.okafor>", cmd.Text)
	require.Equal(t, []string{"/account", "U0REQUESTER", "riley.park", "C0HELPDESK1", "help-desk", "T0ACCTOPS", "A0ACCTOPS1"},
		[]string{cmd.Command, cmd.UserID, cmd.UserName, cmd.ChannelID, cmd.ChannelName, cmd.TeamID, cmd.APIAppID})
	require.NotEmpty(t, cmd.TriggerID)
	require.Contains(t, cmd.ResponseURL, x.srv.URL+"/slack/hooks/")
}

func TestAnAcksTextIsEphemeralUnlessInChannel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload any
		whisper []string
		posted  int
	}{
		"text alone is ephemeral":    {m{"text": "for you"}, []string{"for you"}, 0},
		"ephemeral":                  {m{"text": "for you", "response_type": "ephemeral"}, []string{"for you"}, 0},
		"in_channel":                 {m{"text": "for all", "response_type": "in_channel"}, []string{}, 1},
		"a bare string":              {"for you", []string{"for you"}, 0},
		"an empty object is silence": {m{}, []string{}, 0},
		"nothing is silence":         {nil, []string{}, 0},
		"wrong blocks": {m{"blocks": []any{m{"type": "nonsense"}}},
			[]string{`/account failed with the error "invalid_command_response"`}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newWorld(t)
			x.app(ack(c.payload))
			got := x.command("x")
			require.Equal(t, true, got.body["acked"])
			require.Equal(t, c.whisper, x.whispers("U0REQUESTER"))
			require.Empty(t, x.whispers("U0BYSTANDER"))
			require.Len(t, x.said("C0HELPDESK1"), c.posted)
			if len(c.whisper) > 0 {
				require.Equal(t, c.whisper[0], got.body["response"].(m)["text"])
			}
		})
	}
}

func TestWithoutASocketTheCommandFails(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	got := x.command("x")
	require.Equal(t, false, got.body["acked"])
	require.Equal(t, dispatchFailed, got.body["error"])
	require.Equal(t, []string{`/account failed with the error "dispatch_failed"`}, x.whispers("U0REQUESTER"))
}

func TestALateAckIsIgnored(t *testing.T) {
	t.Parallel()
	x := newWorld(t, quick)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		time.AfterFunc(300*time.Millisecond, func() { ack(m{"text": "too late"})(smc, e) })
	})
	got := x.command("x")
	require.Equal(t, false, got.body["acked"])
	require.GreaterOrEqual(t, got.body["elapsed_ms"].(float64), 150.0)
	x.becomes("the late ack", func() bool {
		e := x.ws.Inspector(0)
		return e[len(e)-1].LateAckMS > 0
	})
	require.Equal(t, []string{`/account failed with the error "operation_timeout"`}, x.whispers("U0REQUESTER"))
}

func TestThreeSecondsIsTheDeadline(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	require.Equal(t, 3*time.Second, x.ws.cfg.AckWithin)
	require.Equal(t, 10*time.Second, x.ws.cfg.PingEvery)
}

func TestPoint7ACommandInAThreadIsRefusedBySlack(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	var asked atomic.Bool
	x.app(func(*socketmode.Client, socketmode.Event) { asked.Store(true) })
	_, ts, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("parent", false))
	require.NoError(t, err)
	for command, words := range map[string]string{
		"/account": "/account is not supported in threads. Sorry!",
		"/nothing": "/nothing is not a valid command.",
	} {
		got := x.control("slack/commands", m{"user": "U0REQUESTER", "channel": "C0HELPDESK1", "command": command, "thread_ts": ts})
		require.Equal(t, false, got.body["acked"])
		require.Contains(t, got.body["response"].(m)["text"], words)
	}
	require.False(t, asked.Load())
}

func TestAPrivateChannelsNameIsNotTold(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) {
		c.Seed = DefaultSeed()
		c.Seed.Channels = append(c.Seed.Channels, Channel{ID: "C0SECRET001", Name: "secret", IsPrivate: true, Members: []string{"U0REQUESTER"}})
	})
	got := make(chan slack.SlashCommand, 2)
	x.app(func(smc *socketmode.Client, e socketmode.Event) { got <- e.Data.(slack.SlashCommand); ack(nil)(smc, e) })
	x.control("slack/commands", m{"user": "U0REQUESTER", "channel": "C0SECRET001", "command": "/account"})
	require.Equal(t, "privategroup", (<-got).ChannelName)
	require.Equal(t, 403, x.control("slack/commands", m{"user": "U0BYSTANDER", "channel": "C0SECRET001", "command": "/account"}).status)
	_, _, err := x.api.PostMessage("C0SECRET001", slack.MsgOptionText("hi", false))
	require.EqualError(t, err, "channel_not_found")
}

func TestATriggerOpensOneModalWithinThreeSeconds(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	triggers := make(chan string, 4)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		triggers <- e.Data.(slack.SlashCommand).TriggerID
		ack(nil)(smc, e)
	})
	x.command("a")
	x.command("b")
	once, old := <-triggers, <-triggers
	_, err := x.api.OpenView(once, form())
	require.NoError(t, err)
	_, err = x.api.OpenView(once, form())
	require.EqualError(t, err, "exchanged_trigger_id")
	x.advance(triggerLife + time.Millisecond)
	_, err = x.api.OpenView(old, form())
	require.EqualError(t, err, "expired_trigger_id")
	_, err = x.api.OpenView("1.2.abc", form())
	require.EqualError(t, err, "invalid_trigger_id")
}

func TestFiftyCommandsAtOnceAreEachAnsweredOnce(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	for range 2 {
		x.app(func(smc *socketmode.Client, e socketmode.Event) {
			ack(m{"text": e.Data.(slack.SlashCommand).Text})(smc, e)
		})
	}
	type pair struct{ asked, got string }
	pairs := make(chan pair, 50)
	for i := range 50 {
		go func() {
			words := string(rune('a'+i%26)) + string(rune('a'+i/26))
			r, err := x.ws.Command(CommandInput{User: "U0REQUESTER", Channel: "C0HELPDESK1", Command: "/account", Text: words})
			if err != nil {
				words = err.Error()
			}
			said, _ := r.Response["text"].(string)
			pairs <- pair{words, said}
		}()
	}
	for range 50 {
		p := <-pairs
		require.Equal(t, p.asked, p.got)
	}
	seen := map[string]bool{}
	for _, e := range x.ws.Inspector(0) {
		if e.Kind == "envelope" {
			require.False(t, seen[e.EnvelopeID])
			seen[e.EnvelopeID] = true
			require.True(t, e.Acked)
			require.True(t, json.Valid(e.Request))
		}
	}
	require.Len(t, seen, 50)
}
