package oauth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/oauth"
	"accountops/internal/oauth/oauthtest"
)

const audience = "https://accountops.example/mcp"

func TestASubjectIsItsPersonOrAStrangerOfItsIssuer(t *testing.T) {
	t.Parallel()
	i := oauthtest.New(t, audience, time.Now)
	o := oauth.New(oauth.Config{Issuer: i.URL, Audience: audience, People: map[string]executor.Principal{"riley": "slack:T0:URILEY"}})
	who, scopes, err := o.Recognise(t.Context(), i.Token(i.Good("riley", "openid accounts:read")))
	require.NoError(t, err)
	require.Equal(t, executor.Principal("slack:T0:URILEY"), who)
	require.Equal(t, []string{"openid", "accounts:read"}, scopes)
	for _, subject := range []string{"bao", "slack:T0:URILEY", "Riley", " riley"} {
		who, _, err = o.Recognise(t.Context(), i.Token(i.Good(subject, "")))
		require.NoError(t, err)
		require.Equal(t, executor.Principal("oauth:"+i.URL+"#"+subject), who)
		_, _, slack := who.Slack()
		require.False(t, slack, "no subject can call itself somebody in Slack")
	}
}

func TestManyAtOnceAskTheIssuerOnce(t *testing.T) {
	t.Parallel()
	i := oauthtest.New(t, audience, time.Now)
	o := oauth.New(oauth.Config{Issuer: i.URL, Audience: audience})
	var all sync.WaitGroup
	var good atomic.Int32
	for range 32 {
		all.Go(func() {
			if _, _, err := o.Recognise(t.Context(), i.Token(i.Good("riley", ""))); err == nil {
				good.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 32, good.Load())
	require.Equal(t, 2, i.Asked())
}

// An issuer's metadata may send us anywhere; keys that somebody on the way could replace are none.
func TestKeysComeByHTTPSAndFromWhereTheIssuerSays(t *testing.T) {
	t.Parallel()
	i := oauthtest.New(t, audience, time.Now)
	for name, keys := range map[string]string{"in the clear": "http://keys.example/keys", "elsewhere by a redirect": "REDIRECT", "nowhere": ""} {
		mux := http.NewServeMux()
		s := httptest.NewServer(mux)
		t.Cleanup(s.Close)
		if keys == "REDIRECT" {
			keys = s.URL + "/moved"
		}
		mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, s.URL, keys)
		})
		mux.Handle("/moved", http.RedirectHandler(i.URL+"/keys", http.StatusFound))
		o := oauth.New(oauth.Config{Issuer: s.URL, Audience: audience})
		_, _, err := o.Recognise(t.Context(), i.Token(oauthtest.With(i.Good("riley", ""), oauthtest.Claims{"iss": s.URL})))
		require.True(t, fault.Is(err, fault.Upstream), "%s: %v", name, err)
	}
}

func TestAnIssuerThatCallsItselfSomethingElseIsNotBelieved(t *testing.T) {
	t.Parallel()
	i := oauthtest.New(t, audience, time.Now)
	o := oauth.New(oauth.Config{Issuer: i.URL + "/", Audience: audience})
	_, _, err := o.Recognise(t.Context(), i.Token(i.Good("riley", "")))
	require.True(t, fault.Is(err, fault.Upstream), "%v", err)
}
