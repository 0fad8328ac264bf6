package main

import (
	"bytes"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/store"
)

// lineOf gives the line about one thing.
func lineOf(out, what string) string {
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line[min(8, len(line)):], what+": ") {
			return line
		}
	}
	return ""
}

func TestTheDoctorAsksEachIdentitySystemForATokenAndWhatIsHarmless(t *testing.T) {
	t.Parallel()
	s, well := world(t)
	for name, c := range map[string]struct {
		change map[string]string
		says   map[string]string // by what it is about
		broken bool
	}{
		"all is well": {nil, map[string]string{"SailPoint": "ok      ", "SailPoint sources": "ok      ", "SailPoint deletions": "ok      ", "eSystems": "ok      ", "bot token": "ok      "}, false},
		"HELPDESK": {map[string]string{"SAILPOINT_CLIENT_ID": "sandbox-helpdesk"}, map[string]string{
			"SailPoint": "ok      ", "SailPoint sources": "needs more rights than HELPDESK has", "SailPoint deletions": "ok      ",
		}, false},
		"no user":          {map[string]string{"SAILPOINT_CLIENT_ID": "sandbox-app"}, map[string]string{"SailPoint sources": "ok      ", "SailPoint deletions": "limited SailPoint deletions: The deletion"}, false},
		"wrong secrets":    {map[string]string{"SAILPOINT_CLIENT_SECRET": "canary", "ESYSTEMS_CLIENT_SECRET": "canary"}, map[string]string{"SailPoint": "SailPoint gave us no token", "eSystems": "eSystems gave us no token"}, true},
		"a wrong address":  {map[string]string{"ESYSTEMS_BASE_URL": "http://127.0.0.1:1"}, map[string]string{"SailPoint": "ok      ", "eSystems": "connection refused"}, true},
		"half configured":  {map[string]string{"ESYSTEMS_CLIENT_ID": ""}, map[string]string{"ESYSTEMS_BASE_URL, ESYSTEMS_CLIENT_ID, ESYSTEMS_CLIENT_SECRET": "broken  "}, true},
		"a misspelt time":  {map[string]string{"QUIET_TIME": "soon"}, map[string]string{"QUIET_TIME": "this is not a duration", "SailPoint": "ok      "}, true},
		"a misspelt token": {map[string]string{"MCP_TOKEN": "canary"}, map[string]string{"MCP_TOKEN": "did you mean MCP_TOKENS?", "bot token": "ok      "}, true},
	} {
		env := maps.Clone(well)
		maps.Copy(env, c.change)
		out, told, err := typedIn(t, given(env), "doctor")
		require.Equal(t, c.broken, err != nil, "%s: %s", name, out)
		for what, says := range c.says {
			require.Contains(t, lineOf(out, what), says, "%s: %s", name, out)
		}
		for _, secret := range []string{"canary", well["SAILPOINT_CLIENT_SECRET"], well["SLACK_BOT_TOKEN"]} {
			require.NotContains(t, out+told, secret, name)
		}
	}
	require.Empty(t, s.changing("isc"))
	require.Empty(t, s.changing("esystems"))
}

func TestTheDoctorFindsWhereNobodyCouldApproveOrAskAndTellsItOnce(t *testing.T) {
	t.Parallel()
	_, well := world(t)
	well["ACCOUNTOPS_DATA"] = t.TempDir()
	examined := func(change map[string]string) string {
		env := maps.Clone(well)
		maps.Copy(env, change)
		out, _, _ := typedIn(t, given(env), "slack", "doctor")
		return out
	}
	out := examined(map[string]string{"APPROVERS": "U0APPROVER1", "APPROVAL_QUORUM": "2"})
	require.Equal(t, 1, strings.Count(out, "broken  "), out)
	require.Contains(t, out, "broken  APPROVAL_QUORUM: 2 people cannot approve")
	out = examined(map[string]string{"APPROVERS_LINKED": "true"})
	require.Contains(t, out, "broken  links in sailpoint: ")
	require.Contains(t, out, "broken  links in esystems: ")
	there, err := store.Exists(well["ACCOUNTOPS_DATA"])
	require.NoError(t, err)
	require.False(t, there, "a doctor makes no database")
	for name, change := range map[string]map[string]string{
		"MCP_LOCAL_PRINCIPAL":       {"MCP_LOCAL_PRINCIPAL": "slack:T0WRONG:U0REQUESTER"},
		"MCP_TOKENS, entry 2":       {"MCP_TOKENS": "a-canary-of-twenty-letters=U0REQUESTER\nb-canary-of-twenty-letters=U0NOBODY"},
		"MCP_OAUTH_PEOPLE, entry 1": {"MCP_OAUTH_PEOPLE": "canary=slack:T0WRONG:U0REQUESTER"},
	} {
		out := examined(change)
		require.Contains(t, lineOf(out, name), "broken  ", out)
		require.Equal(t, 1, strings.Count(out, "broken  "), out)
		require.NotContains(t, out, "canary")
	}

	_, _, err = typedWith(t, map[string]string{"ACCOUNTOPS_DATA": well["ACCOUNTOPS_DATA"]}, "link", "add", "sailpoint:identity:"+anID, "slack:T0ACCTOPS:U0APPROVER1")
	require.NoError(t, err)
	out = examined(map[string]string{"APPROVERS_LINKED": "true"})
	require.Contains(t, out, "ok      links in sailpoint: 1 of 2 approvers")
	require.NotContains(t, out, "name nobody")
	require.Contains(t, out, "broken  links in esystems: ")

	db, err := store.Open(t.Context(), well["ACCOUNTOPS_DATA"], time.Now)
	require.NoError(t, err)
	l := executor.Link{Identity: "sailpoint:identity:sven.lindqvist", Principal: "slack:T0ACCTOPS:U0APPROVER2", At: time.Now()}
	require.NoError(t, db.Link(t.Context(), l, onRecord("linked", l)))
	require.NoError(t, db.Close())
	out = examined(map[string]string{"APPROVERS_LINKED": "true"})
	require.Contains(t, out, "limited links: 1 of 2 name nobody and count for nothing")
	require.Contains(t, out, "ok      links in sailpoint: 1 of 2 approvers")
}

func TestServeLogsThatApprovalsCannotComeAbout(t *testing.T) {
	t.Parallel()
	_, env := world(t)
	env["APPROVAL_QUORUM"] = "3"
	logged := func() string {
		var log bytes.Buffer
		cfg, err := load(t.Context(), envconfig.MapLookuper(env))
		require.NoError(t, err)
		svc, err := newService(t.Context(), cfg, time.Now, newLogger(&log, "info"))
		require.NoError(t, err)
		svc.lookAtApprovers(t.Context())
		require.NoError(t, svc.close())
		return log.String()
	}
	require.Contains(t, logged(), `level=ERROR msg="approvals cannot come about as things are; accountops doctor tells more" what=quorum why="3 people have to approve, and only 2 may."`)
	env["APPROVAL_QUORUM"] = "2"
	require.NotContains(t, logged(), "approvals cannot come about")
}
