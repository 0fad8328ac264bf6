package main

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"

	"accountops/slackbot"
)

// slackTyped runs accountops slack with an environment, and gives what went to stdout and stderr.
func slackTyped(t *testing.T, env map[string]string, args ...string) (out, told string, err error) {
	t.Helper()
	var printed, complained bytes.Buffer
	err = run(t.Context(), append([]string{"slack"}, args...), process{envconfig.MapLookuper(env), strings.NewReader(""), &printed, &complained})
	return printed.String(), complained.String(), err
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
