package slackbot

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

const bot = "U0ACCTBOT1"

// says writes a message as somebody.
func (w *world) says(user, channel, thread, text string) string {
	w.t.Helper()
	m, err := w.slack.Say(slackemu.SayInput{User: user, Channel: channel, Text: text, ThreadTS: thread})
	require.NoError(w.t, err)
	return m["ts"].(string)
}

// placed waits until it is on record where a card is.
func (w *world) placed(channel, ts string) {
	w.t.Helper()
	w.until("it is on record where the card is", func() bool {
		_, err := w.store.CopyAt(w.t.Context(), channel, ts)
		return err == nil
	})
}

// mentionAnswers gives what we wrote in a thread to answer mentions.
func (w *world) mentionAnswers(channel, ts string) []string {
	var out []string
	for _, m := range w.read("messages", url.Values{"channel": {channel}, "thread_ts": {ts}}) {
		if m["ts"] != ts && m["user"] == bot && strings.Contains(mustJSON(w.t, m["blocks"]), `"text":"\nRequest: "`) {
			out = append(out, m["text"].(string))
		}
	}
	return out
}

func TestAMentionInARequestsThreadIsAnsweredThereOnceEvenWhenSlackDeliversItTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	w.placed(approvals, ts)
	require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultDoubleDelivery, Method: "events_api"}))
	w.says(bystander, approvals, ts, "<@"+bot+"> Status?")
	w.until("the thread tells it", func() bool { return len(w.mentionAnswers(approvals, ts)) > 0 })
	require.Contains(t, w.mentionAnswers(approvals, ts)[0], "Remove account jane.doe on Corporate AD: ⏳ Waits for another person's approval.")
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("it has ended", func() bool { return strings.Contains(w.message(approvals, ts)["text"].(string), "verified") })
	w.says(bystander, approvals, ts, "<@"+bot+"|accountops> status please")
	w.until("the thread tells how it ended", func() bool {
		said := w.mentionAnswers(approvals, ts)
		return len(said) > 1 && strings.Contains(said[len(said)-1], "Done, verified")
	})
	require.Len(t, w.mentionAnswers(approvals, ts), 2, "one answer for each mention")
	require.Empty(t, w.ephemerals(bystander))
}

func TestStatusIsToldInTheThreadOfDirectMessagesToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.asked()
	var channel, ts string
	w.until("the requester has their copy", func() bool {
		for _, m := range w.read("dms", url.Values{"user": {requester}}) {
			channel = m["id"].(string)
		}
		for _, m := range w.messages(channel) {
			ts = m["ts"].(string)
		}
		return ts != ""
	})
	w.placed(channel, ts)
	w.says(requester, channel, ts, "status")
	w.until("the thread tells it", func() bool { return len(w.mentionAnswers(channel, ts)) == 1 })
}

func TestAnythingElseThatMentionsUsGetsOneLineOfHelpThatOnlyTheySee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	w.placed(approvals, ts)
	other := w.says(bystander, helpdesk, "", "jane.doe has left")
	before := len(w.messages(helpdesk))
	for i, c := range []struct{ channel, thread, text string }{
		{helpdesk, "", "<@" + bot + "> status"},
		{helpdesk, other, "<@" + bot + "> status"},
		{helpdesk, "", "<@" + bot + "> remove jane.doe"},
		{approvals, ts, "<@" + bot + "> approve"},
		{approvals, ts, "what is the status <@" + bot + ">"},
		{helpdesk, "", "<@" + bot + "> status req_" + strings.Repeat("0", 25) + "1"},
	} {
		w.says(bystander, c.channel, c.thread, c.text)
		w.until("they are told", func() bool { return len(w.ephemerals(bystander)) == i+1 })
		require.Contains(t, w.ephemerals(bystander)[i], "Everything else begins with /account", c.text)
	}
	require.Len(t, w.messages(helpdesk), before+3, "nothing but what they wrote themselves")
	require.Empty(t, w.mentionAnswers(approvals, ts))
	require.Equal(t, []string{"approve", "deny"}, buttonsOn(w.message(approvals, ts)), "words do not approve")
}

