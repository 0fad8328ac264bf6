package slackbot

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
)

// failing asks at an address that holds a ticket, and gives the error.
func failing(t *testing.T, address string) error {
	t.Helper()
	resp, err := http.Get(address + "/?ticket=canary") //nolint:gosec // loopback
	if err == nil {
		_ = resp.Body.Close()
	}
	require.Error(t, err)
	require.Contains(t, err.Error(), "canary", "there is something to hide")
	return err
}

func TestALogTellsWhySlackIsGoneAndNoAddress(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	open := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(open.Close)
	silent := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if conn, _, err := http.NewResponseController(rw).Hijack(); err == nil {
			_ = conn.Close()
		}
	}))
	t.Cleanup(silent.Close)
	at := func(err error) error {
		return &url.Error{Op: "Post", URL: "https://slack.com/?ticket=canary", Err: err}
	}
	for want, err := range map[string]error{
		"connection refused":                              failing(t, "http://127.0.0.1:1"),
		"TLS failed: x509: certificate":                   failing(t, secure.URL),
		"http: server gave HTTP response to HTTPS client": failing(t, strings.Replace(open.URL, "http:", "https:", 1)),
		"the connection was closed":                       failing(t, silent.URL),
		"the name slack.com is not known (DNS)":           at(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "slack.com", IsNotFound: true}}),
		"the name slack.com could not be looked up":       at(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "slack.com", IsTimeout: true}}),
		"no answer came in time":                          at(context.DeadlineExceeded),
		"it was given up":                                 at(context.Canceled),
		"missing_scope, needed: users:read.email":         slack.SlackErrorResponse{Err: "missing_scope", Needed: "users:read.email"},
		"something else":                                  at(errors.New("something else")),
		"the far end said …":                              errors.New("the far end said wss://wss-primary.slack.com/?ticket=canary"),
		"the connection was closed ":                      nil,
	} {
		if err == nil {
			require.Equal(t, strings.TrimSpace(want), hint(at(io.ErrUnexpectedEOF)))
			continue
		}
		require.Contains(t, hint(err), want)
		require.NotContains(t, hint(err), "canary", want)
	}
}

func TestTheLogSaysWhyThereIsNoConnectionAndOnceThatItIsBack(t *testing.T) {
	t.Parallel()
	w := newWorldIn(t, false)
	var refused atomic.Int64
	w.through(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "apps.connections.open") || refused.Add(1) > 3 || refused.Load() == 1 { // the first is Connect's
				next.ServeHTTP(rw, r)
				return
			}
			if conn, _, err := http.NewResponseController(rw).Hijack(); err == nil {
				_ = conn.Close()
			}
		})
	})
	w.start()
	w.until("both sockets are open", func() bool { return w.sockets.Load() >= connections })
	w.until("it is told", func() bool { return strings.Contains(w.logs.String(), "slack: the connection is there again") })
	require.Equal(t, 2, strings.Count(w.logs.String(), `msg="slack: no connection"`))
	require.Contains(t, w.logs.String(), `error="the connection was closed"`)
	require.Equal(t, 1, strings.Count(w.logs.String(), "the connection is there again"))
}

func TestTheLogNamesTheCauseForWhichSomebodyCouldNotDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, err := Connect(t.Context(), w.config())
	require.NoError(t, err)
	b := New(s, idle{}, idle{}, idle{}, Options{Owner: "test", NewID: newID})
	cause := slack.SlackErrorResponse{Err: "missing_scope", Needed: "users:read.email"}
	b.refuse(t.Context(), delivery{User: approver, Channel: approvals}, fault.Wrap(cause, fault.Conflict, "An administrator has to add the scope."))
	require.Contains(t, w.logs.String(), `msg="slack: somebody could not decide" kind=conflict cause="missing_scope, needed: users:read.email"`)
}
