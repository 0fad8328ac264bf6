package sailpoint

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tenant answers by method and raw path, and keeps what it was asked.
type tenant struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]reply
	calls   []seen
}

type reply struct {
	status int
	body   string
	header string // of the form "Name: value"
	next   *reply // for the calls after this one
}

type seen struct {
	line string // method and request URI as they came
	body string
	r    *http.Request
}

func serve(t *testing.T, answers map[string]reply) *tenant {
	t.Helper()
	s := &tenant{answers: answers}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/oauth/token" {
		_, _ = io.WriteString(w, `{"access_token":"canary-token","token_type":"bearer","expires_in":749}`)
		return
	}
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, seen{r.Method + " " + r.RequestURI, string(body), r})
	key := r.Method + " " + r.URL.EscapedPath()
	a, ok := s.answers[key+"?"+r.URL.Query().Get("filters")]
	if !ok {
		a, ok = s.answers[key]
	} else {
		key += "?" + r.URL.Query().Get("filters")
	}
	if !ok {
		a = reply{status: 404, body: `{"detailCode":"404 Not found","trackingId":"none","messages":[],"causes":[]}`}
	}
	if a.next != nil {
		s.answers[key] = *a.next
	}
	if name, value, ok := strings.Cut(a.header, ": "); ok {
		w.Header().Set(name, value)
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func (s *tenant) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, c := range s.calls {
		out = append(out, c.line)
	}
	return out
}

func connect(t *testing.T, s *tenant, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		BaseURL: s.URL, ClientID: "me", Secret: func() (string, error) { return "canary-secret", nil },
		Tuning: Tuning{ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, Per: time.Millisecond, Rand: func() float64 { return 0 }},
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	require.NoError(t, err)
	return c
}

// acc writes an account as ISC does; more is added to its fields.
func acc(id, more string) string {
	return fmt.Sprintf(`{"id":%q,"disabled":false,"locked":false,"nativeIdentity":"n-%s","sourceId":"s1","sourceName":"Corporate AD"%s}`, id, id, more)
}
