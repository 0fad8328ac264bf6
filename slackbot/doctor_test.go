package slackbot

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

// illness is one thing that is broken, what the doctor is to say of it, and how it is mended.
type illness struct {
	spoil func(*world, *Config, *Needs)
	what  string
	says  string
	mend  string
}

// answering answers one method of the Web API.
func answering(method, header, body string) func(*world, *Config, *Needs) {
	return func(w *world, _ *Config, _ *Needs) {
		w.through(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, method) {
					next.ServeHTTP(rw, r)
					return
				}
				rw.Header().Set("X-Oauth-Scopes", header)
				rw.Header().Set("Content-Type", "application/json")
				_, _ = rw.Write([]byte(body))
			})
		})
	}
}

const us = `{"ok":true,"team":"Sandbox","user":"accountops","team_id":"T0ACCTOPS","user_id":"U0ACCTBOT1","bot_id":"B0ACCTOPS1"}`

var illnesses = map[string]illness{
	"no bot token":           {func(_ *world, c *Config, _ *Needs) { c.BotToken = "" }, "bot token", "SLACK_BOT_TOKEN is needed.", "Copy the Bot User OAuth Token"},
	"the tokens are swapped": {func(_ *world, c *Config, _ *Needs) { c.BotToken = "xapp-canary" }, "bot token", "holds an app token", "Copy the Bot User OAuth Token"},
	"a wrong bot token":      {func(_ *world, c *Config, _ *Needs) { c.BotToken = "xoxb-canary" }, "bot token", "Slack does not know this token", "Copy the Bot User OAuth Token"},
	"a revoked bot token":    {answering("auth.test", "", `{"ok":false,"error":"token_revoked"}`), "bot token", "was revoked", "install the app there"},
	"a person's token": {
		answering("auth.test", "", `{"ok":true,"team_id":"T0ACCTOPS","user_id":"U0REQUESTER"}`), "bot token", "belongs to a person", "Copy the Bot User OAuth Token",
	},
	"Slack is not there":     {func(_ *world, c *Config, _ *Needs) { c.APIURL = "http://127.0.0.1:1/api/" }, "Slack", "did not answer auth.test as it should: connection refused.", "Let this machine reach"},
	"Slack is ill":           {answering("auth.test", "", `{"ok":false,"error":"internal_error"}`), "Slack", "internal_error", "slack-status.com"},
	"a scope is missing":     {answering("auth.test", "commands,chat:write,users:read", us), "scopes", "usergroups:read", "accountops slack manifest prints"},
	"owners have no address": {unaddressed, "scopes", "lacks the scopes users:read.email. With OWNERS_BY_EMAIL=true nobody could decide", "install the app again"},
	"Slack has no name":      {func(_ *world, c *Config, _ *Needs) { c.APIURL = "https://slack.invalid/api/" }, "Slack", "the name slack.invalid", "Let this machine reach"},
	"the clock is off":       {func(w *world, _ *Config, _ *Needs) { w.clock.advance(3*time.Minute + 30*time.Second) }, "clock", "is 3m", "NTP"},
	"the clock is behind":    {func(w *world, _ *Config, _ *Needs) { w.clock.advance(-time.Hour) }, "clock", " off Slack's", "NTP"},
	"no app token":           {func(_ *world, c *Config, _ *Needs) { c.AppToken = "" }, "app token", "SLACK_APP_TOKEN is needed", "connections:write"},
	"no app token but one":   {func(_ *world, c *Config, _ *Needs) { c.AppToken = "xoxb-canary" }, "app token", "is not an app token", "connections:write"},
	"a wrong app token":      {func(_ *world, c *Config, _ *Needs) { c.AppToken = "xapp-canary" }, "app token", "SLACK_APP_TOKEN with invalid_auth", "Basic Information"},
	"Socket Mode's scope":    {answering("apps.connections.open", "", `{"ok":false,"error":"missing_scope","needed":"connections:write"}`), "app token", "Needed: connections:write", "connections:write"},
	"no socket gets through": {answering("apps.connections.open", "", `{"ok":true,"url":"ws://127.0.0.1:1/?ticket=canary"}`), "socket", "no socket", "wss://"},
	"ten sockets are open":   {tenSockets, "socket", "before it greeted us", "wss://"},
	"no channel":             {func(_ *world, c *Config, _ *Needs) { c.ApprovalsChannel = "" }, "approvals channel", "is not set", "Channel ID"},
	"an unknown channel":     {func(_ *world, c *Config, _ *Needs) { c.ApprovalsChannel = "#nowhere" }, "approvals channel", `There is no channel "nowhere"`, "/invite"},
	"a deleted channel":      {func(w *world, _ *Config, _ *Needs) { w.rechannel(`{"id":"C0APPROVALS","deleted":true}`) }, "approvals channel", "There is no channel", "Channel ID"},
	"an archived channel":    {func(w *world, _ *Config, _ *Needs) { w.rechannel(`{"id":"C0APPROVALS","is_archived":true}`) }, "approvals channel", "is archived", "not archived"},
	"not in the channel":     {func(_ *world, c *Config, _ *Needs) { c.ApprovalsChannel = "general" }, "approvals channel", "not a member of #general", "/invite"},
	"an unknown group":       {func(_ *world, _ *Config, n *Needs) { n.Groups = []string{"S0NOBODY"} }, "approvers' group S0NOBODY", "There is no approvers' group S0NOBODY in Slack, so nobody", "Name a user group"},
	"an open group":          {regroup(slackemu.Group{Users: []string{approver}}), "approvers' group S0APPROVERS", "so its members may not approve. Whoever runs accountops can lock", "cannot edit"},
	"a disabled group":       {regroup(slackemu.Group{Users: []string{approver}, IsIDPGroup: true, Disabled: true}), "approvers' group S0APPROVERS", "There is no approvers' group", "enabled"},
	"an empty group":         {regroup(slackemu.Group{IsIDPGroup: true}), "approvers' group S0APPROVERS", "Nobody is in the group", "has members"},
	"a group of guests":      {regroup(slackemu.Group{Users: []string{guest}, IsIDPGroup: true}), "approvers' group S0APPROVERS", "has 1 member, of whom 0 may approve (Gus Weber is a guest)", "full members"},
	"a guest in the group":   {withAGuest, "quorum", "3 people have to approve, and only 2 may", "APPROVAL_QUORUM"},
	"groups are not told":    {answering("usergroups.list", "", `{"ok":false,"error":"missing_scope"}`), "approvers' group S0APPROVERS", "missing_scope", "name people"},
	"an unknown approver":    {func(_ *world, _ *Config, n *Needs) { n.People = []string{"U0NOBODY"} }, "approver U0NOBODY", "knows no such member", "Copy member ID"},
	"a guest":                {func(_ *world, _ *Config, n *Needs) { n.People = []string{guest} }, "approver " + guest, "Gus Weber is a guest", "full member"},
	"too few for the quorum": {func(_ *world, _ *Config, n *Needs) { n.Quorum = 4 }, "quorum", "4 people have to approve, and only 3 may", "APPROVAL_QUORUM"},
	"two who are one person": {func(_ *world, _ *Config, n *Needs) {
		n.Quorum, n.Links = 3, []executor.Link{{Identity: "slack:T0ACCTOPS:" + second, Principal: principal(approver)}}
	}, "quorum", "only 2 may: of some it is on record that they are one person", "Name more people"},
	"nobody is linked":       {linkedAs("sailpoint:account:a1", approver), "links in sailpoint", "2 people have to approve, and of those who may 0 of 3 is linked", "accountops link add sailpoint:identity:ID slack:T0ACCTOPS:MEMBER"},
	"one is linked":          {linkedAs("sailpoint:identity:i1", approver), "links in sailpoint", "of those who may 1 of 3 is linked", "Link each approver"},
	"a stranger asks":        {from("slack:T0OTHER:U0REQUESTER"), "MCP_LOCAL_PRINCIPAL", "of another workspace than the bot, which is in T0ACCTOPS", "Name an active, full member"},
	"nobody asks":            {from("slack:T0ACCTOPS:U0NOBODY"), "MCP_LOCAL_PRINCIPAL", "Slack knows no member slack:T0ACCTOPS:U0NOBODY", "Name an active, full member"},
	"no signing secret":      {signedBy(nil, ""), "signing secret", "SLACK_SIGNING_SECRET is empty", "Basic Information"},
	"an unreadable secret":   {signedBy(errors.New("canary"), "x"), "signing secret", "cannot be read", "Basic Information"},
	"nobody is there":        {calledAt("http://127.0.0.1:1", 0), "request URLs", "does not answer: connection refused.", "Start accountops serve"},
	"another secret":         {calledAt("", http.StatusUnauthorized), "request URLs", "refuses what is signed", "with this secret"},
	"somebody else is there": {calledAt("", http.StatusNotFound), "request URLs", "status 404", "SLACK_MODE=http"},
}

