package slackbot

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/slackemu"
)

// offeredReason uses the shortcut of a message and gives the reason that the form offers.
func (w *world) offeredReason(user, channel, ts string) any {
	w.t.Helper()
	used, err := w.slack.UseShortcut(slackemu.ShortcutInput{User: user, CallbackID: actAskAbout, Channel: channel, TS: ts})
	require.NoError(w.t, err)
	require.True(w.t, used.Acked)
	form := w.form(user, chosenField)
	_, err = w.slack.Act(slackemu.ActionInput{User: user, ViewID: form["id"].(string), ActionID: chosenField, Value: "remove_account"})
	require.NoError(w.t, err)
	_, reason := fieldOn(w.t, w.form(user, "reason:text"), "reason:text")
	return reason["initial_value"]
}

func TestAMessagesMentionsAreOfferedAsNamesWithWhoWroteIt(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]string{
		requester: "Bao Tran wrote: @Amara Okafor says jane.doe left, ask @Amara Okafor or @U0NOBODY",
		bystander: "@Amara Okafor says jane.doe left, ask @Amara Okafor or @U0NOBODY", // their own words
	} {
		w := newWorld(t, installed(t))
		w.start()
		ts := w.says(bystander, helpdesk, "", "<@"+approver+"> says jane.doe left, ask <@"+approver+"> or <@U0NOBODY>")
		require.Equal(t, want, w.offeredReason(user, helpdesk, ts))
	}
}

func TestANameInAMessageIsOnlyText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, installed(t), func(s *slackemu.Seed) {
		for i := range s.People {
			if s.People[i].ID == approver {
				s.People[i].RealName = "Eve <!channel> &lt;\n\u202Eby Amara"
			}
		}
	})
	w.start()
	ts := w.says(bystander, helpdesk, "", "<@"+approver+"> left")
	require.Equal(t, "Bao Tran wrote: @Eve <!channel> &lt; ‹U+202E›by Amara left", w.offeredReason(requester, helpdesk, ts))
}

func TestAFormDoesNotWaitLongForNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, installed(t))
	w.start()
	require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultSlow, Method: "users.info", DelayMS: 20_000, Times: 10}))
	ts := w.says(bystander, helpdesk, "", "<@"+approver+"> says jane.doe left")
	require.Equal(t, "@"+approver+" says jane.doe left", w.offeredReason(requester, helpdesk, ts))
}
