package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// chromium finds a browser, or skips the test with what would make it run.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("skipped: there is no Chromium. Install it (Debian: apt-get install chromium) or name its path in CHROMIUM")
	return ""
}

// browser starts a headless Chromium of its own, with a fresh profile, that ends with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // a browser that is gone already is as good
		cancel()
	})
	return ctx
}

// page is one tab of the sandbox's page.
type page struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex
	errors []string // what the browser complained about: exceptions, and whatever its content security policy stopped
}

// openPage opens the page, and fails the test at its end when the browser has complained.
func openPage(t *testing.T, s *site, width, height int64) *page {
	t.Helper()
	p := &page{t: t, ctx: browser(t)}
	messages := chromedp.Console(p.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleException || m.Type == chromedp.ConsoleError {
				p.mu.Lock()
				p.errors = append(p.errors, m.Text)
				p.mu.Unlock()
			}
		}
	}()
	require.NoError(t, chromedp.Do(p.ctx, chromedp.EmulateViewport(width, height), chromedp.Navigate(s.base)))
	p.until("the page", `document.querySelectorAll(".side-item.on").length >= 2`)
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		require.Empty(t, p.errors, "the browser complained")
	})
	return p
}

// helpers are what every script in a page may use: shown elements by selector and words.
const helpers = `
	const shown = (el) => el.getClientRects().length > 0;
	const all = (css, words = "", root = document) => [...root.querySelectorAll(css)].filter((el) => shown(el) && el.textContent.includes(words));
	const one = (css, words) => all(css, words)[0];
`

func eval[T any](p *page, script string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T]("(() => {"+helpers+" return "+script+"})()", chromedp.EvalAwaitPromise))
	require.NoError(p.t, err, script)
	return v
}

// until looks again and again until a condition holds.
func (p *page) until(what, condition string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if eval[bool](p, "Boolean("+condition+")") {
			return
		}
	}
	p.t.Log(eval[string](p, "document.body.innerText"))
	require.Fail(p.t, "waited in vain for "+what)
}

// click waits for a shown element with these words and clicks it.
func (p *page) click(css, words string) {
	p.t.Helper()
	find := fmt.Sprintf("one(%s, %s)", quote(css), quote(words))
	p.until(css+" "+words, find)
	eval[bool](p, find+".click() || true")
}

// reads waits until an element is shown that holds these words.
func (p *page) reads(css, words string) {
	p.t.Helper()
	p.until(css+" that says "+words, fmt.Sprintf("one(%s, %s)", quote(css), quote(words)))
}

// keys types into whatever has the focus.
func (p *page) keys(text string) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, chromedp.KeyEvent(text)))
}

func (p *page) actAs(name string) {
	p.t.Helper()
	p.click(".person", name)
	p.reads(".channel-head .members", name)
}

// press clicks a button of the first card that has one, and says yes to what it asks.
func (p *page) press(action string) {
	p.t.Helper()
	p.click("#timeline [data-action-id^="+action+"]", "")
	p.click("dialog [data-confirm=yes]", "")
}

// screenshot writes a picture of the page to the path in an environment variable, where there is one: the README's is made so.
func (p *page) screenshot(variable string) {
	p.t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		return
	}
	require.NoError(p.t, chromedp.Do(p.ctx, chromedp.EmulateViewport(1400, 1080), chromedp.Sleep(1500*time.Millisecond))) // what is new fades
	eval[bool](p, `document.activeElement.blur() || document.querySelectorAll(".timeline, .side-scroll").forEach((el) => el.scrollTo(0, 1e6)) || true`)
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(path, png, 0o600))
}

func quote(s string) string {
	raw, _ := json.Marshal(s) // a string always becomes JSON
	return string(raw)
}

