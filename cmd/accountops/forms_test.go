package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// openForm opens the page on a world with the form app in it, and the app's form by its slash command.
func openForm(t *testing.T, width int64) (*page, *formApp) {
	t.Helper()
	chromium(t)
	a := newFormApp(t)
	p := openPage(t, a.site, width, 860)
	p.askFor("left on Friday")
	return p, a
}

// askFor types the form app's command, and waits for the form.
func (p *page) askFor(text string) {
	p.t.Helper()
	p.writes("#composer", "/helper "+text)
	p.keys("\r")
	p.formIsOpen()
}

func (p *page) formIsOpen() {
	p.t.Helper()
	p.until("the form, and the focus in its first field", `one("dialog:not(.below) .field-label", "Account") && document.activeElement.matches("dialog input[role=combobox]")`)
}

// writes puts text into a field, as somebody does who pastes it.
func (p *page) writes(css, text string) {
	p.t.Helper()
	p.until(css, "one("+quote(css)+", '')")
	eval[bool](p, fmt.Sprintf(`(() => { const el = one(%s, ""); el.focus(); el.value = %s; if (el.type !== "date") el.setSelectionRange(el.value.length, el.value.length);
		el.dispatchEvent(new InputEvent("input", { bubbles: true })); return true; })()`, quote(css), quote(text)))
}

// picks types into the type-ahead and takes the second thing that it offers, with the keyboard.
func (p *page) picks(typed string) {
	p.t.Helper()
	p.writes("dialog:not(.below) input[role=combobox]", "")
	p.keys(typed)
	p.reads("dialog [role=option]", "Janet Dorsey")
	p.keys(kb.ArrowDown + "\r")
	p.until("what was taken", `document.querySelector("dialog:not(.below) input[role=combobox]").value === "jan.dorsey"`)
}

// rest fills the other fields that have to be filled.
func (p *page) rest() {
	p.t.Helper()
	eval[bool](p, `(() => { const s = one("dialog:not(.below) select", ""); s.value = "remove"; s.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`)
	p.click("dialog:not(.below) .choice", "Payroll")
}

// errorAt gives the error that stands at the field with a label.
func (p *page) errorAt(label string) string {
	p.t.Helper()
	return eval[string](p, `one("dialog:not(.below) .field", `+quote(label)+`).querySelector(".field-error").textContent`)
}

