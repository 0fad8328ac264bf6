package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// clock is a time that tests move.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time                 { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration)        { c.offset.Add(int64(d)) }
func ok(w http.ResponseWriter, r *http.Request) { answers(200, jsonType, `{}`)(w, r) }

func read(t *testing.T, c *Client) Read {
	t.Helper()
	path, err := c.Base.Path("/accounts/v1/{}", "a1")
	require.NoError(t, err)
	return Read{Path: path, Query: url.Values{}, What: "The account could not be read."}
}

func TestManyCallsShareOneRenewal(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	c := client(t, config(s.URL))
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if a := c.Read(t.Context(), read(t, c)); a.Err != nil {
				t.Error(a.Err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, s.renewals())
	require.Equal(t, 40, s.count())
}

func TestATokenIsRenewedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	s, at := serve(t, ok), &clock{}
	cfg := config(s.URL)
	cfg.Tuning.Now = at.now
	c := client(t, cfg)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	at.advance(680 * time.Second) // of 749, and a minute before the end is not yet there
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	require.Equal(t, 1, s.renewals())
	at.advance(10 * time.Second)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err, "nobody waits for a renewal while the token is good")
	idle(t, c)
	require.Equal(t, 2, s.renewals())
	at.advance(2 * time.Hour)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	require.Equal(t, 3, s.renewals())
	require.Equal(t, "Bearer canary-token-3", s.calls[3].Header.Get("Authorization"), "one that is over is never used")
}

func TestNobodyWaitsForARenewalWhileTheTokenIsGood(t *testing.T) {
	t.Parallel()
	at, hangs, tokens := &clock{}, make(chan struct{}), atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/token" {
			if tokens.Add(1) > 1 {
				<-hangs
			}
			answers(200, jsonType, `{"access_token":"t","token_type":"bearer","expires_in":749}`)(w, r)
			return
		}
		ok(w, r)
	}))
	t.Cleanup(s.Close)
	release := sync.OnceFunc(func() { close(hangs) })
	t.Cleanup(release)
	cfg := config(s.URL)
	cfg.Tuning.Now, cfg.Tuning.ReadTimeout = at.now, time.Minute
	c := client(t, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.Nil(t, c.Read(ctx, read(t, c)).Err)
	at.advance(700 * time.Second)
	for range 3 {
		require.Nil(t, c.Read(ctx, read(t, c)).Err)
	}
	release()
	idle(t, c)
	require.EqualValues(t, 2, tokens.Load())
}

// idle waits until no renewal is under way.
func idle(t *testing.T, c *Client) {
	t.Helper()
	require.Eventually(t, func() bool {
		c.tokens.mu.Lock()
		defer c.tokens.mu.Unlock()
		return c.tokens.flight == nil
	}, time.Minute, time.Millisecond)
}

func TestARenewalThatFailsIsNotTriedByEveryCallWhileTheTokenIsGood(t *testing.T) {
	t.Parallel()
	s, at := serve(t, ok), &clock{}
	cfg := config(s.URL)
	cfg.Tuning.Now = at.now
	c := client(t, cfg)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	s.shut(true)
	at.advance(700 * time.Second)
	for range 10 {
		require.Nil(t, c.Read(t.Context(), read(t, c)).Err, "the old one is still good")
		idle(t, c)
	}
	require.Equal(t, 2, s.renewals())
	at.advance(breath)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	idle(t, c)
	require.Equal(t, 3, s.renewals())
	at.advance(49 * time.Second)
	require.NotNil(t, c.Read(t.Context(), read(t, c)).Err, "now it is over")
	require.Equal(t, 12, s.count(), "and nothing was sent with it")
	s.shut(false)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err, "without a token nobody waits")
}

func TestManyRefusalsOfOneTokenShareOneRenewal(t *testing.T) {
	t.Parallel()
	var first sync.WaitGroup
	first.Add(40)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer canary-token-1" {
			first.Done()
			first.Wait() // all of them hold the token before any is refused
			answers(401, jsonType, `{"error":"JWT validation failed: JWT is expired"}`)(w, r)
			return
		}
		ok(w, r)
	})
	c := client(t, config(s.URL))
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if a := c.Read(t.Context(), read(t, c)); a.Err != nil {
				t.Error(a.Err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 2, s.renewals())
	require.Equal(t, 80, s.count())
}