// unaddressed lets owners be known by their addresses, for which the app lacks the scope.
func unaddressed(w *world, c *Config, n *Needs) {
	c.ByAddress = true
	answering("auth.test", "commands,chat:write,users:read,usergroups:read", us)(w, c, n)
}

func linkedAs(identity executor.Principal, member string) func(*world, *Config, *Needs) {
	return func(_ *world, _ *Config, n *Needs) {
		n.Linked, n.Links = map[string]string{"sailpoint": "sailpoint:identity:"}, []executor.Link{{Identity: identity, Principal: principal(member)}}
	}
}

func from(who executor.Principal) func(*world, *Config, *Needs) {
	return func(_ *world, _ *Config, n *Needs) {
		n.Askers = func(string) []Asker { return []Asker{{"MCP_LOCAL_PRINCIPAL", who}} }
	}
}

func tenSockets(w *world, c *Config, _ *Needs) {
	s := prepare(*c)
	for range 10 {
		_, err := s.openSocket(w.t.Context())
		require.NoError(w.t, err)
	}
}

func regroup(g slackemu.Group) func(*world, *Config, *Needs) {
	return func(w *world, _ *Config, _ *Needs) {
		g.ID, g.Handle = "S0APPROVERS", "identity-approvers"
		require.NoError(w.t, w.slack.SetGroup(g))
	}
}

