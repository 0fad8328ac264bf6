package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/internal/identity/esystems"
	"accountops/internal/identity/sailpoint"
	"accountops/internal/sandbox/disk"
	"accountops/internal/sandbox/fakeesystems"
	"accountops/internal/sandbox/fakeisc"
	"accountops/internal/sandbox/upstream"
	"accountops/internal/store"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// stage is the real executor on the real store, with the real catalogue and clients, against fake tenants on real sockets, in a time
// that only the test moves.
type stage struct {
	t       *testing.T
	exec    *executor.Executor
	store   executor.Store
	control string // the URL of the control endpoint of the one system that is looked at

	mu  sync.Mutex
	now time.Time
	ids int
}

// staging is what a stage may have otherwise.
type staging struct {
	tuning sailpoint.Tuning // eSystems has the same
	policy executor.Policy
	limits executor.Limits
}

// newStage opens a stage for one system, whose client logs in to SailPoint as iscClient.
func newStage(t *testing.T, system, iscClient string, otherwise ...func(*staging)) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	set := staging{tuning: sailpoint.Tuning{Now: s.clock}, limits: executor.DefaultLimits(),
		policy: executor.Policy{Approvers: []executor.Principal{amara}, Quorum: 1, Expiry: 24 * time.Hour}}
	for _, change := range otherwise {
		change(&set)
	}
	d, err := disk.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	systems := tools.Systems{Default: system}
	secret := func() (string, error) { return "sandbox-secret", nil }
	if system == "sailpoint" {
		isc, err := fakeisc.New(fakeisc.Config{Disk: d, Clock: s.clock})
		require.NoError(t, err)
		base := s.serve(isc, isc, "isc")
		systems.ISC, err = sailpoint.New(sailpoint.Config{BaseURL: base + "/isc", ClientID: iscClient, Secret: secret, Tuning: set.tuning})
		require.NoError(t, err)
	} else {
		e, err := fakeesystems.New(fakeesystems.Config{Disk: d, Clock: s.clock})
		require.NoError(t, err)
		base := s.serve(e, e, "esystems")
		systems.Endpoint, err = esystems.New(esystems.Config{BaseURL: base + "/esystems", ClientID: "sandbox-client", Secret: secret, Tuning: set.tuning})
		require.NoError(t, err)
	}
	db, err := store.Open(t.Context(), t.TempDir(), s.clock)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s.store = db
	s.exec, err = executor.New(executor.Config{
		Operations: tools.Catalogue(systems), Sources: systems.Sources, Store: db, Directory: directory{}, Limits: set.limits, Timing: executor.DefaultTiming(), Policy: set.policy,
		Now: s.clock, NewID: func() string { s.ids++; return fmt.Sprintf("%026d", s.ids) }, Owner: "stage", Where: "#approvals",
	})
	require.NoError(t, err)
	return s
}

// serve serves a fake tenant with its control endpoint.
func (s *stage) serve(tenant upstream.Controlled, api http.Handler, name string) (base string) {
	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.Handle("/sandbox/v1/upstream/", upstream.Control(tenant))
	server := httptest.NewServer(mux)
	s.t.Cleanup(server.Close)
	s.control = server.URL + "/sandbox/v1/upstream/" + name
	return server.URL
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// pass makes the steps that are due within so long a time.
func (s *stage) pass(d, every time.Duration) {
	s.t.Helper()
	for end := s.clock().Add(d); s.clock().Before(end); {
		claimed, err := s.store.Claim(s.t.Context(), executor.Claim{
			States: executor.States(), Owner: "stage", Now: s.clock(), Until: s.clock().Add(time.Minute), Limit: 10,
		})
		require.NoError(s.t, err)
		s.exec.Steps(s.t.Context(), claimed)
		s.mu.Lock()
		s.now = s.now.Add(every)
		s.mu.Unlock()
	}
}

// ask asks as Riley.
func (s *stage) ask(operation, input string) (executor.Asked, error) {
	return s.exec.Ask(s.t.Context(), operation, json.RawMessage(input), executor.Actor{Principal: riley, Name: "Riley", Door: executor.DoorSlack})
}

// begin asks for a change, which must be recorded.
func (s *stage) begin(operation, input string) executor.Request {
	s.t.Helper()
	asked, err := s.ask(operation, input)
	require.NoError(s.t, err)
	require.NotNil(s.t, asked.Request)
	return *asked.Request
}

// carry lets Amara approve where that is needed, and makes steps until the request has ended.
func (s *stage) carry(r executor.Request) executor.Request {
	s.t.Helper()
	s.approve(r)
	for range 300 {
		s.pass(time.Second, time.Second)
		if r = s.show(r.ID); !r.Open() {
			return r
		}
	}
	require.Fail(s.t, "it never ended", "%s %q", r.State, s.lines(r.ID))
	return r
}

func (s *stage) approve(r executor.Request) {
	s.t.Helper()
	if r.State == executor.Pending {
		_, err := s.exec.Decide(s.t.Context(), executor.Vote{RequestID: r.ID, Fingerprint: r.Fingerprint, Approve: true,
			By: executor.Actor{Principal: amara, Name: "Amara", Door: executor.DoorSlack}})
		require.NoError(s.t, err)
	}
}

func (s *stage) show(id string) executor.Request {
	s.t.Helper()
	r, err := s.exec.Show(s.t.Context(), id)
	require.NoError(s.t, err)
	return r
}

// lines is the thread of a request, as one text.
func (s *stage) lines(id string) string {
	s.t.Helper()
	lines, err := s.store.Lines(s.t.Context(), id, 0)
	require.NoError(s.t, err)
	var all []string
	for _, l := range lines {
		all = append(all, l.Text)
	}
	return strings.Join(all, "\n")
}

// strike makes the tenant fail calls in one way.
func (s *stage) strike(kind, method, suffix string) {
	s.t.Helper()
	prefix := `"path_prefix":"/"`
	s.script("POST", "/faults", fmt.Sprintf(`{"kind":%q,"method":%q,"path_suffix":%q,%s}`, kind, method, suffix, prefix))
}

// writes counts the calls that change something, at the tenant's own record, where none was one too many for its limit.
func (s *stage) writes() (n int) {
	s.t.Helper()
	var record struct {
		Calls []struct {
			Method, Path string
			Status       int
		}
	}
	require.NoError(s.t, json.Unmarshal(s.script("GET", "/calls", ""), &record))
	for _, c := range record.Calls {
		require.NotEqual(s.t, http.StatusTooManyRequests, c.Status)
		if c.Method != http.MethodGet && !strings.Contains(strings.ToLower(c.Path), "/oauth/") {
			n++
		}
	}
	return n
}

// script calls the tenant's control endpoint.
func (s *stage) script(method, path, body string) []byte {
	s.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.control+path, strings.NewReader(body))
	require.NoError(s.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	defer func() { _ = res.Body.Close() }()
	said, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, res.StatusCode, "%s", said)
	return said
}

// ids2 gives the ids of two accounts on a source.
func (s *stage) ids2(source string) (ids []string) {
	s.t.Helper()
	var listed struct {
		Accounts []struct {
			ID         string `json:"id"`
			SourceName string `json:"sourceName"`
		}
	}
	require.NoError(s.t, json.Unmarshal(s.script("GET", "/accounts", ""), &listed))
	for _, a := range listed.Accounts {
		if a.SourceName == source && len(ids) < 2 {
			ids = append(ids, a.ID)
		}
	}
	return ids
}
