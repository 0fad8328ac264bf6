package slackemu

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/disk"
)

// door is an app with request URLs, built on slack-go: it refuses what is not rightly signed, and answers Slack's challenge.
type door struct {
	url     string
	secrets atomic.Pointer[[]string]
	seen    chan *http.Request // what was let in; its form is read
	refused chan error
	answer  func(rw http.ResponseWriter, r *http.Request, body []byte)
}

func newDoor(t *testing.T, answer func(http.ResponseWriter, *http.Request, []byte)) *door {
	d := &door{seen: make(chan *http.Request, 32), refused: make(chan error, 32), answer: answer}
	d.secrets.Store(&[]string{"sandbox-signing-secret"})
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	d.url = srv.URL
	return d
}

// authentic checks a signature against each live secret with slack-go.
func (d *door) authentic(r *http.Request, body []byte) (err error) {
	for _, secret := range *d.secrets.Load() {
		v, problem := slack.NewSecretsVerifier(r.Header, secret)
		if problem == nil {
			_, _ = v.Write(body)
			problem = v.Ensure()
		}
		if problem == nil {
			return nil
		}
		err = errors.Join(err, problem)
	}
	return err
}

func (d *door) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if err := d.authentic(r, body); err != nil {
		d.refused <- err
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	if event, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken()); err == nil && event.Type == slackevents.URLVerification {
		_, _ = io.WriteString(rw, event.Data.(*slackevents.EventsAPIURLVerificationEvent).Challenge)
		return
	}
	r.Form, _ = url.ParseQuery(string(body))
	d.seen <- r
	if d.answer != nil {
		d.answer(rw, r, body)
	}
}

// behind makes the app of the world the one behind the door, in real time, since slack-go compares timestamps with it.
func (d *door) behind(x *world) {
	x.t.Helper()
	got := x.control("slack/request_urls", m{"commands": d.url + "/slack/commands", "interactivity": d.url + "/slack/interactivity", "events": d.url + "/slack/events"})
	require.Equal(x.t, 200, got.status, got.body)
	require.Equal(x.t, "sandbox-signing-secret", got.body["signing_secret"])
}

func inRealTime(c *Config) {
	clock := c.Clock
	start := clock()
	c.Clock = func() time.Time { return time.Now().Add(clock().Sub(start)) }
}

func subscribed(c *Config) {
	c.Seed = DefaultSeed()
	c.Seed.App.Events = []string{"app_mention", "message.im", "app_home_opened"}
}

func TestARequestURLIsTakenOnlyWhenItAnswersTheChallenge(t *testing.T) {
	t.Parallel()
	x := newWorld(t, inRealTime)
	x.app(ack(m{"text": "by the socket"}))
	deaf := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "ok") }))
	defer deaf.Close()
	got := x.control("slack/request_urls", m{"commands": deaf.URL, "events": deaf.URL})
	require.Equal(t, 409, got.status)
	require.Contains(t, got.body["error"], "challenge")
	require.Equal(t, 400, x.control("slack/request_urls", m{"commands": "https://accountops.example/slack"}).status, "the sandbox talks to this machine only")
	require.Equal(t, "by the socket", x.command("x").body["response"].(m)["text"])

	d := newDoor(t, func(rw http.ResponseWriter, _ *http.Request, _ []byte) { _, _ = io.WriteString(rw, "by HTTP") })
	d.behind(x)
	require.Equal(t, "by HTTP", x.command("x").body["response"].(m)["text"])
	require.Equal(t, 200, x.control("slack/request_urls", m{}).status)
	require.Equal(t, "by the socket", x.command("x").body["response"].(m)["text"])
}

func TestARotatedSecretSignsFromThenOn(t *testing.T) {
	t.Parallel()
	x := newWorld(t, inRealTime)
	d := newDoor(t, nil)
	d.behind(x)
	require.Equal(t, true, x.command("x").body["acked"])
	require.Equal(t, "second-secret", x.control("slack/signing_secret", m{"secret": "second-secret"}).body["signing_secret"])
	require.Equal(t, httpServiceError, x.command("x").body["error"])
	require.ErrorContains(t, <-d.refused, "invalid signature")
	d.secrets.Store(&[]string{"sandbox-signing-secret", "second-secret"})
	require.Equal(t, true, x.command("x").body["acked"], "two live secrets while rotating")
	require.NotEmpty(t, x.control("slack/signing_secret", m{}).body["signing_secret"], "one is made up where none is given")
	require.Equal(t, httpServiceError, x.command("x").body["error"])
}

func TestPoint9ASpoiltSignatureAndAnOldTimestampAreRefusedBySlackGo(t *testing.T) {
	t.Parallel()
	x := newWorld(t, inRealTime)
	d := newDoor(t, nil)
	d.behind(x)
	for kind, why := range map[string]string{"wrong_signature": "invalid signature", "old_timestamp": "timestamp is too old"} {
		x.fault(m{"kind": kind, "method": "slash_commands"})
		require.Equal(t, httpServiceError, x.command("x").body["error"], kind)
		require.ErrorContains(t, <-d.refused, why)
	}
	require.Equal(t, true, x.command("x").body["acked"])
	x.advance(time.Hour)
	require.Equal(t, httpServiceError, x.command("x").body["error"], "an app whose clock differs by an hour refuses everything")
	require.ErrorContains(t, <-d.refused, "timestamp is too old")
}

