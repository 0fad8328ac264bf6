package slackemu

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

func TestTokensAreTakenAndRefusedAsSlackDoes(t *testing.T) {
	t.Parallel()
	const form, js = "application/x-www-form-urlencoded", "application/json; charset=utf-8"
	x := newWorld(t, func(c *Config) { c.Scopes = []string{"chat:write"} })
	for name, c := range map[string]struct {
		method, kind, body, bearer string
		err                        string
	}{
		"as bearer":                          {"auth.test", form, "", "xoxb-sandbox", ""},
		"in the form":                        {"auth.test", form, "token=xoxb-sandbox", "", ""},
		"in a JSON body it is not looked at": {"auth.test", js, `{"token":"xoxb-sandbox"}`, "", "not_authed"},
		"none":                               {"auth.test", form, "", "", "not_authed"},
		"wrong":                              {"auth.test", form, "", "xoxb-other", "invalid_auth"},
		"app token for a bot's method":       {"chat.postMessage", form, "", "xapp-sandbox", "not_allowed_token_type"},
		"bot token for the app's method":     {"apps.connections.open", form, "", "xoxb-sandbox", "not_allowed_token_type"},
		"missing scope":                      {"users.info", form, "user=U0REQUESTER", "xoxb-sandbox", "missing_scope"},
		"unknown method":                     {"admin.users.list", form, "", "xoxb-sandbox", "unknown_method"},
		"broken JSON":                        {"chat.postMessage", js, `{"channel":`, "xoxb-sandbox", "invalid_json"},
		"JSON that is no object":             {"chat.postMessage", js, `[]`, "xoxb-sandbox", "json_not_object"},
		"another content type":               {"chat.postMessage", "text/plain", `channel=C0HELPDESK1`, "xoxb-sandbox", "invalid_post_type"},
		"JSON works":                         {"chat.postMessage", js, `{"channel":"C0HELPDESK1","text":"hi"}`, "xoxb-sandbox", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var header []string
			if c.bearer != "" {
				header = []string{"Authorization", "Bearer " + c.bearer}
			}
			got := x.do(http.MethodPost, "/api/"+c.method, c.kind, []byte(c.body), header...)
			require.Equal(t, http.StatusOK, got.status)
			require.Contains(t, got.header.Get("Content-Type"), "application/json")
			require.Equal(t, c.err == "", got.body["ok"], got.body)
			if c.err != "" {
				require.Equal(t, c.err, got.body["error"])
			}
			if c.err == "missing_scope" {
				require.Equal(t, "users:read", got.body["needed"])
				require.Equal(t, "chat:write", got.body["provided"])
			}
		})
	}
}

func TestAMultipartFormWorksToo(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	body := "--b\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nU0GUEST0001\r\n--b--\r\n"
	got := x.do(http.MethodPost, "/api/users.info", "multipart/form-data; boundary=b", []byte(body), "Authorization", "Bearer xoxb-sandbox")
	require.Equal(t, true, got.body["ok"], got.body)
}

func TestAuthTestNamesTheAppAndItsScopes(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	got, err := x.api.AuthTest()
	require.NoError(t, err)
	require.Equal(t, []string{"T0ACCTOPS", "U0ACCTBOT1", "B0ACCTOPS1"}, []string{got.TeamID, got.UserID, got.BotID})
	require.Contains(t, got.Header.Get("X-Oauth-Scopes"), "usergroups:read")
}

func TestJSONWithoutCharsetIsWarnedAbout(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	got := x.do(http.MethodPost, "/api/auth.test", "application/json", []byte("{}"), "Authorization", "Bearer xoxb-sandbox")
	require.Equal(t, "missing_charset", got.body["warning"])
	require.Equal(t, true, got.body["ok"])
}

