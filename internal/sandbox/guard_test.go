package sandbox

import (
	"crypto/sha256"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// controls are endpoints that change something, one of each builder's.
var controls = map[string]string{
	"/sandbox/v1/clock":               `{"advance":"25h"}`,
	"/sandbox/v1/slack/messages":      `{"user":"U0REQUESTER","channel":"C0HELPDESK1","text":"hello"}`,
	"/sandbox/v1/upstream/isc/faults": `{"method":"GET","path_prefix":"/","kind":"500","times":1}`,
}

func TestPoint9ControlAnswersThisMachineOnly(t *testing.T) {
	t.Parallel()
	h := newWorld(t).Handler(nil)
	for path, body := range controls {
		for name, spoil := range map[string]func(*http.Request){
			"another machine":    func(r *http.Request) { r.RemoteAddr = "192.0.2.7:4000" },
			"another machine, 6": func(r *http.Request) { r.RemoteAddr = "[2001:db8::1]:4000" },
			"no address":         func(r *http.Request) { r.RemoteAddr = "" },
			"another host":       func(r *http.Request) { r.Host = "sandbox.example:8080" },
			"a host that begins": func(r *http.Request) { r.Host = "127.0.0.1.example:8080" },
			"a host that ends":   func(r *http.Request) { r.Host = "evil-localhost" },
			"no host":            func(r *http.Request) { r.Host = "" },
			"another origin":     func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
			"another port":       func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:3000") },
			"a null origin":      func(r *http.Request) { r.Header.Set("Origin", "null") },
			"an https twin":      func(r *http.Request) { r.Header.Set("Origin", "https://127.0.0.1:8080") },
			"two origins":        func(r *http.Request) { r.Header["Origin"] = []string{"http://127.0.0.1:8080", "https://evil.example"} },
			"another site":       func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"a sister site":      func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		} {
			for _, method := range []string{"GET", "POST"} {
				r := request(method, path, body)
				spoil(r)
				require.Equal(t, http.StatusForbidden, serve(h, r).Code, "%s %s from %s", method, path, name)
			}
		}
	}
}

func TestControlAnswersItsOwnPageAndPrograms(t *testing.T) {
	t.Parallel()
	h := newWorld(t).Handler(nil)
	for path, body := range controls {
		for _, header := range [][]string{nil, {"Origin", "http://127.0.0.1:8080"}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}} {
			rec := serve(h, request("POST", path, body, header...))
			require.Equal(t, http.StatusOK, rec.Code, "%s %v: %s", path, header, rec.Body)
			require.Equal(t, "nosniff", rec.Header().Get("X-Content-Type-Options"))
		}
	}
	r := request("POST", "/sandbox/v1/clock", `{"advance":"1s"}`, "Origin", "http://localhost:8080")
	r.Host, r.RemoteAddr = "localhost:8080", "[::1]:4000"
	require.Equal(t, http.StatusOK, serve(h, r).Code)
}

// A form can send these kinds of content without asking first, and nothing else; a browser names its origin with it.
func TestPoint9APlainFormCannotControl(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.Handler(nil)
	for path, body := range controls {
		for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx"} {
			rec := serve(h, request("POST", path, body, "Content-Type", kind, "Origin", "http://127.0.0.1:8080"))
			require.Equal(t, http.StatusUnsupportedMediaType, rec.Code, "%s with %q", path, kind)
		}
	}
	require.Equal(t, start, w.Now())
}

func TestAHugeBodyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := serve(w.Handler(nil), request("POST", "/sandbox/v1/clock", `{"advance":`+strings.Repeat(" ", bodyCap)+`"1h"}`))
	require.Equal(t, http.StatusBadRequest, rec.Code)
	require.Equal(t, start, w.Now())
}

func TestThePageIsForThisMachineOnly(t *testing.T) {
	t.Parallel()
	h := newWorld(t).Handler(nil)
	require.Equal(t, http.StatusOK, serve(h, request("GET", "/", "")).Code)
	r := request("GET", "/", "")
	r.Host = "rebound.example"
	require.Equal(t, http.StatusForbidden, serve(h, r).Code)
	r = request("GET", "/", "")
	r.RemoteAddr = "192.0.2.7:4000"
	require.Equal(t, http.StatusForbidden, serve(h, r).Code)
}

// Only POST changes anything: every address is read in a world in which something has happened, and its directory stays as it is.
func TestReadingEveryAddressChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := open(t, dir)
	h := w.Handler(nil)
	for path, body := range controls {
		require.Equal(t, http.StatusOK, serve(h, request("POST", path, body)).Code, path)
	}
	paths := []string{
		"/", "/index.html", "/js/main.js", "/css/base.css", "/icon.svg", "/mcp", "/slack/hooks/x", "/slack/socket",
		"/sandbox/v1/clock", "/sandbox/v1/people", "/sandbox/v1/nothing", "/sandbox/v1",
		"/sandbox/v1/upstream/isc/calls", "/sandbox/v1/upstream/isc/accounts", "/sandbox/v1/upstream/isc/faults",
		"/sandbox/v1/upstream/isc/settings", "/sandbox/v1/upstream/isc/aggregate", "/sandbox/v1/upstream/isc/revoke",
		"/sandbox/v1/upstream/esystems/calls", "/sandbox/v1/upstream/esystems/accounts",
	}
	for _, name := range []string{
		"channels", "messages?channel=C0APPROVALS", "messages?channel=C0HELPDESK1&thread_ts=1", "ephemerals?user=U0REQUESTER", "views?user=U0REQUESTER",
		"home?user=U0REQUESTER", "dms?user=U0REQUESTER", "app", "usergroups", "users", "faults", "inspector", "changes?wait=0", "commands", "actions",
		"view_submissions", "suggestions", "view_closed", "shortcuts", "reload",
	} {
		paths = append(paths, "/sandbox/v1/slack/"+name)
	}
	before := digest(t, dir)
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD"} {
			rec := serve(h, request(method, path, ""))
			require.Less(t, rec.Code, 500, path)
			require.Equal(t, before, digest(t, dir), "%s %s changed the world", method, path)
		}
	}
	require.NoError(t, w.Close())
}

func digest(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		out[path] = sha256.Sum256(raw)
		return err
	}))
	return out
}
