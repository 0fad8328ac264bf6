package slackbot

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/sandbox/slackemu"
)

func TestAWrongConfigurationIsToldInASentence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for want, change := range map[string]func(*Config){
		"SLACK_APP_TOKEN is needed beside":        func(c *Config) { c.AppToken = "" },
		"SLACK_BOT_TOKEN holds an app token":      func(c *Config) { c.BotToken, c.AppToken = c.AppToken, c.BotToken },
		"SLACK_BOT_TOKEN is not a bot token":      func(c *Config) { c.BotToken = "xoxp-1" },
		"SLACK_APP_TOKEN is not an app token":     func(c *Config) { c.AppToken = "xoxb-sandbox" },
		"SLACK_APPROVALS_CHANNEL is not set":      func(c *Config) { c.ApprovalsChannel = "" },
		"SLACK_BOT_TOKEN with invalid_auth":       func(c *Config) { c.BotToken = "xoxb-wrong-canary" },
		"SLACK_APP_TOKEN with invalid_auth":       func(c *Config) { c.AppToken = "xapp-wrong-canary" },
		`There is no channel "nowhere"`:           func(c *Config) { c.ApprovalsChannel = "#nowhere" },
		"The bot is not a member of #general":     func(c *Config) { c.ApprovalsChannel = "general" },
		"did not answer auth.test as it should: ": func(c *Config) { c.APIURL = w.url + "/nothing/" },
	} {
		cfg := w.config()
		change(&cfg)
		_, err := Connect(t.Context(), cfg)
		f := fault.Shown(err, newID)
		require.NotEqual(t, fault.Internal, f.Kind, want)
		require.Contains(t, f.Sentence, want)
		require.NotContains(t, err.Error()+w.logs.String(), "canary", "no token is told")
	}
	cfg := w.config()
	cfg.ApprovalsChannel = "#identity-approvals"
	s, err := Connect(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, "#identity-approvals in Slack", s.Where())
	require.Equal(t, "T0ACCTOPS", s.Team())
	require.Equal(t, approvals, s.channel)
}

func TestNothingStartsWhereOwnersAreKnownByTheirAddressesAndTheAppMayNotLookThemUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := w.config()
	unaddressed(w, &cfg, nil)
	_, err := Connect(t.Context(), cfg)
	require.ErrorContains(t, err, "lacks the scopes users:read.email")
	require.ErrorContains(t, err, "accountops has not started")
	cfg.ByAddress = false
	_, err = Connect(t.Context(), cfg)
	require.NoError(t, err)
}

func TestMissingScopesAreNamed(t *testing.T) {
	t.Parallel()
	plain, byAddress := prepare(Config{}), prepare(Config{ByAddress: true})
	require.NoError(t, byAddress.lacking(""))
	require.NoError(t, plain.lacking("commands,chat:write, users:read,usergroups:read"))
	require.ErrorContains(t, plain.lacking("commands,users:read"), "chat:write, usergroups:read")
	require.ErrorContains(t, byAddress.lacking("commands,chat:write, users:read,usergroups:read"), "lacks the scopes users:read.email. With OWNERS_BY_EMAIL=true nobody could decide")
}

func TestARefusalThatNoWaitingMendsEndsRunWithASentence(t *testing.T) {
	t.Parallel()
	for refusal, want := range map[string]string{
		"not_allowed_token_type": "wrong type of token", "missing_scope": "connections:write", "token_revoked": "was revoked",
	} {
		w := newWorld(t)
		s, err := Connect(t.Context(), w.config())
		require.NoError(t, err)
		w.through(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "apps.connections.open") {
					next.ServeHTTP(rw, r)
					return
				}
				rw.Header().Set("Content-Type", "application/json")
				_, _ = rw.Write([]byte(`{"ok":false,"error":"` + refusal + `"}`))
			})
		})
		b := New(s, idle{}, idle{}, idle{}, Options{Owner: "test", NewID: newID})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		err = b.Run(ctx)
		cancel()
		require.ErrorContains(t, err, want)
		require.Contains(t, fault.Shown(err, newID).Sentence, "SLACK_APP_TOKEN with "+refusal)
	}
}

