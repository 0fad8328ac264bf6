package slackbot

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/sandbox/slackemu"
)

// refusedWith waits until somebody's newest ephemeral says something, and gives it.
func (w *world) refusedWith(user, sentence string) map[string]any {
	w.t.Helper()
	var newest map[string]any
	w.until("they are told "+sentence, func() bool {
		all := w.read("ephemerals", url.Values{"user": {user}})
		if len(all) > 0 {
			newest = all[len(all)-1]
		}
		return len(all) > 0 && strings.Contains(mustJSON(w.t, newest), sentence)
	})
	return newest
}

// changes presses the button that opens the form again.
func (w *world) changes(user string, m map[string]any) {
	w.t.Helper()
	got, err := w.slack.Act(slackemu.ActionInput{User: user, Channel: helpdesk, TS: m["ts"].(string), ActionID: actAgain})
	require.NoError(w.t, err)
	require.True(w.t, got.Acked)
}

func TestAFormThatWasRefusedOpensAgainWithAllThatWasEntered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	const reason = "left on Friday <!channel>\nsee HR-1042 & HR-1043"
	w.types(requester, `remove nobody source="Corporate AD" force_provisioning=true`)
	form := w.form(requester, "account:pick")
	require.Equal(t, "closed", w.submits(requester, form, map[string]any{"reason:text": reason}).Outcome)
	for _, account := range []string{"jane", "jane.doe"} { // several, then one
		w.changes(requester, w.refusedWith(requester, map[string]string{"jane": "There is no such account", "jane.doe": "Two accounts match"}[account]))
		form = w.form(requester, "account:pick")
		_, text := fieldOn(t, form, "reason:text")
		require.Equal(t, reason, text["initial_value"])
		_, source := fieldOn(t, form, "source:pick")
		require.Equal(t, "Corporate AD", source["initial_option"].(map[string]any)["value"])
		_, box := fieldOn(t, form, "force_provisioning:box")
		require.Len(t, box["initial_options"], 1)
		w.suggested(requester, form, "account:pick", account)
		require.Equal(t, "closed", w.submits(requester, form, map[string]any{"account:pick": account}).Outcome)
	}
	require.Contains(t, mustJSON(t, w.message(approvals, w.card())), "HR-1043")
	w.refusedWith(requester, "waits for another person's approval")
}

func TestACommandThatWasRefusedOpensTheFormWithWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.types(requester, `remove jane reason="left on Friday"`)
	w.changes(requester, w.refusedWith(requester, "Two accounts match"))
	_, text := fieldOn(t, w.form(requester, "reason:text"), "reason:text")
	require.Equal(t, "left on Friday", text["initial_value"])
}

func TestWhoMayNotAskIsNotOfferedToAskAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.types(guest, `remove jane.doe reason="left on Friday"`)
	require.Empty(t, buttonsOn(w.refusedWith(guest, "only full members may ask")))
}

func TestWhatTheIdentitySystemDidNotAnswerIsWorthAnotherTryAndThatIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sys.broken = true
	w.start()
	for i, text := range []string{"find jane", "remove jane.doe reason=left"} {
		w.types(bystander, text)
		w.until("they are told", func() bool {
			return len(w.ephemerals(bystander)) == i+1 && strings.Contains(w.ephemerals(bystander)[i], "does not answer")
		})
		require.Equal(t, 1, strings.Count(mustJSON(t, w.refusedWith(bystander, "does not answer")), "Please try again in a minute."))
	}
	m := w.bot.trouble(fault.New(fault.Upstream, "Slack could not be asked who you are, so nothing was changed. Please try again in a minute."), command{})
	require.Equal(t, 1, strings.Count(mustJSON(t, m.blocks), "try again"))
	require.NotContains(t, mustJSON(t, w.bot.trouble(fault.New(fault.NotFound, "There is no such account."), command{}).blocks), "try again")
}

func TestAButtonThatOpensNoFormSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.types(requester, "remove nobody reason=left")
	m := w.refusedWith(requester, "There is no such account")
	require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultRefused, Method: "views.open", Error: "expired_trigger_id"}))
	w.changes(requester, m)
	w.refusedWith(requester, "did not open the form in time")
	for _, value := range []string{"", "{", `{"o":"erase_everything","i":{}}`, `{"o":"remove","i":{}}`} {
		_, err := w.bot.formAgain(delivery{Value: value})
		require.True(t, fault.Is(err, fault.Conflict), value)
	}
}

// carries is what a refusal's button carries, and what is said of what it does not.
func (w *world) carries(input map[string]any) (value string, blocks []slack.Block) {
	w.t.Helper()
	op, known := w.bot.operation("remove_account")
	require.True(w.t, known)
	raw, err := json.Marshal(input)
	require.NoError(w.t, err)
	blocks = w.bot.trouble(fault.New(fault.NotFound, "There is none."), command{op: op, input: raw, again: true}).blocks
	buttons := blocks[len(blocks)-1].(*slack.ActionBlock).Elements.ElementSet
	return buttons[0].(*slack.ButtonBlockElement).Value, blocks
}

func TestWhatDoesNotFitInAButtonIsLeftOutTheReasonLastAndIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	for name, c := range map[string]struct {
		account, source, reason int
		kept                    []string
		left                    string
	}{
		"all fits":               {100, 100, 1000, []string{"account", "reason", "source"}, ""},
		"the reason goes before": {900, 100, 1800, []string{"reason", "source"}, "Account."},
		"nor does another":       {900, 900, 1800, []string{"reason"}, "Account, Source."},
		"not even the reason":    {100, 100, 2500, []string{"account", "source"}, "Reason."},
	} {
		said := map[string]any{"account": strings.Repeat("a", c.account), "source": strings.Repeat("s", c.source), "reason": strings.Repeat("r", c.reason)}
		value, blocks := w.carries(said)
		f, err := w.bot.formAgain(delivery{Value: value})
		require.NoError(t, err, name)
		require.Len(t, f.said, len(c.kept), name)
		for _, field := range c.kept {
			require.Equal(t, said[field], f.said[field], name)
		}
		require.Equal(t, c.left != "", strings.Contains(mustJSON(t, blocks), "has to be entered again"), name)
		require.Contains(t, mustJSON(t, blocks), c.left, name)
	}
	value, _ := w.carries(map[string]any{"reason": strings.Repeat("😀", 975)})
	require.Contains(t, value, "😀", "two units each, and they fit")
	value, _ = w.carries(map[string]any{"reason": strings.Repeat("😀", 985)})
	require.NotContains(t, value, "😀")
}

func TestHostileTextInAFormThatOpensAgainStaysLiteralAndSlackTakesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.types(requester, "")
	id := w.form(requester, chosenField)["id"].(string)
	for name, s := range hostile {
		value, blocks := w.carries(map[string]any{"account": s, "source": s, "reason": s})
		literal(t, name, card{message: message{blocks: blocks}})
		_, err := w.bot.slack.api.PostEphemeralContext(t.Context(), helpdesk, requester, slack.MsgOptionText("x", false), slack.MsgOptionBlocks(blocks...))
		require.NoError(t, err, "%s: %s", name, code(err))
		f, err := w.bot.formAgain(delivery{Value: value})
		require.NoError(t, err)
		if len([]rune(s)) < 100 {
			require.Equal(t, strings.ToValidUTF8(s, "\uFFFD"), strings.ReplaceAll(f.said["reason"], "\uFFFD\uFFFD", "\uFFFD"), name)
		}
		view, err := w.bot.view(f)
		require.NoError(t, err)
		literal(t, name, card{message: message{blocks: view.Blocks.BlockSet}})
		_, err = w.bot.slack.api.UpdateViewContext(t.Context(), view, "", "", id)
		require.NoError(t, err, "%s: %s", name, code(err))
	}
}
