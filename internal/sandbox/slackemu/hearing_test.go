package slackemu

import (
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// hears gives the events a Socket Mode app is told.
func (x *world) hears() chan slackevents.EventsAPIInnerEvent {
	seen := make(chan slackevents.EventsAPIInnerEvent, 16)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		seen <- e.Data.(slackevents.EventsAPIEvent).InnerEvent
		ack(nil)(smc, e)
	})
	return seen
}

func TestAnAppHearsItsOwnWordsInADirectMessageAndTheirChanges(t *testing.T) {
	t.Parallel()
	x := newWorld(t, subscribed)
	seen := x.hears()
	dm, ts, err := x.api.PostMessage("U0REQUESTER", slack.MsgOptionText("Recorded.", false))
	require.NoError(t, err)
	said := (<-seen).Data.(*slackevents.MessageEvent)
	require.Equal(t, []string{dm, ts, "im", "U0ACCTBOT1", "B0ACCTOPS1", ""}, []string{said.Channel, said.TimeStamp, said.ChannelType, said.User, said.BotID, said.SubType})
	_, _, _, err = x.api.UpdateMessage(dm, ts, slack.MsgOptionText("Approved.", false))
	require.NoError(t, err)
	changed := (<-seen).Data.(*slackevents.MessageEvent)
	require.Equal(t, []string{"message_changed", "Approved.", ts}, []string{changed.SubType, changed.Message.Text, changed.Message.Timestamp})
	_, _, err = x.api.DeleteMessage(dm, ts)
	require.NoError(t, err)
	gone := (<-seen).Data.(*slackevents.MessageEvent)
	require.Equal(t, []string{"message_deleted", ts}, []string{gone.SubType, gone.DeletedTimeStamp})
}

func TestEventsComeOnlyWithTheirScopeAndFromWhereTheAppIs(t *testing.T) {
	t.Parallel()
	x := newWorld(t, subscribed, func(c *Config) {
		c.Scopes = []string{"im:history", "channels:history"}
		c.Seed.App.Events = append(c.Seed.App.Events, "message.channels")
	})
	seen := x.hears()
	for _, channel := range []string{"C0GENERAL01", "C0HELPDESK1"} {
		x.control("slack/messages", m{"user": "U0REQUESTER", "channel": channel, "text": "@accountops status"})
	}
	require.Equal(t, "C0HELPDESK1", (<-seen).Data.(*slackevents.MessageEvent).Channel, "a message of a channel it is in, and no mention without app_mentions:read")
	x.control("slack/messages", m{"user": "U0REQUESTER", "channel": "U0ACCTBOT1", "text": "hi"})
	require.Equal(t, "im", (<-seen).Data.(*slackevents.MessageEvent).ChannelType)
	require.Empty(t, seen)
}

func TestOpeningTheAppTellsItWhichTab(t *testing.T) {
	t.Parallel()
	x := newWorld(t, subscribed)
	seen := x.hears()
	_, err := x.api.PublishView("U0REQUESTER", slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}, "")
	require.NoError(t, err)
	for _, tab := range []string{"home", "messages"} {
		got := x.control("slack/home", m{"user": "U0REQUESTER", "tab": tab})
		opened := (<-seen).Data.(*slackevents.AppHomeOpenedEvent)
		require.Equal(t, []any{tab, "U0REQUESTER", got.body["channel"]}, []any{opened.Tab, opened.User, opened.Channel})
		require.Equal(t, tab == "home", opened.View != nil, "the Home tab comes with its view")
	}
}

func TestTabsTheManifestHasNotAreNotThere(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) {
		c.Seed = DefaultSeed()
		c.Seed.App.HomeTab, c.Seed.App.MessagesTab = false, false
	})
	_, err := x.api.PublishView("U0REQUESTER", slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}, "")
	require.EqualError(t, err, "not_enabled")
	require.Equal(t, 403, x.control("slack/messages", m{"user": "U0REQUESTER", "channel": "U0ACCTBOT1", "text": "hi"}).status)
	_, _, err = x.api.PostMessage("U0REQUESTER", slack.MsgOptionText("The app may write all the same.", false))
	require.NoError(t, err)
}
