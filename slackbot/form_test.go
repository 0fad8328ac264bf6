package slackbot

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
	"accountops/internal/sandbox/slackemu"
	"accountops/tools"
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
func TestWhatIsEnteredStaysWhenAnotherOperationIsChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.types(requester, "")
	id := w.form(requester, chosenField)["id"].(string)
	choose := func(op string, values map[string]any) {
		_, err := w.slack.Act(slackemu.ActionInput{User: requester, ViewID: id, ActionID: chosenField, Value: op, Values: values})
		require.NoError(t, err)
	}
	choose("remove_account", nil)
	w.form(requester, "reason:text")
	choose("disable_account", map[string]any{"reason:text": "left on Friday"})
	w.until("the form is the other one", func() bool {
		return strings.Contains(mustJSON(t, w.form(requester, "reason:text")["blocks"]), "Disables an account.")
	})
	_, reason := fieldOn(t, w.form(requester, "reason:text"), "reason:text")
	require.Equal(t, "left on Friday", reason["initial_value"])
}

func TestAFormThatShowsAnotherOperationThanIsChosenIsNotAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.types(requester, "")
	form := w.form(requester, chosenField)
	out := w.submits(requester, form, map[string]any{chosenField: "remove_account"})
	require.Equal(t, "updated", out.Outcome, "the choice did not reach us before the button did")
	fieldOn(t, out.View, "reason:text")
	require.Empty(t, w.messages(approvals))
}

func TestShortcutsOpenTheFormAndAMessagesTextIsOfferedAsReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, installed(t))
	w.start()
	_, ts, err := w.bot.slack.api.PostMessageContext(t.Context(), helpdesk, slack.MsgOptionText("Jane left <!channel>, see <https://hr.example/1|HR-1>\nApproved \u202Eby Amara", false))
	require.NoError(t, err)
	used, err := w.slack.UseShortcut(slackemu.ShortcutInput{User: requester, CallbackID: actAskAbout, Channel: helpdesk, TS: ts})
	require.NoError(t, err)
	require.True(t, used.Acked)
	form := w.form(requester, chosenField)
	_, err = w.slack.Act(slackemu.ActionInput{User: requester, ViewID: form["id"].(string), ActionID: chosenField, Value: "remove_account"})
	require.NoError(t, err)
	_, reason := fieldOn(t, w.form(requester, "reason:text"), "reason:text")
	require.Equal(t, "accountops wrote: Jane left !channel, see HR-1\nApproved ‹U+202E›by Amara", reason["initial_value"])
}

func TestWhoAskedByAGlobalShortcutIsAnsweredInTheirDirectMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, installed(t))
	w.start()
	_, err := w.slack.UseShortcut(slackemu.ShortcutInput{User: requester, CallbackID: actAsk})
	require.NoError(t, err)
	form := w.form(requester, chosenField)
	_, err = w.slack.Act(slackemu.ActionInput{User: requester, ViewID: form["id"].(string), ActionID: chosenField, Value: "remove_account"})
	require.NoError(t, err)
	form = w.form(requester, "account:pick")
	w.suggested(requester, form, "account:pick", "nobody")
	require.Equal(t, "closed", w.submits(requester, form, map[string]any{
		chosenField: "remove_account", "account:pick": "nobody", "reason:text": "left",
	}).Outcome)
	im, _, _, err := w.bot.slack.api.OpenConversationContext(t.Context(), &slack.OpenConversationParameters{Users: []string{requester}, ReturnIM: true})
	require.NoError(t, err)
	w.until("they are told", func() bool { return strings.Contains(mustJSON(t, w.messages(im.ID)), "There is no such account") })
}

func TestAFormThatDoesNotOpenIsAnsweredWithWhatToType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, installed(t))
	w.start()
	for text, want := range map[string]string{"": "How /account is used", "remove jane.doe": "This is required"} {
		before := len(w.ephemerals(bystander))
		require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultRefused, Method: "views.open", Error: "expired_trigger_id"}))
		require.True(t, w.types(bystander, text).Acked)
		w.until("they are told", func() bool {
			said := w.read("ephemerals", map[string][]string{"user": {bystander}})
			return len(said) == before+1 && strings.Contains(mustJSON(t, said[before]), want)
		})
	}
}

func TestAFormThatIsDeliveredTwiceAsksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.types(requester, "remove jane.doe")
	form := w.form(requester, "reason:text")
	require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultDoubleDelivery, Method: "interactive"}))
	require.Equal(t, "closed", w.submits(requester, form, map[string]any{"reason:text": "left"}).Outcome)
	w.card()
	w.until("the requester is told", func() bool { return len(w.ephemerals(requester)) > 0 })
	require.Len(t, w.ephemerals(requester), 1)
	require.NotContains(t, w.ephemerals(requester)[0], "already")
}

