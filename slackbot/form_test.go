package slackbot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/slackemu"
)

func TestACommandAloneOpensAFormThatBringsTheFieldsOfWhatIsChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	got := w.types(requester, "")
	require.True(t, got.Acked)
	require.Empty(t, got.Response, "the form says it all")
	form := w.form(requester, chosenField)
	require.Len(t, form["blocks"], 1)
	_, err := w.slack.Act(slackemu.ActionInput{User: requester, ViewID: form["id"].(string), ActionID: chosenField, Value: "remove_account"})
	require.NoError(t, err)
	form = w.form(requester, "account:pick")
	for field, kind := range map[string]string{
		"account:pick": "external_select", "source:pick": "external_select", "reason:text": "plain_text_input", "force_provisioning:box": "checkboxes",
	} {
		_, element := fieldOn(t, form, field)
		require.Equal(t, kind, element["type"], field)
	}
	reason, text := fieldOn(t, form, "reason:text")
	require.NotEqual(t, true, reason["optional"])
	require.Equal(t, true, text["multiline"])
	source, _ := fieldOn(t, form, "source:pick")
	require.Equal(t, true, source["optional"])

	require.Equal(t, [3]string{"acc-1", "jane.doe – Jane Doe", "Corporate AD, enabled"}, w.suggested(requester, form, "account:pick", "jane")[0])
	out := w.submits(requester, form, map[string]any{chosenField: "remove_account", "account:pick": "acc-1", "reason:text": "left on Friday"})
	require.Equal(t, "closed", out.Outcome, out)
	card := w.card()
	require.Contains(t, mustJSON(t, w.message(approvals, card)), "left on Friday")
	w.until("the requester is told", func() bool {
		return strings.Contains(strings.Join(w.ephemerals(requester), ""), "waits for another person's approval")
	})
}

func TestACommandWithSomethingMissingOpensTheFormWithWhatWasSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sys.hang = make(chan struct{}) // nobody is asked
	w.start()
	require.Empty(t, w.types(requester, `remove jane.doe source="Corporate AD" force_provisioning=maybe`).Response)
	form := w.form(requester, "account:pick")
	require.Equal(t, "Remove account", form["title"].(map[string]any)["text"])
	for field, want := range map[string]string{"account:pick": "jane.doe", "source:pick": "Corporate AD"} {
		_, element := fieldOn(t, form, field)
		require.Equal(t, want, element["initial_option"].(map[string]any)["value"])
	}
	box, _ := fieldOn(t, form, "force_provisioning:box")
	require.Equal(t, "⚠ This must be true or false, not a text. You wrote: maybe", box["hint"].(map[string]any)["text"])
	account, _ := fieldOn(t, form, "account:pick")
	require.Equal(t, "The account.", account["hint"].(map[string]any)["text"])

	left := w.submits(requester, form, nil)
	require.Equal(t, map[string]any{"reason:text": "Please complete this required field."}, anyMap(left.Response["errors"]), "Slack's own client asks for it")
	blank := w.submits(requester, form, map[string]any{"reason:text": " "})
	require.Equal(t, "errors", blank.Outcome)
	require.Equal(t, map[string]any{"reason:text": "This is required."}, anyMap(blank.Response["errors"]))
	require.Equal(t, "closed", w.submits(requester, form, map[string]any{"reason:text": "left"}).Outcome)
	require.Empty(t, w.messages(approvals))
	close(w.sys.hang)
	require.Contains(t, mustJSON(t, w.message(approvals, w.card())), "Corporate AD")
}
