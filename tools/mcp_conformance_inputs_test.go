package tools

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// given is what a client answered to the questions of one round.
type given map[string]struct {
	Action  string
	Content map[string]any
	Roots   []any
}

// is tells whether an elicitation was answered as asked.
func (g given) is(id, field string) bool {
	_, has := g[id].Content[field]
	return g[id].Action == "accept" && has
}

func (g given) text(id, field string) string { return fmt.Sprint(g[id].Content[field]) }

func whatWasGiven(p mcp.MultiRoundTripParams) given {
	out := given{}
	for id, r := range p.InputResponses {
		raw, _ := json.Marshal(r)
		one := out[id]
		_ = json.Unmarshal(raw, &one) // what makes no sense is as if not given
		out[id] = one
	}
	return out
}

func askingParams(message, field, kind string) mcp.ElicitationParams {
	return mcp.ElicitationParams{Message: message, RequestedSchema: map[string]any{
		"type": "object", "properties": map[string]any{field: map[string]any{"type": kind}}, "required": []string{field},
	}}
}

func sampling(prompt string) mcp.CreateMessageParams {
	return mcp.CreateMessageParams{MaxTokens: 50, Messages: []mcp.SamplingMessage{{Role: mcp.RoleUser, Content: mcp.NewTextContent(prompt)}}}
}

// states are the request states that were given out; every other one is forged.
type states struct{ known map[string]string }

func (s states) make(kind string) string {
	state := rand.Text()
	s.known[state] = kind
	return state
}

func addInputFixtures(s *server.MCPServer) {
	st := states{map[string]string{}}
	add := func(name string, answer func(ctx context.Context, state string, g given) *mcp.CallToolResult) {
		s.AddTool(mcp.NewTool(name, aFixture), func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			state, forged := "", false
			if call.Params.RequestState != "" {
				state, forged = st.known[call.Params.RequestState], st.known[call.Params.RequestState] == ""
			}
			if forged {
				return nil, errors.New("the state is not one that was given out")
			}
			return answer(ctx, state, whatWasGiven(call.Params.MultiRoundTripParams)), nil
		})
	}
	ask := func(kind string) *server.InputRequestBuilder {
		if kind == "" {
			return server.NewInputRequestBuilder("")
		}
		return server.NewInputRequestBuilder(st.make(kind))
	}
	add("test_input_required_result_elicitation", func(_ context.Context, _ string, g given) *mcp.CallToolResult {
		if g.is("user_name", "name") {
			return mcp.NewToolResultText("Hello, " + g.text("user_name", "name") + "!")
		}
		return ask("").Elicit("user_name", askingParams("What is your name?", "name", "string")).ToolResult()
	})
	add("test_input_required_result_sampling", func(_ context.Context, _ string, g given) *mcp.CallToolResult {
		if len(g) > 0 {
			return mcp.NewToolResultText("Sampling result: " + g.text("sample_request", "text"))
		}
		return ask("").Sample("sample_request", sampling("What is the capital of France?")).ToolResult()
	})
	add("test_input_required_result_list_roots", func(_ context.Context, _ string, g given) *mcp.CallToolResult {
		if len(g) > 0 {
			return mcp.NewToolResultText(fmt.Sprintf("Found %d root(s)", len(g["roots_request"].Roots)))
		}
		return ask("").Roots("roots_request").ToolResult()
	})
	for name, done := range map[string]string{
		"test_input_required_result_request_state": "state-ok: it is the one that was given out", "test_input_required_result_tampered_state": "integrity-ok",
	} {
		add(name, func(_ context.Context, state string, g given) *mcp.CallToolResult {
			if state == name && g.is("confirm", "ok") {
				return mcp.NewToolResultText(done)
			}
			return ask(name).Elicit("confirm", askingParams("Please confirm", "ok", "boolean")).ToolResult()
		})
	}
	add("test_input_required_result_multiple_inputs", func(_ context.Context, state string, g given) *mcp.CallToolResult {
		if state == "multiple" && len(g) == 3 {
			return mcp.NewToolResultText(fmt.Sprintf("%s, %s, %d roots", g.text("user_name", "name"), g.text("greeting", "text"), len(g["client_roots"].Roots)))
		}
		return ask("multiple").Elicit("user_name", askingParams("What is your name?", "name", "string")).Sample("greeting", sampling("Generate a greeting")).Roots("client_roots").ToolResult()
	})
	add("test_input_required_result_multi_round", func(_ context.Context, state string, g given) *mcp.CallToolResult {
		if name, second := strings.CutPrefix(state, "2 "); second && g.is("step2", "color") {
			return mcp.NewToolResultText(name + " likes " + g.text("step2", "color"))
		}
		if state == "1" && g.is("step1", "name") {
			return ask("2 "+g.text("step1", "name")).Elicit("step2", askingParams("Step 2: What is your favorite color?", "color", "string")).ToolResult()
		}
		return ask("1").Elicit("step1", askingParams("Step 1: What is your name?", "name", "string")).ToolResult()
	})
	add("test_input_required_result_capabilities", func(ctx context.Context, _ string, g given) *mcp.CallToolResult {
		caps := server.RequestProtocolInfoFromContext(ctx).ClientCapabilities
		b, any := ask("capabilities"), false
		if caps.Elicitation != nil {
			b, any = b.Elicit("elicit_input", askingParams("Elicitation input", "value", "string")), true
		}
		if caps.Sampling != nil {
			b, any = b.Sample("sample_input", sampling("Sample request")), true
		}
		if len(g) > 0 || !any {
			return mcp.NewToolResultText("Received " + strings.Join(keysOfGiven(g), ","))
		}
		return b.ToolResult()
	})
	s.AddPrompt(mcp.NewPrompt("test_input_required_result_prompt", mcp.WithPromptDescription("a fixture")), func(ctx context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		if g := whatWasGiven(r.Params.MultiRoundTripParams); g.is("user_context", "context") {
			return saying("Prompt with context: "+g.text("user_context", "context"))(ctx, r)
		}
		return ask("").Elicit("user_context", askingParams("What context should the prompt use?", "context", "string")).PromptResult(), nil
	})
}

func keysOfGiven(g given) (ids []string) {
	for id := range g {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