func TestATokenWithoutAnEndIsKeptUntilA401(t *testing.T) {
	t.Parallel()
	s, at := serve(t, inTurn(ok, ok, answers(401, jsonType, `{}`), ok)), &clock{}
	s.life = ""
	cfg := config(s.URL)
	cfg.Tuning.Now = at.now
	c := client(t, cfg)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	at.advance(1000 * time.Hour)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	require.Equal(t, 1, s.renewals())
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	require.Equal(t, 2, s.renewals())
	require.Equal(t, 4, s.count())
}

func TestASecondRefusalOfATokenIsTheEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, answers(401, jsonType, `{"error":"JWT validation failed"}`))
	c := client(t, config(s.URL))
	a := c.Read(t.Context(), read(t, c))
	require.ErrorContains(t, a.Err, "credentials")
	require.Equal(t, 2, s.count())
	require.Equal(t, 2, s.renewals())
}

func TestASecretIsReadAnewForEachToken(t *testing.T) {
	t.Parallel()
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/token" {
			got = append(got, r.Method+" "+r.FormValue("grant_type")+" "+r.PostFormValue("client_id")+" "+r.PostFormValue("client_secret"))
			answers(200, jsonType, `{"access_token":"t","token_type":"bearer"}`)(w, r)
			return
		}
		answers(401, jsonType, `{}`)(w, r)
	}))
	t.Cleanup(s.Close)
	cfg := config(s.URL)
	var n atomic.Int32
	cfg.Secret = func() (string, error) { return fmt.Sprintf("s%d", n.Add(1)), nil }
	c := client(t, cfg)
	require.Error(t, c.Read(t.Context(), read(t, c)).Err)
	require.Equal(t, []string{"POST client_credentials me s2", "POST client_credentials me s3"}, got, "s1 was only looked at")
}

func TestATokenRequestIsNotRedirectedAndItsErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	echo := func(status int, kind, format string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			answers(status, kind, fmt.Sprintf(format, string(body)+" "+canary))(w, r)
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"a redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"a refusal":      echo(401, jsonType, `{"error":"invalid_client","error_description":%q,"password":"canary-other"}`),
		"an error code":  echo(400, jsonType, `{"error":%q,"password":"canary-other"}`),
		"a page":         echo(403, "text/html", "<p>canary-other %s</p>"),
		"a form":         echo(200, "text/plain", "%s"),
		"no token":       echo(200, jsonType, `{"token_type":%q}`),
		"malformed":      echo(200, jsonType, `{"access_token":%s`),
		"breaks off":     breaks(""),
		"not HTTP":       breaks("HTTP/9 " + canary + "\r\n\r\n"),
		"a bad one":      answers(200, jsonType, `{"access_token":"canary\r\nX: y","token_type":"bearer"}`),
		"for now":        answers(503, jsonType, `{"error":"busy"}`),
		"too many calls": answers(429, jsonType, `{"error":"busy"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(answer)
			t.Cleanup(s.Close)
			c := client(t, config(s.URL))
			a := c.Read(t.Context(), read(t, c))
			require.NotNil(t, a.Err)
			noSecret(t, fmt.Sprintf("%v %+v %#v", a.Err, errors.Unwrap(a.Err), *a.Err))
			w := c.Write(t.Context(), removal(t, c))
			noSecret(t, fmt.Sprintf("%v %+v %#v", w.Err, errors.Unwrap(w.Err), *w.Err))
			require.Zero(t, elsewhere.Load())
		})
	}
}

// FuzzWords proves that what an upstream says is bounded, is text, and repeats neither our secret nor what is to be hidden.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{canary, "a" + canary + canary + "\xff", strings.Repeat("é", maxSaid), "canary-canary-secret-e3a1secret-e3a1", "+49 151", url.QueryEscape("s p&ce")} {
		f.Add(seed)
	}
	c, err := New(config("https://acme.example"))
	if err != nil {
		f.Fatal(err)
	}
	c.tokens.hide(canary, "s p&ce")
	f.Fuzz(func(t *testing.T, text string) {
		got := c.words(text, 100, []string{"+49 151", ""})
		require.LessOrEqual(t, len(got), 100+len("…"))
		require.True(t, utf8.ValidString(got))
		for _, hidden := range []string{canary, "s p&ce", url.QueryEscape("s p&ce"), "+49 151"} {
			require.NotContains(t, got, hidden)
		}
	})
}
