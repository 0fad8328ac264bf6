package upstream

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const canary = "canary-secret-e3a1"

// server is an upstream on a real socket: it hands out tokens and leaves the rest to the test.
type server struct {
	*httptest.Server

	mu     sync.Mutex
	calls  []*http.Request // all but the token's
	tokens int
	life   string // what stands for "expires_in":…
	down   bool   // the token endpoint refuses for now
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request, answer http.HandlerFunc) {
	s.mu.Lock()
	if r.URL.Path == "/oauth/token" {
		defer s.mu.Unlock()
		s.tokens++
		if s.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"access_token":"canary-token-%d","token_type":"bearer"%s}`, s.tokens, s.life)
		return
	}
	s.calls = append(s.calls, r)
	s.mu.Unlock()
	answer(w, r)
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

func (s *server) renewals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

func (s *server) shut(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func serve(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{life: `,"expires_in":749`}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.ServeHTTP(w, r, answer) }))
	t.Cleanup(s.Close)
	return s
}

func config(url string) Config {
	return Config{
		System: "SailPoint", BaseURL: url, TokenPath: "/oauth/token", ClientID: "me", Secret: func() (string, error) { return canary, nil },
		Header:  map[string]string{"X-Test": "yes"},
		Explain: func(_ int, body []byte) Problem { return Problem{Said: string(body), Known: len(body) > 0} },
		Tuning: Tuning{
			ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, Per: time.Millisecond, Rand: func() float64 { return 0 },
		},
	}
}

func client(t *testing.T, c Config) *Client {
	t.Helper()
	got, err := New(c)
	require.NoError(t, err)
	return got
}

func answers(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// breaks writes raw bytes and resets the connection.
func breaks(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, raw)
		if tcp, ok := conn.(*net.TCPConn); ok && raw == "" {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

// inTurn answers each call by the next of its handlers, the last one for ever.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[min(n, len(handlers)-1)]
		n++
		mu.Unlock()
		h(w, r)
	}
}

func noSecret(t *testing.T, text string) {
	t.Helper()
	require.NotContains(t, text, "canary")
}
