package slackemu

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

// open gives the URL of a new socket.
func (x *world) open() string {
	x.t.Helper()
	_, u, err := x.api.StartSocketModeContext(x.t.Context())
	require.NoError(x.t, err)
	return u
}

func (x *world) dial(u string) *websocket.Conn {
	x.t.Helper()
	ws, resp, err := websocket.DefaultDialer.Dial(u, nil)
	require.NoError(x.t, err)
	_ = resp.Body.Close()
	x.t.Cleanup(func() { _ = ws.Close() })
	require.NoError(x.t, ws.SetReadDeadline(time.Now().Add(time.Minute)))
	return ws
}

func next(t *testing.T, ws *websocket.Conn) m {
	t.Helper()
	var got m
	require.NoError(t, ws.ReadJSON(&got))
	return got
}

func TestASocketIsGreetedFirst(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	for i := 1; i <= 3; i++ {
		hello := next(t, x.dial(x.open()))
		require.Equal(t, "hello", hello["type"])
		require.InDelta(t, i, hello["num_connections"], 0)
		require.Equal(t, "A0ACCTOPS1", hello["connection_info"].(m)["app_id"])
	}
}

func TestPoint2ATicketIsGoodOnceAndNotForLong(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	refused := func(u string) {
		_, resp, err := websocket.DefaultDialer.Dial(u, nil)
		require.Error(t, err)
		require.Equal(t, 403, resp.StatusCode)
		_ = resp.Body.Close()
	}
	u := x.open()
	x.dial(u)
	refused(u)
	refused(strings.Split(u, "?")[0])
	stale := x.open()
	x.advance(ticketLife + time.Second)
	refused(stale)
}

func TestTheEleventhSocketIsRefused(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	for range 10 {
		next(t, x.dial(x.open()))
	}
	eleventh := x.dial(x.open())
	got := next(t, eleventh)
	require.Equal(t, []any{"disconnect", "too_many_websockets"}, []any{got["type"], got["reason"]})
	require.Error(t, eleventh.ReadJSON(&got))
	require.Equal(t, 10, x.ws.Connections())
}

func TestPoint2ASocketIsPingedAndPingsAreAnswered(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) { c.PingEvery = 20 * time.Millisecond })
	ws := x.dial(x.open())
	pinged, ponged := make(chan struct{}, 100), make(chan string, 1)
	ws.SetPingHandler(func(string) error { pinged <- struct{}{}; return nil })
	ws.SetPongHandler(func(data string) error { ponged <- data; return nil })
	require.NoError(t, ws.WriteControl(websocket.PingMessage, []byte("are you there"), time.Now().Add(time.Second)))
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	for range 3 {
		<-pinged
	}
	require.Equal(t, "are you there", <-ponged)
}

func TestASocketThatAnswersNoPingIsDropped(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) { c.PingEvery = 5 * time.Millisecond })
	x.ws.silence = 50 * time.Millisecond
	ws := x.dial(x.open())
	ws.SetPingHandler(func(string) error { return nil })
	for {
		if _, _, err := ws.ReadMessage(); err != nil {
			break
		}
	}
	x.becomes("the end of the silent socket", func() bool { return x.ws.Connections() == 0 })
}

func TestEachEnvelopeGoesToOneSocketInTurn(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	a, b := x.dial(x.open()), x.dial(x.open())
	x.becomes("two sockets", func() bool { return x.ws.Connections() == 2 })
	counts := make(chan int, 2)
	for _, ws := range []*websocket.Conn{a, b} {
		go func() {
			n := 0
			for {
				var e m
				if ws.ReadJSON(&e) != nil || e["type"] == "disconnect" {
					counts <- n
					return
				}
				if id, ok := e["envelope_id"].(string); ok {
					n++
					_ = ws.WriteJSON(m{"envelope_id": id})
				}
			}
		}()
	}
	for i := range 6 {
		require.Equal(t, true, x.command(fmt.Sprint(i)).body["acked"])
	}
	x.ws.Disconnect("refresh_requested", 0)
	require.Equal(t, []int{3, 3}, []int{<-counts, <-counts})
}

func TestPoint8ADisconnectHasAReasonAndSlackGoComesBack(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	x.app(ack(nil))
	for _, reason := range []string{"refresh_requested", "drop"} {
		before := x.ws.ever()
		require.Equal(t, 1, x.ws.Disconnect(reason, 0))
		x.becomes("slack-go back after "+reason, func() bool { return x.ws.ever() > before })
		require.Equal(t, true, x.command("x").body["acked"])
	}
}

func TestAWarningLeavesTheSocketOpen(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ws := x.dial(x.open())
	next(t, ws)
	require.Equal(t, 200, x.control("slack/faults", m{"kind": "disconnect", "reason": "warning"}).status)
	got := next(t, ws)
	require.Equal(t, []any{"disconnect", "warning"}, []any{got["type"], got["reason"]})
	done := make(chan reply, 1)
	go func() { done <- x.command("still here?") }()
	e := next(t, ws)
	require.NoError(t, ws.WriteJSON(m{"envelope_id": e["envelope_id"]}))
	require.Equal(t, true, (<-done).body["acked"])
}

func TestAfterADisconnectNothingMoreIsSent(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ws := x.dial(x.open())
	next(t, ws)
	x.ws.Disconnect("refresh_requested", 0)
	require.Equal(t, dispatchFailed, x.command("x").body["error"])
	require.Equal(t, "disconnect", next(t, ws)["type"])
	_, _, err := ws.ReadMessage()
	require.Error(t, err, "and the line is cut a moment later")
}

func TestPoint2AnAckOf20KBIsIgnored(t *testing.T) {
	t.Parallel()
	for size, acked := range map[int]bool{maxAck: false, maxAck - 1: true} {
		x := newWorld(t, func(c *Config) { c.AckWithin = 500 * time.Millisecond })
		ws := x.dial(x.open())
		next(t, ws)
		done := make(chan reply, 1)
		go func() { done <- x.command("x") }()
		id := next(t, ws)["envelope_id"].(string)
		raw, err := json.Marshal(m{"envelope_id": id, "payload": m{"text": ""}})
		require.NoError(t, err)
		raw, err = json.Marshal(m{"envelope_id": id, "payload": m{"text": strings.Repeat("x", size-len(raw))}})
		require.NoError(t, err)
		require.Len(t, raw, size)
		require.NoError(t, ws.WriteMessage(websocket.TextMessage, raw))
		require.Equal(t, acked, (<-done).body["acked"], size)
	}
}

func TestNothingRunsAfterClose(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	ws := x.dial(x.open())
	next(t, ws)
	done := make(chan reply, 1)
	go func() { done <- x.command("x") }()
	next(t, ws)
	x.ws.Close()
	got := <-done
	require.Equal(t, false, got.body["acked"])
	_, _, err := ws.ReadMessage()
	require.Error(t, err)
	require.Equal(t, 403, x.do("GET", "/slack/socket?ticket=x", "", nil).status)
}

func TestSlackGoStopsAtAWrongAppToken(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	smc := socketmode.New(x.client("xoxb-sandbox", "xapp-wrong"))
	go func() {
		for range smc.Events {
			continue
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.EqualError(t, smc.RunContext(ctx), "invalid_auth")
	close(smc.Events)
}

// ever tells how many sockets there were since the workspace was opened.
func (w *Workspace) ever() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.joined
}