func TestAFormThatWasAcceptedIsAskedForAfterARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hang := make(chan struct{})
	w.sys.hang = hang
	stop := w.start()
	w.types(requester, "remove jane.doe")
	form := w.form(requester, "reason:text")
	require.Equal(t, "closed", w.submits(requester, form, map[string]any{"reason:text": "left"}).Outcome)
	stop()
	close(hang)
	require.Empty(t, w.messages(approvals))
	w.start()
	w.card()
}

func TestAFormThatCannotBeRecordedSaysSoAtAFieldItHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.types(requester, "remove jane.doe")
	form := w.form(requester, "reason:text")
	require.NoError(t, w.store.Close())
	out := w.submits(requester, form, map[string]any{"reason:text": "left"})
	require.Equal(t, "errors", out.Outcome, out.Error)
	require.Contains(t, anyMap(out.Response["errors"])["account:pick"], "could not be recorded, so nothing was done")
}

func TestAttributesAreLinesOfNameAndValue(t *testing.T) {
	t.Parallel()
	create := tools.CreateAccount(tools.Systems{Default: identity.SailPoint, ISC: unasked{}})
	values := map[string]string{"account:text": "new.one", "source:pick": "HR file", "attributes:lines": " givenName = Zoë \n\nmemo=a=b", "update_existing:box": "true", "reason:text": "HR-1"}
	c, problems := filled(create, values)
	require.Empty(t, problems)
	require.JSONEq(t, `{"account":"new.one","attributes":{"givenName":"Zoë","memo":"a=b"},"reason":"HR-1","source":"HR file","update_existing":true}`, string(c.input))
	said, unsaid := saidIn(c.input)
	require.Empty(t, unsaid)
	require.Equal(t, "givenName=Zoë\nmemo=a=b", said["attributes"])
	require.Equal(t, "true", said["update_existing"])

	values["attributes:lines"] = "givenName=Zoë\nZoë"
	_, problems = filled(create, values)
	require.Equal(t, map[string]string{"attributes": "Line 2 does not read name=value."}, problems)
	values["attributes:lines"] = "a=1\na=2"
	_, problems = filled(create, values)
	require.Equal(t, map[string]string{"attributes": "a: This is given twice."}, problems)
	_, unsaid = saidIn([]byte(`{"attributes":{"a":"1\n2"}}`))
	require.Contains(t, unsaid["attributes"], "line break")
}

// The forms of the whole catalogue, each opened in a Slack that checks it.
func TestEveryOperationHasAFormWithAllItsFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ops = tools.Catalogue(tools.Systems{})
	w.start()
	w.types(requester, "")
	id := w.form(requester, chosenField)["id"].(string)
	for _, op := range w.ops {
		_, err := w.slack.Act(slackemu.ActionInput{User: requester, ViewID: id, ActionID: chosenField, Value: op.Name})
		require.NoError(t, err)
		var form map[string]any
		w.until("the form is that of "+op.Name, func() bool {
			form = w.form(requester, chosenField)
			return strings.Contains(mustJSON(t, form["blocks"]), op.Title+`"`) && strings.Contains(form["private_metadata"].(string), `"`+op.Name+`"`)
		})
		kind(t, "the form of "+op.Name, shown(form))
		for _, field := range op.Input.Fields() {
			block, _ := fieldOn(t, form, blockID(field))
			optional, _ := block["optional"].(bool)
			require.Equal(t, field.Required, !optional, "%s.%s", op.Name, field.Name)
		}
	}
	kinds := map[string]string{}
	for _, op := range w.ops {
		for _, field := range op.Input.Fields() {
			kinds[op.Name+"."+field.Name] = kindOf(field)
		}
	}
	for field, want := range map[string]string{
		"remove_account.account": kindPick, "remove_account.source": kindPick, "remove_account.system": kindSelect, "create_account.account": kindText,
		"create_account.source": kindPick, "create_account.attributes": kindLines, "find_accounts.account": kindText, "delete_account.reason": kindText,
		"list_requests.open": kindBox, "list_requests.limit": kindText,
	} {
		require.Equal(t, want, kinds[field], field)
	}
}

func TestFormsOpenAndDecisionsCountWhileWhatFormsAskForHangs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	hang := make(chan struct{})
	w.sys.mu.Lock()
	w.sys.hang = hang
	w.sys.mu.Unlock()
	for i := range 40 { // more than there are workers
		_, work := w.bot.takeIn(t.Context(), delivery{Kind: aSubmission, Team: team, User: requester, View: &view{
			ID: "V" + strings.Repeat("x", i), Callback: actAsk, Metadata: `{"o":"disable_account"}`,
			Values: map[string]string{"account:pick": "bob.ray", "reason:text": "away"},
		}})
		work()
	}
	require.Empty(t, w.types(bystander, "remove jane.doe").Response)
	w.form(bystander, "reason:text")
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the buttons are gone", func() bool { return len(buttonsOn(w.message(approvals, ts))) == 0 })
	close(hang)
}
