package main

import (
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/slackemu"
)

func TestServeTakesWhatSlackSignsOverHTTP(t *testing.T) {
	t.Parallel()
	_, env := world(t)
	delete(env, "SLACK_APP_TOKEN")
	env["SLACK_MODE"], env["SLACK_SIGNING_SECRET"] = "http", "shh"
	mcp, _ := start(t, env, "serve")

	ask := func(secret string) (int, string) {
		body := url.Values{"team_id": {"T0ACCTOPS"}, "user_id": {"U0REQUESTER"}, "trigger_id": {"1"}, "command": {"/account"}, "text": {"help"}}.Encode()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, strings.TrimSuffix(mcp, "/mcp")+"/slack/commands", strings.NewReader(body))
		require.NoError(t, err)
		stamp := strconv.FormatInt(time.Now().Unix(), 10)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Slack-Request-Timestamp", stamp)
		r.Header.Set("X-Slack-Signature", slackemu.Sign(secret, stamp, []byte(body)))
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(answer)
	}
	status, answer := ask("shh")
	require.Equal(t, http.StatusOK, status, answer)
	require.Contains(t, answer, "/account remove")
	status, _ = ask("guessed")
	require.Equal(t, http.StatusUnauthorized, status)
}

func TestEachModeOfSlackSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	for mode, lacks := range map[string]string{"socket": "SLACK_APP_TOKEN: is needed", "http": "SLACK_SIGNING_SECRET: is needed", "pigeon": "SLACK_MODE: must be socket or http"} {
		c := config{SlackMode: mode, SlackAPIURL: "https://slack.com/api/"}
		require.Contains(t, strings.Join(c.checkSlack(), "\n"), lacks)
	}
}
