package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// formApp is a small Slack app that is not ours: it opens forms, publishes a Home tab and answers shortcuts, so that the sandbox's page is
// tried with all that Slack can show and not only with what our bot shows.
type formApp struct {
	t    *testing.T
	site *site
	api  *slack.Client
	smc  *socketmode.Client

	submitted chan slack.InteractionCallback
	hold      chan struct{} // what is submitted with the reason "wait" is acknowledged when this is closed
}

// newFormApp starts a world without accountops, with the form app in it.
func newFormApp(t *testing.T) *formApp {
	t.Helper()
	s, env := world(t, "--manifest", "../../internal/sandbox/slackemu/testdata/bolt/manifest.yaml")
	s.apart = true
	a := &formApp{t: t, site: s, submitted: make(chan slack.InteractionCallback, 16), hold: make(chan struct{})}
	a.api = slack.New(env["SLACK_BOT_TOKEN"], slack.OptionAppLevelToken(env["SLACK_APP_TOKEN"]), slack.OptionAPIURL(env["SLACK_API_URL"]),
		slack.OptionHTTPClient(&http.Client{Timeout: 20 * time.Second}))
	a.smc = socketmode.New(a.api)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	ready := make(chan struct{}, 16)
	wg.Go(func() { _ = a.smc.RunContext(ctx) })
	wg.Go(func() {
		for {
			select {
			case e := <-a.smc.Events:
				if e.Type == socketmode.EventTypeHello {
					ready <- struct{}{}
				}
				wg.Go(func() { a.handle(e) })
			case <-ctx.Done():
				return
			}
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	<-ready
	return a
}

func plainText(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject("plain_text", s, false, false)
}

func choice(value, text, about string) *slack.OptionBlockObject {
	var description *slack.TextBlockObject
	if about != "" {
		description = plainText(about)
	}
	return slack.NewOptionBlockObject(value, plainText(text), description)
}

// askForm has every kind of field that forms use. more adds a block, as a form does that grows while it is filled in.
func askForm(reason string, more ...slack.Block) slack.ModalViewRequest {
	least := 1
	account := &slack.SelectBlockElement{Type: "external_select", ActionID: "account", Placeholder: plainText("Login, name or e-mail"), MinQueryLength: &least}
	why := slack.NewPlainTextInputBlockElement(plainText("Why, and since when"), "reason")
	why.Multiline, why.InitialValue = true, reason
	verb := slack.NewOptionsSelectBlockElement("static_select", plainText("Choose"), "verb", choice("remove", "Remove", ""), choice("delete", "Delete", ""))
	optional := func(b *slack.InputBlock) slack.Block { b.Optional = true; return b }
	blocks := []slack.Block{
		slack.NewInputBlock("who", plainText("Account"), plainText("Type a part of it"), account),
		slack.NewInputBlock("what", plainText("What shall be done"), nil, verb),
		slack.NewInputBlock("how", plainText("Which source"), nil, slack.NewRadioButtonsBlockElement("source", choice("ad", "Corporate AD", "Connected"), choice("pay", "Payroll", "Delimited file"))),
		optional(slack.NewInputBlock("tell", plainText("Who shall be told"), nil, slack.NewCheckboxGroupsBlockElement("told", choice("owner", "The owner", ""), choice("manager", "Their manager", "")))),
		optional(slack.NewInputBlock("when", plainText("Last day"), nil, slack.NewDatePickerBlockElement("day"))),
		optional(slack.NewInputBlock("ticket", plainText("Ticket"), nil, slack.NewPlainTextInputBlockElement(plainText("HR-1042"), "number"))),
		slack.NewInputBlock("why", plainText("Reason"), nil, why),
	}
	return slack.ModalViewRequest{Type: slack.VTModal, CallbackID: "ask", Title: plainText("Ask for an account"), Submit: plainText("Ask"), Close: plainText("Cancel"),
		NotifyOnClose: true, Blocks: slack.Blocks{BlockSet: append(more, blocks...)}}
}

// notice is a window without fields.
func notice(text string) slack.ModalViewRequest {
	return slack.ModalViewRequest{Type: slack.VTModal, CallbackID: "ask", Title: plainText("Ask for an account"), Close: plainText("Close"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewSectionBlock(plainText(text), nil, nil)}}}
}

// open opens a window that loads, and fills it: a trigger lives three seconds.
func (a *formApp) open(trigger, reason string) {
	v, err := a.api.OpenView(trigger, notice("Loading …"))
	if err == nil {
		_, err = a.api.UpdateView(askForm(reason), "", v.Hash, v.ID)
	}
	if err != nil {
		a.t.Error(err)
	}
}

func (a *formApp) handle(e socketmode.Event) {
	if e.Request == nil || e.Request.EnvelopeID == "" {
		return
	}
	switch d := e.Data.(type) {
	case slack.SlashCommand:
		if d.Text == "silence" {
			return
		}
		_ = a.smc.Ack(*e.Request)
		a.open(d.TriggerID, d.Text)
	case slack.InteractionCallback:
		a.interact(e, d)
	default:
		_ = a.smc.Ack(*e.Request)
		if strings.Contains(string(e.Request.Payload), `"tab":"home"`) {
			a.home("U0REQUESTER", "2 requests of yours are open.")
		}
	}
}

func (a *formApp) interact(e socketmode.Event, d slack.InteractionCallback) {
	switch d.Type {
	case slack.InteractionTypeBlockSuggestion:
		_ = a.smc.Ack(*e.Request, suggestions(d.Value))
	case slack.InteractionTypeViewSubmission:
		if answer := a.answer(d); answer != nil {
			_ = a.smc.Ack(*e.Request, answer)
		} else {
			_ = a.smc.Ack(*e.Request)
		}
		a.submitted <- d
	case slack.InteractionTypeShortcut, slack.InteractionTypeMessageAction:
		_ = a.smc.Ack(*e.Request)
		a.open(d.TriggerID, d.Message.Text)
	case slack.InteractionTypeBlockActions:
		if d.ActionCallback.BlockActions[0].ActionID == "silence" {
			return
		}
		_ = a.smc.Ack(*e.Request)
		if d.View.Type == slack.VTHomeTab {
			a.home(d.User.ID, "Nothing is open any more.")
		}
	default:
		_ = a.smc.Ack(*e.Request)
	}
}

// suggestions offers accounts as a bot of ours does: what tells them apart under each, by source.
func suggestions(typed string) any {
	if strings.HasPrefix(typed, "zz") {
		return map[string]any{"options": []any{}}
	}
	return slack.OptionGroupsResponse{OptionGroups: []*slack.OptionGroupBlockObject{
		slack.NewOptionGroupBlockElement(plainText("Corporate AD"), choice("ad-1", typed+".doe", "Jane Doe · active"), choice("ad-2", typed+".dorsey", "Janet Dorsey · disabled")),
		slack.NewOptionGroupBlockElement(plainText("Payroll"), choice("pay-1", typed+".doe", "Jane Doe · active")),
	}}
}

// answer is what the form says to a reason.
func (a *formApp) answer(d slack.InteractionCallback) any {
	if d.View.CallbackID != "ask" {
		return nil
	}
	switch d.View.State.Values["why"]["reason"].Value {
	case "no":
		return slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "Say more.", "who": "That account is locked."})
	case "grow":
		v := askForm("", slack.NewSectionBlock(plainText("One more thing has to be known."), nil, nil))
		return slack.NewUpdateViewSubmissionResponse(&v)
	case "sure":
		v := notice("Shall it be done?")
		v.CallbackID, v.Submit = "sure", plainText("Do it")
		return slack.NewPushViewSubmissionResponse(&v)
	case "wait":
		<-a.hold
	}
	return nil
}

