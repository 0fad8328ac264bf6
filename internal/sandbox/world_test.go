package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string) *World {
	t.Helper()
	w, err := New(Config{Dir: dir, Now: func() time.Time { return start }, BaseURL: "http://127.0.0.1:8080/"})
	require.NoError(t, err)
	return w
}

func newWorld(t *testing.T) *World {
	t.Helper()
	w := open(t, t.TempDir())
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	return w
}

// request is one as a program on this machine sends it.
func request(method, target, body string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host, r.RemoteAddr = "127.0.0.1:8080", "127.0.0.1:50000"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

func TestTheClockGoesForwardAndStaysForwardAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := open(t, dir)
	told := 0
	w.OnAdvance(func() { told++ })
	rec := serve(w.Handler(nil), request("POST", "/sandbox/v1/clock", `{"advance":"25h"}`))
	require.Equal(t, http.StatusOK, rec.Code, rec.Body)
	require.JSONEq(t, `{"now":"2026-05-05T10:00:00Z"}`, rec.Body.String())
	require.Equal(t, 1, told, "who waits for a time has to be told")
	require.NoError(t, w.Close())

	w = open(t, dir)
	defer func() { require.NoError(t, w.Close()) }()
	require.Equal(t, start.Add(25*time.Hour), w.Now())
	rec = serve(w.Handler(nil), request("GET", "/sandbox/v1/clock", ""))
	require.JSONEq(t, `{"now":"2026-05-05T10:00:00Z"}`, rec.Body.String())
}

func TestTheClockRefusesWhatIsNoTimeToComeAndStaysAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.Handler(nil)
	for _, body := range []string{``, `{}`, `{"advance":""}`, `{"advance":"-1h"}`, `{"advance":"0s"}`, `{"advance":"25"}`, `{"advance":25}`,
		`{"advance":"1000000h"}`, `{"advance":"1h","by":"me"}`, `[]`, `nonsense`} {
		rec := serve(h, request("POST", "/sandbox/v1/clock", body, "Content-Type", "application/json"))
		require.Equal(t, http.StatusBadRequest, rec.Code, body)
		require.Contains(t, rec.Body.String(), "not changed", body)
	}
	require.Equal(t, http.StatusMethodNotAllowed, serve(h, request("PUT", "/sandbox/v1/clock", `{}`)).Code)
	require.Equal(t, start, w.Now())
}

func TestASecondProcessIsRefusedTheSameDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := open(t, dir)
	defer func() { require.NoError(t, w.Close()) }()
	_, err := New(Config{Dir: dir})
	require.ErrorContains(t, err, "another sandbox is using")
}

func TestAnUnreadableDirectoryIsAnErrorAndNoPanic(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	_, err := New(Config{Dir: file})
	require.Error(t, err)
}

func TestTheEnvironmentIsAllThatServeNeeds(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, line := range newWorld(t).Environment() {
		key, value, ok := strings.Cut(line, "=")
		require.True(t, ok, line)
		require.NotContains(t, got, key)
		require.Regexp(t, `^[A-Z_]+=[A-Za-z0-9:/._-]+$`, line, "a shell takes the line as it is")
		got[key] = value
	}
	for key, want := range map[string]string{
		"SLACK_API_URL": "http://127.0.0.1:8080/api/", "SLACK_BOT_TOKEN": "xoxb-sandbox", "SLACK_APP_TOKEN": "xapp-sandbox",
		"SLACK_APPROVALS_CHANNEL": "C0APPROVALS", "APPROVERS": "S0APPROVERS", "DEFAULT_SYSTEM": "sailpoint",
		"SAILPOINT_BASE_URL": "http://127.0.0.1:8080/isc", "SAILPOINT_CLIENT_ID": "sandbox-client", "SAILPOINT_CLIENT_SECRET": "sandbox-secret",
		"ESYSTEMS_BASE_URL": "http://127.0.0.1:8080/esystems", "ESYSTEMS_CLIENT_ID": "sandbox-client", "ESYSTEMS_CLIENT_SECRET": "sandbox-secret",
		"MCP_LOCAL_PRINCIPAL": "slack:T0ACCTOPS:U0REQUESTER",
	} {
		require.Equal(t, want, got[key], key)
	}
	for _, key := range []string{"QUIET_TIME", "FOLLOW_FIRST", "FOLLOW_MAX", "VERIFY_EVERY", "SEND_TIMEOUT", "SLACK_POST_INTERVAL"} {
		d, err := time.ParseDuration(got[key])
		require.NoError(t, err, key)
		require.Positive(t, d, key)
	}
}

