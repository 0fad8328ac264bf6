package upstream

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
)

const jsonType = "application/json"

func removal(t *testing.T, c *Client) Write {
	t.Helper()
	path, err := c.Base.Path("/accounts/v1/{}/remove", "a1")
	require.NoError(t, err)
	return Write{
		Method: http.MethodPost, Path: path, What: "The account was not removed.", Want: http.StatusAccepted,
		Task: func(body []byte) (string, error) {
			var raw struct {
				ID string `json:"id"`
			}
			if err := Decode(body, &raw); err != nil {
				return "", err
			}
			if raw.ID == "" {
				return "", errors.New("no id")
			}
			return raw.ID, nil
		},
	}
}

func TestEveryAnswerToAWriteHasOneOutcomeAndTheCallLeavesOnce(t *testing.T) {
	t.Parallel()
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	redirect := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.URL.Path+"/again")
			w.WriteHeader(status)
		}
	}
	cases := map[string]struct {
		answer http.HandlerFunc
		want   identity.Outcome
	}{
		"the promised body":             {answers(202, jsonType, `{"id":"t1"}`), identity.Accepted},
		"no content type":               {answers(202, "", `{"id":"t1","name":null}`), identity.Accepted},
		"another success":               {answers(200, jsonType, `{"id":"t1"}`), identity.Unclear},
		"no content":                    {answers(204, "", ""), identity.Unclear},
		"no body":                       {answers(202, jsonType, ""), identity.Unclear},
		"no id":                         {answers(202, jsonType, `{}`), identity.Unclear},
		"null":                          {answers(202, jsonType, `null`), identity.Unclear},
		"wrongly typed":                 {answers(202, jsonType, `{"id":7}`), identity.Unclear},
		"an array":                      {answers(202, jsonType, `[{"id":"t1"}]`), identity.Unclear},
		"a doubled key":                 {answers(202, jsonType, `{"id":"t1","id":"t2"}`), identity.Unclear},
		"a key doubled in another case": {answers(202, jsonType, `{"id":"t1","ID":"t2"}`), identity.Unclear},
		"malformed":                     {answers(202, jsonType, `{"id":"t1"`), identity.Unclear},
		"two values":                    {answers(202, jsonType, `{"id":"t1"}{"id":"t2"}`), identity.Unclear},
		"huge":                          {answers(202, jsonType, `{"id":"t1","x":"`+strings.Repeat("x", maxWritten)+`"}`), identity.Unclear},
		"huge, of nothing":              {answers(202, jsonType, `{"id":"t1"}`+strings.Repeat(" ", maxWritten)), identity.Unclear},
		"a page":                        {answers(202, "text/html", `{"id":"t1"}`), identity.Unclear},
		"truncated":                     {breaks("HTTP/1.1 202 Accepted\r\nContent-Length: 90\r\n\r\n{\"id\":\"t1\"}"), identity.Unclear},
		"reset before the answer":       {breaks(""), identity.Unclear},
		"reset in the headers":          {breaks("HTTP/1.1 202 Acc"), identity.Unclear},
		"not HTTP":                      {breaks("\x15\x03\x01\x00\x02\x02\x28"), identity.Unclear},
		"a timeout":                     {hang, identity.Unclear},
		"400":                           {answers(400, jsonType, `{}`), identity.Refused},
		"403":                           {answers(403, "", ``), identity.Refused},
		"404":                           {answers(404, jsonType, `{}`), identity.Refused},
		"409":                           {answers(409, jsonType, `{}`), identity.Refused},
		"429":                           {answers(429, jsonType, `{}`), identity.Refused},
		"a refusal that breaks off":     {breaks("HTTP/1.1 400 Bad Request\r\nContent-Length: 90\r\n\r\n{"), identity.Refused},
		"408":                           {answers(408, jsonType, `{}`), identity.Unclear},
		"500":                           {answers(500, jsonType, `{}`), identity.Unclear},
		"502":                           {answers(502, "text/html", `<p>`), identity.Unclear},
		"503":                           {answers(503, jsonType, `{}`), identity.Unclear},
		"504":                           {answers(504, jsonType, `{}`), identity.Unclear},
		"301":                           {redirect(301), identity.Unclear},
		"307":                           {redirect(307), identity.Unclear},
		"308":                           {redirect(308), identity.Unclear},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, test.answer)
			cfg := config(s.URL)
			if name == "a timeout" {
				cfg.Tuning.WriteTimeout = 100 * time.Millisecond
			}
			c := client(t, cfg)
			a := c.Write(t.Context(), removal(t, c))
			require.Equal(t, test.want, a.Outcome, "%v", a.Err)
			require.Equal(t, 1, s.count())
			if test.want == identity.Accepted {
				require.Equal(t, "t1", a.Task)
				require.Nil(t, a.Err)
				return
			}
			require.Empty(t, a.Task)
			require.NotNil(t, a.Err)
			if test.want == identity.Refused {
				require.Contains(t, a.Err.Sentence, "Nothing was changed.")
			} else {
				require.Contains(t, a.Err.Sentence, "is not known")
			}
		})
	}
}

