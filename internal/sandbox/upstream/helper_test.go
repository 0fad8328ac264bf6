package upstream

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/disk"
)

var start = time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)

// echo is a tenant that counts what it was told to do.
type echo struct {
	up *Upstream

	mu      sync.Mutex
	handled []Request
	onDisk  []int // how many calls were on record when each was handled
}

func (e *echo) Answer(r Request) Answer {
	calls, err := e.up.Calls()
	e.mu.Lock()
	defer e.mu.Unlock()
	if err != nil {
		return Answer{Status: http.StatusTeapot}
	}
	e.handled, e.onDisk = append(e.handled, r), append(e.onDisk, len(calls))
	return Answer{Status: 202, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"id":"1","list":[1,"two",true,null],"flag":true}`)}
}

func (e *echo) Refuse(status int) Answer {
	return Answer{Status: status, Header: http.Header{"Retry-After": {"7"}}, Body: []byte(`{"refused":true}`)}
}

func (e *echo) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.handled)
}

func (e *echo) Upstream() *Upstream       { return e.up }
func (e *echo) Accounts() any             { return []string{"one"} }
func (e *echo) Settings() any             { return map[string]string{"own": "1"} }
func (e *echo) Edit(string, []byte) error { return nil }
func (e *echo) Forget(string) error       { return nil }
func (e *echo) Aggregate(string) error    { return nil }
func (e *echo) Change(raw []byte) error {
	if strings.Contains(string(raw), "bad") {
		return errors.New("bad is not good")
	}
	return nil
}

// rig is an echo on a real socket, mounted at /isc.
type rig struct {
	t    *testing.T
	dir  string
	disk *disk.Disk
	echo *echo
	srv  *httptest.Server

	patience time.Duration // how long calls wait; 0 means 20 s
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir()}
	r.open()
	t.Cleanup(func() { r.srv.CloseClientConnections(); r.srv.Close(); _ = r.disk.Close() })
	return r
}

func (r *rig) open() {
	var err error
	r.disk, err = disk.Open(r.dir)
	require.NoError(r.t, err)
	r.echo = &echo{}
	cfg := Config{Name: "isc", Mount: "/isc", Token: "/oauth/token", Tasks: true, Disk: r.disk, Clock: func() time.Time { return start }}
	r.echo.up, err = New(cfg, r.echo)
	require.NoError(r.t, err)
	control := Control(r.echo)
	r.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/sandbox/") {
			control.ServeHTTP(w, req)
			return
		}
		http.StripPrefix("/isc", r.echo.up).ServeHTTP(w, req)
	}))
}

func (r *rig) reopen() {
	r.srv.Close()
	require.NoError(r.t, r.disk.Close())
	r.open()
}

type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

// call makes a call with a deadline, on a connection of its own.
func (r *rig) call(method, path, body string) answer {
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.srv.URL+path, strings.NewReader(body))
	require.NoError(r.t, err)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: cmp.Or(r.patience, 20*time.Second)}).Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(raw), err: err}
}

// control calls a control endpoint and decodes its answer.
func (r *rig) control(method, path, body string, status int) map[string]any {
	r.t.Helper()
	a := r.call(method, "/sandbox/v1/upstream/isc"+path, body)
	require.NoError(r.t, a.err)
	require.Equal(r.t, status, a.status, a.body)
	var v map[string]any
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &v))
	return v
}

// fault switches a fault on for every POST, once.
func (r *rig) fault(kind, more string) {
	r.t.Helper()
	r.control("POST", "/faults", `{"method":"POST","path_prefix":"/accounts","kind":"`+kind+`","times":1`+more+`}`, 200)
}

func (r *rig) calls() []Call {
	calls, err := r.echo.up.Calls()
	require.NoError(r.t, err)
	return calls
}
