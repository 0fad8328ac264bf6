package slackemu

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/disk"
)

func TestThePeopleHaveTheirRoles(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	roles := []any{}
	for _, p := range x.control("people", nil).body["people"].([]any) {
		roles = append(roles, p.(m)["role"])
		require.NotEmpty(t, p.(m)["real_name"])
	}
	require.Equal(t, []any{"requester", "approver", "second_approver", "bystander", "guest"}, roles)
	names := []any{}
	for _, c := range x.control("slack/channels", nil).body["channels"].([]any) {
		names = append(names, c.(m)["name"])
	}
	require.Equal(t, []any{"identity-approvals", "help-desk", "general"}, names)
}

func TestABadBodyDoesNothing(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	for _, path := range []string{"commands", "actions", "view_submissions", "suggestions", "messages"} {
		got := x.do(http.MethodPost, "/sandbox/v1/slack/"+path, "application/json", []byte(`{"user":`))
		require.Equal(t, http.StatusBadRequest, got.status, path)
		require.Contains(t, got.body["error"], "nothing was done")
	}
	got := x.control("slack/commands", m{"user": "U0NOBODY", "channel": "C0HELPDESK1", "command": "/account"})
	require.Equal(t, http.StatusNotFound, got.status)
}

func TestThePageHearsOfChanges(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	seq := x.ws.Seq()
	done := make(chan Changes, 1)
	go func() { done <- x.ws.Since(context.Background(), seq, 20*time.Second) }()
	ts := x.card("C0APPROVALS")
	got := <-done
	require.Equal(t, Change{Seq: seq + 1, Kind: "message", Channel: "C0APPROVALS", TS: ts}, got.Changes[0])
	body := x.control("slack/changes?since=0&wait=0", nil).body
	require.Equal(t, false, body["reset"])
	require.NotEmpty(t, body["changes"])
	require.Equal(t, true, x.control("slack/changes?since=999999&wait=0", nil).body["reset"], "a number from before a restart")
	for range feedSize {
		x.ws.Reload("U0REQUESTER")
	}
	require.Equal(t, true, x.control("slack/changes?since=1&wait=0", nil).body["reset"], "too far behind")
}

func TestTheWorldSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, err := disk.Open(dir)
	require.NoError(t, err)
	x := openWorld(t, d)
	parent := x.card("C0APPROVALS")
	_, reply, err := x.api.PostMessage("C0APPROVALS", slack.MsgOptionText("one", false), slack.MsgOptionTS(parent))
	require.NoError(t, err)
	dm, _, err := x.api.PostMessage("U0REQUESTER", slack.MsgOptionText("psst", false))
	require.NoError(t, err)
	_, err = x.api.PostEphemeral("C0APPROVALS", "U0BYSTANDER", slack.MsgOptionText("only you", false))
	require.NoError(t, err)
	modal, _ := x.modal(nil)
	x.ws.mu.Lock()
	link, err := x.ws.newHook(&hook{Channel: "C0HELPDESK1", User: "U0REQUESTER"})
	x.ws.mu.Unlock()
	require.NoError(t, err)
	require.NoError(t, x.ws.SetGroup(Group{ID: "S0APPROVERS", Handle: "identity-approvers", Users: []string{"U0APPROVER2"}}))
	_, _, err = x.api.DeleteMessage("C0APPROVALS", reply)
	require.NoError(t, err)
	before := x.said("C0APPROVALS")
	x.close()
	require.NoError(t, d.Close())

	d, err = disk.Open(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	y := openWorld(t, d)
	defer y.close()
	require.Equal(t, before, y.said("C0APPROVALS"))
	_, ts, err := y.api.PostMessage("U0REQUESTER", slack.MsgOptionText("again", false))
	require.NoError(t, err)
	require.Greater(t, ts, parent, "the clock stands where it stood, and still no ts comes twice")
	require.Len(t, y.said(dm), 2)
	require.Empty(t, y.whispers("U0BYSTANDER"))
	require.Equal(t, modal, y.open2("U0REQUESTER")[0].(m)["id"])
	members, err := y.api.GetUserGroupMembers("S0APPROVERS")
	require.NoError(t, err)
	require.Equal(t, []string{"U0APPROVER2"}, members)
	y.app(ack(nil))
	click := m{"user": "U0APPROVER1", "channel": "C0APPROVALS", "ts": parent, "action_id": "approve"}
	require.Equal(t, true, y.control("slack/actions", click).body["acked"])
	path := link[strings.Index(link, "/slack/hooks/"):]
	require.Equal(t, http.StatusOK, y.do(http.MethodPost, path, "application/json", []byte(`{"text":"still good"}`)).status)
}

