package slackemu

import (
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func TestACommandIsAcknowledgedAndAButtonIsClicked(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	var clicked slack.InteractionCallback
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		if cb, ok := e.Data.(slack.InteractionCallback); ok {
			clicked = cb
		}
		ack(m{"text": "Recorded."})(smc, e)
	})
	got := x.command("remove jane.doe")
	require.Equal(t, true, got.body["acked"], got.body)
	require.Equal(t, "Recorded.", got.body["response"].(m)["text"])

	_, ts, err := x.api.PostMessage("C0APPROVALS", slack.MsgOptionText("card", false), slack.MsgOptionBlocks(
		slack.NewActionBlock("b", slack.NewButtonBlockElement("approve", "v1", slack.NewTextBlockObject("plain_text", "Approve", false, false))),
	))
	require.NoError(t, err)
	res := x.control("slack/actions", m{"user": "U0APPROVER1", "channel": "C0APPROVALS", "ts": ts, "action_id": "approve"})
	require.Equal(t, true, res.body["acked"], res.body)
	require.Equal(t, "v1", clicked.ActionCallback.BlockActions[0].Value)
	require.Equal(t, ts, clicked.Message.Timestamp)
}