// withAGuest has three people in the group and the list of whom one may not approve.
func withAGuest(w *world, c *Config, n *Needs) {
	regroup(slackemu.Group{Users: []string{approver, guest}, IsIDPGroup: true})(w, c, n)
	n.Quorum = 3
}

func signedBy(err error, secret string) func(*world, *Config, *Needs) {
	return func(_ *world, c *Config, _ *Needs) {
		c.AppToken, c.SigningSecrets = "", func() ([]string, error) { return []string{secret}, err }
	}
}

func calledAt(address string, status int) func(*world, *Config, *Needs) {
	return func(w *world, c *Config, n *Needs) {
		signedBy(nil, "secret-canary")(w, c, n)
		n.PublicURL = address
		if address == "" {
			server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) }))
			w.t.Cleanup(server.Close)
			n.PublicURL = server.URL
		}
	}
}

// examined gives what the doctor finds in a world.
func examined(t *testing.T, change func(*world, *Config, *Needs)) []Finding {
	t.Helper()
	w := newWorld(t)
	cfg, needs := w.config(), Needs{Groups: []string{"S0APPROVERS"}, People: []string{bystander}, Quorum: 2}
	change(w, &cfg, &needs)
	found := Diagnose(t.Context(), cfg, needs)
	raw, err := json.Marshal(found)
	require.NoError(t, err)
	require.NotContains(t, string(raw)+w.logs.String(), "canary", "no secret is told")
	require.NotContains(t, string(raw), "ticket")
	return found
}

func TestTheDoctorNamesEachThingThatIsBrokenAndSaysHowToMendIt(t *testing.T) {
	t.Parallel()
	for name, ill := range illnesses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := examined(t, ill.spoil)
			var broken []Finding
			for _, f := range found {
				if f.Mend != "" {
					broken = append(broken, f)
				}
			}
			require.Len(t, broken, 1, "one thing is broken: %v", found)
			require.Equal(t, ill.what, broken[0].What)
			require.Contains(t, broken[0].Says, ill.says)
			require.Contains(t, broken[0].Mend, ill.mend)
			require.NotContains(t, broken[0].Says, "accountops has not started", "nothing was to be started")
		})
	}
}