func TestTheInspectorKeepsNoToken(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	_, err := x.api.GetUserInfo("U0REQUESTER")
	require.NoError(t, err)
	x.do(http.MethodPost, "/api/auth.test", "application/x-www-form-urlencoded", []byte(url.Values{"token": {"xoxb-sandbox"}}.Encode()))
	entries := x.ws.Inspector(0)
	require.Len(t, entries, 2)
	require.Equal(t, "users.info", entries[0].Method)
	for _, e := range entries {
		require.NotContains(t, string(e.Request), "xoxb-sandbox")
	}
}

func TestTheInspectorIsBounded(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	_, _, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText(strings.Repeat("x", 30_000), false))
	require.NoError(t, err)
	require.Less(t, len(x.ws.Inspector(0)[0].Request), inspectorBody)
	for range inspectorSize + 1 {
		x.ws.mu.Lock()
		x.ws.note(&Entry{Kind: "api"})
		x.ws.mu.Unlock()
	}
	require.LessOrEqual(t, len(x.ws.Inspector(0)), inspectorSize)
	require.Len(t, x.ws.Inspector(inspectorSize), 2)
}

func TestPeopleAndGroupsAreReadThroughTheAPI(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	u, err := x.api.GetUserInfo("U0GUEST0001")
	require.NoError(t, err)
	require.True(t, u.IsRestricted)
	require.Equal(t, "T0ACCTOPS", u.TeamID)
	require.Equal(t, "gus.weber@acme.example", u.Profile.Email)

	bot, err := x.api.GetUserInfo("U0ACCTBOT1")
	require.NoError(t, err)
	require.True(t, bot.IsBot)

	_, err = x.api.GetUserInfo("U0NOBODY")
	require.EqualError(t, err, "user_not_found")

	all, err := x.api.GetUsers()
	require.NoError(t, err)
	require.Len(t, all, 6)

	found, err := x.api.GetUserByEmail("Amara.Okafor@acme.example")
	require.NoError(t, err)
	require.Equal(t, "U0APPROVER1", found.ID)
	_, err = x.api.GetUserByEmail("nobody@acme.example")
	require.EqualError(t, err, "users_not_found")

	groups, err := x.api.GetUserGroups(slack.GetUserGroupsOptionIncludeUsers(true))
	require.NoError(t, err)
	require.Len(t, groups, 1)
	require.True(t, groups[0].IsIDPGroup)
	require.True(t, groups[0].IsMembershipLocked)
	require.Equal(t, []string{"U0APPROVER1", "U0APPROVER2"}, groups[0].Users)
	members, err := x.api.GetUserGroupMembers("S0APPROVERS")
	require.NoError(t, err)
	require.Equal(t, groups[0].Users, members)
	_, err = x.api.GetUserGroupMembers("S0NOTHING")
	require.EqualError(t, err, "no_such_subteam")
}

func TestWithoutTheScopeNoEmailIsTold(t *testing.T) {
	t.Parallel()
	x := newWorld(t, func(c *Config) { c.Scopes = []string{"users:read"} })
	u, err := x.api.GetUserInfo("U0REQUESTER")
	require.NoError(t, err)
	require.Empty(t, u.Profile.Email)
	_, err = x.api.GetUserByEmail("riley.park@acme.example")
	require.EqualError(t, err, "missing_scope")
	_, err = x.api.GetTeamInfo()
	require.EqualError(t, err, "missing_scope")
}

func TestSomebodyDeactivatedOrOutOfTheGroupIsSeenSo(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	require.Equal(t, 200, x.control("slack/users", m{"id": "U0APPROVER1", "deleted": true}).status)
	u, err := x.api.GetUserInfo("U0APPROVER1")
	require.NoError(t, err)
	require.True(t, u.Deleted)
	require.Equal(t, 200, x.control("slack/usergroups", m{"id": "S0APPROVERS", "users": []string{"U0APPROVER2"}}).status)
	members, err := x.api.GetUserGroupMembers("S0APPROVERS")
	require.NoError(t, err)
	require.Equal(t, []string{"U0APPROVER2"}, members)
}
