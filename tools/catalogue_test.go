package tools

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

	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

var updateFiles = flag.Bool("update", false, "write the generated schema files")

const schemaFolder = "../schemas"

func TestTheSchemaFilesAreCurrent(t *testing.T) {
	t.Parallel()
	files := SchemaFiles(Catalogue(Systems{}))
	found, err := filepath.Glob(filepath.Join(schemaFolder, "*.json"))
	require.NoError(t, err)
	for _, path := range found {
		if _, current := files[filepath.Base(path)]; current {
			continue
		}
		if *updateFiles {
			require.NoError(t, os.Remove(path))
			continue
		}
		t.Errorf("%s is of no operation; run make generate", path)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(schemaFolder, name)
		if *updateFiles {
			require.NoError(t, os.WriteFile(path, files[name], 0o644)) //nolint:gosec // source files are for everybody to read
		}
		have, err := os.ReadFile(path) //nolint:gosec // our own files
		require.NoError(t, err, "run make generate")
		require.Equal(t, string(files[name]), string(have), "%s is not current; run make generate", path)
	}
}

func TestTheCatalogueIsCompleteAndNamesNothingTwice(t *testing.T) {
	t.Parallel()
	effects := map[string]executor.Effect{
		"find_accounts": executor.Read, "get_account": executor.Read, "create_account": executor.Change, "disable_account": executor.Change, "enable_account": executor.Change, "unlock_account": executor.Change,
		"remove_account": executor.Destroy, "delete_account": executor.Destroy, "list_deletion_requests": executor.Read,
		"get_request": executor.Read, "list_requests": executor.Read, "withdraw_request": executor.Change,
	}
	words := map[string]bool{}
	for _, op := range Catalogue(Systems{}) {
		require.Equal(t, effects[op.Name], op.Effect, op.Name)
		delete(effects, op.Name)
		require.False(t, words[op.Word], "%s is used twice", op.Word)
		words[op.Word] = true
		require.Regexp(t, `^[A-Z].*\.$`, op.Summary, op.Name)
		if op.Effect == executor.Destroy {
			require.Contains(t, op.Summary, "Another person must approve", op.Name)
			require.True(t, strings.HasPrefix(op.Summary, "Ask to "), "%s only asks", op.Name)
		}
		if op.Effect == executor.Read {
			require.Contains(t, op.Summary, "hanges nothing", op.Name)
		}
	}
	require.Empty(t, effects)
}

func TestOperationsOnOneAccountShareTheirInputs(t *testing.T) {
	t.Parallel()
	for _, op := range Catalogue(Systems{}) {
		if !strings.HasSuffix(op.Name, "_account") {
			continue
		}
		names := op.Input.Names()
		require.Equal(t, "account", names[0], op.Name)
		require.Subset(t, names, []string{"account", "source", "system"}, op.Name)
		reason, given := op.Input.Field("reason")
		require.Equal(t, op.Effect != executor.Read, given, op.Name)
		require.Equal(t, op.Effect == executor.Destroy, reason.Required, op.Name)
		for _, forged := range []string{"approved", "approver", "confirm", "wait_seconds"} {
			require.NotContains(t, names, forged, op.Name)
		}
	}
}

func TestEverySchemaCompilesAndNoneIsTrue(t *testing.T) {
	t.Parallel()
	for _, op := range Catalogue(Systems{}) {
		for _, raw := range []json.RawMessage{op.Input.JSON(), op.Output.JSON(), op.Input.Brief(), op.Output.Brief()} {
			compiled(t, raw)
			walk(t, op.Name, parsed(t, raw))
		}
		require.Contains(t, string(op.Input.JSON()), `"additionalProperties":false`, op.Name)
		for _, f := range op.Input.Fields() {
			require.NotEmpty(t, f.Description, "%s.%s", op.Name, f.Name)
			require.NotEqual(t, "other", string(f.Type), "%s.%s", op.Name, f.Name)
		}
	}
}

// walk fails on a bare true, which some model providers refuse, and on a schema without a type.
func walk(t *testing.T, path string, schema any) {
	t.Helper()
	node, ok := schema.(map[string]any)
	require.True(t, ok, "%s is a bare %v", path, schema)
	require.NotEmpty(t, node["type"], "%s has no type", path)
	properties, _ := node["properties"].(map[string]any)
	for name, property := range properties {
		walk(t, path+"."+name, property)
	}
	if items, has := node["items"]; has {
		walk(t, path+"[]", items)
	}
	if more, has := node["additionalProperties"]; has && more != false {
		walk(t, path+"{}", more)
	}
}

// mostTokens leaves room for what the MCP face adds to each tool, and for two more operations.
const mostTokens = 4500

func TestTheCatalogueIsSmallForAModelToRead(t *testing.T) {
	t.Parallel()
	bytes := 0
	for _, op := range Catalogue(Systems{}) {
		bytes += len(op.Name) + len(op.Title) + len(op.Summary) + len(op.Input.JSON()) + len(op.Output.Brief())
	}
	t.Logf("the catalogue is %d tokens (bytes / 4)", bytes/4)
	require.Less(t, bytes/4, mostTokens)
}

// fits holds a value against an operation's output schemas, as clients do.
func fits(t *testing.T, operation string, value any) {
	t.Helper()
	raw, err := json.Marshal(value)
	require.NoError(t, err)
	for _, op := range Catalogue(Systems{}) {
		if op.Name == operation {
			require.NoError(t, compiled(t, op.Output.JSON()).Validate(parsed(t, raw)), string(raw))
			require.NoError(t, compiled(t, op.Output.Brief()).Validate(parsed(t, raw)), string(raw))
			return
		}
	}
	t.Fatalf("no operation %s", operation)
}

func compiled(t *testing.T, raw json.RawMessage) *validator.Schema {
	t.Helper()
	c := validator.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("schema.json", parsed(t, raw)))
	s, err := c.Compile("schema.json")
	require.NoError(t, err)
	return s
}

func parsed(t *testing.T, raw []byte) any {
	t.Helper()
	v, err := validator.UnmarshalJSON(bytes.NewReader(raw))
	require.NoError(t, err)
	return v
}
