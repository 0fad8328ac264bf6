package slackbot

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/slackemu"
)

// posted is a request as Slack would send it at a time.
func posted(path, kind, body, secret string, at time.Time) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	stamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", slackemu.Sign(secret, stamp, []byte(body)))
	return r
}

const asForm = "application/x-www-form-urlencoded"

// overHTTP is a bot in HTTP mode that knows two secrets, at a given time.
func overHTTP(now func() time.Time, secrets ...string) *Bot {
	s := &Slack{team: team, log: quiet, now: now, cfg: Config{SigningSecrets: func() ([]string, error) { return secrets, nil }}}
	return New(s, idle{}, idle{}, idle{}, Options{Owner: "test", NewID: newID})
}

var signedAt = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func TestOnlyWhatSlackSignedJustNowIsTakenIn(t *testing.T) {
	t.Parallel()
	body := url.Values{"team_id": {team}, "user_id": {requester}, "trigger_id": {"1"}, "command": {"/account"}, "text": {"help"}}.Encode()
	ask := func(change func(r *http.Request)) *httptest.ResponseRecorder {
		r := posted(pathCommands, asForm, body, "new", signedAt)
		change(r)
		rw := httptest.NewRecorder()
		overHTTP(func() time.Time { return signedAt }, "new", "old").HTTP().ServeHTTP(rw, r)
		return rw
	}
	signed := func(secret string, at time.Time) func(*http.Request) {
		return func(r *http.Request) { r.Header = posted(pathCommands, asForm, body, secret, at).Header }
	}
	for name, change := range map[string]func(*http.Request){
		"as it is": func(*http.Request) {}, "the other live secret": signed("old", signedAt),
		"five minutes ago": signed("new", signedAt.Add(-5*time.Minute)), "in five minutes": signed("new", signedAt.Add(5*time.Minute)),
	} {
		rw := ask(change)
		require.Equal(t, 200, rw.Code, name)
		require.Contains(t, rw.Body.String(), "What you can type", name)
		require.Equal(t, "application/json; charset=utf-8", rw.Header().Get("Content-Type"))
	}
	for name, change := range map[string]func(*http.Request){
		"another secret": signed("wrong", signedAt), "no secret": signed("", signedAt),
		"301 s ago": signed("new", signedAt.Add(-301*time.Second)), "in 301 s": signed("new", signedAt.Add(301*time.Second)),
		"no signature":      func(r *http.Request) { r.Header.Del(headerSignature) },
		"no timestamp":      func(r *http.Request) { r.Header.Del(headerTimestamp) },
		"two signatures":    func(r *http.Request) { r.Header.Add(headerSignature, r.Header.Get(headerSignature)) },
		"two timestamps":    func(r *http.Request) { r.Header.Add(headerTimestamp, r.Header.Get(headerTimestamp)) },
		"another timestamp": func(r *http.Request) { r.Header.Set(headerTimestamp, strconv.FormatInt(signedAt.Unix()+1, 10)) },
		"a padded one":      func(r *http.Request) { r.Header.Set(headerTimestamp, "+"+r.Header.Get(headerTimestamp)) },
		"another version": func(r *http.Request) {
			r.Header.Set(headerSignature, strings.Replace(r.Header.Get(headerSignature), "v0", "v1", 1))
		},
		"a short signature": func(r *http.Request) { r.Header.Set(headerSignature, "v0=") },
		"another body":      func(r *http.Request) { r.Body = http.NoBody },
	} {
		rw := ask(change)
		require.Equal(t, http.StatusUnauthorized, rw.Code, name)
		require.NotContains(t, rw.Body.String(), "What you can type", name)
	}
}

func TestTheSizeOfARequestIsBoundedAndSoIsItsForm(t *testing.T) {
	t.Parallel()
	b := overHTTP(func() time.Time { return signedAt }, "new")
	for want, r := range map[int]*http.Request{
		http.StatusRequestEntityTooLarge: posted(pathCommands, asForm, strings.Repeat("a", readLimit+1), "new", signedAt),
		http.StatusBadRequest:            posted(pathCommands, "application/json", "{}", "new", signedAt),
		http.StatusNotFound:              posted("/slack/else", asForm, "", "new", signedAt),
		http.StatusMethodNotAllowed:      httptest.NewRequest(http.MethodGet, pathCommands, http.NoBody),
	} {
		rw := httptest.NewRecorder()
		b.HTTP().ServeHTTP(rw, r)
		require.Equal(t, want, rw.Code)
	}
}

