package slackemu

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func words(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

// buttons are Approve, with a confirm dialog, and Deny.
func buttons() slack.MsgOption {
	approve := slack.NewButtonBlockElement("approve", "req-1", words("Approve")).WithStyle(slack.StylePrimary).
		WithConfirm(slack.NewConfirmationBlockObject(words("Sure?"), words("It goes at once."), words("Approve"), words("Cancel")))
	return slack.MsgOptionBlocks(
		slack.NewSectionBlock(words("Remove jane.doe"), nil, nil),
		slack.NewActionBlock("decide", approve, slack.NewButtonBlockElement("deny", "req-1", words("Deny"))),
	)
}

func (x *world) card(channel string) string {
	x.t.Helper()
	_, ts, err := x.api.PostMessage(channel, slack.MsgOptionText("card", false), buttons())
	require.NoError(x.t, err)
	return ts
}

func TestAMessageIsPostedAndReadBack(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ts := x.card("C0APPROVALS")
	h, err := x.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0APPROVALS"})
	require.NoError(t, err)
	require.Len(t, h.Messages, 1)
	got := h.Messages[0]
	require.Equal(t, []string{ts, "card", "U0ACCTBOT1", "B0ACCTOPS1"}, []string{got.Timestamp, got.Text, got.User, got.BotID})
	require.Len(t, got.Blocks.BlockSet, 2)
	require.NotEmpty(t, got.Blocks.BlockSet[0].ID(), "Slack makes up the ids that are missing")
	link, err := x.api.GetPermalink(&slack.PermalinkParameters{Channel: "C0APPROVALS", Ts: ts})
	require.NoError(t, err)
	require.Equal(t, x.srv.URL+"/archives/C0APPROVALS/p"+strings.ReplaceAll(ts, ".", ""), link)
}

func TestNoTwoMessagesHaveTheSameTS(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	last := ""
	for range 50 {
		_, ts, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("x", false))
		require.NoError(t, err)
		require.Greater(t, ts, last)
		last = ts
	}
}

func TestWhereTheAppMayNotPost(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	for channel, code := range map[string]string{
		"C0GENERAL01": "not_in_channel", "C0NOTHERE00": "channel_not_found", "": "channel_not_found", "U0NOBODY": "channel_not_found",
	} {
		_, _, err := x.api.PostMessage(channel, slack.MsgOptionText("x", false))
		require.EqualError(t, err, code, channel)
	}
	_, _, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText(" ", false))
	require.EqualError(t, err, "no_text")
	_, _, err = x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText(strings.Repeat("x", 40_001), false))
	require.EqualError(t, err, "msg_too_long")
}

func TestAUsersIDMeansTheirDirectMessages(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ch, ts, err := x.api.PostMessage("U0REQUESTER", slack.MsgOptionText("psst", false))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(ch, "D"), ch)
	again, _, err := x.api.PostMessage("U0REQUESTER", slack.MsgOptionText("psst", false))
	require.NoError(t, err)
	require.Equal(t, ch, again)
	_, _, _, err = x.api.UpdateMessage(ch, ts, slack.MsgOptionText("psst!", false))
	require.NoError(t, err)
	dms := x.control("slack/dms?user=U0REQUESTER", nil).body["channels"].([]any)
	require.Equal(t, ch, dms[0].(m)["id"])
	require.Empty(t, x.control("slack/dms?user=U0BYSTANDER", nil).body["channels"])
}