func TestTheDoctorLooksAtEverythingAndFindsNothingWhereAllIsWell(t *testing.T) {
	t.Parallel()
	says := map[string]string{}
	for _, f := range examined(t, func(*world, *Config, *Needs) {}) {
		require.Empty(t, f.Mend, "%v", f)
		says[f.What] = f.Says
	}
	require.Equal(t, map[string]string{
		"bot token": "is accountops in the workspace Accountops Sandbox (team T0ACCTOPS)", "scopes": "are all there", "clock": "agrees with Slack's",
		"socket": "opens, and Slack greets us by it", "approvals channel": "is #identity-approvals, and the bot is in it",
		"approvers' group S0APPROVERS": "has 2 members", "approver " + bystander: "is Bao Tran",
	}, says)
}

func TestTheDoctorClosesItsSocketWithAWordAndAcknowledgesNothingThatComesByIt(t *testing.T) {
	t.Parallel()
	var far farEnd
	heard := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer close(heard)
		up := websocket.Upgrader{}
		ws, err := up.Upgrade(rw, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.Close() }()
		if ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`)) == nil && sends(ws, "e1") == nil {
			far.listens(ws)
		}
	}))
	t.Cleanup(server.Close)
	open := answering("apps.connections.open", "", `{"ok":true,"url":"`+strings.Replace(server.URL, "http", "ws", 1)+`"}`)
	for _, f := range examined(t, open) {
		require.Empty(t, f.Mend, "%v", f)
	}
	<-heard
	require.Empty(t, far.acked, "nothing was done about it, so Slack has to tell whoever waits")
	require.True(t, websocket.IsCloseError(far.closed, websocket.CloseNormalClosure), "%v", far.closed)
}

func TestTheDoctorAsksInHTTPModeAsSlackDoes(t *testing.T) {
	t.Parallel()
	serving := httptest.NewServer(overHTTP(time.Now, "the next secret", "secret-canary").HTTP())
	t.Cleanup(serving.Close)
	for address, want := range map[string]string{serving.URL + "/": "takes what is signed with the secret", "": "Event Subscriptions → Request URL → Retry"} {
		found := examined(t, func(w *world, c *Config, n *Needs) {
			signedBy(nil, "secret-canary")(w, c, n)
			n.PublicURL = address
		})
		var told bool
		for _, f := range found {
			require.Empty(t, f.Mend, "%v", f)
			require.Equal(t, f.What == "request URLs" && address == "", f.Mark == Unknown, "nobody looked: %v", f)
			require.NotEqual(t, "socket", f.What)
			told = told || f.What == "request URLs" && strings.Contains(f.Says, want)
		}
		require.True(t, told, "%v", found)
	}
}

func TestTheDoctorTellsWhatNobodyCouldLookAtFromWhatIsWell(t *testing.T) {
	t.Parallel()
	marks := func(change func(*world, *Config, *Needs)) map[string]string {
		out := map[string]string{}
		for _, f := range examined(t, change) {
			require.Empty(t, f.Mend, "%v", f)
			out[f.What] = f.Mark
		}
		return out
	}
	require.Equal(t, Unknown, marks(answering("auth.test", "", us))["scopes"], "Slack did not say which there are")
	require.Equal(t, Limited, marks(answering("auth.test", "commands,chat:write,users:read,usergroups:read", us))["scopes"])
	require.Equal(t, Limited, marks(from("slack:T0ACCTOPS:" + guest))["MCP_LOCAL_PRINCIPAL"], "a guest may read")
	require.Empty(t, marks(from(principal(requester)))["MCP_LOCAL_PRINCIPAL"])
	found := examined(t, func(w *world, c *Config, n *Needs) {
		linkedAs("sailpoint:identity:i1", approver)(w, c, n)
		n.Links = append(n.Links, executor.Link{Identity: "sailpoint:identity:i2", Principal: principal(second)}, executor.Link{Identity: "slack:T0ACCTOPS:" + bystander, Principal: principal(second)})
	})
	require.Contains(t, found, Finding{What: "links in sailpoint", Says: "2 of 2 approvers"})
}

func TestTheDoctorTellsThatTheChannelIsMissingThoughSlackCannotBeAsked(t *testing.T) {
	t.Parallel()
	var broken []string
	for _, f := range Diagnose(t.Context(), Config{}, Needs{}) {
		if f.Mend != "" {
			broken = append(broken, f.What)
		}
	}
	require.Equal(t, []string{"bot token", "app token", "approvals channel"}, broken)
}
