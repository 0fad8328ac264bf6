package slackemu

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// form is a modal with a text, a select and an external select.
func form() slack.ModalViewRequest {
	reason := slack.NewInputBlock("why", words("Reason"), nil, slack.NewPlainTextInputBlockElement(nil, "reason"))
	verb := slack.NewInputBlock("what", words("Verb"), nil, slack.NewOptionsSelectBlockElement("static_select", nil, "verb",
		slack.NewOptionBlockObject("remove", words("Remove"), nil), slack.NewOptionBlockObject("delete", words("Delete"), nil)))
	least := 1
	account := slack.NewInputBlock("who", words("Account"), nil, &slack.SelectBlockElement{
		Type: "external_select", ActionID: "account", MinQueryLength: &least,
	})
	account.Optional = true
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: words("Ask"), Submit: words("Ask"), Close: words("Cancel"), CallbackID: "ask",
		PrivateMetadata: "r-1", Blocks: slack.Blocks{BlockSet: []slack.Block{reason, verb, account}},
	}
}

// modal opens the form for the requester; the app acks submissions with answer.
func (x *world) modal(answer any) (id string, seen chan slack.InteractionCallback) {
	x.t.Helper()
	seen = make(chan slack.InteractionCallback, 8)
	triggers := make(chan string, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		switch d := e.Data.(type) {
		case slack.SlashCommand:
			triggers <- d.TriggerID
			ack(nil)(smc, e)
		case slack.InteractionCallback:
			seen <- d
			ack(answer)(smc, e)
		}
	})
	x.command("")
	v, err := x.api.OpenView(<-triggers, form())
	require.NoError(x.t, err)
	return v.ID, seen
}

func (x *world) open2(user string) []any {
	return x.control("slack/views?user="+user, nil).body["views"].([]any)
}

func (x *world) submit(id string, values m) reply {
	return x.control("slack/view_submissions", m{"user": "U0REQUESTER", "view_id": id, "values": values})
}

func TestAModalIsSubmittedAndCloses(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, seen := x.modal(nil)
	require.Len(t, x.open2("U0REQUESTER"), 1)
	require.Empty(t, x.open2("U0BYSTANDER"))
	got := x.submit(id, m{"why": m{"reason": "left on Friday"}, "what": m{"verb": "delete"}})
	require.Equal(t, []any{true, "closed"}, []any{got.body["acked"], got.body["outcome"]}, got.body)
	cb := <-seen
	require.Equal(t, []string{"view_submission", id, "ask", "r-1"},
		[]string{string(cb.Type), cb.View.ID, cb.View.CallbackID, cb.View.PrivateMetadata})
	require.NotEmpty(t, cb.View.Hash)
	require.Equal(t, "left on Friday", cb.View.State.Values["why"]["reason"].Value)
	require.Equal(t, "Delete", cb.View.State.Values["what"]["verb"].SelectedOption.Text.Text)
	require.Empty(t, x.open2("U0REQUESTER"))
	require.Equal(t, 404, x.submit(id, m{}).status)
}

func TestSlacksFullFormOfValuesIsTakenToo(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, seen := x.modal(nil)
	got := x.submit(id, m{
		"why":  m{"reason": m{"type": "plain_text_input", "value": "left"}},
		"what": m{"verb": m{"selected_option": m{"text": m{"type": "plain_text", "text": "Remove"}, "value": "remove"}}},
	})
	require.Equal(t, "closed", got.body["outcome"], got.body)
	cb := <-seen
	require.Equal(t, "left", cb.View.State.Values["why"]["reason"].Value)
	require.Equal(t, "remove", cb.View.State.Values["what"]["verb"].SelectedOption.Value)
}

func TestAnEmptyRequiredFieldIsNotSubmitted(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, seen := x.modal(nil)
	got := x.submit(id, m{"why": m{"reason": ""}})
	require.Equal(t, "not_submitted", got.body["outcome"])
	require.Equal(t, m{"why": required, "what": required}, got.body["response"].(m)["errors"])
	require.Empty(t, seen)
	require.Equal(t, 400, x.submit(id, m{"why": m{"reason": "x"}, "what": m{"verb": "explode"}}).status)
}

