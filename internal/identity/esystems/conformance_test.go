package esystems_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
	"accountops/internal/identity/esystems"
	"accountops/internal/identity/identitytest"
	"accountops/internal/sandbox/disk"
	"accountops/internal/sandbox/fakeesystems"
	"accountops/internal/sandbox/upstream"
)

func TestTheClientConformsAgainstTheFake(t *testing.T) {
	t.Parallel()
	identitytest.Run(t, func(t *testing.T, timeout time.Duration, calls int, per time.Duration) *identitytest.Bench {
		t.Helper()
		url := fake(t)
		secret, rotate := secretFile(t)
		c := clientWith(t, url, "sandbox-client", secret, esystems.Tuning{ReadTimeout: timeout, WriteTimeout: timeout, Calls: calls, Per: per})
		found, err := c.Find(t.Context(), identity.Query{Text: "jane.doe", By: identity.ByUsername})
		require.NoError(t, err)
		require.Len(t, found.Accounts, 1)
		jane := found.Accounts[0]
		return &identitytest.Bench{
			System: c, Control: url + "/sandbox/v1/upstream/esystems", API: "/esystems/Endpoint/rest/api/v1/",
			Sample: identitytest.Sample{
				ID: jane.ID, Source: "Acme", Shared: "LEGACY-0042", Names: []identity.Query{
					{Text: jane.ID}, {Text: jane.ID, By: identity.ByID}, {Text: "jane.doe"}, {Text: "jane.doe", By: identity.ByUsername},
					{Text: "E100234"}, {Text: "E100234", By: identity.ByExternalID}, {Text: "jane.doe@acme.example"}, {Text: "Jane Doe"},
				},
			},
			SetActive: c.SetActive, Destroy: c.Delete, Rotate: rotate,
		}
	})
}

// secretFile keeps the client's secret in a file, as the service does when it is told to.
func secretFile(t *testing.T) (read func() (string, error), rotate func(string)) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	rotate = func(secret string) { require.NoError(t, os.WriteFile(path, []byte(secret), 0o600)) }
	rotate("sandbox-secret")
	return func() (string, error) {
		raw, err := os.ReadFile(path)
		return string(raw), err
	}, rotate
}

// fake starts a server and its control endpoint, and gives their URL.
func fake(t *testing.T) string {
	t.Helper()
	d, err := disk.Open(filepath.Join(t.TempDir(), "world"))
	require.NoError(t, err)
	server, err := fakeesystems.New(fakeesystems.Config{Disk: d, Clock: time.Now})
	require.NoError(t, err)
	control := upstream.Control(server)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/sandbox/") {
			control.ServeHTTP(w, r)
			return
		}
		server.ServeHTTP(w, r) // not through a ServeMux, which redirects some escaped paths
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		require.NoError(t, d.Close())
	})
	return s.URL
}

func client(t *testing.T, url, id string, tuning esystems.Tuning) *esystems.Client {
	t.Helper()
	return clientWith(t, url, id, func() (string, error) { return "sandbox-secret", nil }, tuning)
}

func clientWith(t *testing.T, url, id string, secret func() (string, error), tuning esystems.Tuning) *esystems.Client {
	t.Helper()
	tuning.Rand = func() float64 { return 0 }
	c, err := esystems.New(esystems.Config{
		BaseURL: url + "/esystems", ClientID: id, Secret: secret, Tuning: tuning,
	})
	require.NoError(t, err)
	return c
}
