package tools

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// The bounds of the bridge.
const (
	bridgeAnswer  = 2 * time.Minute  // for one whole answer; the server answers a call that waits within 45 seconds
	bridgeNote    = 10 * time.Second // for a notification
	largestAnswer = 16 << 20         // bytes of one answer
)

// bridge passes one stdio client's messages on to a running server's Streamable HTTP endpoint, and its answers back.
// It holds no rights of its own and decides nothing.
type bridge struct {
	url     string
	token   secret
	client  *http.Client
	out     lineWriter
	calls   *lanes     // tool calls, which may wait long
	asides  *lanes     // all other requests
	restart sync.Mutex // one call at a time starts a session again
	running running

	mu         sync.Mutex
	session    string          // the legacy session, as initialize gave it
	version    string          // the legacy protocol version
	initialize json.RawMessage // the client's own, to start again when the server has forgotten the session
}

// Bridge serves one client over a pair of streams by passing everything on to the MCP endpoint at endpoint, with token where
// it is not empty. It returns when the input ends and everything has been answered, or when ctx ends. A server that does
// not answer makes each call answer with an error; it ends nothing.
func Bridge(ctx context.Context, in io.Reader, out io.Writer, endpoint, token string) error {
	u, err := url.Parse(endpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("the URL of the running accountops must be http or https with a host, such as http://127.0.0.1:8080/mcp, and hold no user, query or fragment")
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: stdioCalls, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: bridgeNote, ForceAttemptHTTP2: true,
	}
	defer transport.CloseIdleConnections()
	b := &bridge{
		url: endpoint, token: secret(strings.TrimSpace(token)), out: lineWriter{out: out}, calls: newLanes(), asides: newLanes(),
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token stays with its server
		},
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer b.end(context.WithoutCancel(ctx))
	return serveLines(ctx, in, &b.out, func(message []byte) { b.take(ctx, message) }, b.calls, b.asides)
}

// take passes one message on. Calls run side by side; what the following ones build on is waited for.
func (b *bridge) take(ctx context.Context, message []byte) {
	p := peekOf(message)
	bad, is := malformed(p, message)
	switch {
	case is:
		b.out.write(bad)
	case p.Method == string(mcp.MethodNotificationCancelled) && p.ID == nil && mcp.IsModernProtocol(p.version()):
		b.running.cancel(p.Params.RequestID) // closing its connection is how a modern client cancels over HTTP
	case p.ID == nil || p.Method == "":
		if p.Method == string(mcp.MethodNotificationCancelled) {
			b.running.cancel(p.Params.RequestID) // the older protocol needs to be told as well
		}
		note, cancel := context.WithTimeout(ctx, bridgeNote)
		defer cancel()
		_, _ = b.forward(note, p, message) // nobody expects an answer, so nobody is told of a failure
	case p.Method == string(mcp.MethodInitialize):
		b.start(ctx, p, message)
	default:
		b.call(ctx, p, message)
	}
}

// call passes a request on in the background.
func (b *bridge) call(ctx context.Context, p peek, message json.RawMessage) {
	ctx, end := b.running.begin(ctx, p.ID)
	ctx, cancel := context.WithTimeout(ctx, bridgeAnswer)
	way := b.asides
	if p.Method == string(mcp.MethodToolsCall) {
		way = b.calls
	}
	ran := way.run(ctx, func() {
		defer end()
		defer cancel()
		session := b.current()
		answered, err := b.forward(ctx, p, message)
		if errors.Is(err, errForgotten) && b.startAgain(ctx, session) {
			answered, err = b.forward(ctx, p, message) // it was refused before anything was done with it
		}
		if !answered && !errors.Is(ctx.Err(), context.Canceled) {
			b.out.write(b.unanswered(p, err))
		}
	})
	if !ran {
		cancel()
		end()
		b.out.write(tooMany(p))
	}
}

// start passes the client's initialize on, and keeps what the server answers: the session and the version.
func (b *bridge) start(ctx context.Context, p peek, message json.RawMessage) {
	ctx, cancel := context.WithTimeout(ctx, bridgeAnswer)
	defer cancel()
	b.mu.Lock()
	b.initialize, b.session, b.version = message, "", ""
	b.mu.Unlock()
	if answered, err := b.forward(ctx, p, message); !answered {
		b.out.write(b.unanswered(p, err))
	}
}

// unanswered says why a call has no answer of the server's own. The cause may hold the URL, never the token.
func (b *bridge) unanswered(p peek, err error) rpcFailure {
	who := "The accountops at " + plainText(b.url, longestValue)
	if no, is := errors.AsType[*refusedBy](err); is {
		return rpcError(p.ID, no.code, who+" refused it ("+no.status+")"+no.words())
	}
	why := "did not answer"
	if err != nil {
		why = "could not be asked (" + plainText(b.token.hiddenIn(err.Error()), longestSentence) + ")"
	}
	return rpcError(p.ID, mcp.INTERNAL_ERROR, who+" "+why+". As far as is known nothing was changed by this call. "+
		"If it asked for a change, the list of your requests tells whether that was recorded.")
}

// end tells the server that the session is over, if there is one.
func (b *bridge) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stdioLeave)
	defer cancel()
	if b.current() == "" {
		return
	}
	if req, err := b.request(ctx, http.MethodDelete, nil); err == nil {
		if resp, err := b.client.Do(req); err == nil {
			_ = resp.Body.Close() // the server forgets an idle session anyhow
		}
	}
}

// current gives the session.
func (b *bridge) current() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.session
}

// request makes an HTTP request with what every one carries.
func (b *bridge) request(ctx context.Context, method string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.url, body)
	if err != nil {
		return nil, err
	}
	if b.token != "" {
		req.Header.Set("Authorization", "Bearer "+string(b.token))
	}
	req.Header.Set("Accept", "application/json, text/event-stream")
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != "" {
		req.Header.Set(mcp.HeaderSessionID, b.session)
	}
	if b.version != "" {
		req.Header.Set(mcp.HeaderProtocolVersion, b.version)
	}
	return req, nil
}