func TestWhoeverWritesADecisionIsToldThatNothingWasDecidedAndWhereTheButtonsAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	w.placed(approvals, ts)
	for i, c := range []struct{ text, told string }{
		{"Approve!", "Nothing was decided by this message: a request is decided with the buttons on its card."},
		{"deny, he is still here", "Nothing was decided by this message: a request is decided with the buttons on its card."},
		{"withdraw", "Nothing was withdrawn by this message: whoever asked withdraws with the button on their own card, or with /account withdraw"},
		{"help", "Requests are decided with the buttons on their cards."},
	} {
		w.says(approver, approvals, ts, "<@"+bot+"> "+c.text)
		w.until("they are told", func() bool { return len(w.ephemerals(approver)) == i+1 })
		said := w.ephemerals(approver)[i]
		require.True(t, strings.HasPrefix(said, c.told), said)
		require.Contains(t, said, "Write status to me in the thread of a request", "and what a mention can do")
	}
	require.Equal(t, []string{"approve", "deny"}, buttonsOn(w.message(approvals, ts)))
}

func TestAnAnswerToAMentionIsNotRepeatedWhenTheProcessEndedRightAfterIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	w.placed(approvals, ts)
	d := delivery{Kind: aMention, Team: team, User: bystander, Channel: approvals, Text: "<@" + bot + "> status", ThreadTS: ts,
		MessageTS: w.says(bystander, approvals, ts, "hello"), Event: "Ev1"}
	w.bot.mentioned(t.Context(), d)
	d.again = true
	w.bot.mentioned(t.Context(), d)
	require.Len(t, w.mentionAnswers(approvals, ts), 1)
	d.Event = "Ev2"
	w.bot.mentioned(t.Context(), d)
	require.Len(t, w.mentionAnswers(approvals, ts), 2, "another event is another question")
}

func TestAMentionInABusyChannelIsAnsweredToWhoeverAskedAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	w.placed(approvals, ts)
	opts := w.bot.opts
	opts.Pace.Post = time.Hour // after a few at once
	slow := New(w.bot.slack, w.exec, w.store, w.store, opts)
	at := w.says(bystander, approvals, ts, "hello")
	for i := range 4 {
		slow.mentioned(t.Context(), delivery{Kind: aMention, Team: team, User: bystander, Channel: approvals, Text: "<@" + bot + "> status", ThreadTS: ts,
			MessageTS: at, Event: "Ev" + strconv.Itoa(i)})
	}
	require.Len(t, w.mentionAnswers(approvals, ts), 3)
	require.Len(t, w.ephemerals(bystander), 1)
	require.Contains(t, w.ephemerals(bystander)[0], "Waits for another person's approval.")
}

func TestWhatBotsSayAndWhatWasEditedIsNotAnswered(t *testing.T) {
	t.Parallel()
	s := &Slack{team: team, user: bot}
	said := func(fields map[string]any) string {
		e := map[string]any{"type": "app_mention", "user": bystander, "channel": helpdesk, "text": "<@" + bot + "> status", "ts": "1.2"}
		for k, v := range fields {
			e[k] = v
		}
		return mustJSON(t, map[string]any{"team_id": team, "event_id": "Ev1", "event": e})
	}
	_, ok, err := s.readHappening([]byte(said(nil)))
	require.NoError(t, err)
	require.True(t, ok)
	for name, fields := range map[string]map[string]any{
		"a bot": {"bot_id": "B1"}, "ourselves": {"user": bot}, "edited": {"edited": map[string]any{"user": bystander}},
		"joined": {"subtype": "channel_join"}, "a channel's message": {"type": "message", "channel_type": "channel"},
		"another event": {"type": "reaction_added"}, "the messages tab": {"type": "app_home_opened", "tab": "messages"},
	} {
		_, ok, err := s.readHappening([]byte(said(fields)))
		require.NoError(t, err, name)
		require.False(t, ok, name)
	}
	for _, raw := range []string{"", "{", `{"event":{"type":"app_mention"}}`, `{"event":7}`} {
		_, ok, err := s.readHappening([]byte(raw))
		require.Error(t, err, raw)
		require.False(t, ok, raw)
	}
}

func TestHostileNamesStayLiteralInAnswersToMentions(t *testing.T) {
	t.Parallel()
	for name, s := range hostile {
		r := sample()
		r.Plan.Account.Name, r.Plan.Account.Source, r.State, r.Problem = s, s, executor.Failed, "SailPoint: "+s
		m := standsAt(r)
		require.True(t, fits(m.blocks), name)
		golden(t, "status/"+name+".json", pretty(t, map[string]any{"text": m.notification(), "blocks": m.blocks}))
	}
}
