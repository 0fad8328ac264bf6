package slackbot

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// oneLine is a listener with one connection, which lies in memory, so that time can be given.
type oneLine struct {
	ends chan net.Conn
	once sync.Once
}

func (l *oneLine) Accept() (net.Conn, error) {
	c, ok := <-l.ends
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (l *oneLine) Close() error   { l.once.Do(func() { close(l.ends) }); return nil }
func (l *oneLine) Addr() net.Addr { return &net.TCPAddr{} }

// lineInMemory gives a socket, and what is at its other end.
func lineInMemory(t *testing.T) (ours *socket, theirs *websocket.Conn) {
	t.Helper()
	near, far := net.Pipe()
	l := &oneLine{ends: make(chan net.Conn, 1)}
	l.ends <- far
	upgraded := make(chan *websocket.Conn, 1)
	server := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
		ws, err := up.Upgrade(rw, r, nil)
		if err == nil {
			upgraded <- ws
		}
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	d := websocket.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) { return near, nil }}
	ws, _, err := d.DialContext(t.Context(), "ws://slack.example/", nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ws.Close() })
	return newSocket(ws), <-upgraded
}

func over(s *socket) bool {
	select {
	case <-s.going:
		return true
	default:
		return false
	}
}

func TestASocketLivesAsLongAsSlackPingsItAndIsReplacedWhenItIsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := lineInMemory(t)
		pongs := 0
		theirs.SetPongHandler(func(string) error { pongs++; return nil })
		go func() {
			for {
				if _, _, err := theirs.ReadMessage(); err != nil {
					return
				}
			}
		}()
		go ours.read(t.Context(), func(envelope) {})
		for range 60 {
			time.Sleep(10 * time.Second)
			require.NoError(t, theirs.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(time.Second)))
			synctest.Wait()
		}
		require.Equal(t, 60, pongs)
		time.Sleep(silentFor - time.Second)
		synctest.Wait()
		require.False(t, over(ours), "Slack may be late")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.True(t, over(ours), "nobody is there any more")
	})
}

func TestAnAnswerThatIsLongerThanSlackTakesIsLeftOutOfTheAcknowledgement(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := lineInMemory(t)
		go func() {
			_ = ours.ack("e1", map[string]string{"text": "fits"})
			_ = ours.ack("e2", map[string]string{"text": strings.Repeat("x", frameLimit)})
			_ = ours.ack("e3", func() {}) // cannot be written at all
		}()
		for _, want := range []string{`{"envelope_id":"e1","payload":{"text":"fits"}}`, `{"envelope_id":"e2"}`, `{"envelope_id":"e3"}`} {
			_, raw, err := theirs.ReadMessage()
			require.NoError(t, err)
			require.JSONEq(t, want, string(raw))
		}
	})
}
