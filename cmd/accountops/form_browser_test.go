package main

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// asks opens accountops' own form with what is typed behind the command.
func (p *page) asks(text string) {
	p.t.Helper()
	p.writes("#composer", "/account"+text)
	p.keys("\r")
	p.until("the form", `one("dialog [data-submit]", "Ask")`)
}

// dark has the page in the dark.
func (p *page) dark() {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		return err
	})))
}

// field finds what is filled in at a label of the open form.
func field(label, element string) string {
	return `one("dialog:not(.below) .field", ` + quote(label) + `).querySelector(` + quote(element) + `)`
}

func TestInTheBrowserAccountopsOwnFormIsFilledWithTypeAheadAndItsCardAndHomeFollow(t *testing.T) {
	t.Parallel()
	chromium(t)
	s := newSite(t)
	p := openPage(t, s, 1280, 900)
	p.asks("")
	p.shot("own-choose")
	eval[bool](p, `(() => { const s = one("dialog select", ""); s.value = "remove_account"; s.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`)
	p.reads("dialog .field-label", "Account")
	eval[bool](p, field("Account", "input[role=combobox]")+`.focus() || true`)
	p.keys("jane")
	p.reads("dialog [role=option]", "jane.doe")
	p.shot("own-typeahead")
	p.keys(kb.ArrowDown + "\r")
	p.click("dialog [data-submit]", "")
	p.reads("dialog .field-error", "")
	p.shot("own-errors")
	p.writes("dialog textarea", "left on Friday, HR-1042")
	p.shot("own-form")
	p.click("dialog [data-submit]", "")
	p.until("the form to close", `!one("dialog", "")`)
	s.card("jane.doe")
	p.click(".channels .side-item", "identity-approvals")
	p.reads("#timeline .message", "left on Friday, HR-1042")
	p.shot("own-card")
	require.Empty(t, s.changing("isc"))

	p.actAs("Amara Okafor")
	p.click(".side-item", "accountops Home")
	p.reads(".home", "Waiting for me")
	p.reads(".home", "jane.doe")
	p.shot("own-home-waiting")
	p.click(".channels .side-item", "identity-approvals")
	p.press("approve")
	p.until("the card without buttons", `!one("#timeline [data-action-id]", "")`)
	p.click(".thread-bar", "")
	p.reads(".side .message:last-of-type", "Done, verified")
	p.shot("own-verified")
	p.click(".side-item", "accountops Home")
	p.until("what was decided on Home, without a look again", `one(".home", "Recently decided").textContent.includes("verified")`)
	p.dark()
	p.shot("own-home-dark")
	require.NoError(t, chromedp.Do(p.ctx, chromedp.EmulateViewport(390, 844)))
	p.until("the drawer to be out of sight", `document.getAnimations().length === 0`)
	p.shot("own-home-narrow")
	require.Len(t, s.changing("isc"), 1)
}
