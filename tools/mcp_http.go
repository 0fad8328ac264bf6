package tools

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"accountops/internal/executor"
)

// The bounds of the HTTP door.
const (
	largestBody   = 1 << 20          // bytes of one message
	sessionIdle   = 30 * time.Minute // after which a legacy session that nobody used is forgotten
	heartbeat     = 45 * time.Second // on a legacy client's listening stream
	writePatience = 30 * time.Second // for one write to a slow reader
)

// HTTPOptions says who may come in by HTTP.
type HTTPOptions struct {
	Tokens   []Token        // everybody else's way in
	OAuth    *OAuth         // and that of people who sign in with an issuer; nil: none
	Loopback bool           // the listener is bound to this machine's own addresses only
	Local    executor.Actor // Principal and Name of who comes without a token from this machine; empty: a token is always needed
	Hosts    []string       // names by which the server may be called, besides this machine's own; "host" or "host:port"
	Origins  []string       // web origins that may call it, besides its own, such as "https://console.example"
}

// MCPHandler is the MCP face over HTTP: Streamable HTTP behind the checks of host, origin, size, token and session.
type MCPHandler struct {
	opts     HTTPOptions
	keys     []tokenKey
	origins  []string
	cross    *http.CrossOriginProtection
	sessions *sessions
	idKey    string // of the texts that go through mcp-go for ids
	stream   *server.StreamableHTTPServer
	mcp      *MCP
}

// HTTP makes the handler. It refuses an open door: a listener that others can reach needs tokens and the names it has.
func (m *MCP) HTTP(opts HTTPOptions) (*MCPHandler, error) {
	keys, err := keysOf(opts.Tokens)
	wrong := []error{err, opts.OAuth.check()}
	if !opts.Loopback && len(keys) == 0 && opts.OAuth == nil {
		wrong = append(wrong, errors.New("MCP over HTTP can be reached from other machines but has no tokens: configure some, or OAuth, or listen on 127.0.0.1"))
	}
	if !opts.Loopback && len(opts.Hosts) == 0 {
		wrong = append(wrong, errors.New("MCP over HTTP can be reached from other machines but its host names are not configured, so every call would be refused"))
	}
	h := &MCPHandler{opts: opts, keys: keys, sessions: newSessions(), idKey: rand.Text(), mcp: m, cross: http.NewCrossOriginProtection()}
	for _, origin := range opts.Origins {
		if err := h.cross.AddTrustedOrigin(origin); err != nil {
			wrong = append(wrong, fmt.Errorf("MCP origin: %w", err))
		}
		h.origins = append(h.origins, strings.ToLower(origin))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	h.stream = server.NewStreamableHTTPServer(m.server,
		server.WithSessionIdManagerResolver(h.sessions),
		server.WithSessionIdleTTL(sessionIdle),
		server.WithHeartbeatInterval(heartbeat),
		server.WithDisableLocalhostProtection(true), // ours knows the configured hosts as well
		server.WithStreamableHTTPLogger(slog.New(onlyErrors{m.log.Handler()})),
	)
	return h, nil
}

// Close ends all waiting and all streams, so that an http.Server can shut down.
func (h *MCPHandler) Close(ctx context.Context) error {
	h.mcp.Close()
	return h.stream.Shutdown(ctx)
}

// LimitHTTP sets the timeouts of a server that serves an MCPHandler: long enough for a call that waits, and no longer.
func LimitHTTP(s *http.Server) {
	s.ReadHeaderTimeout = 5 * time.Second
	s.ReadTimeout = 15 * time.Second
	s.WriteTimeout = (longestWait + 30) * time.Second
	s.IdleTimeout = 2 * time.Minute
	s.MaxHeaderBytes = 32 << 10
}

// ServeHTTP lets in who may come in, and hands over to the protocol.
func (h *MCPHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	patient := &patientWriter{ResponseWriter: w, control: http.NewResponseController(w)}
	h.allowOrigin(patient, r) // a page has to read refusals too: one of them says where to get a token
	a, no := h.admit(patient, r)
	if no != nil {
		no.write(patient, a.p.asks())
		return
	}
	if a.r == nil {
		return
	}
	switch ctx := a.r.Context(); { // r's, with the caller
	case h.served(ctx, patient, a): //nolint:contextcheck // as above
	case h.complains(patient, a):
	case r.Method == http.MethodPost && a.p.reads():
		h.read(ctx, patient, a) //nolint:contextcheck // as above
	case r.Method == http.MethodGet && a.r.Header.Get(mcp.HeaderSessionID) != "":
		h.listen(ctx, patient, a) //nolint:contextcheck // as above
	default:
		h.stream.ServeHTTP(h.exactly(patient, a))
	}
}

// listen serves a stream of a legacy session until its reader goes or the session ends.
func (h *MCPHandler) listen(ctx context.Context, w *patientWriter, a admitted) {
	ctx, leave, no := h.sessions.listen(ctx, a.r.Header.Get(mcp.HeaderSessionID))
	if no != nil {
		no.write(w, nil)
		return
	}
	defer leave()
	h.stream.ServeHTTP(w, a.r.WithContext(ctx))
}

// admitted is a request that was let in, with its caller, its message and what has to be known of that. No request: nothing is left to do.
type admitted struct {
	r    *http.Request
	p    peek
	body []byte
}

// admit makes every check.
func (h *MCPHandler) admit(w *patientWriter, r *http.Request) (a admitted, no *refusal) {
	if !h.knownHost(r.Host) {
		return a, &refusal{http.StatusForbidden, "", "This server does not go by that host name." + noChange}
	}
	if !h.knownOrigin(r) {
		return a, &refusal{http.StatusForbidden, "", "This server does not take calls from that web origin." + noChange}
	}
	if r.Method == http.MethodOptions && h.allows(r) {
		preflight(w)
		return a, nil
	}
	if r.Method != http.MethodPost && r.Method != http.MethodGet && r.Method != http.MethodDelete {
		w.Header().Set("Allow", "POST, GET, DELETE")
		return a, &refusal{http.StatusMethodNotAllowed, "", "MCP uses POST, GET and DELETE." + noChange}
	}
	who, no := h.authenticate(r)
	if no != nil {
		h.mcp.log.WarnContext(r.Context(), "MCP call refused", "status", no.status, "remote", r.RemoteAddr)
		return a, no
	}
	body, no := readBody(w, r)
	if no != nil {
		return a, no
	}
	r = r.WithContext(withCaller(r.Context(), who))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	p := peekOf(body)
	if r.Method == http.MethodPost {
		if bad, is := malformed(p, body); is {
			writeRPC(w, bad)
			return a, nil
		}
	}
	a.p = p
	if no := h.withinScopes(p, who); no != nil {
		return a, no
	}
	r, no = h.admitMessage(w, r, p, who)
	return admitted{r, p, body}, no
}

// admitMessage checks what a message may do: with which session, and to whose calls.
func (h *MCPHandler) admitMessage(w *patientWriter, r *http.Request, p peek, who caller) (*http.Request, *refusal) {
	session := r.Header.Get(mcp.HeaderSessionID)
	switch {
	case mcp.IsModernProtocol(p.version()) || mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)):
		// Modern calls have no session, so one client's cancellation would hit another's call with the same id. A modern
		// client cancels by closing the call's own connection.
		if p.Method == string(mcp.MethodNotificationCancelled) && p.ID == nil {
			w.WriteHeader(http.StatusAccepted)
			return nil, nil
		}
		r.Header.Del(mcp.HeaderSessionID)
	case p.Method == string(mcp.MethodInitialize):
		if h.sessions.full(who.principal) {
			return nil, &refusal{http.StatusTooManyRequests, "", "You have too many sessions open: end some with DELETE, or wait until they are forgotten." + noChange}
		}
	case session == "":
		return nil, &refusal{http.StatusBadRequest, "", "This call has neither a session (" + mcp.HeaderSessionID + ") nor the protocol version in its _meta. Start with initialize." + noChange}
	case !h.sessions.owned(session, who.principal):
		return nil, noSession()
	case r.Method == http.MethodPost && p.answers():
		h.stream.ServeHTTP(unheard{}, r) // an answer to a question of ours, or to a heartbeat, of which the library knows nothing
		w.WriteHeader(http.StatusAccepted)
		return nil, nil
	}
	return r, nil
}

