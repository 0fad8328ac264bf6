package web

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func get(t *testing.T, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	Handler().ServeHTTP(rec, httptest.NewRequest(method, target, nil))
	return rec
}

// files gives every file of the page with what is in it.
func files(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, fs.WalkDir(static, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := static.ReadFile(name)
		out[strings.TrimPrefix(name, "static/")] = string(raw)
		return err
	}))
	return out
}

func TestEveryFileIsServedWithItsKindAndTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	for name := range files(t) {
		rec := get(t, http.MethodGet, "/"+name)
		require.Equal(t, http.StatusOK, rec.Code, name)
		require.Equal(t, kinds[path.Ext(name)], rec.Header().Get("Content-Type"), name)
		csp := rec.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			require.Contains(t, csp, part)
		}
		require.NotContains(t, csp, "unsafe")
		require.Equal(t, "nosniff", rec.Header().Get("X-Content-Type-Options"))
	}
	require.Equal(t, get(t, http.MethodGet, "/index.html").Body.String(), get(t, http.MethodGet, "/").Body.String())
}

func TestThePageCanOnlyBeRead(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		require.Equal(t, http.StatusMethodNotAllowed, get(t, method, "/").Code, method)
	}
}

func TestWhatIsNotThePageIsNotServed(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/web.go", "/static/index.html", "/js", "/js/", "/../web.go", "/..%2fweb.go", "/js/%2e%2e/index.html", "/index.html/", "//index.html"} {
		rec := get(t, http.MethodGet, target)
		require.Equal(t, http.StatusNotFound, rec.Code, target)
		require.NotEmpty(t, rec.Header().Get("Content-Security-Policy"), target)
	}
}

// What people and identity systems write must never become markup, and the page must work without any other machine.
func TestThePageNeverMakesMarkupOfTextAndLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	markup := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function|setTimeout\(\s*["'` + "`]" + `|srcdoc`)
	elsewhere := regexp.MustCompile(`(?i)(src|href)\s*=\s*["']?(https?:)?//|@import|url\(\s*["']?(https?:)?//|\bfrom\s+["'](https?:)?//`)
	inline := regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]|<style|\son[a-z]+\s*=|\sstyle\s*=|javascript:`)
	for name, text := range files(t) {
		require.False(t, markup.MatchString(text), "%s: %s", name, markup.FindString(text))
		if path.Ext(name) != ".svg" {
			require.False(t, elsewhere.MatchString(text), "%s: %s", name, elsewhere.FindString(text))
		}
		if path.Ext(name) == ".html" {
			require.False(t, inline.MatchString(text), "%s: %s", name, inline.FindString(text))
		}
		require.LessOrEqual(t, strings.Count(text, "\n"), 300, name)
	}
}

// A module that is not there shows only in a browser: every import must name a file.
func TestEveryImportNamesAFile(t *testing.T) {
	t.Parallel()
	all := files(t)
	imports := regexp.MustCompile(`from "\./([a-z]+\.js)"`)
	exports := regexp.MustCompile(`import \{ ([^}]+) \} from "\./([a-z]+\.js)"`)
	for name, text := range all {
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			require.Contains(t, all, "js/"+m[1], name)
		}
		for _, m := range exports.FindAllStringSubmatch(text, -1) {
			for what := range strings.SplitSeq(m[1], ", ") {
				found := regexp.MustCompile(`export (async )?(function|const|class) ` + regexp.QuoteMeta(what) + `\b`)
				require.True(t, found.MatchString(all["js/"+m[2]]), "%s imports %s from %s", name, what, m[2])
			}
		}
	}
}
