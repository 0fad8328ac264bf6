package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

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
	p.reads(".side .message:last-of-type", "Done, verified")
	p.reads("#timeline .message", "Done, verified")
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
func TestInTheBrowserMarkupIsReadAsSlackReadsItAndItsReadingEnds(t *testing.T) {
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
		read(strings.Repeat(piece, 40_000/len(piece)))
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
