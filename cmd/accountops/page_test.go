package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// chromium finds a browser, or skips the test with what would make it run. Where CHROMIUM_REQUIRED is set, as in CI, that is a failure.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	if os.Getenv("CHROMIUM_REQUIRED") != "" {
		require.Fail(t, "there is no Chromium, and CHROMIUM_REQUIRED says that the browser tests must run")
	}
	t.Skip("skipped: there is no Chromium. Install it (Debian: apt-get install chromium) or name its path in CHROMIUM")
	return ""
}

// browser starts a headless Chromium of its own, with a fresh profile, that ends with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...) // it outlives the test by what cleanups look at
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
				if s.apart && strings.Contains(m.Text, "404") { // without accountops there is no MCP to learn the verbs from
					continue
				}
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
		require.NotRegexp(t, `\bundefined\b|\bNaN\b|\[object `, eval[string](p, "document.body.textContent"), "something stands on the page without its value")
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

// until looks again and again until a condition holds. Focus and what stands in a field are told by no event of the document, so
// that there is nothing to wait for instead.
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
