package tools

import (
	"crypto/rand"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/server"

	"accountops/internal/executor"
)

// mostSessions is how many legacy sessions one principal may have open. A client that never ends its own is stopped there;
// idle ones go by themselves.
const mostSessions = 1000

// sessionPrefix begins the id of every session, and anySession is such an id.
const sessionPrefix = "mcp-session-"

var anySession = regexp.MustCompile(sessionPrefix + "[a-z0-9]+")

// sessions knows whose each legacy session is. A session id alone lets nobody in: every request is authenticated, and
// somebody else's session looks like none.
type sessions struct {
	mu     sync.Mutex
	owners map[string]executor.Principal
	counts map[executor.Principal]int
}

func newSessions() *sessions {
	return &sessions{owners: map[string]executor.Principal{}, counts: map[executor.Principal]int{}}
}

func (s *sessions) owned(id string, by executor.Principal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	owner, known := s.owners[id]
	return known && owner == by
}

func (s *sessions) full(by executor.Principal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[by] >= mostSessions
}

// ResolveSessionIdManager gives the sessions of the principal who makes the request; mcp-go's sweeper of idle sessions
// comes without a request and may end any.
func (s *sessions) ResolveSessionIdManager(r *http.Request) server.SessionIdManager { //nolint:revive // mcp-go's interface names it so
	if r == nil {
		return sessionsOf{all: s, sweeper: true}
	}
	c, _ := r.Context().Value(callerKey{}).(caller)
	return sessionsOf{all: s, owner: c.principal}
}

// sessionsOf is one principal's view of the sessions.
type sessionsOf struct {
	all     *sessions
	owner   executor.Principal
	sweeper bool
}

// Generate opens a session.
func (o sessionsOf) Generate() string {
	id := sessionPrefix + strings.ToLower(rand.Text())
	o.all.mu.Lock()
	defer o.all.mu.Unlock()
	o.all.owners[id] = o.owner
	o.all.counts[o.owner]++
	return id
}

// Validate refuses a session that is not this principal's.
func (o sessionsOf) Validate(id string) (terminated bool, err error) {
	if !o.all.owned(id, o.owner) {
		return false, errors.New("no such session")
	}
	return false, nil
}

// Terminate ends a session of this principal.
func (o sessionsOf) Terminate(id string) (notAllowed bool, err error) {
	o.all.mu.Lock()
	defer o.all.mu.Unlock()
	owner, known := o.all.owners[id]
	if known && (o.sweeper || owner == o.owner) {
		delete(o.all.owners, id)
		if o.all.counts[owner]--; o.all.counts[owner] <= 0 {
			delete(o.all.counts, owner)
		}
	}
	return false, nil
}
