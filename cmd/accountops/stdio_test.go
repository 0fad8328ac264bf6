package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"
)

// mcpProcess runs accountops mcp as a process of its own with an input, until it ends, and gives what it wrote.
func mcpProcess(t *testing.T, env map[string]string, input string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "mcp") //nolint:gosec // our own test binary
	cmd.Env = []string{"ACCOUNTOPS_TEST_IS_THE_PROGRAM=1"}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	var out, log bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &log
	err = cmd.Run()
	return out.String(), log.String(), err
}

// modernLine is a request of 2026-07-28 as one line.
func modernLine(t *testing.T, id any, method string, params object) string {
	t.Helper()
	params["_meta"] = modernMeta()
	raw, err := json.Marshal(object{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
	require.NoError(t, err)
	return string(raw) + "\n"
}

// protocol checks that every line is a message of the protocol, and gives the answers by id.
func protocol(t *testing.T, stdout string) map[string]object {
	t.Helper()
	answers := map[string]object{}
	for line := range strings.Lines(stdout) {
		var m object
		require.NoError(t, json.Unmarshal([]byte(line), &m), "only the protocol may be on stdout: %s", line)
		require.Equal(t, "2.0", m["jsonrpc"], line)
		answers[fmt.Sprint(m["id"])] = m
	}
	return answers
}

func TestStdoutHoldsNothingButTheProtocolWhateverIsLogged(t *testing.T) {
	t.Parallel()
	_, env := world(t)
	serving := maps.Clone(env)
	serving["ACCOUNTOPS_DATA"] = t.TempDir()
	served, _ := start(t, serving, "serve")
	for name, env := range map[string]map[string]string{"in process": env, "bridge": {"ACCOUNTOPS_URL": served}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env["ACCOUNTOPS_LOG_LEVEL"] = "debug"
			const calls = 32
			input := "no json\n" + modernLine(t, "unknown", "tools/call", object{"name": "approve_request", "arguments": object{}})
			for i := range calls {
				input += modernLine(t, i, "tools/call", object{"name": "list_requests", "arguments": object{"limit": i + 1}})
			}
			stdout, stderr, err := mcpProcess(t, env, input)
			require.NoError(t, err, stderr)
			answers := protocol(t, stdout)
			require.Contains(t, answers, "<nil>", "the line that is no JSON")
			require.Contains(t, answers["unknown"], "error")
			for i := range calls {
				result, _ := answers[fmt.Sprint(i)]["result"].(map[string]any)
				require.NotNil(t, result, "call %d", i)
				require.NotEqual(t, true, result["isError"], "%v", result["content"])
			}
			if name == "in process" {
				require.Contains(t, stderr, "tool call", "the log is on stderr")
			}
		})
	}
}

func TestWhatCannotStartWritesNothingToStdout(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"no configuration": {},
		"an unusable URL":  {"ACCOUNTOPS_URL": "ftp://accountops.example"},
		"narrowed twice":   {"ACCOUNTOPS_URL": "http://127.0.0.1:1/mcp", "MCP_READ_ONLY": "true"},
	} {
		stdout, stderr, err := mcpProcess(t, env, modernLine(t, 1, "tools/list", object{}))
		require.Empty(t, stdout, name)
		require.Error(t, err, name)
		require.Contains(t, stderr, "accountops:", name)
	}
}

func TestStdioAndServeWorkOnOneDatabase(t *testing.T) {
	t.Parallel()
	s, env := world(t)
	served, _ := start(t, env, "serve")
	stdout, stderr, err := mcpProcess(t, env, modernLine(t, 1, "tools/call", object{"name": "remove_account", "arguments": object{
		"account": "jane.doe", "source": "Corporate AD", "reason": "left on Friday", "wait_seconds": 0}}))
	require.NoError(t, err, stderr)
	result, err := json.Marshal(protocol(t, stdout)["1"]["result"])
	require.NoError(t, err)
	asked, text, isError := toolAnswer(t, result)
	require.False(t, isError, text)
	id := asked["request_id"]
	require.NotEmpty(t, id)

	overHTTP := modern{served} // the process that was asked has ended; the other one carries the request on
	seen, text, isError := overHTTP.call(t, "get_request", object{"request_id": id, "wait_seconds": 0})
	require.False(t, isError, text)
	require.Equal(t, "awaiting_approval", seen["status"])
	card := s.card("jane.doe")
	s.click("approver", card, card.button("approve"))
	s.wait("done", func() bool {
		seen, _, _ = overHTTP.call(t, "get_request", object{"request_id": id, "wait_seconds": 5})
		return seen["status"] == "done"
	})
	require.Equal(t, "verified", seen["result"])
	require.Len(t, s.changing("isc"), 1)
	again, stderr, err := mcpProcess(t, env, modernLine(t, 2, "tools/call", object{"name": "get_request", "arguments": object{"request_id": id, "wait_seconds": 0}}))
	require.NoError(t, err, stderr)
	require.Contains(t, again, "verified", "and a third process reads the end")
}

func TestOneUsersProcessesShareTheirDatabaseWhereverTheyStart(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	for want, env := range map[string]map[string]string{
		filepath.Join(home, ".local", "share", "accountops"): {"HOME": home},
		filepath.Join(home, "data", "accountops"):            {"HOME": home, "XDG_DATA_HOME": filepath.Join(home, "data")},
		filepath.Join(home, "own"):                           {"HOME": home, "ACCOUNTOPS_DATA": filepath.Join(home, "own")},
		"accountops-data":                                    {"XDG_DATA_HOME": "relative"},
	} {
		c, err := load(t.Context(), envconfig.MapLookuper(env))
		require.Error(t, err, "the rest of the configuration lacks")
		require.Equal(t, want, c.Data)
	}
}
