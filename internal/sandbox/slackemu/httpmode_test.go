package slackemu

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// overHTTP makes the app one with request URLs that h answers.
func overHTTP(t *testing.T, h http.HandlerFunc) func(*Config) {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return func(c *Config) {
		c.Seed = DefaultSeed()
		c.Seed.App.Events = []string{"app_mention"}
		c.Seed.App.HTTP = &HTTPMode{
			Commands: srv.URL + "/commands", Interactivity: srv.URL + "/interactivity", Events: srv.URL + "/events",
		}
		clock := c.Clock // slack-go compares the timestamp with the real time
		c.Clock = func() time.Time { _ = clock(); return time.Now() }
	}
}

// verified checks the signature with slack-go.
func verified(t *testing.T, r *http.Request) []byte {
	body, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	v, err := slack.NewSecretsVerifier(r.Header, "sandbox-signing-secret")
	require.NoError(t, err)
	_, err = v.Write(body)
	require.NoError(t, err)
	require.NoError(t, v.Ensure())
	return body
}

func TestPoint9HTTPModeSendsSignedRequests(t *testing.T) {
	t.Parallel()
	seen := make(chan [2]string, 8)
	x := newWorld(t, overHTTP(t, func(rw http.ResponseWriter, r *http.Request) {
		seen <- [2]string{r.URL.Path, string(verified(t, r))}
		if r.URL.Path == "/commands" {
			_, _ = rw.Write([]byte("Recorded."))
		}
	}))
	got := x.command("remove jane.doe")
	require.Equal(t, true, got.body["acked"])
	require.Equal(t, "Recorded.", got.body["response"].(m)["text"])
	path := <-seen
	require.Equal(t, "/commands", path[0])
	require.Contains(t, path[1], "text=remove+jane.doe")

	ts := x.card("C0APPROVALS")
	require.Equal(t, true, x.control("slack/actions", m{"user": "U0APPROVER1", "channel": "C0APPROVALS", "ts": ts, "action_id": "approve"}).body["acked"])
	path = <-seen
	require.Equal(t, "/interactivity", path[0])

	x.control("slack/messages", m{"user": "U0REQUESTER", "channel": "C0APPROVALS", "text": "@accountops status", "thread_ts": ts})
	path = <-seen
	require.Equal(t, "/events", path[0])
	var event m
	require.NoError(t, json.Unmarshal([]byte(path[1]), &event))
	require.Equal(t, "event_callback", event["type"])
}

func TestInHTTPModeAnotherStatusIsAFailure(t *testing.T) {
	t.Parallel()
	x := newWorld(t, overHTTP(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) }))
	require.Equal(t, httpServiceError, x.command("x").body["error"])
	x.control("slack/request_urls", m{"commands": "http://127.0.0.1:1/"})
	require.Equal(t, dispatchFailed, x.command("x").body["error"])
	require.Equal(t, []string{`/account failed with the error "http_service_error"`, `/account failed with the error "dispatch_failed"`},
		x.whispers("U0REQUESTER"))
}

func TestInHTTPModeALateAnswerIsIgnored(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	x := newWorld(t, quick, overHTTP(t, func(rw http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = rw.Write([]byte("too late"))
	}))
	require.Equal(t, operationTimeout, x.command("x").body["error"])
	close(release)
	x.becomes("the late ack", func() bool {
		e := x.ws.Inspector(0)
		return e[len(e)-1].LateAckMS > 0
	})
	require.Len(t, x.whispers("U0REQUESTER"), 1)
}