func TestAThreadCountsItsReplies(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	parent := x.card("C0APPROVALS")
	_, first, err := x.api.PostMessage("C0APPROVALS", slack.MsgOptionText("one", false), slack.MsgOptionTS(parent))
	require.NoError(t, err)
	_, last, err := x.api.PostMessage("C0APPROVALS", slack.MsgOptionText("two", false), slack.MsgOptionTS(first))
	require.NoError(t, err)
	msgs, more, _, err := x.api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: "C0APPROVALS", Timestamp: parent})
	require.NoError(t, err)
	require.False(t, more)
	require.Len(t, msgs, 3)
	require.Equal(t, 2, msgs[0].ReplyCount)
	require.Equal(t, last, msgs[0].LatestReply)
	require.Equal(t, []string{parent, parent}, []string{msgs[1].ThreadTimestamp, msgs[2].ThreadTimestamp})
	require.Len(t, x.said("C0APPROVALS"), 1, "replies are not in the channel")
	h, err := x.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0APPROVALS"})
	require.NoError(t, err)
	require.Len(t, h.Messages, 1, "nor in its history")
	_, _, err = x.api.PostMessage("C0APPROVALS", slack.MsgOptionText("for all", false), slack.MsgOptionTS(parent), slack.MsgOptionBroadcast())
	require.NoError(t, err)
	require.Equal(t, "thread_broadcast", x.said("C0APPROVALS")[0]["subtype"])
	thread := x.control("slack/messages?channel=C0APPROVALS&thread_ts="+parent, nil).body["messages"].([]any)
	require.Len(t, thread, 4)
	require.Equal(t, []any{"card", "one", "two"}, []any{thread[0].(m)["text"], thread[1].(m)["text"], thread[2].(m)["text"]})

	_, _, posted, err := x.api.PostMessageWithResponse("C0APPROVALS", slack.MsgOptionText("lost", false), slack.MsgOptionTS("1.000001"))
	require.NoError(t, err)
	require.Empty(t, posted.ThreadTimestamp, "a reply to a message that is gone stands alone")
}

func TestMetadataComesBackWhenAskedFor(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	_, ts, err := x.api.PostMessage("C0APPROVALS", slack.MsgOptionText("card", false),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "request_card", EventPayload: map[string]any{"request": "r-1"}}))
	require.NoError(t, err)
	_, _, _, err = x.api.UpdateMessage("C0APPROVALS", ts, slack.MsgOptionText("other", false))
	require.NoError(t, err)
	for _, all := range []bool{true, false} {
		h, err := x.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0APPROVALS", IncludeAllMetadata: all})
		require.NoError(t, err)
		require.Equal(t, all, h.Messages[0].Metadata.EventPayload["request"] == "r-1")
	}
}

func TestPoint6UpdatingTextAloneTakesTheBlocksAway(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ts := x.card("C0APPROVALS")
	_, _, _, err := x.api.UpdateMessage("C0APPROVALS", ts, buttons())
	require.NoError(t, err)
	require.Len(t, x.said("C0APPROVALS")[0]["blocks"], 2)
	require.Nil(t, x.said("C0APPROVALS")[0]["edited"], "with blocks no edited flag is shown")
	_, _, text, err := x.api.UpdateMessage("C0APPROVALS", ts, slack.MsgOptionText("done", false))
	require.NoError(t, err)
	require.Equal(t, "done", text)
	got := x.said("C0APPROVALS")[0]
	require.Nil(t, got["blocks"])
	require.NotNil(t, got["edited"])
	require.Equal(t, ts, got["ts"])
}

func TestPoint6WhatCannotBeUpdatedOrReached(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ts := x.card("C0APPROVALS")
	said := x.control("slack/messages", m{"user": "U0BYSTANDER", "channel": "C0APPROVALS", "text": "me too"}).body["message"].(m)["ts"].(string)
	for _, c := range []struct{ channel, ts, text, err string }{
		{"C0NOTHERE00", ts, "x", "channel_not_found"}, {"C0APPROVALS", "1.000001", "x", "message_not_found"},
		{"C0HELPDESK1", ts, "x", "message_not_found"}, {"C0APPROVALS", said, "x", "cant_update_message"},
		{"C0APPROVALS", ts, "", "no_text"}, {"C0APPROVALS", ts, strings.Repeat("x", 4001), "msg_too_long"},
	} {
		_, _, _, err := x.api.UpdateMessage(c.channel, c.ts, slack.MsgOptionText(c.text, false))
		require.EqualError(t, err, c.err)
	}
	_, _, err := x.api.DeleteMessage("C0APPROVALS", said)
	require.EqualError(t, err, "cant_delete_message")
	_, _, err = x.api.DeleteMessage("C0APPROVALS", ts)
	require.NoError(t, err)
	_, _, _, err = x.api.UpdateMessage("C0APPROVALS", ts, slack.MsgOptionText("x", false))
	require.EqualError(t, err, "message_not_found")
}

