// Package upstream is what the sandbox's fake identity systems share: the record of every call as it came over the wire, the
// faults that can be switched on, tokens, the rate limit, and the control endpoints for all of these.
package upstream

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"accountops/internal/sandbox/disk"
)

// Request is one call that came in, read whole.
type Request struct {
	Method string
	Path   string // below the mount, still escaped, begins with a slash
	Query  url.Values
	Header http.Header
	Body   []byte
	Task   TaskFault // how the task that this call starts, or reads, shall behave
}

// Answer is what a tenant answers. A nil body is none at all.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Tenant is a fake identity system, as the recorder sees it.
type Tenant interface {
	// Answer handles one call. Whatever it changed is on disk before it returns.
	Answer(Request) Answer
	// Refuse gives a refusal with this status in the system's own shape, as a fault injects it.
	Refuse(status int) Answer
}

// Config says what an Upstream is. All fields but Tasks are needed.
type Config struct {
	Name  string // as in /sandbox/v1/upstream/{name}; also the prefix of its buckets on disk
	Mount string // where the tenant is mounted, such as /isc
	Token string // the path of the token endpoint below the mount
	Tasks bool   // whether the system has tasks, so that task faults make sense
	Disk  *disk.Disk
	Clock func() time.Time
}

// Upstream stands between the wire and a tenant. Each call is on disk before the tenant hears of it.
type Upstream struct {
	cfg    Config
	tenant Tenant
	calls  calls
	faults faults
	limit  limit

	// Tokens are the access tokens that the tenant gave out.
	Tokens *Tokens

	mu   sync.Mutex
	wire wireSettings
}

// maxBody is the largest body of a call that is read; more is refused with 413.
const maxBody = 1 << 20

// New puts an Upstream in front of a tenant and takes up its record and faults where they were left.
func New(cfg Config, tenant Tenant) (*Upstream, error) {
	cfg.Mount = "/" + strings.Trim(cfg.Mount, "/")
	u := &Upstream{cfg: cfg, tenant: tenant, wire: wireSettings{Pause: time.Second, Hold: 5 * time.Minute}}
	if err := errors.Join(u.calls.open(cfg), u.faults.open(cfg)); err != nil {
		return nil, fmt.Errorf("open the record of %s: %w", cfg.Name, err)
	}
	if _, err := cfg.Disk.Get(cfg.Name+"/settings", "wire", &u.wire); err != nil {
		return nil, err
	}
	var err error
	u.Tokens, err = newTokens(cfg.Disk, cfg.Name+"/tokens", cfg.Clock)
	return u, err
}

// ServeHTTP records the call, lets the tenant answer it, and does what a matching fault says.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, readErr := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	path, query := u.wirePath(r)
	req := Request{Method: r.Method, Path: u.below(path), Header: r.Header, Body: body}
	number, err := u.calls.add(Call{Method: r.Method, Path: path, Query: query, Body: string(body)}, u.isToken(req.Path))
	if err != nil {
		http.Error(w, "The sandbox could not record this call, so it was not handled.", http.StatusInternalServerError)
		return
	}
	if readErr != nil {
		return // the client is gone; the call stays on record, unanswered
	}
	fault, err := u.faults.take(req.Method, path, req.Path)
	if err != nil {
		http.Error(w, "The sandbox could not use up a fault, so this call was not handled.", http.StatusInternalServerError)
		return
	}
	x := exchange{u: u, w: w, r: r, number: number}
	if req.Query, err = url.ParseQuery(query); err != nil {
		x.answer(u.tenant.Refuse(http.StatusBadRequest))
		return
	}
	if len(body) > maxBody {
		x.answer(u.tenant.Refuse(http.StatusRequestEntityTooLarge))
		return
	}
	x.strike(fault, req)
}

// wirePath gives the path and the query as they came over the wire.
func (u *Upstream) wirePath(r *http.Request) (path, query string) {
	path, query, _ = strings.Cut(r.RequestURI, "?")
	if i := strings.Index(path, "://"); i >= 0 {
		if j := strings.IndexByte(path[i+3:], '/'); j >= 0 {
			path = path[i+3+j:]
		}
	}
	if path == "" {
		path, query = u.cfg.Mount+r.URL.EscapedPath(), r.URL.RawQuery
	}
	return path, query
}

func (u *Upstream) below(path string) string {
	if rest, ok := strings.CutPrefix(path, u.cfg.Mount); ok && strings.HasPrefix(rest, "/") {
		return rest
	}
	return path
}

func (u *Upstream) isToken(path string) bool { return strings.EqualFold(path, u.cfg.Token) }
