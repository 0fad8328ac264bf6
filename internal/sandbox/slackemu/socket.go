package slackemu

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// pongWithin is how long a socket may stay silent before it is taken for dead, and writeWithin how long a write may take.
const (
	pongWithin  = 3 * pingEvery
	writeWithin = 5 * time.Second
	sendQueue   = 64
)

// conn is one Socket Mode connection.
type conn struct {
	id      string
	ws      *websocket.Conn
	send    chan []byte
	gone    chan struct{}
	leaving bool // a disconnect was sent: no more envelopes; guarded by the workspace's lock
}

// upgrader takes any origin: slack-go sends api.slack.com, and the ticket in the URL is what lets a client in.
var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func connectionsOpen(w *Workspace, _ *call) (answer, error) {
	now := w.now()
	for t, until := range w.tickets {
		if now.After(until) {
			delete(w.tickets, t)
		}
	}
	ticket := secret(16)
	w.tickets[ticket] = now.Add(ticketLife)
	u, err := url.Parse(w.base())
	if err != nil {
		return nil, err
	}
	u.Scheme = strings.Replace(u.Scheme, "http", "ws", 1)
	u.Path += "/slack/socket"
	u.RawQuery = url.Values{"ticket": {ticket}, "app_id": {w.app.ID}}.Encode()
	return answer{"url": u.String()}, nil
}

// admit takes a ticket, which is good once.
func (w *Workspace) admit(ticket string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	until, ok := w.tickets[ticket]
	delete(w.tickets, ticket)
	return ok && !w.now().After(until)
}

func (w *Workspace) serveSocket(rw http.ResponseWriter, r *http.Request) {
	if !w.admit(r.URL.Query().Get("ticket")) || w.ctx.Err() != nil {
		http.Error(rw, "this URL was used or is too old: call apps.connections.open for another", http.StatusForbidden)
		return
	}
	ws, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	c := &conn{id: "conn-" + secret(4), ws: ws, send: make(chan []byte, sendQueue), gone: make(chan struct{})}
	if !w.join(c) {
		_ = ws.SetWriteDeadline(time.Now().Add(writeWithin))
		_ = ws.WriteMessage(websocket.TextMessage, disconnectMessage("too_many_websockets"))
		_ = ws.Close()
		return
	}
	w.background(func() { w.write(c) })
	w.read(c)
	w.leave(c)
}

// join counts a connection in and greets it; false when there are ten already.
func (w *Workspace) join(c *conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.conns) >= maxConnections || w.ctx.Err() != nil {
		return false
	}
	w.conns = append(w.conns, c)
	w.joined++
	hello, _ := json.Marshal(map[string]any{
		"type": "hello", "num_connections": len(w.conns), "connection_info": map[string]any{"app_id": w.app.ID},
		"debug_info": map[string]any{"host": "applink-sandbox", "build_number": 1, "approximate_connection_time": 18060},
	})
	c.send <- hello
	w.changed(Change{Kind: "socket"})
	return true
}

func (w *Workspace) leave(c *conn) {
	c.close()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns = slices.DeleteFunc(w.conns, func(have *conn) bool { return have == c })
	w.changed(Change{Kind: "socket"})
}

func (c *conn) close() { _ = c.ws.Close() }

// read takes acks until the connection ends.
func (w *Workspace) read(c *conn) {
	defer close(c.gone)
	quiet := w.silence
	c.ws.SetReadLimit(maxBody)
	_ = c.ws.SetReadDeadline(time.Now().Add(quiet))
	alive := func(string) error { return c.ws.SetReadDeadline(time.Now().Add(quiet)) }
	c.ws.SetPongHandler(alive)
	answerPing := c.ws.PingHandler()
	c.ws.SetPingHandler(func(data string) error {
		_ = alive(data)
		return answerPing(data)
	})
	for {
		_, raw, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		_ = alive("")
		w.takeAck(c, raw)
	}
}

// write sends what is queued, and pings.
func (w *Workspace) write(c *conn) {
	defer c.close()
	ticker := time.NewTicker(w.cfg.PingEvery)
	defer ticker.Stop()
	for {
		select {
		case raw := <-c.send:
			_ = c.ws.SetWriteDeadline(time.Now().Add(writeWithin))
			if c.ws.WriteMessage(websocket.TextMessage, raw) != nil {
				return
			}
		case <-ticker.C:
			if c.ws.WriteControl(websocket.PingMessage, []byte("Ping from applink-sandbox"), time.Now().Add(writeWithin)) != nil {
				return
			}
		case <-c.gone:
			return
		case <-w.ctx.Done():
			return
		}
	}
}

func disconnectMessage(reason string) []byte {
	raw, _ := json.Marshal(map[string]any{
		"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-sandbox"},
	})
	return raw
}

// Connections tells how many sockets take envelopes: those that were told to go do not, though they are open a moment longer.
func (w *Workspace) Connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	taking := 0
	for _, c := range w.conns {
		if !c.leaving {
			taking++
		}
	}
	return taking
}

// Disconnect tells the sockets to go away, for one of Slack's reasons: warning, refresh_requested or link_disabled.
// After a warning a socket stays open for ten more seconds; "drop" cuts the line without a word. n bounds how many
// sockets, the oldest first; 0 means all. It gives how many were told.
func (w *Workspace) Disconnect(reason string, n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := 0
	for _, c := range w.conns {
		if c.leaving || (n > 0 && told >= n) {
			continue
		}
		c.leaving = reason != "warning"
		told++
		if reason == "drop" {
			c.close()
			continue
		}
		select {
		case c.send <- disconnectMessage(reason):
		default:
		}
		w.background(func() { w.hangUpAfter(c, reason) })
	}
	return told
}

func (w *Workspace) hangUpAfter(c *conn, reason string) {
	grace := time.Second
	if reason == "warning" {
		grace = 10 * time.Second
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-timer.C:
		c.close()
	case <-c.gone:
	case <-w.ctx.Done():
	}
}