func TestAWriteIsRepeatedOnceWithANewTokenAfterA401(t *testing.T) {
	t.Parallel()
	expired := answers(401, jsonType, `{"error":"JWT validation failed: JWT is expired"}`)
	cases := map[string]struct {
		answer http.HandlerFunc
		want   identity.Outcome
		calls  int
	}{
		"accepted then":    {inTurn(expired, answers(202, jsonType, `{"id":"t1"}`)), identity.Accepted, 2},
		"refused again":    {expired, identity.Refused, 2},
		"unclear then":     {inTurn(expired, answers(500, jsonType, `{}`)), identity.Unclear, 2},
		"and after a 500?": {inTurn(answers(500, jsonType, `{}`), expired), identity.Unclear, 1},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, test.answer)
			c := client(t, config(s.URL))
			a := c.Write(t.Context(), removal(t, c))
			require.Equal(t, test.want, a.Outcome)
			require.Equal(t, test.calls, s.count())
			require.Equal(t, test.calls, s.renewals())
			if test.calls == 2 {
				require.NotEqual(t, s.calls[0].Header.Get("Authorization"), s.calls[1].Header.Get("Authorization"))
			}
		})
	}
}

func TestA401WithAFailingRenewalIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, answers(401, jsonType, `{"error":"expired"}`))
	cfg := config(s.URL)
	var reads atomic.Int32
	cfg.Secret = func() (string, error) {
		if reads.Add(1) > 2 { // New looks once
			return "", errors.New("canary: the file is gone")
		}
		return canary, nil
	}
	c := client(t, cfg)
	a := c.Write(t.Context(), removal(t, c))
	require.Equal(t, identity.Refused, a.Outcome)
	require.Equal(t, http.StatusUnauthorized, a.Status)
	require.Equal(t, 1, s.count())
	noSecret(t, fmt.Sprintf("%+v %s", a.Err, a.Err))
}

func TestAWriteIsAloneOnItsConnectionAndCannotBeReplayed(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r, answers(202, jsonType, `{"id":"t1"}`))
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := client(t, config(s.URL))
	for range 3 {
		require.Equal(t, identity.Accepted, c.Write(t.Context(), removal(t, c)).Outcome)
	}
	require.EqualValues(t, 4, connections.Load(), "one for the token, one for each write")
	for _, r := range s.calls {
		require.True(t, r.Close, "Connection: close")
		require.Empty(t, r.Header.Get("Idempotency-Key"))
		require.Equal(t, "HTTP/1.1", r.Proto)
		require.Zero(t, r.ContentLength)
		require.Empty(t, r.Header.Get("Content-Type"), "no body")
		require.Equal(t, "yes", r.Header.Get("X-Test"))
	}
}

func TestAnUpstreamThatRepeatsOurSecretsDoesNotGetThemIntoAnError(t *testing.T) {
	t.Parallel()
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			answers(status, jsonType, `"`+r.Header.Get("Authorization")+" "+canary+`"`)(w, r)
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"refused": echo(400), "unclear": echo(500), "wrong": echo(202),
		"not HTTP": breaks("HTTP/9 canary-token-1 " + canary + "\r\n\r\n"),
		"a header": breaks("HTTP/1.1 202 OK\r\ncanary-token-1 " + canary + "\r\n\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := client(t, config(serve(t, answer).URL))
			a := c.Write(t.Context(), removal(t, c))
			require.NotNil(t, a.Err)
			shown, err := json.Marshal(a.Err)
			require.NoError(t, err)
			noSecret(t, fmt.Sprintf("%v %+v %#v %s %v", a.Err, a.Err, *a.Err, shown, errors.Unwrap(a.Err)))
		})
	}
}

// recorder hands a request to the test before it is sent.
type recorder struct {
	http.RoundTripper
	seen func(*http.Request)
}

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.seen(req)
	return r.RoundTripper.RoundTrip(req)
}

func TestAWriteGivesNobodyAWayToSendItsBodyAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, answers(202, jsonType, `{"id":"t1"}`))
	c := client(t, config(s.URL))
	seen := 0
	c.writing.Transport = recorder{c.writing.Transport, func(req *http.Request) {
		seen++
		require.Nil(t, req.GetBody)
		_, ends := req.Context().Deadline()
		require.True(t, ends, "one deadline")
	}}
	w := removal(t, c)
	w.Body = []byte(`{"comments":"x"}`)
	require.Equal(t, identity.Accepted, c.Write(t.Context(), w).Outcome)
	require.Equal(t, 1, seen)
	require.Equal(t, []string{jsonType}, s.calls[0].Header["Content-Type"])
}