func TestInTheBrowserASlashCommandEndsVerified(t *testing.T) {
	t.Parallel()
	chromium(t)
	s := newSite(t)
	p := openPage(t, s, 1280, 860)
	p.click("button", "Put into the composer")
	p.until("the composer", `document.activeElement.id === "composer" && document.activeElement.value.startsWith("/account remove jane.doe")`)
	p.keys("\r")
	p.reads(".message.ephemeral", "Nothing has been changed yet")
	p.reads("#timeline .message", "left on Friday, HR-1042")

	p.press("approve")
	p.reads(".message.ephemeral", "another person has to decide")
	require.Empty(t, s.changing("isc"), "nothing leaves on the requester's own click")

	p.actAs("Amara Okafor")
	p.until("an ephemeral of somebody else's to be out of sight", `!one(".message.ephemeral", "another person")`)
	p.press("approve")
	p.until("the card without buttons", `!one("#timeline [data-action-id]", "")`)
	p.click(".thread-bar", "")
	p.reads(".side .message:last-of-type", "verified")
	p.reads("#timeline .message", "verified")
	p.screenshot("ACCOUNTOPS_PAGE_PNG")

	p.click("[role=tab]", "Identity systems")
	p.reads("[data-system=isc] .tally", "1 call that could change something")
	p.reads("[data-system=isc] tr.writes", "/remove")
	p.reads("[data-system=esystems] .tally", "0 calls")
	p.click("[role=tab]", "Inspector")
	p.reads(".ack.good", "ack")
	require.Len(t, s.changing("isc"), 1)
}

func TestInTheBrowserAnAssistantAsksAndSomebodyDenies(t *testing.T) {
	t.Parallel()
	chromium(t)
	s := newSite(t)
	p := openPage(t, s, 1280, 860)
	p.click("button", "Open in the console")
	p.reads(".tool-card h2", "Remove account")
	p.click("[data-run]", "")
	s.card("jane.doe")
	p.click("[role=tab]", "Slack")
	p.actAs("Sven Lindqvist")
	p.click("#timeline [data-action-id^=deny]", "")
	p.reads("dialog h2", "")
	p.click("dialog textarea, dialog input[type=text]", "")
	eval[bool](p, `one("dialog textarea, dialog input[type=text]").focus() || true`)
	p.click("dialog [data-submit]", "")
	p.reads("dialog .field-error", "Please complete this required field.")
	p.keys("wrong Jane, ask HR")
	p.click("dialog [data-submit]", "")
	p.until("the form to close", `!document.querySelector("dialog")`)
	p.reads("#timeline .message", "wrong Jane, ask HR")

	p.click("[role=tab]", "Assistant console")
	p.reads(".result", "denied")
	require.Empty(t, s.changing("isc"))
}

func TestInTheBrowserWhatPeopleWriteStaysText(t *testing.T) {
	t.Parallel()
	chromium(t)
	s := newSite(t)
	p := openPage(t, s, 1280, 860)
	hostile := `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script> <!channel> <javascript:alert(1)|here> &lt;b&gt;`
	status, answer := s.post("/sandbox/v1/slack/messages", object{"user": s.who["bystander"], "channel": s.chat["identity-approvals"], "text": hostile})
	require.Equal(t, 200, status, "%v", answer)
	p.reads("#timeline .message", `<img src=x onerror="document.title='owned'">`)
	p.reads("#timeline .chip-broadcast", "would notify 5 people")
	s.postAsBot(hostile)
	p.reads("#timeline .message", "here <b>") // an entity is one character, and a link that may not be followed is its words
	require.Zero(t, eval[int](p, `document.querySelectorAll("#timeline img, #timeline script, #timeline b, #timeline a[href^='javascript']").length`))
	require.Equal(t, "accountops sandbox", eval[string](p, "document.title"))
}

