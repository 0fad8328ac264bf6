package tools_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

const contractFolder = "testdata/mcp"

// accepting tells whether what is told to models now is accepted as the contract: go test ./tools -run Accepted -update
func accepting() bool { return flag.Lookup("update").Value.String() == "true" }

// told gives everything that a model reads of us before it calls anything, by file name.
func told(t *testing.T) map[string][]byte {
	t.Helper()
	_, list, _ := listed(t)
	files := map[string][]byte{}
	for _, tool := range list {
		files[tool.Name+".json"] = tool.raw
	}
	face, err := tools.NewMCP(only{ops: tools.Catalogue(tools.Systems{})}, tools.MCPOptions{Version: "test"})
	require.NoError(t, err)
	h, err := face.HTTP(tools.HTTPOptions{Loopback: true, Local: executor.Actor{Principal: riley}})
	require.NoError(t, err)
	url := serveHandler(t, h)
	for file, method := range map[string]string{
		"discover.json": "server/discover", "prompts.json": "prompts/list", "resources.json": "resources/list", "templates.json": "resources/templates/list",
	} {
		files[file] = ask1(t, url, method, nil).body.Result
	}
	for name, file := range files {
		var pretty bytes.Buffer
		require.NoError(t, json.Indent(&pretty, file, "", "  "), name)
		files[name] = append(pretty.Bytes(), '\n')
	}
	return files
}

func TestWhatModelsAreToldIsWhatWasAccepted(t *testing.T) {
	t.Parallel()
	files := told(t)
	if accepting() {
		require.NoError(t, os.RemoveAll(contractFolder))
		require.NoError(t, os.MkdirAll(contractFolder, 0o755))
		for name, file := range files {
			require.NoError(t, os.WriteFile(filepath.Join(contractFolder, name), file, 0o644))
		}
	}
	kept, err := filepath.Glob(filepath.Join(contractFolder, "*"))
	require.NoError(t, err)
	for i := range kept {
		kept[i] = filepath.Base(kept[i])
	}
	require.Equal(t, slices.Sorted(maps.Keys(files)), kept, "a tool came or went; if it is meant: go test ./tools -run Accepted -update")
	for _, name := range kept {
		have, err := os.ReadFile(filepath.Join(contractFolder, name))
		require.NoError(t, err)
		require.Equal(t, string(have), string(files[name]), "%s changed; if it is meant: go test ./tools -run Accepted -update", name)
	}
}

func TestTheContractIsTheSameForEverybodyAndEachTime(t *testing.T) {
	t.Parallel()
	first, second := told(t), told(t)
	require.Equal(t, first, second)
}

// The names and what they do, written down once more: a client's rules ("never ask before find_accounts") hang on them.
func TestToolNamesAndHintsOverTheWholeCatalogue(t *testing.T) {
	t.Parallel()
	type hints struct{ readOnly, destructive bool }
	want := map[string]hints{
		"find_accounts": {true, false}, "get_account": {true, false}, "list_deletion_requests": {true, false},
		"get_request": {true, false}, "list_requests": {true, false}, "withdraw_request": {false, false},
		"create_account": {false, true}, "disable_account": {false, false}, "enable_account": {false, false}, "unlock_account": {false, false},
		"remove_account": {false, true}, "delete_account": {false, true},
	}
	_, list, _ := listed(t)
	got := map[string]hints{}
	for _, tool := range list {
		require.Regexp(t, `^[a-z]+(_[a-z]+)+$`, tool.Name)
		require.LessOrEqual(t, len("mcp__accountops__"+tool.Name), 64, "some clients allow 64 characters with their prefix")
		require.NotRegexp(t, `approve|decide|vote|policy|quorum|freeze`, tool.Name)
		got[tool.Name] = hints{*tool.Annotations.ReadOnlyHint, *tool.Annotations.DestructiveHint}
		require.Equal(t, *tool.Annotations.ReadOnlyHint, *tool.Annotations.IdempotentHint, tool.Name)
	}
	require.Equal(t, want, got)
}

// A model decides by the description alone: it has to find all four things there.
func TestEveryDescriptionSaysTheEffectWhetherItCanBeUndoneWhoApprovesAndWhatComesBack(t *testing.T) {
	t.Parallel()
	byName, list, _ := listed(t)
	for _, tool := range list {
		op, says := byName[tool.Name], tool.Description
		require.True(t, strings.HasPrefix(says, op.Summary), tool.Name)
		require.LessOrEqual(t, len(says), 400, tool.Name)
		switch op.Effect {
		case executor.Read:
			require.Contains(t, says, "hanges nothing", tool.Name)
			require.Regexp(t, `^(Find|Show|List|Tell) `, says, tool.Name)
			continue
		case executor.Destroy:
			require.Regexp(t, `^Ask to `, says, tool.Name)
			require.Contains(t, says, "Another person must approve in Slack", tool.Name)
			require.Contains(t, says, "awaiting_approval: nothing has been changed then", tool.Name)
		default:
			require.Contains(t, says, "Needs no approval", tool.Name)
		}
		require.Regexp(t, `can be (en|dis)abled again|Cannot be undone|comes back at the next|Undone by|cannot be taken back`, says, tool.Name)
		if !op.Direct() {
			require.Contains(t, says, "Answers with a request_id", tool.Name)
		}
	}
}