func TestTypedTextIsEscapedAsSlackDoes(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	for typed, sent := range map[string]string{
		"plain words":                        "plain words",
		`a < b && c > d`:                     "a &lt; b &amp;&amp; c &gt; d",
		"jane@corp.example":                  "<mailto:jane@corp.example|jane@corp.example>",
		"account=jane@corp.example, please.": "account=<mailto:jane@corp.example|jane@corp.example>, please.",
		"see https://a.example/x?y=1&z=2.":   "see <https://a.example/x?y=1&amp;z=2>.",
		"see example.com/x":                  "see <http://example.com/x|example.com/x>",
		"jane.doe":                           "jane.doe",
		"@riley.park hi":                     "<@U0REQUESTER|riley.park> hi",
		"@nobody hi":                         "@nobody hi",
		"@identity-approvers":                "<!subteam^S0APPROVERS|@identity-approvers>",
		"@channel @here":                     "<!channel> <!here>",
		"#help-desk and #nothing":            "<#C0HELPDESK1|help-desk> and #nothing",
		"<@U0REQUESTER|riley.park> hi":       "<@U0REQUESTER|riley.park> hi",
		"<script>":                           "&lt;script&gt;",
		`reason="left, HR-1042"`:             `reason="left, HR-1042"`,
		"“smart quotes” stay":                "“smart quotes” stay",
	} {
		require.Equal(t, sent, x.ws.escape(typed), typed)
	}
}

func FuzzEscape(f *testing.F) {
	d, err := disk.Open(f.TempDir())
	require.NoError(f, err)
	w, err := New(Config{Disk: d, Clock: time.Now, BaseURL: func() string { return "http://127.0.0.1" }})
	require.NoError(f, err)
	f.Add("jane@corp.example <@U0REQUESTER> https://a.example/?x=<y> @here #help-desk example.com")
	f.Fuzz(func(t *testing.T, typed string) {
		got := w.escape(typed)
		// Whatever stands in brackets is ours: outside of them no bracket and no bare & is left.
		rest := got
		for {
			i := strings.IndexByte(rest, '<')
			if i < 0 {
				break
			}
			j := strings.IndexByte(rest[i:], '>')
			require.Positive(t, j, got)
			require.NotContains(t, rest[i+1:i+j], "<", got)
			rest = rest[:i] + rest[i+j+1:]
		}
		require.NotContains(t, rest, ">", got)
	})
}

func TestAMentionAndADirectMessageAreEvents(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) {
		c.Seed = DefaultSeed()
		c.Seed.App.Events = []string{"app_mention", "message.im", "app_home_opened"}
	})
	seen := make(chan slackevents.EventsAPIEvent, 8)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		seen <- e.Data.(slackevents.EventsAPIEvent)
		ack(nil)(smc, e)
	})
	parent := x.card("C0HELPDESK1")
	say := func(channel, text, thread string) int {
		return x.control("slack/messages", m{"user": "U0REQUESTER", "channel": channel, "text": text, "thread_ts": thread}).status
	}
	require.Equal(t, 200, say("C0HELPDESK1", "nobody is meant", ""))
	require.Equal(t, 200, say("C0HELPDESK1", "@accountops status", parent))
	mention := (<-seen).InnerEvent.Data.(*slackevents.AppMentionEvent)
	require.Equal(t, []string{"U0REQUESTER", "C0HELPDESK1", parent, "<@U0ACCTBOT1|accountops> status"},
		[]string{mention.User, mention.Channel, mention.ThreadTimeStamp, mention.Text})
	require.Equal(t, 200, say("U0ACCTBOT1", "hello", ""))
	direct := (<-seen).InnerEvent.Data.(*slackevents.MessageEvent)
	require.Equal(t, []string{"im", "hello"}, []string{direct.ChannelType, direct.Text})
	require.Equal(t, 200, x.control("slack/home", m{"user": "U0REQUESTER"}).status)
	require.Equal(t, "U0REQUESTER", (<-seen).InnerEvent.Data.(*slackevents.AppHomeOpenedEvent).User)
	require.Equal(t, 404, say("C0NOTHERE00", "x", ""))
	require.Empty(t, seen)
}