func TestAClickWhoseMessageHasUnknownElementsIsWorkedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	odd := `{"type":"block_actions","team":{"id":"T0ACCTOPS"},"user":{"id":"U0GUEST0001"},
		"container":{"message_ts":"` + ts + `","channel_id":"C0APPROVALS"},"message":{"blocks":[{"type":"actions","elements":[{"type":5}]}]},
		"actions":[{"action_id":"approve","block_id":"b","action_ts":"1.0","type":"button","value":"x y"}]}`
	_, work := w.bot.receive(t.Context(), "interactive", []byte(odd))
	work()
	w.until("it is worked on", func() bool { return len(w.ephemerals(guest)) == 1 })
	answer, work := w.bot.receive(t.Context(), "surprise", []byte("5"))
	work()
	require.Nil(t, answer, "it is only acknowledged")
}

func TestPeopleAreFullMembersOrTheReasonWhyNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, err := Connect(t.Context(), w.config())
	require.NoError(t, err)
	for _, p := range []slackemu.Person{
		{ID: "U0BOT", Name: "bot", IsBot: true}, {ID: "U0GONE", Name: "gone", Deleted: true}, {ID: "U0STRANGER", Name: "s", IsStranger: true},
		{ID: "U0EXTERN", Name: "x", TeamID: "T0OTHER"}, {ID: "U0ULTRA", Name: "u", IsUltraRestricted: true},
	} {
		if p.TeamID == "" {
			p.TeamID = team
		}
		require.NoError(t, w.slack.SetPerson(p))
	}
	for user, why := range map[string]string{
		requester: "", guest: "a guest", "U0BOT": "a bot", "U0GONE": "a deactivated member", "U0STRANGER": "an external user",
		"U0EXTERN": "an external user", "U0ULTRA": "a guest",
	} {
		p, err := s.People().Person(t.Context(), principal(user))
		require.NoError(t, err, user)
		require.Equal(t, why, p.Why, user)
		require.Equal(t, why == "", p.Full, user)
	}
	outside, err := s.People().Person(t.Context(), "slack:T0OTHER:"+requester)
	require.NoError(t, err)
	require.False(t, outside.Full, "the same user id from another team is somebody else")
	_, err = s.People().Person(t.Context(), principal("U0NOBODY"))
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = s.People().Person(t.Context(), "local:jane")
	require.True(t, fault.Is(err, fault.NotFound))
}

func TestMembersAreNeverOlderThanAMinuteAndUnknownMembershipIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, err := Connect(t.Context(), w.config())
	require.NoError(t, err)
	people := s.People()
	members := func(group string) ([]string, error) {
		list, err := people.Members(t.Context(), group)
		var out []string
		for _, p := range list {
			_, user, _ := p.Slack()
			out = append(out, user)
		}
		return out, err
	}
	got, err := members("S0APPROVERS")
	require.NoError(t, err)
	require.Equal(t, []string{approver, second}, got)
	require.NoError(t, w.slack.SetGroup(slackemu.Group{ID: "S0APPROVERS", Handle: "identity-approvers", Users: []string{second}, IsIDPGroup: true}))
	w.clock.advance(60 * time.Second)
	got, err = members("S0APPROVERS")
	require.NoError(t, err)
	require.Equal(t, []string{second}, got, "who left does not count any more")
	got, err = members("@identity-approvers")
	require.NoError(t, err)
	require.Equal(t, []string{second}, got)

	w.clock.advance(60 * time.Second)
	require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultServerError, Method: "usergroups.users.list"}))
	_, err = members("S0APPROVERS")
	require.True(t, fault.Is(err, fault.Upstream), "an old answer is not given instead")
	_, err = members("S0NOBODY")
	require.True(t, fault.Is(err, fault.Denied))

	open := slackemu.Group{ID: "S0OPEN", Handle: "open", Users: []string{bystander}}
	require.NoError(t, w.slack.SetGroup(open))
	_, err = members("S0OPEN")
	require.True(t, fault.Is(err, fault.Denied), "a group that ordinary members can edit lets anybody approve")
	s.cfg.OpenGroups = true
	got, err = members("S0OPEN")
	require.NoError(t, err)
	require.Equal(t, []string{bystander}, got)
}

func TestLogsHoldNoTokensAndNoResponseAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.through((&cut{method: "chat.postMessage", times: 2}).middle)
	w.start()
	require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultServerError, Method: "response_url", Times: 1}))
	ts := w.asked()
	w.until("its thread begins", func() bool { return len(w.thread(approvals, ts)) > 0 })
	for _, secret := range []string{"xoxb-", "xapp-", "/slack/hooks/", "ticket="} {
		require.NotContains(t, w.logs.String(), secret)
	}
}
