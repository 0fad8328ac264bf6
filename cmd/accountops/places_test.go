package main

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestInTheBrowserTheHomeTabDirectMessagesAndShortcutsWork(t *testing.T) {
	t.Parallel()
	chromium(t)
	a := newFormApp(t)
	p := openPage(t, a.site, 1280, 860)
	p.click(".side-item", "helper Home")
	p.reads(".home .b-text", "2 requests of yours are open.")
	p.shot("home")
	p.click(".home button", "Look again")
	p.reads(".home .b-text", "Nothing is open any more.")

	p.click(".directs .side-item", "helper")
	p.reads("#channel-head h2", "helper")
	p.writes("#composer", "hello there")
	p.keys("\r")
	p.reads("#timeline .message", "hello there")
	_, _, err := a.api.PostMessage("U0REQUESTER", slack.MsgOptionText("Your request was *done*.", false))
	require.NoError(t, err)
	p.reads("#timeline .message", "Your request was done.")
	p.until("it to be read out", `document.getElementById("live").textContent.includes("Your request was")`)

	p.click(".channels .side-item", "identity-approvals")
	eval[bool](p, `one(".shortcut-button", "").focus() || true`)
	p.keys("\r")
	p.until("the menu", `document.activeElement.matches("[role=menuitem]") && document.activeElement.textContent === "Ask for an account"`)
	p.shot("shortcuts")
	p.keys("\r")
	p.formIsOpen()
	p.keys("\u001b")
	p.until("the form to close", `!one("dialog", "")`)

	a.card("Remove jane.doe, who left")
	p.reads("#timeline .message", "who left")
	eval[bool](p, `one("#timeline .message", "who left").querySelector(".message-tools button:last-child").click() || true`) // at once: a message may be drawn anew at any moment
	p.formIsOpen()
	require.Equal(t, "Remove jane.doe, who left", eval[string](p, `one("dialog textarea", "").value`), "a message shortcut knows its message")
}

func TestInTheBrowserAnAppThatDoesNotAnswerIsToldInSlacksWords(t *testing.T) {
	t.Parallel()
	chromium(t)
	a := newFormApp(t)
	p := openPage(t, a.site, 1280, 860)
	p.click(".channels .side-item", "identity-approvals")
	a.card("Remove jane.doe <!here> <!subteam^S0APPROVERS>")
	p.reads("#timeline .chip-broadcast", "@here would notify 5 people")
	p.reads("#timeline .chip-group", "would notify 2 people")
	p.shot("card")

	p.click("#timeline [data-action-id=silence]", "")
	p.until("a spinner", `one("#timeline [data-action-id=silence][aria-busy=true]", "")`)
	p.reads(".toast", "This app didn't respond in time")
	require.True(t, eval[bool](p, `one(".toast", "").getBoundingClientRect().bottom < one(".composer", "").getBoundingClientRect().top`), "it covers no composer")
	p.until("the spinner to end", `!one("#timeline [data-action-id=silence][aria-busy=true]", "")`)
	p.writes("#composer", "/helper silence")
	p.keys("\r")
	p.reads(".message.ephemeral", `/helper failed with the error "operation_timeout"`)
	p.reads(".message.ephemeral .only-you", "Only visible to you")
	p.shot("failure")

	p.askFor("left")
	a.site.post("/sandbox/v1/slack/faults", object{"kind": "lost_ack", "method": "interactive"})
	eval[bool](p, `one("dialog input[role=combobox]", "").focus() || true`)
	p.keys("jan")
	p.reads("dialog .options-note", "Couldn't load options")
	p.picks("jan")
	p.rest()
	a.site.post("/sandbox/v1/slack/faults", object{"kind": "lost_ack", "method": "interactive"})
	p.click("dialog [data-submit]", "")
	p.reads("dialog .view-problem", "We had some trouble connecting. Try again?")
	p.keys("\u001b")

	p.click("[role=tab]", "Inspector")
	p.reads(".inspector .ack.good", "ms")
	p.reads(".inspector .status", "operation_timeout")
	p.shot("inspector")
}

func TestInTheBrowserAConfirmationAsksFirst(t *testing.T) {
	t.Parallel()
	chromium(t)
	a := newFormApp(t)
	p := openPage(t, a.site, 1280, 860)
	require.NoError(t, chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		return err
	})))
	p.click(".channels .side-item", "identity-approvals")
	a.card("Remove jane.doe")
	envelopes := func() int {
		var log struct{ Entries []object }
		a.site.get("/sandbox/v1/slack/inspector", &log)
		n := 0
		for _, e := range log.Entries {
			if e["kind"] == "envelope" {
				n++
			}
		}
		return n
	}
	before := envelopes()
	p.click("#timeline [data-action-id=approve]", "")
	p.reads("dialog h2", "Remove jane.doe?")
	p.shot("dark-confirm")
	p.click("dialog [data-confirm=no]", "Not yet")
	p.until("the focus on the button again", `!one("dialog", "") && document.activeElement.dataset.actionId === "approve"`)
	require.Equal(t, before, envelopes(), "nobody was told")
	p.press("approve")
	p.until("the end of the spinner", `!one("dialog", "") && !one("#timeline [aria-busy=true]", "")`)
	require.Equal(t, before+1, envelopes())
	p.askFor("left on Friday")
	p.keys("jan")
	p.reads("dialog [role=option]", "Janet Dorsey")
	p.shot("dark-form")
}
