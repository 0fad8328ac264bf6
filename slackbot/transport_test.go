package slackbot

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

func TestWhatFellOverWhileItWasTakenInIsNotAcknowledgedByASocket(t *testing.T) {
	t.Parallel()
	acks := make(chan string, 2)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(rw, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		_, raw, _ := ws.ReadMessage()
		acks <- string(raw)
	}))
	defer server.Close()
	ws, resp, err := websocket.DefaultDialer.Dial(strings.Replace(server.URL, "http", "ws", 1), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	defer ws.Close()
	b, s := overHTTP(time.Now), newSocket(ws) // its inbox falls over
	command := mustJSON(t, map[string]string{"team_id": team, "user_id": requester, "trigger_id": "1", "command": "/account", "text": "find jane"})
	b.accept(t.Context(), s, envelope{Type: envCommand, ID: "first", Payload: []byte(command)})
	b.accept(t.Context(), s, envelope{Type: "something_new", ID: "second", Payload: []byte("{}")})
	require.JSONEq(t, `{"envelope_id":"second"}`, <-acks)
}

func TestWhatFellOverWhileItWasTakenInIsAnsweredWithAFailureAndItsNumber(t *testing.T) {
	t.Parallel()
	b := overHTTP(func() time.Time { return signedAt }, "new") // its inbox falls over
	b.opts.NewID = func() string { return "01INCIDENT" }
	body := url.Values{"team_id": {team}, "user_id": {requester}, "trigger_id": {"1"}, "command": {"/account"}, "text": {"find jane"}}.Encode()
	rw := httptest.NewRecorder()
	b.HTTP().ServeHTTP(rw, posted(pathCommands, asForm, body, "new", signedAt))
	require.Equal(t, http.StatusInternalServerError, rw.Code)
	require.Contains(t, rw.Body.String(), "nothing was done (incident 01INCIDENT)")
}
