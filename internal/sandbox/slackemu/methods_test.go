package slackemu

import (
	"context"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// Every method of contracts/slack.md is called through slack-go and does what its name says; any other is unknown_method.
func TestPoint10EveryMethodAnswersSlackGo(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) { c.Scopes = append(DefaultScopes(), "team:read", "im:read") })
	api, ctx := x.api, t.Context()
	who, err := api.AuthTestContext(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"U0ACCTBOT1", "B0ACCTOPS1"}, []string{who.UserID, who.BotID})
	_, link, err := api.StartSocketModeContext(ctx)
	require.NoError(t, err)
	require.Contains(t, link, "ticket=")

	_, ts, err := api.PostMessage("C0HELPDESK1", slack.MsgOptionText("one", false))
	require.NoError(t, err)
	_, reply, err := api.PostMessage("C0HELPDESK1", slack.MsgOptionText("two", false), slack.MsgOptionTS(ts))
	require.NoError(t, err)
	_, _, _, err = api.UpdateMessage("C0HELPDESK1", ts, slack.MsgOptionText("uno", false))
	require.NoError(t, err)
	_, err = api.PostEphemeral("C0HELPDESK1", "U0BYSTANDER", slack.MsgOptionText("psst", false))
	require.NoError(t, err)
	at, err := api.GetPermalink(&slack.PermalinkParameters{Channel: "C0HELPDESK1", Ts: reply})
	require.NoError(t, err)
	require.Contains(t, at, "thread_ts="+ts)
	thread, _, _, err := api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: "C0HELPDESK1", Timestamp: ts})
	require.NoError(t, err)
	require.Equal(t, []string{"uno", "two"}, []string{thread[0].Text, thread[1].Text})
	_, _, err = api.DeleteMessage("C0HELPDESK1", reply)
	require.NoError(t, err)
	history, err := api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0HELPDESK1"})
	require.NoError(t, err)
	require.Len(t, history.Messages, 1, "an ephemeral is in no history")
	require.Zero(t, history.Messages[0].ReplyCount)

	info, err := api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: "C0HELPDESK1"})
	require.NoError(t, err)
	require.True(t, info.IsMember)
	channels, _, err := api.GetConversations(&slack.GetConversationsParameters{})
	require.NoError(t, err)
	require.Len(t, channels, 3)
	members, _, err := api.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: "C0HELPDESK1"})
	require.NoError(t, err)
	require.Len(t, members, 6)
	im, _, _, err := api.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0BYSTANDER"}})
	require.NoError(t, err)
	require.NotEmpty(t, im.ID)

	user, err := api.GetUserInfo("U0BYSTANDER")
	require.NoError(t, err)
	byMail, err := api.GetUserByEmail(user.Profile.Email)
	require.NoError(t, err)
	require.Equal(t, user.ID, byMail.ID)
	everybody, err := api.GetUsers(slack.GetUsersOptionLimit(2))
	require.NoError(t, err)
	require.Len(t, everybody, 6, "page by page")
	groups, err := api.GetUserGroups()
	require.NoError(t, err)
	inGroup, err := api.GetUserGroupMembers(groups[0].ID)
	require.NoError(t, err)
	require.Len(t, inGroup, 2)
	team, err := api.GetTeamInfo()
	require.NoError(t, err)
	require.Equal(t, "accountops-sandbox", team.Domain)

	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}
	_, err = api.PublishView("U0BYSTANDER", home, "")
	require.NoError(t, err)
	id, seen := x.modal(errorsAt("why")) // views.open
	_, err = api.UpdateView(form(), "", "", id)
	require.NoError(t, err)
	x.submit(id, m{"why": m{"reason": "left"}, "what": m{"verb": "remove"}})
	pushed, err := api.PushView((<-seen).TriggerID, form())
	require.NoError(t, err)
	require.Equal(t, id, pushed.PreviousViewID)

	require.EqualError(t, api.ArchiveConversation("C0HELPDESK1"), "unknown_method")
	require.EqualError(t, api.AddReaction("eyes", slack.NewRefToMessage("C0HELPDESK1", ts)), "unknown_method")
}

func TestPoint2SlackGosEleventhSocketIsToldToGo(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	for range maxConnections {
		x.app(ack(nil))
	}
	eleventh := socketmode.New(x.client("xoxb-sandbox", "xapp-sandbox"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- eleventh.RunContext(ctx) }()
	for came := 0; came < 2; { // it is let in, told to go, and comes again: and is greeted neither time
		e := <-eleventh.Events
		require.NotEqual(t, socketmode.EventTypeHello, e.Type)
		if e.Type == socketmode.EventTypeConnected {
			came++
		}
	}
	require.Equal(t, maxConnections, x.ws.Connections())
	require.Equal(t, true, x.command("x").body["acked"])
	cancel()
	for ended := false; !ended; {
		select {
		case <-eleventh.Events:
		case <-done:
			ended = true
		}
	}
}

// A leap of the clock ends what lives for a time: triggers, response URLs, tickets.
func TestPoint8ALeapOfTheClockEndsWhatLivesForATime(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	got := make(chan slack.SlashCommand, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) { got <- e.Data.(slack.SlashCommand); ack(nil)(smc, e) })
	x.command("x")
	cmd := <-got
	_, link, err := x.api.StartSocketModeContext(t.Context())
	require.NoError(t, err)
	x.advance(25 * time.Hour)
	_, err = x.api.OpenView(cmd.TriggerID, form())
	require.EqualError(t, err, "expired_trigger_id")
	err = slack.PostWebhookContext(t.Context(), cmd.ResponseURL, &slack.WebhookMessage{Text: "too late"})
	require.ErrorContains(t, err, "404")
	require.False(t, x.ws.admit(link[len(link)-32:]))
	require.Equal(t, true, x.command("x").body["acked"], "sockets live on")
	_, ts, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("a day later", false))
	require.NoError(t, err)
	require.Equal(t, x.clock().Unix(), slackSeconds(ts))
}
