package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What people paste is strict JSON that names the server and where it is.
func TestTheReadmesSnippetsAreWhole(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	require.Len(t, blocks, 3, "Claude Desktop, Cursor, VS Code")
	for _, block := range blocks {
		var file map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(block[1]), &file), block[1])
		servers := file["mcpServers"]
		if servers == nil {
			servers = file["servers"]
		}
		var named struct {
			Accountops struct {
				URL, Command string
				Args         []string
				Env          map[string]string
			}
		}
		require.NoError(t, json.Unmarshal(servers, &named))
		where := named.Accountops.URL
		if where == "" {
			require.Equal(t, []string{"accountops", "mcp"}, append([]string{named.Accountops.Command}, named.Accountops.Args...))
			where = named.Accountops.Env["ACCOUNTOPS_URL"]
		}
		require.Equal(t, "http://127.0.0.1:8080/mcp", where)
	}
	code := regexp.MustCompile(`code --add-mcp '(.*)'`).FindStringSubmatch(string(readme))
	require.Len(t, code, 2)
	require.True(t, json.Valid([]byte(code[1])))
	for _, line := range []string{"claude mcp add --transport http accountops http", "codex mcp add accountops --url http"} {
		require.Contains(t, string(readme), line)
	}
}

func TestTheReadmesTableIsGenerated(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(root+"/README.md", []byte("a\n"+tableFrom+"old\n"+tableTo+"\nb\n"), 0o600))
	files := map[string][]byte{}
	require.NoError(t, addReadme(root, files))
	got := string(files["README.md"])
	require.Contains(t, got, "| `withdraw_request` | `/account withdraw` | no | no | no |\n"+tableTo+"\nb\n")
	require.True(t, strings.HasPrefix(got, "a\n"))
	require.Contains(t, got, "| `remove_account` | `/account remove` | no | yes | always |\n")
	require.NotContains(t, got, "old")
	require.NoError(t, os.WriteFile(root+"/README.md", []byte("no place"), 0o600))
	require.ErrorContains(t, addReadme(root, files), "no place for the table")
}