func TestTheCredentialsOfTheEnvironmentOpenTheWorld(t *testing.T) {
	t.Parallel()
	h := newWorld(t).Handler(nil)
	rec := serve(h, request("POST", "/api/auth.test", "", "Authorization", "Bearer "+botToken))
	require.Contains(t, rec.Body.String(), `"ok":true`)
	for _, path := range []string{"/isc/oauth/token", "/esystems/oAuth/rest/v2/Token"} {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}}
		rec := serve(h, request("POST", path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded"))
		require.Equal(t, http.StatusOK, rec.Code, rec.Body)
		require.Contains(t, rec.Body.String(), "access_token")
	}
}

// An id with "../" in it must reach the tenant as it was sent, escaped or not: no redirect, no cleaning, no unescaping. Otherwise
// a client that forgets to escape would look as if it had not.
func TestPathsReachTheTenantsAsTheyCame(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"/esystems/Endpoint/rest/api/v1/Account/base64%7C..%2F..%2F?Name=Username", "/isc/accounts/v1/%2e%2e%2f%2e%2E/remove",
		"/isc/accounts/v1/../x/remove", "/isc/accounts/v1//remove", "/esystems/Endpoint/./../../isc/accounts",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(newWorld(t).Handler(nil))
			t.Cleanup(server.Close)
			client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			req.URL.Opaque = "//" + req.URL.Host + path
			resp, err := client.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.NotContains(t, []int{301, 302, 307, 308}, resp.StatusCode)

			var got struct {
				Calls []struct{ Path, Query string }
			}
			system := strings.Split(path, "/")[1]
			resp, err = client.Get(server.URL + "/sandbox/v1/upstream/" + system + "/calls")
			require.NoError(t, err)
			require.NoError(t, json.NewDecoder(resp.Body).Decode(&got))
			require.NoError(t, resp.Body.Close())
			require.Len(t, got.Calls, 1)
			want, _, _ := strings.Cut(path, "?")
			require.Equal(t, want, got.Calls[0].Path)
		})
	}
}

func TestMCPIsASentenceWhereAccountopsRunsElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := serve(w.Handler(nil), request("POST", "/mcp", `{}`))
	require.Equal(t, http.StatusNotFound, rec.Code)
	require.Contains(t, rec.Body.String(), "Nothing was changed.")
	require.Equal(t, "application/json; charset=utf-8", rec.Header().Get("Content-Type"))

	mine := http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "mine") })
	require.Equal(t, "mine", serve(w.Handler(mine), request("POST", "/mcp", `{}`)).Body.String())
}

func TestSlacksURLsFollowTheBaseURL(t *testing.T) {
	t.Parallel()
	rec := serve(newWorld(t).Handler(nil), request("POST", "/api/apps.connections.open", "", "Authorization", "Bearer "+appToken))
	require.Contains(t, rec.Body.String(), "ws://127.0.0.1:8080/slack/socket")
}

func TestTheThingsToTryNameAccountsThatExist(t *testing.T) {
	t.Parallel()
	h := newWorld(t).Handler(nil)
	var got struct {
		Accounts []struct{ Name, SourceName string }
	}
	require.NoError(t, json.Unmarshal(serve(h, request("GET", "/sandbox/v1/upstream/isc/accounts", "")).Body.Bytes(), &got))
	tries := regexp.MustCompile(`/account remove (\S+) source="([^"]+)"`).FindAllStringSubmatch(serve(h, request("GET", "/js/try.js", "")).Body.String(), -1)
	require.Len(t, tries, 2)
	for _, try := range tries {
		found := 0
		for _, a := range got.Accounts {
			if a.Name == try[1] && a.SourceName == try[2] {
				found++
			}
		}
		require.Equal(t, 1, found, try[0])
	}
}