func TestAnEventNobodyAcknowledgesIsTriedAgain(t *testing.T) {
	t.Parallel()
	x := newWorld(t, quick, func(c *Config) {
		c.Seed = DefaultSeed()
		c.Seed.App.Events = []string{"app_mention"}
	})
	attempts := make(chan *socketmode.Request, 8)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		attempts <- e.Request
		if e.Request.RetryAttempt > 0 {
			ack(nil)(smc, e)
		}
	})
	x.control("slack/messages", m{"user": "U0REQUESTER", "channel": "C0HELPDESK1", "text": "@accountops"})
	first, second := <-attempts, <-attempts
	require.Equal(t, []int{0, 1}, []int{first.RetryAttempt, second.RetryAttempt})
	require.Equal(t, "timeout", second.RetryReason)
	require.JSONEq(t, string(first.Payload), string(second.Payload))
}

func TestShortcutsReachTheApp(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) {
		c.Seed = DefaultSeed()
		c.Seed.App.Shortcuts = []Shortcut{{Name: "Ask", CallbackID: "ask", Type: "global"}, {Name: "Ask about this", CallbackID: "ask_here", Type: "message"}}
	})
	seen := make(chan slack.InteractionCallback, 2)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		seen <- e.Data.(slack.InteractionCallback)
		ack(nil)(smc, e)
	})
	ts := x.card("C0HELPDESK1")
	require.Equal(t, true, x.control("slack/shortcuts", m{"user": "U0REQUESTER", "callback_id": "ask"}).body["acked"])
	require.Equal(t, "shortcut", string((<-seen).Type))
	require.Equal(t, true, x.control("slack/shortcuts", m{"user": "U0REQUESTER", "callback_id": "ask_here", "channel": "C0HELPDESK1", "ts": ts}).body["acked"])
	cb := <-seen
	require.Equal(t, []string{"message_action", ts, "card"}, []string{string(cb.Type), cb.MessageTs, cb.Message.Text})
	require.Equal(t, 404, x.control("slack/shortcuts", m{"user": "U0REQUESTER", "callback_id": "ask_here"}).status)
}

func TestConversationsAreListedReadAndPaged(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) { c.Scopes = append(DefaultScopes(), "im:read", "im:write", "team:read") })
	info, err := x.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: "C0GENERAL01"})
	require.NoError(t, err)
	require.False(t, info.IsMember)
	_, err = x.api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: "C0NOTHERE00"})
	require.EqualError(t, err, "channel_not_found")
	list, cursor, err := x.api.GetConversations(&slack.GetConversationsParameters{Limit: 2})
	require.NoError(t, err)
	require.Len(t, list, 2)
	rest, cursor, err := x.api.GetConversations(&slack.GetConversationsParameters{Limit: 2, Cursor: cursor})
	require.NoError(t, err)
	require.Len(t, rest, 1)
	require.Empty(t, cursor)
	members, _, err := x.api.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: "C0APPROVALS"})
	require.NoError(t, err)
	require.Contains(t, members, "U0ACCTBOT1")
	ch, _, already, err := x.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{"U0REQUESTER"}, ReturnIM: true})
	require.NoError(t, err)
	require.False(t, already)
	require.True(t, ch.IsIM)
	team, err := x.api.GetTeamInfo()
	require.NoError(t, err)
	require.Equal(t, "T0ACCTOPS", team.ID)
	_, err = x.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: "C0GENERAL01"})
	require.EqualError(t, err, "not_in_channel")
}
