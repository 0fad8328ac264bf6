package tools_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// tool is a tool as it stands on the wire.
type tool struct {
	mcp.Tool
	Input, Output json.RawMessage
	raw           json.RawMessage
}

// UnmarshalJSON keeps the schemas as they came; mcp-go's type would leave some of them out.
func (l *tool) UnmarshalJSON(b []byte) error {
	var schemas struct {
		Input  json.RawMessage `json:"inputSchema"`
		Output json.RawMessage `json:"outputSchema"`
	}
	if err := json.Unmarshal(b, &schemas); err != nil {
		return err
	}
	l.Input, l.Output, l.raw = schemas.Input, schemas.Output, bytes.Clone(b)
	return json.Unmarshal(b, &l.Tool)
}

// listed gives the whole catalogue, and the tools that a client is told of.
func listed(t *testing.T) (map[string]executor.Operation, []tool, string) {
	t.Helper()
	return listedBy(t, tools.MCPOptions{})
}

func listedBy(t *testing.T, opts tools.MCPOptions) (map[string]executor.Operation, []tool, string) {
	t.Helper()
	ops := tools.Catalogue(tools.Systems{})
	byName := map[string]executor.Operation{}
	for _, op := range ops {
		byName[op.Name] = op
	}
	face, err := tools.NewMCP(only{ops: ops}, opts)
	require.NoError(t, err)
	t.Cleanup(face.Close)
	h, err := face.HTTP(tools.HTTPOptions{Loopback: true, Local: executor.Actor{Principal: riley}})
	require.NoError(t, err)
	r := post(t, serveHandler(t, h), modernBody("tools/list", nil), "Mcp-Protocol-Version", modern, "Mcp-Method", "tools/list")
	var list struct {
		Tools []tool `json:"tools"`
	}
	require.NoError(t, json.Unmarshal(r.body.Result, &list), r.text)
	return byName, list.Tools, r.text
}

func TestEveryOperationIsAToolWithAllFourAnnotations(t *testing.T) {
	t.Parallel()
	byName, list, _ := listed(t)
	require.Len(t, list, len(byName))
	for _, tool := range list {
		op, known := byName[tool.Name]
		require.True(t, known, tool.Name)
		require.Equal(t, op.Title, tool.Title)
		require.Contains(t, tool.Description, op.Summary)
		for name, hint := range map[string]*bool{
			"readOnly": tool.Annotations.ReadOnlyHint, "destructive": tool.Annotations.DestructiveHint,
			"idempotent": tool.Annotations.IdempotentHint, "openWorld": tool.Annotations.OpenWorldHint,
		} {
			require.NotNil(t, hint, "%s lacks %s", tool.Name, name)
		}
		require.Equal(t, op.Effect == executor.Read, *tool.Annotations.ReadOnlyHint, tool.Name)
		require.Equal(t, op.Effect == executor.Destroy || op.Overwrites, *tool.Annotations.DestructiveHint, tool.Name)
		require.True(t, *tool.Annotations.OpenWorldHint, tool.Name)
	}
}

func TestEverySchemaCompilesAndOnlyWaitingToolsTakeWaitSeconds(t *testing.T) {
	t.Parallel()
	byName, list, _ := listed(t)
	for _, tool := range list {
		input, output := compiled(t, tool.Input), compiled(t, tool.Output)
		op := byName[tool.Name]
		_, takes := input.Properties["wait_seconds"]
		require.Equal(t, op.Effect != executor.Read || op.Name == "get_request", takes, tool.Name)
		for _, never := range []string{"approve", "approved", "approver", "confirm", "force", "quorum"} {
			require.NotContains(t, input.Properties, never, tool.Name)
		}
		require.NoError(t, output.Validate(map[string]any{"error": map[string]any{"kind": "invalid", "sentence": "No."}}), tool.Name)
		require.Error(t, output.Validate(map[string]any{}), "%s: neither an answer nor an error", tool.Name)
	}
}

func TestTheToolListIsSmallEnoughToRead(t *testing.T) {
	t.Parallel()
	_, list, text := listed(t)
	t.Logf("tools/list: %d tools, about %d tokens", len(list), len(text)/4)
	require.Less(t, len(text)/4, 6000)
}

func compiled(t *testing.T, schema json.RawMessage) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	require.NoError(t, c.AddResource("mem:///schema.json", doc))
	s, err := c.Compile("mem:///schema.json")
	require.NoError(t, err)
	return s
}

func TestAnOperationMayNotTakeTheFacesOwnField(t *testing.T) {
	t.Parallel()
	type taken struct {
		Reason string `json:"reason" jsonschema_description:"Why."`
		Wait   int    `json:"wait_seconds" jsonschema_description:"Taken."`
	}
	var up system
	op := executor.Define(executor.Spec[taken]{
		Name: "wait_account", Title: "W", Summary: "W.", Word: "w", Effect: executor.Change, Send: up.send, Verify: up.verify,
		Plan: nil1[taken],
	})
	_, err := tools.NewMCP(only{ops: []executor.Operation{op}}, tools.MCPOptions{})
	require.ErrorContains(t, err, "wait_account")
	require.ErrorContains(t, err, "wait_seconds")
}
