package main

import (
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/slackbot"
)

// slackTyped runs accountops slack with an environment, and gives what went to stdout and stderr.
func slackTyped(t *testing.T, env map[string]string, args ...string) (out, told string, err error) {
	t.Helper()
	return typedWith(t, env, append([]string{"slack"}, args...)...)
}

func TestSlackManifestPrintsTheManifestAndALinkThatDecodesToIt(t *testing.T) {
	t.Parallel()
	const public = "https://accountops.example.com"
	overHTTP := map[string]string{"SLACK_MODE": "http", "SLACK_PUBLIC_URL": public}
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		http bool
	}{
		"nothing is configured yet": {nil, []string{"manifest"}, false},
		"a flag":                    {nil, []string{"manifest", "--url", public}, true},
		"the environment":           {overHTTP, []string{"manifest"}, true},
	} {
		out, told, err := slackTyped(t, c.env, c.args...)
		require.NoError(t, err, name)
		lines := strings.Split(strings.TrimSpace(told), "\n")
		link, err := url.Parse(lines[len(lines)-1])
		require.NoError(t, err, name)
		require.Equal(t, "api.slack.com", link.Host, name)
		require.Equal(t, out, link.Query().Get("manifest_yaml"), name)
		if c.http {
			require.Contains(t, out, `request_url: "`+public+`/slack/events"`, name)
			require.Contains(t, out, "socket_mode_enabled: false", name)
		} else {
			require.Equal(t, string(slackbot.EmbeddedManifest()), out, name)
		}
	}
	_, told, err := slackTyped(t, map[string]string{"SLACK_MODE": "http"}, "manifest")
	require.Error(t, err)
	require.Contains(t, told, "say it by --url or SLACK_PUBLIC_URL")
}

func TestSlackDoctorTellsWhatIsBrokenFailsThenAndNeverTellsASecret(t *testing.T) {
	t.Parallel()
	_, well := world(t)
	for _, name := range []string{"SAILPOINT_BASE_URL", "ESYSTEMS_BASE_URL", "SAILPOINT_CLIENT_SECRET"} {
		delete(well, name) // what is not about Slack is of no concern
	}
	out, told, err := slackTyped(t, well, "doctor")
	require.NoError(t, err, out+told)
	require.NotContains(t, out, "broken")
	for _, line := range []string{"ok      bot token: is accountops in", "ok      socket: opens", "ok      approvals channel: is #identity-approvals", "ok      clock: agrees"} {
		require.Contains(t, out, line)
	}
	const gone = "is not there at all"
	for name, c := range map[string]struct {
		change map[string]string
		says   []string
		count  string
	}{
		"two things at once": {
			map[string]string{"SLACK_APP_TOKEN": "xapp-canary", "SLACK_APPROVALS_CHANNEL": "general"},
			[]string{"broken  app token: Slack refused SLACK_APP_TOKEN", "broken  approvals channel: The bot is not a member of #general. Type /invite @accountops there.\n        To mend it: Set SLACK_APPROVALS_CHANNEL"}, "2 things are broken",
		},
		"an address in the clear": {
			map[string]string{"SLACK_API_URL": "http://slack.example/api/", "SLACK_BOT_TOKEN": "xoxb-canary"},
			[]string{"broken  SLACK_API_URL: must be an https address"}, "One thing is broken",
		},
		"nobody may approve":  {map[string]string{"APPROVERS": ""}, []string{"broken  APPROVERS: is needed", "ok      socket"}, "One thing is broken"},
		"a strange approver":  {map[string]string{"APPROVERS": "jane,U0APPROVER1"}, []string{`broken  APPROVERS: "jane" is neither`, "ok      approver U0APPROVER1"}, "One thing is broken"},
		"a secret's file":     {map[string]string{"SLACK_BOT_TOKEN": gone, "SLACK_BOT_TOKEN_FILE": "/nowhere"}, []string{"broken  SLACK_BOT_TOKEN: open /nowhere"}, "One thing is broken"},
		"a strange mode":      {map[string]string{"SLACK_MODE": "pigeon"}, []string{"broken  SLACK_MODE: must be socket or http"}, "One thing is broken"},
		"no signing secret":   {map[string]string{"SLACK_MODE": "http"}, []string{"broken  signing secret: SLACK_SIGNING_SECRET is empty"}, "One thing is broken"},
		"a public plain http": {map[string]string{"SLACK_PUBLIC_URL": "http://a.example"}, []string{"broken  SLACK_PUBLIC_URL: must be an https address"}, "One thing is broken"},
	} {
		env := maps.Clone(well)
		maps.Copy(env, c.change)
		maps.DeleteFunc(env, func(_, value string) bool { return value == gone })
		out, told, err := slackTyped(t, env, "doctor")
		require.Error(t, err, "%s: %s", name, out)
		for _, line := range c.says {
			require.Contains(t, out, line, name)
		}
		require.Contains(t, told, c.count, "%s: %s", name, out)
		for _, secret := range []string{"canary", env["SLACK_BOT_TOKEN"], env["SLACK_APP_TOKEN"]} {
			require.True(t, secret == "" || !strings.Contains(out+told, secret), name)
		}
	}
}

func TestWhereTheAppMayNotLookUpAddressesOwnersAreNotToBeKnownByThem(t *testing.T) {
	t.Parallel()
	manifest := filepath.Join(t.TempDir(), "manifest.yaml")
	var kept []string
	for line := range strings.Lines(string(slackbot.EmbeddedManifest())) {
		if !strings.Contains(line, "users:read.email") {
			kept = append(kept, line)
		}
	}
	require.NoError(t, os.WriteFile(manifest, []byte(strings.Join(kept, "")), 0o600))
	_, env := world(t, "--manifest", manifest)
	const says = "The Slack app lacks the scopes users:read.email. With OWNERS_BY_EMAIL=true nobody could decide"
	out, _, err := slackTyped(t, env, "doctor")
	require.Error(t, err)
	require.Contains(t, out, "broken  scopes: "+says)
	_, told, err := typedWith(t, env, "serve")
	require.Error(t, err)
	require.Contains(t, told, says)
	env["OWNERS_BY_EMAIL"] = "false"
	out, told, err = slackTyped(t, env, "doctor")
	require.NoError(t, err, out+told)
}
