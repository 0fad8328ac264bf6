package fakeesystems

import (
	"encoding/base64"
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

// rig is a server on a real socket, with a clock that only the test moves.
type rig struct {
	t     *testing.T
	dir   string
	disk  *disk.Disk
	es    *Tenant
	srv   *httptest.Server
	token string

	mu  sync.Mutex
	now time.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), now: time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)}
	r.open()
	t.Cleanup(func() { r.srv.Close(); _ = r.disk.Close() })
	r.login("sandbox-client")
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
	r.es, err = New(Config{Disk: r.disk, Clock: r.clock})
	require.NoError(r.t, err)
	control := upstream.Control(r.es)
	r.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/sandbox/") {
			control.ServeHTTP(w, req)
			return
		}
		http.StripPrefix("/esystems", r.es).ServeHTTP(w, req)
	}))
}

func (r *rig) reopen() {
	r.srv.Close()
	require.NoError(r.t, r.disk.Close())
	r.open()
}

// answer is a whole answer.
type answer struct {
	status int
	body   string
	header http.Header
}

func (r *rig) send(method, path, body string, headers http.Header) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.srv.URL+path, strings.NewReader(body))
	require.NoError(r.t, err)
	req.Header = headers
	resp, err := r.srv.Client().Do(req)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return answer{resp.StatusCode, string(raw), resp.Header}
}

// call makes a call of the Endpoint API.
func (r *rig) call(method, path, body string) answer {
	r.t.Helper()
	return r.send(method, "/esystems/Endpoint/rest/api/v1"+path, body, http.Header{
		"Authorization": {"Bearer " + r.token}, "Content-Type": {"application/json"},
	})
}

func (r *rig) control(method, path, body string) string {
	r.t.Helper()
	a := r.send(method, "/sandbox/v1/upstream/esystems"+path, body, http.Header{})
	require.Equal(r.t, 200, a.status, a.body)
	return a.body
}

func (r *rig) form(client, pass string) answer {
	body := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {pass}}.Encode()
	return r.send("POST", "/esystems/oAuth/rest/v2/Token", body, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

func (r *rig) login(client string) {
	r.t.Helper()
	var v struct {
		AccessToken string `json:"access_token"`
	}
	a := r.form(client, "sandbox-secret")
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &v))
	require.NotEmpty(r.t, v.AccessToken)
	r.token = v.AccessToken
}

// coded is an id as one segment, the way the vendor recommends.
func coded(value string) string {
	return "base64%7C" + strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(base64.StdEncoding.EncodeToString([]byte(value)))
}

// by gives the path of an account by a field.
func by(name, value string) string { return "/Account/" + coded(value) + "?Name=" + name }

func account(t *testing.T, a answer) Account {
	t.Helper()
	require.Equal(t, 200, a.status, a.body)
	var v Account
	require.NoError(t, json.Unmarshal([]byte(a.body), &v))
	return v
}

func problemOf(t *testing.T, a answer, status int, kind string) errorBody {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	var v errorBody
	require.NoError(t, json.Unmarshal([]byte(a.body), &v))
	require.Equal(t, status, v.StatusCode)
	require.Equal(t, "/Errors/"+kind, v.Type)
	require.NotEmpty(t, v.Errors)
	require.Len(t, v.RequestKey, 32)
	require.Contains(t, v.Instance, "/Endpoint/rest/api/v1")
	return v
}
