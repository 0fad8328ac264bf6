package upstream

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestAReadIsTriedAgainWhenThatMayHelp(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		first http.HandlerFunc
		calls int
		good  bool
	}{
		"429":                 {answers(429, jsonType, `{"message":" Rate Limit Exceeded "}`), 2, true},
		"500":                 {answers(500, jsonType, `{}`), 2, true},
		"502":                 {answers(502, "text/html", ``), 2, true},
		"503":                 {answers(503, jsonType, `{}`), 2, true},
		"504":                 {answers(504, jsonType, `{}`), 2, true},
		"reset":               {breaks(""), 2, true},
		"reset in the header": {breaks("HTTP/1.1 200 O"), 2, true},
		"reset in the body":   {breaks("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), 2, true},
		"401":                 {answers(401, jsonType, `{}`), 2, true},
		"400":                 {answers(400, jsonType, `{}`), 1, false},
		"403":                 {answers(403, jsonType, `{}`), 1, false},
		"404":                 {answers(404, jsonType, `{}`), 1, false},
		"501":                 {answers(501, jsonType, `{}`), 1, false},
		"204":                 {answers(204, "", ``), 1, false},
		"a page":              {answers(200, "text/html", `{}`), 1, false},
		"huge":                {answers(200, jsonType, `"`+strings.Repeat("x", maxRead)+`"`), 1, false},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, inTurn(test.first, ok))
			c := client(t, config(s.URL))
			a := c.Read(t.Context(), read(t, c))
			require.Equal(t, test.good, a.Err == nil, "%v", a.Err)
			require.Equal(t, test.calls, s.count())
			if !test.good {
				require.Contains(t, a.Err.Sentence, "could not be read")
			}
		})
	}
}

func TestAReadIsTriedSoOftenAndNoMore(t *testing.T) {
	t.Parallel()
	s := serve(t, answers(503, jsonType, `{}`))
	c := client(t, config(s.URL))
	a := c.Read(t.Context(), read(t, c))
	require.True(t, fault.Is(a.Err, fault.Upstream))
	require.Equal(t, 4, s.count())
}

func TestAReadDoesNotWaitLongerThanItsContext(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "9")
		answers(429, jsonType, `{}`)(w, r)
	})
	c := client(t, config(s.URL))
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	start := time.Now()
	a := c.Read(ctx, read(t, c))
	require.Less(t, time.Since(start), 4*time.Second)
	require.Equal(t, http.StatusTooManyRequests, a.Status)
	require.Equal(t, 1, s.count())
}

func TestASlowAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	s := serve(t, inTurn(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, ok))
	cfg := config(s.URL)
	cfg.Tuning.ReadTimeout = 100 * time.Millisecond
	c := client(t, cfg)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	require.Equal(t, 2, s.count())
}

func TestATokenNeverCrossesOrigins(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	otherName := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	to := func(target string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusFound)
		}
	}
	for _, target := range []string{other.URL, otherName, "//" + strings.TrimPrefix(other.URL, "http://"), "https://evil.example/", "ftp://evil.example"} {
		s := serve(t, to(target+"/x"))
		c := client(t, config(s.URL))
		a := c.Read(t.Context(), read(t, c))
		require.NotNil(t, a.Err)
		require.Zero(t, elsewhere.Load())
		require.Equal(t, 1, s.count())
	}
	s := serve(t, inTurn(to("/elsewhere"), ok))
	c := client(t, config(s.URL))
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err, "on the same origin it may")
	require.Equal(t, "Bearer canary-token-1", s.calls[1].Header.Get("Authorization"))

	s = serve(t, to("/accounts/v1/a1"))
	c = client(t, config(s.URL))
	require.NotNil(t, c.Read(t.Context(), read(t, c)).Err, "but not round and round")
	require.Equal(t, 4, s.count())
}

func TestAQueryIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	c := client(t, config(s.URL))
	r := read(t, c)
	r.Query = url.Values{"filters": {`name eq "a+b & ü=\"%"`}, "limit": {"250"}}
	require.Nil(t, c.Read(t.Context(), r).Err)
	require.Equal(t, r.Query, s.calls[0].URL.Query())
	require.NotContains(t, s.calls[0].URL.RawQuery, "+")
}