// knownHost refuses names that a web page may have bound to this machine's address.
func (h *MCPHandler) knownHost(host string) bool {
	if loopbackHost(hostname(host)) {
		return true
	}
	return slices.ContainsFunc(h.opts.Hosts, func(known string) bool {
		return strings.EqualFold(known, host) || strings.EqualFold(known, hostname(host))
	})
}

// readBody reads a message whole, and no more than may be.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, &refusal{http.StatusRequestEntityTooLarge, "", "The message is larger than 1 MiB." + noChange}
	}
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "", "The message did not arrive whole." + noChange}
	}
	return body, nil
}

// peek is what has to be known of a message before the protocol sees it.
type peek struct {
	JSONRPC string          `json:"jsonrpc"`
	Method  string          `json:"method"`
	ID      json.RawMessage `json:"id"`
	Result  json.RawMessage `json:"result"`
	Error   json.RawMessage `json:"error"`
	Params  struct {
		Name      string                     `json:"name"`
		URI       string                     `json:"uri"`
		TaskID    string                     `json:"taskId"`
		Cursor    string                     `json:"cursor"`
		RequestID json.RawMessage            `json:"requestId"`
		Meta      map[string]json.RawMessage `json:"_meta"`

		Arguments      json.RawMessage    `json:"arguments"`
		InputResponses mcp.InputResponses `json:"inputResponses"`
		RequestState   string             `json:"requestState"`
	} `json:"params"`
	whole    bool   // all of it made sense
	nullID   bool   // it has an id of null
	protocol string // the version that it declares, of the modern protocol
}

// peekOf looks into a message. What makes no sense in it is left out; the protocol complains about it.
func peekOf(body []byte) peek {
	var p peek
	p.whole = json.Unmarshal(body, &p) == nil
	if string(p.ID) == "null" {
		p.ID, p.nullID = nil, true
	}
	_ = json.Unmarshal(p.Params.Meta[mcp.MetaKeyProtocolVersion], &p.protocol) // not a string: no version
	return p
}

// metaProgress is where a request says that it wants to hear of its progress.
const metaProgress = "progressToken"

// client gives what the client says it is, or nil.
func (p peek) client() *mcp.Implementation {
	info := &mcp.Implementation{}
	if raw := p.Params.Meta[mcp.MetaKeyClientInfo]; raw == nil || json.Unmarshal(raw, info) != nil {
		return nil
	}
	return info
}

func (p peek) version() string { return p.protocol }