func TestSlackIsAnsweredWhoWeAre(t *testing.T) {
	t.Parallel()
	b := overHTTP(func() time.Time { return signedAt }, "new")
	rw := httptest.NewRecorder()
	b.HTTP().ServeHTTP(rw, posted(pathEvents, "application/json", `{"type":"url_verification","challenge":"3eZbrw"}`, "new", signedAt))
	require.JSONEq(t, `{"challenge":"3eZbrw"}`, rw.Body.String())
	rw = httptest.NewRecorder()
	b.HTTP().ServeHTTP(rw, posted(pathEvents, "application/json", `{"type":"url_verification","challenge":"3eZbrw"}`, "wrong", signedAt))
	require.Equal(t, http.StatusUnauthorized, rw.Code)
	rw = httptest.NewRecorder()
	b.HTTP().ServeHTTP(rw, posted(pathCommands, asForm, "ssl_check=1&token=x", "new", signedAt))
	require.Equal(t, http.StatusOK, rw.Code)
}

func TestASigningSecretIsTakenUpWithoutARestart(t *testing.T) {
	t.Parallel()
	secrets, failure := []string{"new"}, error(nil)
	b := overHTTP(func() time.Time { return signedAt })
	b.slack.cfg.SigningSecrets = func() ([]string, error) { return secrets, failure }
	status := func(secret string) int {
		rw := httptest.NewRecorder()
		b.HTTP().ServeHTTP(rw, posted(pathCommands, asForm, "ssl_check=1", secret, signedAt))
		return rw.Code
	}
	require.Equal(t, http.StatusUnauthorized, status("newer"))
	secrets = []string{"newer", "new"}
	require.Equal(t, http.StatusOK, status("newer"))
	require.Equal(t, http.StatusOK, status("new"))
	secrets = []string{"newer", ""}
	require.Equal(t, http.StatusUnauthorized, status("new"))
	require.Equal(t, http.StatusUnauthorized, status(""), "an empty secret is none")
	failure = errors.New("the file is gone")
	require.Equal(t, http.StatusUnauthorized, status("newer"))
}

func TestInHTTPModeTheSocketsTokenIsNotNeededAndTheSecretIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := w.config()
	cfg.AppToken, cfg.SigningSecrets = "", func() ([]string, error) { return []string{signingSecret}, nil }
	_, err := Connect(t.Context(), cfg)
	require.NoError(t, err)
	cfg.SigningSecrets = func() ([]string, error) { return []string{""}, nil }
	_, err = Connect(t.Context(), cfg)
	require.ErrorContains(t, err, "SLACK_SIGNING_SECRET is empty")
}

func FuzzSignaturesNeverFallOverAndNothingUnsignedIsTakenIn(f *testing.F) {
	f.Add("v0=00", "1795867200", []byte("text=help"), pathCommands, asForm)
	f.Add("", "-9223372036854775808", []byte("payload={}"), pathInteractivity, asForm)
	f.Add("v0=", "9223372036854775807", []byte("{}"), pathEvents, "application/json")
	b := overHTTP(func() time.Time { return signedAt }, "a secret that nobody guesses")
	f.Fuzz(func(t *testing.T, sign, stamp string, body []byte, path, kind string) {
		r := httptest.NewRequest(http.MethodPost, pathCommands, bytes.NewReader(body))
		r.URL.Path = path
		r.Header[headerSignature], r.Header[headerTimestamp], r.Header["Content-Type"] = []string{sign}, []string{stamp}, []string{kind}
		rw := httptest.NewRecorder()
		b.HTTP().ServeHTTP(rw, r)
		require.NotEqual(t, http.StatusOK, rw.Code)
		own := posted(pathCommands, kind, string(body), "a secret that nobody guesses", signedAt)
		own.URL.Path = path
		b.HTTP().ServeHTTP(httptest.NewRecorder(), own)
	})
}
