package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"accountops/internal/executor"
)

// conformanceAddr makes the test binary the server that tools/conformance/run tests: our own constructor and HTTP chain with the
// tools, resources and prompts that the official suite wants to find. They exist nowhere else.
const conformanceAddr = "ACCOUNTOPS_CONFORMANCE_ADDR"

func TestMain(m *testing.M) {
	addr := os.Getenv(conformanceAddr)
	if addr == "" {
		os.Exit(m.Run())
	}
	if err := serveConformance(addr); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func serveConformance(addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	m, err := NewMCP(uncalled{}, MCPOptions{Version: "conformance"})
	if err != nil {
		return err
	}
	addFixtures(m)
	h, err := m.HTTP(HTTPOptions{Loopback: true, Local: executor.Actor{Principal: "local:conformance"}})
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/mcp", needing(h))
	s := &http.Server{Handler: mux}
	LimitHTTP(s)
	fmt.Printf("http://%s/mcp\n", l.Addr())
	context.AfterFunc(ctx, func() { _ = s.Close() })
	if err := s.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// uncalled has the operations of the product, so that the suite sees their schemas too. It calls the fixtures alone.
type uncalled struct{ asker }

func (uncalled) Operations() []executor.Operation { return Catalogue(Systems{}) }

// addFixtures gives the server what the suite wants to find, and the capabilities that belong to it.
func addFixtures(m *MCP) {
	s := m.server
	for _, with := range []server.ServerOption{
		server.WithResourceCapabilities(true, true), server.WithPromptCapabilities(true), server.WithToolCapabilities(true), server.WithCompletions(),
		server.WithLogging(), server.WithElicitation(), server.WithPromptCompletionProvider(fewWords{}),
	} {
		with(s)
	}
	s.EnableSampling()
	addContentFixtures(s)
	addDialogueFixtures(s)
	addReadingFixtures(s)
	addInputFixtures(s)
	addTaskFixtures(m)
	serveDirectly(m)
}

// serveDirectly serves the fixtures as our own tools are, but those that need what no tool of ours does: a session, or headers that name
// their arguments.
func serveDirectly(m *MCP) {
	library := []string{"test_x_mcp_header", "test_sampling", "test_elicitation_sep1034_defaults", "test_elicitation_sep1330_enums", "test_tool_with_logging"}
	for name, tool := range m.server.ListTools() {
		if slices.Contains(library, name) {
			continue
		}
		m.direct[name] = func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			_ = json.Unmarshal(call.Params.RawArguments, &call.Params.Arguments) // ours read the arguments as they came
			return tool.Handler(ctx, call)
		}
	}
}

// needing refuses calls of fixtures that need a capability which the client did not declare. Our own tools need none.
func needing(next http.Handler) http.Handler {
	needs := map[string]struct {
		has      func(mcp.ClientCapabilities, peek) bool
		required map[string]any
	}{
		"test_missing_capability": {
			func(c mcp.ClientCapabilities, _ peek) bool { return c.Sampling != nil }, map[string]any{"sampling": map[string]any{}},
		},
		"failing_job": {
			func(_ mcp.ClientCapabilities, p peek) bool { return p.takesTasks() },
			map[string]any{"extensions": map[string]any{tasksExtension: map[string]any{}}},
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		p := peekOf(body)
		need, is := needs[p.Params.Name]
		caps, _ := p.capabilities()
		if !is || p.Method != string(mcp.MethodToolsCall) || need.has(caps, p) {
			next.ServeHTTP(w, r)
			return
		}
		missing := rpcError(p.ID, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, "a capability is missing")
		missing.Error.Data = map[string]any{"requiredCapabilities": need.required}
		writeRPC(w, missing)
	})
}

// aFixture describes every one of these tools.
var aFixture = mcp.WithDescription("a fixture")

// answers is a tool that answers with content.
func answers(s *server.MCPServer, name string, content ...mcp.Content) {
	s.AddTool(mcp.NewTool(name, aFixture), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: content}, nil
	})
}

const (
	pixel   = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
	silence = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
)

func addContentFixtures(s *server.MCPServer) {
	answers(s, "test_simple_text", mcp.NewTextContent("This is a simple text response for testing."))
	answers(s, "test_image_content", mcp.NewImageContent(pixel, "image/png"))
	answers(s, "test_audio_content", mcp.NewAudioContent(silence, "audio/wav"))
	answers(s, "test_embedded_resource", mcp.NewEmbeddedResource(mcp.TextResourceContents{
		URI: "test://embedded-resource", MIMEType: "text/plain", Text: "This is an embedded resource content.",
	}))
	answers(s, "test_multiple_content_types", mcp.NewTextContent("Multiple content types test:"), mcp.NewImageContent(pixel, "image/png"),
		mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: "test://mixed-content-resource", MIMEType: "application/json", Text: `{"test":"data","value":123}`}))
	answers(s, "test_missing_capability", mcp.NewTextContent("It is there."))
	answers(s, "test_streaming_elicitation", mcp.NewTextContent("Done."))
	answers(s, "test_logging_tool", mcp.NewTextContent("Done, and logged nothing."))
	s.AddTool(mcp.NewTool("test_error_handling", aFixture), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultError("This tool intentionally returns an error for testing"), nil
	})
	s.AddTool(mcp.NewToolWithRawSchema("json_schema_2020_12_tool", "a fixture", json.RawMessage(`{"$schema":"https://json-schema.org/draft/2020-12/schema",
		"type":"object","$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
		"properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},
		"phone":{"type":"string"},"email":{"type":"string"}},"allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
		"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]},
		"additionalProperties":false}`)), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("Fine."), nil
	})
	s.AddTool(mcp.NewToolWithRawSchema("test_x_mcp_header", "a fixture", json.RawMessage(`{"type":"object","properties":{
		"region":{"type":"string","x-mcp-header":"Region"}},"required":["region"]}`)), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("Fine."), nil
	})
	for name, change := range map[string]func(){
		"test_trigger_tool_change": func() { answers(s, "test_changed", mcp.NewTextContent("Changed.")) },
		"test_trigger_prompt_change": func() {
			s.AddPrompt(mcp.NewPrompt("test_changed", mcp.WithPromptDescription("a fixture")), saying("Changed."))
		},
	} {
		s.AddTool(mcp.NewTool(name, aFixture), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			change()
			return mcp.NewToolResultText("Changed."), nil
		})
	}
}