func TestPoint3WhatAnAppAnswersToASubmission(t *testing.T) {
	t.Parallel()
	other := form()
	other.Title, other.CallbackID = words("Other"), "other"
	broken := other
	broken.Title = words(strings.Repeat("x", 25))
	for name, c := range map[string]struct {
		answer  any
		outcome string
		open    int
	}{
		"errors":                     {slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "Too short."}), "errors", 1},
		"errors for no field":        {slack.NewErrorsViewSubmissionResponse(map[string]string{"nowhere": "x"}), "failed", 1},
		"update":                     {slack.NewUpdateViewSubmissionResponse(&other), "updated", 1},
		"update with a broken view":  {slack.NewUpdateViewSubmissionResponse(&broken), "failed", 1},
		"push":                       {slack.NewPushViewSubmissionResponse(&other), "pushed", 2},
		"clear":                      {slack.NewClearViewSubmissionResponse(), "cleared", 0},
		"something unheard of":       {m{"response_action": "dance"}, "failed", 1},
		"an empty object closes too": {m{}, "closed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newWorld(t)
			id, _ := x.modal(c.answer)
			got := x.submit(id, m{"why": m{"reason": "left"}, "what": m{"verb": "remove"}})
			require.Equal(t, c.outcome, got.body["outcome"], got.body)
			views := x.open2("U0REQUESTER")
			require.Len(t, views, c.open)
			switch c.outcome {
			case "errors":
				require.Equal(t, m{"why": "Too short."}, got.body["response"].(m)["errors"])
			case "updated", "pushed":
				require.Equal(t, "other", views[len(views)-1].(m)["callback_id"])
				require.Equal(t, "other", got.body["view"].(m)["callback_id"])
			}
			if c.outcome == "pushed" {
				require.Equal(t, id, views[1].(m)["previous_view_id"])
				require.Equal(t, id, views[1].(m)["root_view_id"])
				require.Equal(t, 409, x.submit(id, m{}).status, "another modal lies on top")
			}
		})
	}
}

func TestASubmissionNobodyAnswersKeepsTheModal(t *testing.T) {
	t.Parallel()
	x := newWorld(t, quick)
	id, _ := x.modal(nil)
	x.control("slack/faults", m{"kind": "lost_ack"})
	got := x.submit(id, m{"why": m{"reason": "left"}, "what": m{"verb": "remove"}})
	require.Equal(t, []any{false, "failed"}, []any{got.body["acked"], got.body["outcome"]})
	require.Equal(t, troubleNow, got.body["response"].(m)["text"])
	require.Len(t, x.open2("U0REQUESTER"), 1)
}

func TestAViewIsUpdatedByItsHash(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, _ := x.modal(nil)
	first, err := x.api.UpdateView(form(), "", "", id)
	require.NoError(t, err)
	second, err := x.api.UpdateView(form(), "", first.Hash, id)
	require.NoError(t, err)
	require.NotEqual(t, first.Hash, second.Hash)
	_, err = x.api.UpdateView(form(), "", first.Hash, id)
	require.EqualError(t, err, "hash_conflict")
	_, err = x.api.UpdateView(form(), "", "", "V0NOTHING")
	require.EqualError(t, err, "not_found")
	_, err = x.api.UpdateView(form(), "name", "", id)
	require.EqualError(t, err, "invalid_arguments")
}

func TestAnExternalIDNamesOneView(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, seen := x.modal(errorsAt("why"))
	named := form()
	named.ExternalID = "r-1"
	_, err := x.api.UpdateView(named, "", "", id)
	require.NoError(t, err)
	_, err = x.api.UpdateView(named, "r-1", "", "")
	require.NoError(t, err)
	x.submit(id, m{"why": m{"reason": "left"}, "what": m{"verb": "remove"}})
	_, err = x.api.PushView((<-seen).TriggerID, named)
	require.EqualError(t, err, "duplicate_external_id")
}

func errorsAt(block string) any {
	return slack.NewErrorsViewSubmissionResponse(map[string]string{block: "no"})
}

func TestThreeModalsLieOnEachOtherAtMost(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, seen := x.modal(errorsAt("why"))
	for range 2 {
		x.submit(id, m{"why": m{"reason": "left"}, "what": m{"verb": "remove"}})
		v, err := x.api.PushView((<-seen).TriggerID, form())
		require.NoError(t, err)
		id = v.ID
	}
	require.Len(t, x.open2("U0REQUESTER"), 3)
	x.submit(id, m{"why": m{"reason": "left"}, "what": m{"verb": "remove"}})
	_, err := x.api.PushView((<-seen).TriggerID, form())
	require.EqualError(t, err, "push_limit_reached")
}

func TestClosingAModalIsToldWhenTheAppAsked(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, seen := x.modal(nil)
	told := form()
	told.NotifyOnClose = true
	_, err := x.api.UpdateView(told, "", "", id)
	require.NoError(t, err)
	got := x.control("slack/view_closed", m{"user": "U0REQUESTER", "view_id": id})
	require.Equal(t, true, got.body["acked"])
	require.Equal(t, "view_closed", string((<-seen).Type))
	require.Empty(t, x.open2("U0REQUESTER"))
}
