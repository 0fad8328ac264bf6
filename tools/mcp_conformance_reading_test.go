package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// saying is a prompt of one message.
func saying(text string) server.PromptHandlerFunc {
	return func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{fromUser(mcp.NewTextContent(text))}}, nil
	}
}

func fromUser(c mcp.Content) mcp.PromptMessage {
	return mcp.PromptMessage{Role: mcp.RoleUser, Content: c}
}

// fewWords completes every argument.
type fewWords struct{}

func (fewWords) CompletePromptArgument(context.Context, string, mcp.CompleteArgument, mcp.CompleteContext) (*mcp.Completion, error) {
	return &mcp.Completion{Values: []string{"paris", "park", "party"}, Total: 3}, nil
}

func addReadingFixtures(s *server.MCPServer) {
	text := func(uri, kind, text string) []mcp.ResourceContents {
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: kind, Text: text}}
	}
	s.AddResource(mcp.NewResource("test://static-text", "static-text", mcp.WithMIMEType("text/plain")),
		func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return text("test://static-text", "text/plain", "This is the content of the static text resource."), nil
		})
	s.AddResource(mcp.NewResource("test://watched-resource", "watched-resource", mcp.WithMIMEType("text/plain")),
		func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return text("test://watched-resource", "text/plain", "Watched."), nil
		})
	s.AddResource(mcp.NewResource("test://static-binary", "static-binary", mcp.WithMIMEType("image/png")),
		func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.BlobResourceContents{URI: "test://static-binary", MIMEType: "image/png", Blob: pixel}}, nil
		})
	s.AddResourceTemplate(mcp.NewResourceTemplate("test://template/{id}/data", "template", mcp.WithTemplateMIMEType("application/json")),
		func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			id := strings.TrimSuffix(strings.TrimPrefix(r.Params.URI, "test://template/"), "/data")
			return text(r.Params.URI, "application/json", fmt.Sprintf(`{"id":%q,"templateTest":true,"data":%q}`, id, "Data for ID: "+id)), nil
		})
	s.AddPrompt(mcp.NewPrompt("test_simple_prompt", mcp.WithPromptDescription("a fixture")), saying("This is a simple prompt for testing."))
	s.AddPrompt(mcp.NewPrompt("test_prompt_with_arguments", mcp.WithPromptDescription("a fixture"), mcp.WithArgument("arg1", mcp.RequiredArgument()), mcp.WithArgument("arg2", mcp.RequiredArgument())),
		func(ctx context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return saying(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", r.Params.Arguments["arg1"], r.Params.Arguments["arg2"]))(ctx, r)
		})
	s.AddPrompt(mcp.NewPrompt("test_prompt_with_embedded_resource", mcp.WithPromptDescription("a fixture"), mcp.WithArgument("resourceUri", mcp.RequiredArgument())),
		func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{
				fromUser(mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: r.Params.Arguments["resourceUri"], MIMEType: "text/plain", Text: "Embedded resource content for testing."})),
				fromUser(mcp.NewTextContent("Please process the embedded resource above.")),
			}}, nil
		})
	s.AddPrompt(mcp.NewPrompt("test_prompt_with_image", mcp.WithPromptDescription("a fixture")),
		func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{Messages: []mcp.PromptMessage{fromUser(mcp.NewImageContent(pixel, "image/png")), fromUser(mcp.NewTextContent("Please analyze the image above."))}}, nil
		})
}

// addDialogueFixtures adds the tools that speak to the client while they run, in the way of the older protocol.
func addDialogueFixtures(s *server.MCPServer) {
	s.AddTool(mcp.NewTool("test_tool_with_logging", aFixture), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for _, line := range []string{"Tool execution started", "Tool processing data", "Tool execution completed"} {
			_ = s.SendNotificationToClient(ctx, "notifications/message", map[string]any{"level": "info", "logger": "fixture", "data": line})
			time.Sleep(50 * time.Millisecond)
		}
		return mcp.NewToolResultText("Logged."), nil
	})
	s.AddTool(mcp.NewTool("test_tool_with_progress", aFixture), func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		for _, progress := range []int{0, 50, 100} {
			if call.Params.Meta != nil && call.Params.Meta.ProgressToken != nil {
				_ = s.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": call.Params.Meta.ProgressToken, "progress": progress, "total": 100})
			}
			time.Sleep(50 * time.Millisecond)
		}
		return mcp.NewToolResultText("Progressed."), nil
	})
	s.AddTool(mcp.NewTool("test_sampling", aFixture, mcp.WithString("prompt")), func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		var ask mcp.CreateMessageRequest
		ask.Method, ask.MaxTokens = string(mcp.MethodSamplingCreateMessage), 100
		ask.Messages = []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(call.GetString("prompt", ""))}}
		got, err := s.RequestSampling(ctx, ask) //nolint:staticcheck // the suite of 2025-11-25 still asks for sampling
		if err != nil {
			return mcp.NewToolResultError(err.Error()), nil
		}
		said, _ := got.Content.(mcp.TextContent)
		return mcp.NewToolResultText("LLM response: " + said.Text), nil
	})
	object := func(properties map[string]any, required ...string) map[string]any {
		return map[string]any{"type": "object", "properties": properties, "required": append([]string{}, required...)}
	}
	words := func(kind string, extra ...any) map[string]any {
		out := map[string]any{"type": kind}
		for i := 0; i < len(extra); i += 2 {
			out[fmt.Sprint(extra[i])] = extra[i+1]
		}
		return out
	}
	titled := []any{map[string]any{"const": "value1", "title": "Value One"}, map[string]any{"const": "value2", "title": "Value Two"}, map[string]any{"const": "value3", "title": "Value Three"}}
	options := []string{"option1", "option2", "option3"}
	for name, form := range map[string]map[string]any{
		"test_elicitation": object(map[string]any{"username": words("string"), "email": words("string")}, "username", "email"),
		"test_elicitation_sep1034_defaults": object(map[string]any{
			"name": words("string", "default", "John Doe"), "age": words("integer", "default", 30), "score": words("number", "default", 95.5),
			"status": words("string", "enum", []string{"active", "inactive", "pending"}, "default", "active"), "verified": words("boolean", "default", true),
		}),
		"test_elicitation_sep1330_enums": object(map[string]any{
			"untitledSingle": words("string", "enum", options), "titledSingle": words("string", "oneOf", titled),
			"legacyEnum":    words("string", "enum", []string{"opt1", "opt2", "opt3"}, "enumNames", []string{"Option One", "Option Two", "Option Three"}),
			"untitledMulti": words("array", "items", words("string", "enum", options)), "titledMulti": words("array", "items", map[string]any{"anyOf": titled}),
		}),
	} {
		s.AddTool(mcp.NewTool(name, aFixture, mcp.WithString("message")), func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			got, err := s.RequestElicitation(ctx, mcp.ElicitationRequest{
				Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)},
				Params:  mcp.ElicitationParams{Message: call.GetString("message", "Please tell."), RequestedSchema: form},
			})
			if err != nil {
				return mcp.NewToolResultError(err.Error()), nil
			}
			return mcp.NewToolResultText(fmt.Sprintf("User response: action=%s, content=%v", got.Action, got.Content)), nil
		})
	}
}
