package slackemu

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func TestPoint3ATypeAheadAsksTheApp(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	offer := slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("acc-1", words("jane.doe, Corporate AD"), nil)}}
	id, seen := x.modal(offer)
	ask := m{"user": "U0REQUESTER", "view_id": id, "action_id": "account", "value": "jane"}
	got := x.control("slack/suggestions", ask)
	require.Equal(t, true, got.body["acked"])
	require.Equal(t, "acc-1", got.body["response"].(m)["options"].([]any)[0].(m)["value"])
	cb := <-seen
	require.Equal(t, []string{"block_suggestion", "account", "who", "jane"}, []string{string(cb.Type), cb.ActionID, cb.BlockID, cb.Value})

	ask["value"] = ""
	require.Equal(t, false, x.control("slack/suggestions", ask).body["acked"], "below min_query_length nobody is asked")
	ask["action_id"] = "reason"
	require.Equal(t, 409, x.control("slack/suggestions", ask).status)

	x.submit(id, m{"why": m{"reason": "left"}, "what": m{"verb": "remove"}, "who": m{"account": "acc-1"}})
	state := (<-seen).View.State
	require.Equal(t, "jane.doe, Corporate AD", state.Values["who"]["account"].SelectedOption.Text.Text)
}

func TestAnOfferOfWrongOptionsIsNotShown(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, _ := x.modal(m{"options": []any{m{"text": m{"type": "plain_text", "text": strings.Repeat("x", 76)}, "value": "a"}}})
	got := x.control("slack/suggestions", m{"user": "U0REQUESTER", "view_id": id, "action_id": "account", "value": "jane"})
	require.Equal(t, []any{true, "invalid_options"}, []any{got.body["acked"], got.body["error"]})
	require.Empty(t, got.body["response"].(m)["options"])
}

func TestTheHomeTabIsPublishedAndItsButtonsWork(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewActionBlock("b", slack.NewButtonBlockElement("show_all", "", words("Show all"))),
	}}}
	first, err := x.api.PublishView("U0REQUESTER", home, "")
	require.NoError(t, err)
	second, err := x.api.PublishView("U0REQUESTER", home, first.Hash)
	require.NoError(t, err)
	require.Equal(t, first.ID, second.ID)
	_, err = x.api.PublishView("U0REQUESTER", home, first.Hash)
	require.EqualError(t, err, "hash_conflict")
	_, err = x.api.PublishView("U0NOBODY", home, "")
	require.EqualError(t, err, "invalid_arguments")
	shown := x.control("slack/home?user=U0REQUESTER", nil).body["view"].(m)
	require.Equal(t, "home", shown["type"])
	require.Nil(t, x.control("slack/home?user=U0BYSTANDER", nil).body["view"])

	seen := make(chan slack.InteractionCallback, 1)
	x.app(func(smc *socketmode.Client, e socketmode.Event) {
		seen <- e.Data.(slack.InteractionCallback)
		ack(nil)(smc, e)
	})
	got := x.control("slack/actions", m{"user": "U0REQUESTER", "view_id": first.ID, "action_id": "show_all"})
	require.Equal(t, true, got.body["acked"])
	cb := <-seen
	require.Equal(t, []string{"view", first.ID}, []string{cb.Container.Type, cb.View.ID})
	_, err = x.api.OpenView(cb.TriggerID, form())
	require.NoError(t, err)
}

func TestViewsThatSlackRefuses(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	id, _ := x.modal(nil)
	for name, spoil := range map[string]func(*slack.ModalViewRequest){
		"long title":    func(v *slack.ModalViewRequest) { v.Title = words(strings.Repeat("x", 25)) },
		"no title":      func(v *slack.ModalViewRequest) { v.Title = nil },
		"no submit":     func(v *slack.ModalViewRequest) { v.Submit = nil },
		"long metadata": func(v *slack.ModalViewRequest) { v.PrivateMetadata = strings.Repeat("x", 3001) },
		"a Home tab":    func(v *slack.ModalViewRequest) { v.Type = slack.VTHomeTab },
		"too many blocks": func(v *slack.ModalViewRequest) {
			for range 98 {
				v.Blocks.BlockSet = append(v.Blocks.BlockSet, slack.NewDividerBlock())
			}
		},
	} {
		v := form()
		spoil(&v)
		_, err := x.api.UpdateView(v, "", "", id)
		require.EqualError(t, err, "invalid_arguments", name)
		refused := slack.SlackErrorResponse{}
		require.ErrorAs(t, err, &refused)
		require.Contains(t, refused.ResponseMetadata.Messages[0], "[json-pointer:/view", name)
	}
	big := form()
	for i := range 80 {
		big.Blocks.BlockSet = append(big.Blocks.BlockSet, slack.NewSectionBlock(words(strings.Repeat("x", 2990)+string(rune('0'+i%10))), nil, nil))
	}
	for range 10 {
		big.Blocks.BlockSet = append(big.Blocks.BlockSet, slack.NewSectionBlock(nil, []*slack.TextBlockObject{words(strings.Repeat("x", 2000))}, nil))
	}
	_, err := x.api.UpdateView(big, "", "", id)
	require.EqualError(t, err, "view_too_large")
}