func TestAPauseDoublesAndIsDrawnFromTheGivenRandomness(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, drawn := range []float64{0, 0.5, 0.999} {
			cfg := config("https://acme.example")
			cfg.Tuning.Rand = func() float64 { return drawn }
			c := client(t, cfg)
			for n, most := range []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second, 5 * time.Second} {
				start := time.Now()
				require.NoError(t, c.pause(t.Context(), n+1, 3*time.Second))
				require.Equal(t, 3*time.Second+time.Duration(drawn*float64(most)), time.Since(start), "attempt %d", n+2)
			}
		}
	})
}

func TestReadsWritesAndEveryServiceShareOneBudget(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	cfg := config(s.URL)
	cfg.Tuning.Calls, cfg.Tuning.Per = 3, time.Hour
	c := client(t, cfg)
	require.Nil(t, c.Read(t.Context(), read(t, c)).Err)
	other, err := c.Base.Path("/task-status/v1")
	require.NoError(t, err)
	require.Nil(t, c.Read(t.Context(), Read{Path: other, What: "Nothing."}).Err)
	require.Equal(t, http.StatusOK, c.Write(t.Context(), removal(t, c)).Status)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, c.Read(ctx, read(t, c)).Err, "no time left")
	w := c.Write(ctx, removal(t, c))
	require.Equal(t, identity.NotSent, w.Outcome)
	require.Equal(t, 3, s.count())
}

func TestANullIsNoAnswer(t *testing.T) {
	t.Parallel()
	c := client(t, config("https://acme.example"))
	for _, body := range []string{"null", " null\n"} {
		var list []string
		require.True(t, fault.Is(c.Decode(Answer{Body: []byte(body)}, "The list could not be read.", &list), fault.Upstream), "it is not an empty list")
	}
	list := []string{}
	require.Nil(t, c.Decode(Answer{Body: []byte("[]")}, "", &list))
}

func TestAnOriginIsSchemeHostAndPort(t *testing.T) {
	t.Parallel()
	base, err := ParseBase("https://acme.example/isc")
	require.NoError(t, err)
	for other, same := range map[string]bool{
		"https://acme.example/elsewhere": true, "https://ACME.example:443/": true, "http://acme.example/isc": false, "https://acme.example:8443/isc": false,
		"https://acme.example.evil.example/": false, "https://sub.acme.example/": false, "https://me@acme.example/": false, "ftp://acme.example": false,
	} {
		u, err := url.Parse(other)
		require.NoError(t, err)
		require.Equal(t, same, sameOrigin(u, &base.url), other)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"3", "-1", "1e999", "NaN", "Inf", "0x10", "Fri, 31 Dec 9999 23:59:59 GMT", " 5 ", "１", "99999999999999999999"} {
		f.Add(seed, "Sat, 01 Aug 2026 12:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, after, date string) {
		d := retryAfter(http.Header{"Retry-After": {after}, "Date": {date}}, time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC))
		require.GreaterOrEqual(t, d, time.Duration(0))
		require.LessOrEqual(t, d, maxRest)
	})
}

func TestRetryAfterIsSecondsOrADateAndNeverAbsurd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for text, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, " 3 ": 3 * time.Second, "0": 0, "-5": 0, "0.5": 500 * time.Millisecond, "86400": maxRest, "1e300": maxRest, "Inf": maxRest,
		"NaN": 0, "soon": 0, date(4 * time.Second): 4 * time.Second, date(-time.Hour): 0, date(1000 * time.Hour): maxRest, "99999999999999999999": maxRest,
	} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {text}}, now), text)
	}
	theirs := http.Header{"Retry-After": {date(time.Hour + 2*time.Second)}, "Date": {date(time.Hour)}}
	require.Equal(t, 2*time.Second, retryAfter(theirs, now), "a date is by the clock of whoever wrote it")
}

func TestAllMistakesOfAConfigurationAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Config{System: "SailPoint", BaseURL: "http://me:" + canary + "@acme", Tuning: Tuning{Calls: -1}})
	require.True(t, fault.Is(err, fault.Invalid))
	e, _ := err.(*fault.Error) //nolint:errorlint // New returns it bare
	require.ErrorContains(t, err, "client_id: It is missing.", "for the log")
	noSecret(t, err.Error())
	var names []string
	for _, f := range e.Fields {
		names = append(names, f.Name)
		noSecret(t, f.Sentence)
	}
	require.Equal(t, []string{"base_url", "client_id", "client_secret", "tuning"}, names)
}
