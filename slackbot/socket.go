package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"accountops/internal/fault"
)

const (
	greetWithin = 15 * time.Second // from asking for a socket to being greeted by it
	silentFor   = 30 * time.Second // Slack pings every ten seconds; a socket that is silent for longer is dead
	writeWithin = 5 * time.Second
	stillComing = 100 * time.Millisecond // without a message, and Slack has nothing more on its way by a socket that is to be closed
	drainWithin = time.Second            // such a socket is read no longer, even when something comes all the time
	closeWithin = time.Second            // from our last word until Slack closes
	readLimit   = 1 << 20                // bytes of one message from Slack
	frameLimit  = 20 << 10               // bytes of an acknowledgement: Slack silently ignores one that has as many, or that comes in parts
)

// The types of what comes by a socket: https://docs.slack.dev/apis/events-api/using-socket-mode. HTTP mode has an address for
// each instead.
const (
	envHello       = "hello"
	envDisconnect  = "disconnect"
	envCommand     = "slash_commands"
	envInteraction = "interactive"
	envEvent       = "events_api"
)

// envelope is one message by a socket. What has an id is to be acknowledged.
type envelope struct {
	Type    string          `json:"type"`
	ID      string          `json:"envelope_id"`
	Payload json.RawMessage `json:"payload"`
	Reason  string          `json:"reason"` // of a disconnect
}

// readEnvelope reads as much of a message as can be read; what cannot be acknowledged has no id.
func readEnvelope(raw []byte) envelope {
	var e envelope
	if json.Unmarshal(raw, &e) != nil {
		return envelope{}
	}
	return e
}

// socket is one Socket Mode connection. The library's own client closes its connection before it opens the next one, and what
// Slack sends meanwhile is lost (docs/decisions/0005-own-sockets.md).
type socket struct {
	ws      *websocket.Conn
	writing sync.Mutex
	going   chan struct{} // closed once another one has to take its place: Slack says so, or it has ended
	goes    func()
}

var dialer = websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: callTimeout, WriteBufferSize: frameLimit + 1<<10}

// openSocket opens a socket and waits until Slack greets us by it.
func (s *Slack) openSocket(ctx context.Context) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	_, address, err := s.api.StartSocketModeContext(ctx)
	if err != nil {
		return nil, err
	}
	ws, resp, err := dialer.DialContext(ctx, address, nil)
	if resp != nil {
		_ = resp.Body.Close() // of a refused handshake; the websocket's is another
	}
	if err != nil {
		return nil, errors.New("no socket: " + hint(err)) // the error may hold the address, which lets in whoever has it
	}
	defer context.AfterFunc(ctx, func() { _ = ws.Close() })()
	ws.SetReadLimit(readLimit)
	_, raw, err := ws.ReadMessage()
	if e := readEnvelope(raw); err != nil || e.Type != envHello {
		_ = ws.Close()
		return nil, fault.Wrap(err, fault.Upstream, "Slack closed a socket before it greeted us. Reason: "+visible(e.Reason)+".")
	}
	return newSocket(ws), nil
}

func newSocket(ws *websocket.Conn) *socket {
	going := make(chan struct{})
	return &socket{ws: ws, going: going, goes: sync.OnceFunc(func() { close(going) })}
}

// read gives each message to take, until the socket ends. When ctx ends, what Slack has sent by then is still read.
func (s *socket) read(ctx context.Context, take func(envelope)) {
	defer s.goes()
	last := sync.OnceValue(func() time.Time { return time.Now().Add(drainWithin) })
	drain := func() error {
		until := time.Now().Add(stillComing)
		if last().Before(until) {
			until = last()
		}
		return s.ws.SetReadDeadline(until)
	}
	alive := func() error {
		err := s.ws.SetReadDeadline(time.Now().Add(silentFor))
		if ctx.Err() != nil {
			err = drain()
		}
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = drain() })()
	s.ws.SetPingHandler(func(data string) error {
		if err := s.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeWithin)); err != nil {
			return err
		}
		return alive()
	})
	for alive() == nil {
		_, raw, err := s.ws.ReadMessage()
		if err != nil {
			return
		}
		take(readEnvelope(raw))
	}
}

// close says our last word and waits until Slack closes: a connection that is cut with something unread in it takes with it what was
// written last. Nothing may be acknowledged after a Close frame (RFC 6455, 5.5.1), so what still comes is not taken: Slack sends an event
// again, and tells whoever typed or clicked that it failed.
func (s *socket) close() {
	until := time.Now().Add(closeWithin)
	if s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), until) == nil &&
		s.ws.NetConn().SetReadDeadline(until) == nil {
		_, _ = io.Copy(io.Discard, s.ws.NetConn())
	}
	_ = s.ws.Close()
}

// ack acknowledges an envelope; answer is what goes with it, nil for nothing.
func (s *socket) ack(id string, answer any) error {
	out := struct {
		ID      string `json:"envelope_id"`
		Payload any    `json:"payload,omitempty"`
	}{id, answer}
	raw, err := json.Marshal(out)
	if err == nil && len(raw) >= frameLimit {
		err = errors.New("what was to go with the acknowledgement is longer than Slack takes")
	}
	if err != nil {
		// Whoever waits is not to be told that nothing was received.
		return errors.Join(err, s.ack(id, nil))
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.ws.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return s.ws.WriteMessage(websocket.TextMessage, raw)
}