// How Slack reads its markup, and that a text made to be slow to read is not.
func TestInTheBrowserMarkupIsReadAsSlackReadsItAndQuickly(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := openPage(t, newSite(t), 1280, 860)
	read := func(text string) string {
		return eval[string](p, `(async () => {
			const { mrkdwn } = await import("/js/mrkdwn.js");
			const world = { person: () => null, channel: () => null, group: () => null, audience: () => 3 };
			const root = document.createElement("div");
			root.append(...mrkdwn(`+quote(text)+`, world));
			return root.innerHTML;
		})()`)
	}
	for text, want := range map[string]string{
		"*bold _both_* x":             "<strong>bold <em>both</em></strong> x",
		"a*b*c snake_case_name * no*": "a*b*c snake_case_name * no*",
		"_a_, ~b~. *x*y":              "<em>a</em>, <s>b</s>. *x*y",
		"`c *d*` **":                  `<code class="code">c *d*</code> **`,
		"*a\nb*":                      "*a<br>b*",
		"&lt;b&gt; &amp;lt;":          "&lt;b&gt; &amp;lt;",
		"<javascript:x|go>":           "<span>go</span>",
		"> a\n> b\nc":                 `<blockquote class="quote">a<br>b</blockquote>c`,
		"```*x*```":                   `<pre class="pre"><code>*x*</code></pre>`,
		"<!channel>":                  `<span class="chip chip-broadcast">@channel<span class="notify"> would notify 3 people</span></span>`,
	} {
		require.Equal(t, want, read(text), text)
	}
	for _, piece := range []string{"*a ", "*_~", "`", "<", ":a", "> a\n", "```", "http://"} {
		began := time.Now()
		read(strings.Repeat(piece, 40_000/len(piece)))
		require.Less(t, time.Since(began), 5*time.Second, "%q, again and again", piece)
	}
}

// postAsBot posts a message the way an app does that escapes nothing.
func (s *site) postAsBot(text string) {
	s.t.Helper()
	form := url.Values{"token": {"xoxb-sandbox"}, "channel": {s.chat["identity-approvals"]}, "text": {text}}
	res, err := http.PostForm(s.base+"/api/chat.postMessage", form)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Body.Close())
}

// Everything that can be used has a name, nothing is wider than the screen, and the keyboard gets everywhere.
func TestInTheBrowserThePageIsUsableByKeyboardReaderAndPhone(t *testing.T) {
	t.Parallel()
	chromium(t)
	s := newSite(t)
	s.command("requester", removeJane)
	s.card("jane.doe")
	p := openPage(t, s, 1280, 860)
	nameless := `all("button, a, input, select, textarea, [role=tab]").filter((el) => !(el.getAttribute("aria-label") || el.labels?.length ||
		el.getAttribute("aria-labelledby") || (el.matches("button, a, [role=tab]") && el.textContent.trim()))).map((el) => el.outerHTML.slice(0, 120)).join("\n")`
	for _, width := range []int64{1280, 390} {
		require.NoError(t, chromedp.Do(p.ctx, chromedp.EmulateViewport(width, 844)))
		for _, tab := range []string{"slack", "console", "systems", "inspector"} {
			eval[bool](p, fmt.Sprintf(`document.getElementById("tab-%s-button").click() || true`, tab))
			p.until(tab, fmt.Sprintf(`!document.getElementById("tab-%s").hidden`, tab))
			require.Empty(t, eval[string](p, nameless), "%s at %d has things without a name", tab, width)
			wide := eval[int](p, "document.documentElement.scrollWidth")
			require.LessOrEqual(t, wide, int(width), "%s at %d is wider than the screen", tab, width)
		}
	}
	require.NoError(t, chromedp.Do(p.ctx, chromedp.EmulateViewport(1280, 844)))
	eval[bool](p, `document.getElementById("tab-slack-button").click() || document.getElementById("composer").focus() || true`)
	p.keys("/acc")
	p.reads(".composer [role=option]", "/account")
	p.keys("\t")
	p.reads(".composer [role=option]", "remove")
	p.keys("rem\t")
	require.Equal(t, "/account remove ", eval[string](p, `document.getElementById("composer").value`))
	require.True(t, strings.HasPrefix(eval[string](p, `document.activeElement.id`), "composer"), "the focus stays in the composer")
}
