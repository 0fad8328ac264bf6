package tools

import (
	"context"
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

// mostStreams is how many streams of one session may be listened to at once. A client needs one; a moment with two, when it reconnects.
const mostStreams = 10

// sessions knows whose each legacy session is. A session id alone lets nobody in: every request is authenticated, and
// somebody else's session looks like none.
type sessions struct {
	mu     sync.Mutex
	open   map[string]*session
	counts map[executor.Principal]int
}

// session is one legacy session that is open.
type session struct {
	owner   executor.Principal
	streams int             // that are listened to
	over    context.Context // ends with the session
	end     context.CancelFunc
}

func newSessions() *sessions {
	return &sessions{open: map[string]*session{}, counts: map[executor.Principal]int{}}
}

func (s *sessions) owned(id string, by executor.Principal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, known := s.open[id]
	return known && one.owner == by
}

// listen gives a stream a context that ends with its session. leave has to be called at its end.
func (s *sessions) listen(ctx context.Context, id string) (_ context.Context, leave func(), no *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, known := s.open[id]
	if !known {
		return nil, nil, noSession()
	}
	if one.streams >= mostStreams {
		return nil, nil, &refusal{http.StatusTooManyRequests, "", "This session is listened to on too many streams: close some of them first." + noChange}
	}
	one.streams++
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(one.over, cancel)
	return ctx, func() {
		stop()
		cancel()
		s.mu.Lock()
		defer s.mu.Unlock()
		one.streams--
	}, nil
}

func noSession() *refusal {
	return &refusal{http.StatusNotFound, "", "There is no such session; start again with initialize." + noChange}
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
	one := &session{owner: o.owner}
	one.over, one.end = context.WithCancel(context.Background())
	o.all.open[id] = one
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

// Terminate ends a session of this principal, and whatever listens to it.
func (o sessionsOf) Terminate(id string) (notAllowed bool, err error) {
	o.all.mu.Lock()
	defer o.all.mu.Unlock()
	one, known := o.all.open[id]
	if known && (o.sweeper || one.owner == o.owner) {
		one.end()
		delete(o.all.open, id)
		if o.all.counts[one.owner]--; o.all.counts[one.owner] <= 0 {
			delete(o.all.counts, one.owner)
		}
	}
	return false, nil
}
