package esystems

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// server answers by method and raw path, and keeps what it was asked.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]reply
	calls   []seen
}

type reply struct {
	status int
	body   string
	next   *reply // for the calls after this one
}

type seen struct {
	line, body string
	query      url.Values
}

const missing = `{"Errors":["No such account"],"Type":"/Errors/Not Found","Title":"Not Found","StatusCode":404,"Instance":"/","RequestKey":"k-404"}`

func serve(t *testing.T, answers map[string]reply) *server {
	t.Helper()
	s := &server{answers: answers}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if r.URL.Path == "/oAuth/rest/v2/Token" {
		_, _ = io.WriteString(w, `{"access_token":"canary-token","token_type":"bearer"}`)
		return
	}
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.EscapedPath(), api)
	line := r.Method + " " + path + "?" + r.URL.RawQuery
	s.calls = append(s.calls, seen{line, string(body), r.URL.Query()})
	key := line
	if _, ok := s.answers[key]; !ok {
		key = r.Method + " " + path
	}
	a, ok := s.answers[key]
	if !ok {
		a = reply{status: 404, body: missing}
	}
	if a.next != nil {
		s.answers[key] = *a.next
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func (s *server) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, c := range s.calls {
		out = append(out, c.line)
	}
	return out
}

func connect(t *testing.T, s *server) *Client {
	t.Helper()
	c, err := New(Config{
		BaseURL: s.URL, ClientID: "me", Secret: func() (string, error) { return "canary-secret", nil }, ScanPages: 3,
		Tuning: Tuning{ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, Per: time.Millisecond, Rand: func() float64 { return 0 }},
	})
	require.NoError(t, err)
	return c
}

// at is the path of one account.
func at(value string) string {
	return "/Account/" + strings.NewReplacer("|", "%7C", "+", "%2B", "/", "%2F", "=", "%3D").Replace("base64|"+base64.StdEncoding.EncodeToString([]byte(value)))
}

// acc writes an account as eSystems does, private fields included.
func acc(id, username string, active bool) string {
	return fmt.Sprintf(`{"Id":%s,"TenantId":{"Id":9007199254740993,"ExternalId":"t","Name":"Acme","Type":"Tenant"},"Name":"Jane Doe","FirstName":"Jane","LastName":"Doe",
 "Phone":"+49 151 555-PHONE","PhoneVerified":true,"Email":"jane@acme.example","EmailVerified":true,"LanguageId":{"Id":1,"ExternalId":"","Name":"en","Type":"L"},
 "Username":%q,"ExternalId":"HR-1042","NotifyByEmail":true,"NotifyBySMS":false,"Is_Active":%t,"ModifiedOn":"1900-01-01T12:00:00Z","CreatedOn":"2025-01-02T03:04:05Z",
 "Identifier":"010190-NATIONAL","NewField":{"a":[1,2]}}`, id, username, active)
}

func noPrivate(t *testing.T, v any) {
	t.Helper()
	text := fmt.Sprintf("%+v %s", v, v)
	for _, secret := range []string{"PHONE", "NATIONAL", "canary"} {
		require.NotContains(t, text, secret)
	}
}
