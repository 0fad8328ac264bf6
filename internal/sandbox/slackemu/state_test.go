package slackemu

import (
	"maps"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func options(values ...string) []*slack.OptionBlockObject {
	var out []*slack.OptionBlockObject
	for _, v := range values {
		out = append(out, slack.NewOptionBlockObject(v, words("The "+v), nil))
	}
	return out
}

// everyInput is one input block of each kind.
func everyInput() slack.ModalViewRequest {
	long := slack.NewPlainTextInputBlockElement(nil, "long")
	long.Multiline, long.InitialValue = true, "begun"
	people := slack.NewOptionsSelectBlockElement("users_select", nil, "person")
	people.InitialUser = "U0BYSTANDER"
	grouped := slack.NewOptionsGroupSelectBlockElement("static_select", nil, "grouped",
		slack.NewOptionGroupBlockElement(words("One"), options("a")...), slack.NewOptionGroupBlockElement(words("Two"), options("b", "c")...))
	radio := slack.NewRadioButtonsBlockElement("radio", options("x", "y")...)
	radio.InitialOption = options("x")[0]
	v := slack.ModalViewRequest{Type: slack.VTModal, Title: words("All"), Submit: words("Go"), CallbackID: "all"}
	for _, e := range []slack.BlockElement{
		long, grouped, radio, people, slack.NewCheckboxGroupsBlockElement("boxes", options("p", "q", "r")...),
		slack.NewDatePickerBlockElement("date"), slack.NewTimePickerBlockElement("time"), slack.NewDateTimePickerBlockElement("moment"),
		slack.NewEmailTextInputBlockElement(nil, "email"), slack.NewURLTextInputBlockElement(nil, "url"), slack.NewNumberInputBlockElement(nil, "number", false),
		slack.NewOptionsMultiSelectBlockElement("multi_static_select", nil, "several", options("k", "l")...),
		slack.NewOptionsMultiSelectBlockElement("multi_users_select", nil, "persons"),
		slack.NewOptionsSelectBlockElement("channels_select", nil, "channel"), slack.NewOptionsSelectBlockElement("conversations_select", nil, "conversation"),
	} {
		b := slack.NewInputBlock("", words("?"), nil, e)
		b.Optional = true
		v.Blocks.BlockSet = append(v.Blocks.BlockSet, b)
	}
	return v
}

// byAction gives a view's values by action id alone.
func byAction(s *slack.ViewState) map[string]slack.BlockAction {
	all := map[string]slack.BlockAction{}
	for _, row := range s.Values {
		maps.Copy(all, row)
	}
	return all
}

func TestEveryKindOfFieldReachesSlackGoWithItsValue(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, seen := x.modal(nil)
	opened, err := x.api.UpdateView(everyInput(), "", "", id)
	require.NoError(t, err)
	begun := byAction(opened.State)
	require.Equal(t, []string{"begun", "x", "U0BYSTANDER"},
		[]string{begun["long"].Value, begun["radio"].SelectedOption.Value, begun["person"].SelectedUser})
	got := x.submit(id, m{
		"long": "two\nlines", "grouped": "c", "radio": "The y", "person": "U0APPROVER1", "boxes": []any{"p", "r"}, "date": "2026-03-01",
		"time": "09:30", "moment": 1772442000, "email": "jane@corp.example", "url": "https://a.example", "number": "42", "several": []any{"k", "l"},
		"persons": []any{"U0REQUESTER"}, "channel": "C0HELPDESK1", "conversation": "C0GENERAL01",
	})
	require.Equal(t, "closed", got.body["outcome"], got.body)
	all := byAction((<-seen).View.State)
	require.Len(t, all, 15)
	values := func(list []slack.OptionBlockObject) (out []string) {
		for _, o := range list {
			out = append(out, o.Value)
		}
		return out
	}
	require.Equal(t, "two\nlines", all["long"].Value)
	require.Equal(t, "c", all["grouped"].SelectedOption.Value)
	require.Equal(t, "y", all["radio"].SelectedOption.Value)
	require.Equal(t, "U0APPROVER1", all["person"].SelectedUser)
	require.Equal(t, []string{"p", "r"}, values(all["boxes"].SelectedOptions))
	require.Equal(t, []string{"2026-03-01", "09:30"}, []string{all["date"].SelectedDate, all["time"].SelectedTime})
	require.Equal(t, int64(1772442000), all["moment"].SelectedDateTime)
	require.Equal(t, []string{"jane@corp.example", "https://a.example", "42"}, []string{all["email"].Value, all["url"].Value, all["number"].Value})
	require.Equal(t, []string{"k", "l"}, values(all["several"].SelectedOptions))
	require.Equal(t, []string{"U0REQUESTER"}, all["persons"].SelectedUsers)
	require.Equal(t, []string{"C0HELPDESK1", "C0GENERAL01"}, []string{all["channel"].SelectedChannel, all["conversation"].SelectedConversation})
}

// grouped offers accounts under the names of their sources.
func grouped() slack.OptionGroupsResponse {
	return slack.OptionGroupsResponse{OptionGroups: []*slack.OptionGroupBlockObject{
		slack.NewOptionGroupBlockElement(words("Corporate AD"), options("ad-1")...),
		slack.NewOptionGroupBlockElement(words("Payroll"), options("pay-1", "pay-2")...),
	}}
}

func TestATypeAheadTakesGroupsAndWorksInAMessage(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	least := 0
	_, ts, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("which?", false), slack.MsgOptionBlocks(slack.NewActionBlock("pick",
		&slack.SelectBlockElement{Type: "external_select", ActionID: "account", Placeholder: words("Account"), MinQueryLength: &least})))
	require.NoError(t, err)
	seen := make(chan slack.InteractionCallback, 2)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		cb := e.Data.(slack.InteractionCallback)
		seen <- cb
		if cb.Type == slack.InteractionTypeBlockSuggestion {
			ack(grouped())(smc, e)
			return
		}
		ack(nil)(smc, e)
	})
	where := m{"user": "U0BYSTANDER", "channel": "C0HELPDESK1", "ts": ts, "action_id": "account"}
	ask := m{"value": ""}
	for k, v := range where {
		ask[k] = v
	}
	got := x.control("slack/suggestions", ask)
	require.Len(t, got.body["response"].(m)["option_groups"], 2, got.body)
	cb := <-seen
	require.Equal(t, []string{"account", "pick", "", ts, "U0BYSTANDER"}, []string{cb.ActionID, cb.BlockID, cb.Value, cb.Container.MessageTs, cb.User.ID})
	where["value"] = "pay-2"
	require.Equal(t, true, x.control("slack/actions", where).body["acked"])
	chosen := (<-seen).ActionCallback.BlockActions[0]
	require.Equal(t, []string{"pay-2", "The pay-2"}, []string{chosen.SelectedOption.Value, chosen.SelectedOption.Text.Text})
}

