package fakeisc

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/disk"
	"accountops/internal/sandbox/upstream"
)

// rig is a tenant on a real socket, with a clock that only the test moves.
type rig struct {
	t     *testing.T
	dir   string
	disk  *disk.Disk
	isc   *Tenant
	srv   *httptest.Server
	base  string // the server's URL
	token string

	mu  sync.Mutex
	now time.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), now: time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)}
	r.open()
	t.Cleanup(func() { r.srv.Close(); _ = r.disk.Close() })
	r.token = r.login("sandbox-client")
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) open() {
	var err error
	r.disk, err = disk.Open(r.dir)
	require.NoError(r.t, err)
	r.isc, err = New(Config{Disk: r.disk, Clock: r.clock, TaskQueued: time.Second, TaskRunning: 2 * time.Second, DeletionApproval: 5 * time.Second})
	require.NoError(r.t, err)
	mux := http.NewServeMux()
	mux.Handle("/sandbox/v1/upstream/", upstream.Control(r.isc))
	r.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/isc/") {
			http.StripPrefix("/isc", r.isc).ServeHTTP(w, req)
			return
		}
		mux.ServeHTTP(w, req)
	}))
	r.base = r.srv.URL
}

// reopen does what a crash and a new start do: nothing is told that it ends.
func (r *rig) reopen() {
	r.srv.Close()
	require.NoError(r.t, r.disk.Close())
	r.open()
}

func (r *rig) login(client string) string {
	resp, err := http.PostForm(r.base+"/isc/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {"sandbox-secret"},
	})
	require.NoError(r.t, err)
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(r.t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Equal(r.t, 200, resp.StatusCode)
	return answer.AccessToken
}

// answer is a whole answer.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

// into decodes the body, and fails the test when that cannot be done.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.body), v), a.body)
}

// call makes a call below /isc with headers given as "Name: value".
func (r *rig) call(method, path, body string, headers ...string) answer {
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+"/isc"+path, strings.NewReader(body))
	require.NoError(r.t, err)
	if body == "" {
		req.Body, req.ContentLength = nil, 0
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("X-SailPoint-Experimental", "true")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if req.Header.Set(name, value); value == "" {
			req.Header.Del(name)
		}
	}
	return do(req)
}

func do(req *http.Request) answer {
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}).Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(raw), err: err}
}

// control calls a control endpoint and wants 200.
func (r *rig) control(method, path, body string) answer {
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+"/sandbox/v1/upstream/isc"+path, strings.NewReader(body))
	require.NoError(r.t, err)
	a := do(req)
	require.NoError(r.t, a.err)
	require.Equal(r.t, 200, a.status, a.body)
	return a
}

// refused posts to a control endpoint, wants 400, and gives the sentence.
func (r *rig) refused(path, body string) string {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.base+"/sandbox/v1/upstream/isc"+path, strings.NewReader(body))
	require.NoError(r.t, err)
	a := do(req)
	require.Equal(r.t, 400, a.status, a.body)
	var v map[string]string
	a.into(r.t, &v)
	return v["error"]
}

// account gives the one account with this login on a source.
func (r *rig) account(login, sourceName string) Account {
	r.t.Helper()
	var found []Account
	r.call("GET", "/accounts/v1?filters="+url.QueryEscape(`name eq "`+login+`" and sourceId eq "`+identityID("source/"+sourceName)+`"`), "").into(r.t, &found)
	require.Len(r.t, found, 1)
	return found[0]
}

// started wants a 202 and gives the id in it.
func (r *rig) started(a answer) string {
	r.t.Helper()
	require.NoError(r.t, a.err)
	require.Equal(r.t, 202, a.status, a.body)
	var v struct {
		ID               string `json:"id"`
		AccountRequestID string `json:"accountRequestId"`
	}
	a.into(r.t, &v)
	return v.ID + v.AccountRequestID
}

// task reads a task.
func (r *rig) task(id string) taskStatus {
	r.t.Helper()
	a := r.call("GET", "/task-status/v1/"+id, "")
	require.Equal(r.t, 200, a.status, a.body)
	var v taskStatus
	a.into(r.t, &v)
	return v
}

// problemOf reads ISC's error body.
func problemOf(t *testing.T, a answer) problem {
	t.Helper()
	var p problem
	a.into(t, &p)
	require.NotEmpty(t, p.DetailCode)
	require.Len(t, p.TrackingID, 32)
	require.NotEmpty(t, p.Messages)
	require.NotEmpty(t, p.Causes)
	return p
}