func TestPoint7AnEphemeralIsForOnePersonAndGoneOnReload(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	_, err := x.api.PostEphemeral("C0APPROVALS", "U0BYSTANDER", slack.MsgOptionText("only you", false))
	require.NoError(t, err)
	require.Equal(t, []string{"only you"}, x.whispers("U0BYSTANDER"))
	require.Empty(t, x.whispers("U0REQUESTER"))
	require.Empty(t, x.said("C0APPROVALS"), "never in the history")
	x.control("slack/reload", m{"user": "U0BYSTANDER"})
	require.Empty(t, x.whispers("U0BYSTANDER"))
	_, err = x.api.PostEphemeral("C0APPROVALS", "U0NOBODY", slack.MsgOptionText("x", false))
	require.EqualError(t, err, "user_not_in_channel")
	_, err = x.api.PostEphemeral("C0GENERAL01", "U0BYSTANDER", slack.MsgOptionText("x", false))
	require.EqualError(t, err, "not_in_channel")
}

func TestAClickArrivesWithItsMessage(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ts := x.card("C0APPROVALS")
	got := make(chan slack.InteractionCallback, 2)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		got <- e.Data.(slack.InteractionCallback)
		ack(nil)(smc, e)
	})
	click := m{"user": "U0APPROVER1", "channel": "C0APPROVALS", "ts": ts, "action_id": "approve", "value": "req-1"}
	require.Equal(t, true, x.control("slack/actions", click).body["acked"])
	require.Equal(t, true, x.control("slack/actions", click).body["acked"])
	a, b := <-got, <-got
	require.Equal(t, []string{"U0APPROVER1", "amara.okafor", "T0ACCTOPS", "C0APPROVALS", ts, ts},
		[]string{a.User.ID, a.User.Name, a.Team.ID, a.Channel.ID, a.Message.Timestamp, a.Container.MessageTs})
	act := a.ActionCallback.BlockActions[0]
	require.Equal(t, []string{"approve", "decide", "req-1", "button"}, []string{act.ActionID, act.BlockID, act.Value, string(act.Type)})
	require.NotEqual(t, act.ActionTs, b.ActionCallback.BlockActions[0].ActionTs)
	require.NotEqual(t, a.TriggerID, b.TriggerID)
	require.NotEmpty(t, a.ResponseURL)
	require.Len(t, a.Message.Blocks.BlockSet, 2)
}

func TestAButtonThatIsGoneCanBeClickedByAClientThatLagsBehind(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ts := x.card("C0APPROVALS")
	_, _, _, err := x.api.UpdateMessage("C0APPROVALS", ts, slack.MsgOptionText("decided", false))
	require.NoError(t, err)
	seen := make(chan slack.InteractionCallback, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		seen <- e.Data.(slack.InteractionCallback)
		ack(nil)(smc, e)
	})
	click := m{"user": "U0APPROVER1", "channel": "C0APPROVALS", "ts": ts, "action_id": "approve"}
	require.Equal(t, true, x.control("slack/actions", click).body["acked"])
	require.Equal(t, "req-1", (<-seen).ActionCallback.BlockActions[0].Value)
	click["action_id"] = "never"
	require.Equal(t, 409, x.control("slack/actions", click).status)
}

func TestClicksOfNobodyOnNothingAreRefused(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ts := x.card("C0APPROVALS")
	for _, c := range []struct {
		user, channel, ts, action, value string
		status                           int
	}{
		{"U0NOBODY", "C0APPROVALS", ts, "approve", "", 404}, {"U0APPROVER1", "C0NOTHERE00", ts, "approve", "", 404},
		{"U0APPROVER1", "C0APPROVALS", "1.000001", "approve", "", 404}, {"U0APPROVER1", "C0APPROVALS", ts, "explode", "", 409},
		{"U0APPROVER1", "C0APPROVALS", ts, "approve", "req-2", 409},
	} {
		got := x.control("slack/actions", m{"user": c.user, "channel": c.channel, "ts": c.ts, "action_id": c.action, "value": c.value})
		require.Equal(t, c.status, got.status, got.body)
	}
}

func TestAClickNobodyAnswersShowsSlacksWords(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ts := x.card("C0APPROVALS")
	got := x.control("slack/actions", m{"user": "U0APPROVER1", "channel": "C0APPROVALS", "ts": ts, "action_id": "deny"})
	require.Equal(t, false, got.body["acked"])
	require.NotEmpty(t, got.body["response"].(m)["text"])
}
