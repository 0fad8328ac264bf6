package slackemu

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// What the emulator must be faithful in, point by point, as slack-go sees it: TestPoint1… to TestPoint10…; TestPoint11… is Slack's own Bolt
// (bolt_test.go). The tests named after single facts, in the other files, go further into each.

func TestPoint1TokensAndScopesAreJudgedAsSlackDoes(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) { c.Scopes = []string{"chat:write"} })
	for bot, code := range map[string]string{"": "not_authed", "xoxb-other": "invalid_auth", "xapp-sandbox": "not_allowed_token_type"} {
		_, _, err := x.client(bot, "").PostMessage("C0HELPDESK1", slack.MsgOptionText("x", false))
		require.EqualError(t, err, code)
	}
	_, _, err := x.client("xoxb-sandbox", "xoxb-sandbox").StartSocketModeContext(t.Context())
	require.EqualError(t, err, "not_allowed_token_type", "a bot's token opens no socket")
	_, err = x.api.GetUserInfo("U0REQUESTER")
	refused := slack.SlackErrorResponse{}
	require.ErrorAs(t, err, &refused)
	require.Equal(t, []string{"missing_scope", "users:read", "chat:write"}, []string{refused.Err, refused.Needed, refused.Provided})
	inForm := x.do(http.MethodPost, "/api/auth.test", "application/x-www-form-urlencoded", []byte("token=xoxb-sandbox"))
	require.Equal(t, true, inForm.body["ok"], "slack-go sends it as Bearer; in the form it is as good")
}

func TestPoint2ASocketIsGreetedPingedTakesTurnsAndComesBack(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) { c.PingEvery = 20 * time.Millisecond })
	took := make(chan int, 16)
	for i := range 2 { // x.app waits for the hello
		x.app(func(smc *socketmode.Client, e socketmode.Event) { took <- i; ack(nil)(smc, e) })
	}
	for range 4 {
		require.Equal(t, true, x.command("x").body["acked"])
	}
	require.Equal(t, 2, <-took+<-took+<-took+<-took, "each envelope goes to one socket, in turn")
	require.Empty(t, took)
	before := x.ws.ever()
	require.Equal(t, 2, x.ws.Disconnect("refresh_requested", 0))
	x.becomes("both back", func() bool { return x.ws.ever() == before+2 })
	require.Equal(t, true, x.command("x").body["acked"])
}

func TestPoint3AnAckIsDueInTimeAndSaysWhatIsShown(t *testing.T) {
	t.Parallel()
	x := newWorld(t, quick)
	answers := make(chan func(*socketmode.Client, socketmode.Event), 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) { (<-answers)(smc, e) })
	answers <- ack(m{"text": "for you"})
	x.command("x")
	answers <- ack(m{"text": "for all", "response_type": "in_channel"})
	x.command("x")
	answers <- func(smc *socketmode.Client, e socketmode.Event) {
		time.AfterFunc(400*time.Millisecond, func() { ack(m{"text": "too late"})(smc, e) })
	}
	require.Equal(t, operationTimeout, x.command("x").body["error"])
	x.becomes("the late ack", func() bool {
		e := x.ws.Inspector(0)
		return e[len(e)-1].LateAckMS > 0
	})
	require.Equal(t, []string{"for you", `/account failed with the error "operation_timeout"`}, x.whispers("U0REQUESTER"))
	require.Len(t, x.said("C0HELPDESK1"), 1)
	require.Equal(t, 3*time.Second, withDefaults(Config{}).AckWithin)
}

func TestPoint4ATriggerIsGoodOnceAndAResponseURLFiveTimes(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	got := make(chan slack.SlashCommand, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) { got <- e.Data.(slack.SlashCommand); ack(nil)(smc, e) })
	x.command("x")
	cmd := <-got
	_, err := x.api.OpenView(cmd.TriggerID, form())
	require.NoError(t, err)
	_, err = x.api.OpenView(cmd.TriggerID, form())
	require.EqualError(t, err, "exchanged_trigger_id")
	x.command("x")
	late := <-got
	x.advance(triggerLife + time.Second)
	_, err = x.api.OpenView(late.TriggerID, form())
	require.EqualError(t, err, "expired_trigger_id")
	for range hookUses {
		require.NoError(t, slack.PostWebhookContext(t.Context(), cmd.ResponseURL, &slack.WebhookMessage{Text: "x"}))
	}
	require.ErrorContains(t, slack.PostWebhookContext(t.Context(), cmd.ResponseURL, &slack.WebhookMessage{Text: "x"}), "404")
	x.advance(hookLife)
	require.ErrorContains(t, slack.PostWebhookContext(t.Context(), late.ResponseURL, &slack.WebhookMessage{Text: "x"}), "404")
	_, _, err = x.api.PostMessage("C0HELPDESK1", slack.MsgOptionResponseURL(late.ResponseURL, slack.ResponseTypeEphemeral), slack.MsgOptionText("x", false))
	require.ErrorContains(t, err, "404", "slack-go asks for a JSON Content-Type here, whatever the status")
}

func TestPoint5BlocksAreHeldToSlacksLimits(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	long := func(n int) *slack.TextBlockObject { return words(strings.Repeat("x", n)) }
	section := func(n int) slack.Block { return slack.NewSectionBlock(long(n), nil, nil) }
	named := func(id string) slack.Block {
		return slack.NewActionBlock(id, slack.NewButtonBlockElement("a"+id, "v", words("Go")))
	}
	var many []slack.Block
	for range 51 {
		many = append(many, slack.NewDividerBlock())
	}
	for code, blocks := range map[string][][]slack.Block{
		"invalid_blocks": {{slack.NewHeaderBlock(long(151))}, {section(3001)}, many, {named("a"), named("a")},
			{slack.NewActionBlock("", slack.NewButtonBlockElement("a", strings.Repeat("v", 2001), words("Go")))},
			{slack.NewActionBlock("", slack.NewButtonBlockElement("a", "v", long(76)))}},
		"msg_blocks_too_long": {{section(3000), section(3000), section(3000), section(3000), section(3000)}},
	} {
		for i, list := range blocks {
			_, _, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionBlocks(list...))
			refused := slack.SlackErrorResponse{}
			require.ErrorAs(t, err, &refused, "%s %d", code, i)
			require.Equal(t, code, refused.Err, i)
			require.Equal(t, code == "invalid_blocks", len(refused.ResponseMetadata.Messages) > 0)
		}
	}
	_, _, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionBlocks(slack.NewAlertBlock(words("x"))))
	require.EqualError(t, err, "invalid_blocks", "an alert is for modals only")
	_, _, err = x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("", false))
	require.EqualError(t, err, "no_text")
	_, _, err = x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText(strings.Repeat("x", 40_001), false))
	require.EqualError(t, err, "msg_too_long")
	require.Empty(t, x.said("C0HELPDESK1"), "what is refused is not posted")
}
