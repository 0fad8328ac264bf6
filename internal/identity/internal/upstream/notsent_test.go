package upstream

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

// gate lets connections through until it is shut; then they are taken and left alone.
type gate struct {
	net.Listener
	shut atomic.Bool
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil || !g.shut.Load() {
			return conn, err
		}
		defer func() { _ = conn.Close() }()
	}
}

func TestAWriteThatFailsBeforeItsFirstByteIsNotSent(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) (*server, *Client, *gate, *atomic.Bool) {
		t.Helper()
		s, g, refuse := &server{}, &gate{}, &atomic.Bool{}
		s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.ServeHTTP(w, r, answers(202, jsonType, `{"id":"t1"}`))
		}))
		g.Listener, s.Listener = s.Listener, g
		s.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			if refuse.Load() {
				return nil, errors.New("not today")
			}
			return nil, nil
		}}
		s.StartTLS()
		t.Cleanup(s.Close)
		cfg := config(s.URL)
		cfg.Tuning.RootCAs = x509.NewCertPool()
		cfg.Tuning.RootCAs.AddCert(s.Certificate())
		c := client(t, cfg)
		require.Equal(t, identity.Accepted, c.Write(t.Context(), removal(t, c)).Outcome)
		return s, c, g, refuse
	}
	check := func(t *testing.T, s *server, a identity.Answer) {
		t.Helper()
		require.Equal(t, identity.NotSent, a.Outcome, "%v", a.Err)
		require.Zero(t, a.Status)
		require.Equal(t, 1, s.count(), "only the write that proved that all is well")
		require.Contains(t, a.Err.Sentence, "Nothing was sent")
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		s, c, _, _ := start(t)
		s.Close()
		check(t, s, c.Write(t.Context(), removal(t, c)))
	})
	t.Run("the TLS handshake hangs", func(t *testing.T) {
		t.Parallel()
		s, c, g, _ := start(t)
		g.shut.Store(true)
		c.tuning.WriteTimeout = 200 * time.Millisecond
		check(t, s, c.Write(t.Context(), removal(t, c)))
	})
	t.Run("the TLS handshake fails", func(t *testing.T) {
		t.Parallel()
		s, c, _, refuse := start(t)
		refuse.Store(true)
		check(t, s, c.Write(t.Context(), removal(t, c)))
	})
	t.Run("the certificate is not trusted", func(t *testing.T) {
		t.Parallel()
		s, c, _, _ := start(t)
		c.writing.Transport = transport(Tuning{}.filled(), false)
		check(t, s, c.Write(t.Context(), removal(t, c)))
	})
	t.Run("the name fails", func(t *testing.T) {
		t.Parallel()
		s, c, _, _ := start(t)
		broken := transport(c.tuning, false)
		broken.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
		}
		c.writing.Transport = broken
		a := c.Write(t.Context(), removal(t, c))
		check(t, s, a)
		require.Contains(t, a.Err.Sentence, "name")
	})
	t.Run("the time is over", func(t *testing.T) {
		t.Parallel()
		s, c, _, _ := start(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		check(t, s, c.Write(ctx, removal(t, c)))
	})
	t.Run("the budget is used up", func(t *testing.T) {
		t.Parallel()
		s, c, _, _ := start(t)
		c.budget.rest(time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		check(t, s, c.Write(ctx, removal(t, c)))
	})
}

func TestWithoutATokenNothingIsSent(t *testing.T) {
	t.Parallel()
	cfg := config("https://name.invalid")
	cfg.Tuning.ReadTimeout = 300 * time.Millisecond
	c := client(t, cfg)
	a := c.Write(t.Context(), removal(t, c))
	require.Equal(t, identity.NotSent, a.Outcome)
	require.True(t, fault.Is(a.Err, fault.Upstream))
}

func TestCallsAreHTTP1ThoughTheServerSpeaksHTTP2(t *testing.T) {
	t.Parallel()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r, answers(202, jsonType, `{"id":"t1"}`))
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	cfg := config(s.URL)
	cfg.Tuning.RootCAs = x509.NewCertPool()
	cfg.Tuning.RootCAs.AddCert(s.Certificate())
	c := client(t, cfg)
	require.Equal(t, identity.Accepted, c.Write(t.Context(), removal(t, c)).Outcome)
	require.Equal(t, http.StatusAccepted, c.Read(t.Context(), read(t, c)).Status)
	for _, r := range s.calls {
		require.Equal(t, "HTTP/1.1", r.Proto, "HTTP/2 may send a request again on another stream")
	}
	require.Len(t, s.calls, 2)
}