func (a *formApp) home(user, text string) {
	_, err := a.api.PublishView(user, slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewHeaderBlock(plainText("My requests")), slack.NewSectionBlock(plainText(text), nil, slack.NewAccessory(slack.NewButtonBlockElement("refresh", "", plainText("Look again")))),
		slack.NewDividerBlock(), slack.NewContextBlock("", plainText("Asked on Monday · waits for another person")),
	}}}, "")
	if err != nil {
		a.t.Error(err)
	}
}

// card posts a message with an approve button that asks first, and one that nobody answers.
func (a *formApp) card(text string) string {
	a.t.Helper()
	approve := slack.NewButtonBlockElement("approve", "r-1", plainText("Approve")).WithStyle(slack.StylePrimary).
		WithConfirm(slack.NewConfirmationBlockObject(plainText("Remove jane.doe?"), plainText("From Corporate AD, for good."), plainText("Yes, remove"), plainText("Not yet")))
	_, ts, err := a.api.PostMessage("C0APPROVALS", slack.MsgOptionText(text, false), slack.MsgOptionBlocks(
		slack.NewHeaderBlock(plainText("Remove account")), slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", text, false, false), nil, nil),
		slack.NewActionBlock("decide", approve, slack.NewButtonBlockElement("silence", fmt.Sprint(1), plainText("Never answered")))))
	require.NoError(a.t, err)
	return ts
}