func TestAnEventComesAgainOverHTTPWithItsNumberAndReason(t *testing.T) {
	t.Parallel()
	x := newWorld(t, subscribed, inRealTime)
	var tries atomic.Int32
	d := newDoor(t, func(rw http.ResponseWriter, _ *http.Request, _ []byte) {
		if tries.Add(1) == 1 {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		rw.WriteHeader(http.StatusAccepted)
	})
	d.behind(x)
	x.control("slack/messages", m{"user": "U0REQUESTER", "channel": "C0HELPDESK1", "text": "@accountops status"})
	first, second := <-d.seen, <-d.seen
	require.Empty(t, first.Header.Get("X-Slack-Retry-Num"))
	require.Equal(t, []string{"1", "http_error"}, []string{second.Header.Get("X-Slack-Retry-Num"), second.Header.Get("X-Slack-Retry-Reason")})
	x.becomes("an ack: an event may be answered with any 2xx", func() bool {
		e := x.ws.Inspector(0)
		return e[len(e)-1].Acked
	})
}

func TestAnAppThatWantsNoRetryGetsNone(t *testing.T) {
	t.Parallel()
	x := newWorld(t, subscribed, inRealTime)
	d := newDoor(t, func(rw http.ResponseWriter, _ *http.Request, _ []byte) {
		rw.Header().Set("X-Slack-No-Retry", "1")
		rw.WriteHeader(http.StatusInternalServerError)
	})
	d.behind(x)
	x.control("slack/messages", m{"user": "U0REQUESTER", "channel": "C0HELPDESK1", "text": "@accountops one"})
	one := <-d.seen
	x.control("slack/messages", m{"user": "U0REQUESTER", "channel": "C0HELPDESK1", "text": "@accountops two"})
	two := <-d.seen
	require.Empty(t, one.Header.Get("X-Slack-Retry-Num")+two.Header.Get("X-Slack-Retry-Num"))
	x.becomes("two failures", func() bool {
		failed := 0
		for _, e := range x.ws.Inspector(0) {
			if e.Method == "events_api" && e.Error == httpServiceError {
				failed++
			}
		}
		return failed == 2
	})
	require.Empty(t, d.seen)
}

func TestPoint9AFormGoesTheWholeWayOverHTTP(t *testing.T) {
	t.Parallel()
	x := newWorld(t, inRealTime)
	options := slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("acc-1", words("jane.doe"), nil)}}
	d := newDoor(t, func(rw http.ResponseWriter, r *http.Request, _ []byte) {
		var cb slack.InteractionCallback
		_ = json.Unmarshal([]byte(r.Form.Get("payload")), &cb)
		rw.Header().Set("Content-Type", "application/json")
		switch cb.Type {
		case slack.InteractionTypeBlockSuggestion:
			_ = json.NewEncoder(rw).Encode(options)
		case slack.InteractionTypeViewSubmission:
			_ = json.NewEncoder(rw).Encode(slack.NewErrorsViewSubmissionResponse(map[string]string{"why": "Say more."}))
		}
	})
	d.behind(x)
	require.Equal(t, m{}, x.command("").body["response"])
	opened := <-d.seen
	cmd := slack.SlashCommand{TriggerID: opened.Form.Get("trigger_id")}
	v, err := x.api.OpenView(cmd.TriggerID, form())
	require.NoError(t, err)
	got := x.control("slack/suggestions", m{"user": "U0REQUESTER", "view_id": v.ID, "action_id": "account", "value": "jane"})
	require.Equal(t, "acc-1", got.body["response"].(m)["options"].([]any)[0].(m)["value"])
	answer := x.submit(v.ID, m{"why": m{"reason": "left"}, "what": m{"verb": "remove"}, "who": m{"account": "acc-1"}})
	require.Equal(t, "errors", answer.body["outcome"])
	require.Equal(t, m{"why": "Say more."}, answer.body["response"].(m)["errors"])
	require.Equal(t, "/slack/interactivity", (<-d.seen).URL.Path)
}

func TestFaultsOfEnvelopesArePlayedOverHTTPToo(t *testing.T) {
	t.Parallel()
	x := newWorld(t, quick, inRealTime)
	d := newDoor(t, func(rw http.ResponseWriter, _ *http.Request, _ []byte) { _, _ = io.WriteString(rw, "Recorded.") })
	d.behind(x)
	x.fault(m{"kind": "double_delivery"})
	require.Equal(t, "Recorded.", x.command("x").body["response"].(m)["text"])
	one, two := <-d.seen, <-d.seen
	require.Equal(t, one.Form.Get("trigger_id"), two.Form.Get("trigger_id"))
	x.fault(m{"kind": "lost_ack"})
	require.Equal(t, operationTimeout, x.command("x").body["error"])
	<-d.seen
	x.fault(m{"kind": "late_delivery", "delay_ms": 300})
	require.Equal(t, operationTimeout, x.command("x").body["error"])
	<-d.seen
	require.Equal(t, []string{"Recorded.", `/account failed with the error "operation_timeout"`, `/account failed with the error "operation_timeout"`},
		x.whispers("U0REQUESTER"))
}

func TestHowTheAppIsReachedSurvivesARestart(t *testing.T) {
	t.Parallel()
	d, err := disk.Open(t.TempDir())
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	app := newDoor(t, nil)
	x := openWorld(t, d, inRealTime)
	app.behind(x)
	x.control("slack/signing_secret", m{"secret": "second-secret"})
	x.close()
	y := openWorld(t, d, inRealTime)
	app.secrets.Store(&[]string{"second-secret"})
	require.Equal(t, true, y.command("x").body["acked"])
	require.Equal(t, app.url+"/slack/commands", y.control("slack/app", nil).body["request_urls"].(m)["commands"])
}
