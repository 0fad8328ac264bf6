package sailpoint_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
	"accountops/internal/identity/identitytest"
	"accountops/internal/identity/sailpoint"
	"accountops/internal/sandbox/disk"
	"accountops/internal/sandbox/fakeisc"
	"accountops/internal/sandbox/upstream"
)

func TestTheClientConformsAgainstTheFake(t *testing.T) {
	t.Parallel()
	open := func(style string) identitytest.Open {
		return func(t *testing.T, timeout time.Duration, calls int, per time.Duration) *identitytest.Bench {
			t.Helper()
			return bench(t, style, sailpoint.Tuning{ReadTimeout: timeout, WriteTimeout: timeout, Calls: calls, Per: per})
		}
	}
	t.Run("v1", func(t *testing.T) {
		t.Parallel()
		identitytest.Run(t, open("v1"))
	})
	for _, style := range []string{"v2024", "v2025", "v2026"} {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			identitytest.Verbs(t, open(style))
		})
	}
}

func bench(t *testing.T, style string, tuning sailpoint.Tuning) *identitytest.Bench {
	t.Helper()
	url := fake(t)
	secret, rotate := secretFile(t)
	c := clientWith(t, url, style, "sandbox-client", secret, tuning)
	const source = "Corporate AD"
	found, err := c.Find(t.Context(), identity.Query{Text: "jane.doe", By: identity.ByUsername, Source: source})
	require.NoError(t, err)
	require.Len(t, found.Accounts, 1)
	jane := found.Accounts[0]
	api := "/isc/"
	if style != "v1" {
		api += style + "/"
	}
	return &identitytest.Bench{
		System: c, Control: url + "/sandbox/v1/upstream/isc", API: api,
		Sample: identitytest.Sample{
			ID: jane.ID, Source: source, Shared: "jane.doe@acme.example", Names: []identity.Query{
				{Text: jane.ID}, {Text: jane.ID, By: identity.ByID}, {Text: "jane.doe"}, {Text: "jane.doe", By: identity.ByUsername},
				{Text: jane.NativeIdentity}, {Text: jane.NativeIdentity, By: identity.ByExternalID}, {Text: "jane.doe@acme.example"}, {Text: "Jane Doe"}, {Text: "100234"},
			},
		},
		SetActive: func(ctx context.Context, id string, active bool) identity.Answer {
			if active {
				return c.Enable(ctx, id, identity.Options{})
			}
			return c.Disable(ctx, id, identity.Options{})
		},
		Destroy: c.Remove, Rotate: rotate,
		Follow: func(ctx context.Context, task string) identity.Task {
			tasks, err := c.Tasks(ctx, []string{task})
			require.NoError(t, err)
			require.Contains(t, tasks, task)
			return tasks[task]
		},
	}
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

// fake starts a tenant and its control endpoint, and gives their URL.
func fake(t *testing.T) string {
	t.Helper()
	return fakeBehind(t, func(tenant http.Handler) http.Handler { return tenant })
}

// fakeBehind is fake with something between its door and the tenant.
func fakeBehind(t testing.TB, middle func(http.Handler) http.Handler) string {
	t.Helper()
	d, err := disk.Open(filepath.Join(t.TempDir(), "world"))
	require.NoError(t, err)
	tenant, err := fakeisc.New(fakeisc.Config{Disk: d, Clock: time.Now, TaskQueued: -1, TaskRunning: -1, DeletionApproval: -1})
	require.NoError(t, err)
	control, behind := upstream.Control(tenant), middle(tenant)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/sandbox/") {
			control.ServeHTTP(w, r)
			return
		}
		behind.ServeHTTP(w, r) // not through a ServeMux, which redirects some escaped paths
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		require.NoError(t, d.Close())
	})
	return s.URL
}

func client(t testing.TB, url, style, id string, tuning sailpoint.Tuning) *sailpoint.Client {
	t.Helper()
	return clientWith(t, url, style, id, func() (string, error) { return "sandbox-secret", nil }, tuning)
}

func clientWith(t testing.TB, url, style, id string, secret func() (string, error), tuning sailpoint.Tuning) *sailpoint.Client {
	t.Helper()
	tuning.Rand = func() float64 { return 0 }
	c, err := sailpoint.New(sailpoint.Config{
		BaseURL: url + "/isc", PathStyle: style, ClientID: id, Secret: secret, Tuning: tuning,
	})
	require.NoError(t, err)
	return c
}