// shot keeps a picture where ACCOUNTOPS_SHOTS names a directory.
func (p *page) shot(name string) {
	p.t.Helper()
	dir := os.Getenv("ACCOUNTOPS_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}

func TestInTheBrowserAFormWithATypeAheadIsFilledAndSent(t *testing.T) {
	t.Parallel()
	p, a := openForm(t, 1280)
	require.Equal(t, "left on Friday", eval[string](p, `document.querySelector("dialog textarea").value`))
	eval[bool](p, `one("dialog input[role=combobox]", "").focus() || true`)
	p.keys("jan")
	p.reads("dialog .options-group", "Payroll")
	p.reads("dialog [role=option]", "Janet Dorsey · disabled")
	p.until("how many there are to be read out, inside the form: what lies below is silent", `document.querySelector("dialog > .live").textContent === "3 results"`)
	p.shot("typeahead")
	p.keys(kb.ArrowDown + "\r")
	p.rest()
	p.click("dialog .choice", "Their manager")
	p.writes("dialog input[type=date]", "2026-03-31")
	p.writes("dialog .field:has(input[placeholder=HR-1042]) input", "HR-7")
	p.shot("form")
	p.keys("\r") // in a field of one line Enter sends
	got := (<-a.submitted).View.State.Values
	require.Equal(t, []string{"ad-2", "remove", "pay", "2026-03-31", "HR-7", "left on Friday"}, []string{got["who"]["account"].SelectedOption.Value,
		got["what"]["verb"].SelectedOption.Value, got["how"]["source"].SelectedOption.Value, got["when"]["day"].SelectedDate, got["ticket"]["number"].Value, got["why"]["reason"].Value})
	require.Len(t, got["tell"]["told"].SelectedOptions, 1)
	p.until("the form to close and the focus to go back", `!one("dialog", "") && document.activeElement.id === "composer"`)
}

func TestInTheBrowserAFormsMistakesStandAtTheirFields(t *testing.T) {
	t.Parallel()
	p, a := openForm(t, 1280)
	p.click("dialog [data-submit]", "")
	require.Equal(t, []string{"Please complete this required field.", ""}, []string{p.errorAt("Account"), p.errorAt("Reason")}, "found without asking the app")
	require.Empty(t, a.submitted)
	p.picks("jan")
	p.rest()
	p.writes("dialog textarea", "no")
	p.click("dialog [data-submit]", "")
	p.until("the app's words at the fields", `one("dialog .field-error", "Say more.") && one("dialog .field-error", "That account is locked.")`)
	require.Equal(t, []string{"That account is locked.", "Say more.", ""}, []string{p.errorAt("Account"), p.errorAt("Reason"), p.errorAt("Ticket")})
	p.until("the focus at the first mistake, which is told to be one", `document.activeElement.matches("input[role=combobox][aria-invalid=true]")`)
	require.Equal(t, "That account is locked.", eval[string](p, `document.activeElement.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent).filter((t) => t.includes("locked")).join()`))
	p.shot("errors")

	p.writes("dialog textarea", "grow")
	p.click("dialog [data-submit]", "")
	p.reads("dialog .b-text", "One more thing has to be known.")
	require.Equal(t, "jan.dorsey", eval[string](p, `one("dialog input[role=combobox]", "").value`), "what was filled in stays")
	require.Equal(t, "grow", eval[string](p, `one("dialog textarea", "").value`), "the app's new first value is no reason to lose what was typed")
	require.True(t, eval[bool](p, `one("dialog .choice", "Payroll").querySelector("input").checked && one("dialog select", "").value === "remove"`))
}

func TestInTheBrowserAWindowLiesOnAnotherAndEscapeTakesOneAway(t *testing.T) {
	t.Parallel()
	p, a := openForm(t, 1280)
	p.picks("jan")
	p.rest()
	p.writes("dialog textarea", "sure")
	p.click("dialog [data-submit]", "")
	p.reads("dialog .b-text", "Shall it be done?")
	require.Equal(t, 1, eval[int](p, `[...document.querySelectorAll("dialog")].filter((d) => d.checkVisibility({ visibilityProperty: true })).length`))
	p.shot("pushed")
	p.keys("\u001b")
	p.until("the form below", `!one("dialog", "Shall it be done?") && one("dialog:not(.below)", "What shall be done")`)
	require.Equal(t, "sure", eval[string](p, `one("dialog textarea", "").value`))

	p.writes("dialog textarea", "wait")
	p.click("dialog [data-submit]", "")
	p.until("a spinner until it is acknowledged", `one("dialog [data-submit][aria-busy=true]", "Ask")`)
	close(a.hold)
	p.until("the form to close", `!one("dialog", "")`)

	p.askFor("again")
	p.keys("jan")
	p.reads("dialog [role=option]", "Janet Dorsey")
	p.keys("\u001b")
	p.until("Escape to close the list alone", `!one("dialog [role=option]", "") && one("dialog", "What shall be done")`)
	p.keys("\u001b")
	p.until("the form to close and the focus to go back", `!one("dialog", "") && document.activeElement.id === "composer"`)
	var open struct{ Views []object }
	a.site.get("/sandbox/v1/slack/views?user=U0REQUESTER", &open)
	require.Empty(t, open.Views, "what was closed on the page is closed in Slack")
}

// Everything in a form has a name and the Tab key goes round in it, both ways and at both widths.
func TestInTheBrowserAFormIsUsableByKeyboardReaderAndPhone(t *testing.T) {
	t.Parallel()
	p, _ := openForm(t, 1280)
	for _, width := range []int64{1280, 390} {
		require.NoError(t, chromedp.Do(p.ctx, chromedp.EmulateViewport(width, 844)))
		require.Empty(t, eval[string](p, `all("dialog input, dialog select, dialog textarea, dialog button, dialog [role=radiogroup], dialog [role=group]").filter((el) =>
			!(el.labels?.length || el.getAttribute("aria-label") || document.getElementById(el.getAttribute("aria-labelledby"))?.textContent || (el.matches("button") && el.textContent.trim())))
			.map((el) => el.outerHTML.slice(0, 150)).join("\n")`), "something in the form has no name")
		require.LessOrEqual(t, eval[int](p, `Math.max(document.documentElement.scrollWidth, ...all("dialog, dialog *").map((el) => Math.ceil(el.getBoundingClientRect().right)))`), int(width))
		for _, key := range []string{"\t", "back"} {
			stops := map[string]bool{}
			for range 20 {
				if key == "\t" {
					p.keys(key)
				} else {
					require.NoError(t, chromedp.Do(p.ctx, chromedp.KeyEvent("\t", chromedp.KeyModifiers(chromedp.ModifierShift))))
				}
				require.True(t, eval[bool](p, `Boolean(document.activeElement.closest("dialog"))`), "the focus left the form")
				stops[eval[string](p, `document.activeElement.id || document.activeElement.textContent || document.activeElement.name`)] = true
			}
			require.GreaterOrEqual(t, len(stops), 9, "every control is reached: %v", stops)
		}
	}
	p.shot("narrow")
	p.picks("jan")
	p.shot("narrow-picked")
}
