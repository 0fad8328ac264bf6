package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"
)

// world runs only the pretend systems, and gives the environment that it prints.
func world(t *testing.T, args ...string) (*site, map[string]string) {
	t.Helper()
	base, out := start(t, nil, append([]string{"sandbox", "--world-only", "--addr", "127.0.0.1:0", "--data", t.TempDir()}, args...)...)
	env := map[string]string{}
	for line := range strings.Lines(out.String()) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			env[key] = value
		}
	}
	env["ACCOUNTOPS_DATA"], env["ACCOUNTOPS_ADDR"] = t.TempDir(), "127.0.0.1:0"
	return visit(t, base), env
}

func TestServeRunsUnchangedAgainstAnotherProcesssSandbox(t *testing.T) {
	t.Parallel()
	s, env := world(t)
	token := "a-token-that-nobody-guesses"
	env["MCP_TOKENS"] = token + "=" + s.who["second_approver"]
	start(t, env, "serve")
	s.command("requester", removeJane)
	card := s.card("jane.doe")
	s.click("approver", card, card.button("approve"))
	s.thread(card, "Done, verified")
	require.Len(t, s.changing("isc"), 1)

	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"audit", "verify", "--data", env["ACCOUNTOPS_DATA"]},
		process{envconfig.MapLookuper(nil), nil, &out, io.Discard}))
	require.Contains(t, out.String(), "The audit log is whole")
}

func TestStdioWithoutAServerDoesEverythingInItsProcess(t *testing.T) {
	t.Parallel()
	s, env := world(t)
	in, client := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	var log lockedBuffer
	go func() {
		ended <- run(context.Background(), []string{"mcp"}, process{envconfig.MapLookuper(env), in, out, &log})
	}()
	a := &stdio{in: client, out: bufio.NewReader(answers), modern: true}
	asked, text, isError := a.call(t, "remove_account", object{"account": "jane.doe", "source": "Corporate AD", "reason": "left", "wait_seconds": 0})
	require.False(t, isError, text)
	card := s.card("jane.doe")
	s.click("requester", card, card.button("approve"))
	s.told("requester", "another person")
	s.click("approver", card, card.button("approve"))
	s.wait("done", func() bool {
		asked, _, _ = a.call(t, "get_request", object{"request_id": asked["request_id"], "wait_seconds": 5})
		return asked["status"] == "done"
	})
	require.NoError(t, client.Close())
	require.NoError(t, <-ended, "it ends with its input: %s", log.String())
	require.Len(t, s.changing("isc"), 1)
}

func TestEveryMistakeInTheConfigurationIsToldAtOnceWithoutSecrets(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	err := run(t.Context(), []string{"serve"}, process{envconfig.MapLookuper(map[string]string{
		"SLACK_BOT_TOKEN": "xoxb-canary-secret", "APPROVERS": "amara", "APPROVAL_QUORUM": "two", "QUIET_TIME": "soon", "ACCOUNTOPS_ADDR": "0.0.0.0:80",
		"SAILPOINT_BASE_URL": "https://acme.example", "SAILPOINT_CLIENT_SECRET": "canary-secret", "MCP_TOKENS": "canary=U0A", "DEFAULT_SYSTEM": "okta",
		"SLACK_API_URL": "http://slack.example/api/", "SAILPOINT_PATH_STYLE": "v3", "MCP_LOCAL_PRINCIPAL": "riley", "APPROVAL_ASK_FOR": "disable_account,nope",
		"APPROVAL_POLL": "500ms",
	}), nil, io.Discard, &log})
	require.Error(t, err)
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_APPROVALS_CHANNEL", "APPROVERS", "APPROVAL_QUORUM", "QUIET_TIME", "ACCOUNTOPS_ADDR",
		"SAILPOINT_CLIENT_ID", "MCP_TOKENS", "DEFAULT_SYSTEM", "SLACK_API_URL", "SAILPOINT_PATH_STYLE", "MCP_LOCAL_PRINCIPAL", "APPROVAL_ASK_FOR", "APPROVAL_POLL"} {
		require.Equal(t, 1, strings.Count(log.String(), name+":")+strings.Count(log.String(), name+","), "%s is told once: %s", name, log.String())
	}
	require.Contains(t, log.String(), "nothing was started")
	require.NotContains(t, log.String(), "canary")
}

func TestHowOftenAssistantsAskIsConfigured(t *testing.T) {
	t.Parallel()
	for given, tells := range map[string]time.Duration{"": 15 * time.Second, "5m": 5 * time.Minute, "1s": time.Second} {
		env := map[string]string{}
		if given != "" {
			env["APPROVAL_POLL"] = given
		}
		var c config
		require.Empty(t, c.read(t.Context(), envconfig.MapLookuper(env)))
		require.NotContains(t, strings.Join(c.check(), "\n"), "APPROVAL_POLL")
		require.Equal(t, tells, c.timing().PollPending)
		c.Poll += 5*time.Minute + time.Second
		require.Contains(t, strings.Join(c.check(), "\n"), "APPROVAL_POLL: must be between 1s and 5m")
	}
}

func TestASecretPrintsAsDots(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("canary-one\n"), 0o600))
	var c config
	require.Empty(t, c.read(t.Context(), envconfig.MapLookuper(map[string]string{
		"SLACK_BOT_TOKEN_FILE": file, "SLACK_APP_TOKEN": "canary-two"})))
	value, err := c.SlackBotToken.read()
	require.NoError(t, err)
	require.Equal(t, "canary-one", value)
	require.NoError(t, os.WriteFile(file, []byte("canary-three"), 0o600))
	value, err = c.SlackBotToken.read()
	require.NoError(t, err)
	require.Equal(t, "canary-three", value, "it is read anew")
	raw, err := json.Marshal(c)
	require.NoError(t, err)
	for _, printed := range []string{string(raw), fmt.Sprintf("%v", c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%q", c.SlackAppToken), fmt.Sprintf("%s", &c.SlackAppToken)} {
		require.NotContains(t, printed, "canary")
	}
}

func TestGeneratedFilesAreCurrent(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, generate(process{out: &out}, "../..", true))
	root := t.TempDir()
	for path := range generated() {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "schemas", "old_operation.input.json"), nil, 0o600))
	require.ErrorContains(t, generate(process{out: &out}, root, true), "old_operation", "a file of no operation is not current")
	require.NoError(t, generate(process{out: &out}, root, false))
	require.NoError(t, generate(process{out: &out}, root, true))
}

func TestTheSandboxStaysOnLoopback(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		err := run(t.Context(), []string{"sandbox", "--addr", addr}, process{envconfig.MapLookuper(nil), nil, io.Discard, io.Discard})
		require.ErrorContains(t, err, "loopback")
	}
}