func TestATypeAheadNobodyAnswersInTimeShowsSlacksWords(t *testing.T) {
	t.Parallel()
	x := newWorld(t, quick)
	id, _ := x.modal(grouped())
	x.fault(m{"kind": "lost_ack"})
	got := x.control("slack/suggestions", m{"user": "U0REQUESTER", "view_id": id, "action_id": "account", "value": "jane"})
	require.Equal(t, []any{false, noOptions, []any{}}, []any{got.body["acked"], got.body["response"].(m)["text"], got.body["response"].(m)["options"]})
}

func TestAFormIsOpenedFirstAndFilledAfterwards(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	triggers := make(chan string, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		triggers <- e.Data.(slack.SlashCommand).TriggerID
		ack(nil)(smc, e)
	})
	x.command("remove")
	loading := slack.ModalViewRequest{Type: slack.VTModal, Title: words("Remove account"), Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewSectionBlock(words("Loading …"), nil, nil)}}}
	opened, err := x.api.OpenView(<-triggers, loading)
	require.NoError(t, err)
	x.advance(time.Minute) // the trigger is long gone; the view is not
	filled, err := x.api.UpdateView(form(), "", opened.Hash, opened.ID)
	require.NoError(t, err)
	require.NotEqual(t, opened.Hash, filled.Hash)
	_, err = x.api.UpdateView(loading, "", opened.Hash, opened.ID)
	require.EqualError(t, err, "hash_conflict")
	require.Equal(t, "Ask", x.open2("U0REQUESTER")[0].(m)["title"].(m)["text"])
	require.Equal(t, 200, x.control("slack/view_closed", m{"user": "U0REQUESTER", "view_id": opened.ID}).status)
	_, err = x.api.UpdateView(form(), "", "", opened.ID)
	require.EqualError(t, err, "not_found", "what was closed in the meantime cannot be filled")
}

func TestClosingAFormThatClearsSaysSo(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, seen := x.modal(errorsAt("why"))
	x.submit(id, m{"why": m{"reason": "left"}, "what": m{"verb": "remove"}})
	top := form()
	top.ClearOnClose, top.NotifyOnClose = true, true
	v, err := x.api.PushView((<-seen).TriggerID, top)
	require.NoError(t, err)
	require.Equal(t, 200, x.control("slack/view_closed", m{"user": "U0REQUESTER", "view_id": v.ID}).status)
	closed := <-seen
	require.Equal(t, []any{"view_closed", true}, []any{string(closed.Type), closed.IsCleared})
	require.Empty(t, x.open2("U0REQUESTER"))
}
