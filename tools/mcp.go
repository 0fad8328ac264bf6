package tools

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"accountops/internal/executor"
)

// How long the tools list may be kept. It changes only with the program.
const listFresh = 5 * time.Minute

// asker is what the MCP face uses of the executor.
type asker interface {
	Operations() []executor.Operation
	Ask(ctx context.Context, operation string, input json.RawMessage, by executor.Actor) (executor.Asked, error)
	Sources(ctx context.Context, by executor.Actor, q executor.SourceQuery) ([]executor.SourceName, error)
	Get(ctx context.Context, id string, by executor.Actor) (executor.Request, error)
	Await(ctx context.Context, id string, by executor.Actor, seen int64, max time.Duration) (executor.Request, error)
	Withdraw(ctx context.Context, id string, by executor.Actor, reason string) (executor.Request, error)
	Receipt(r executor.Request) executor.Receipt
}

var _ asker = (*executor.Executor)(nil)

// MCPOptions is what NewMCP needs besides the executor. All fields are optional.
type MCPOptions struct {
	Version     string        // of accountops
	Logger      *slog.Logger  // nil: nothing is logged
	NewIncident func() string // names an incident in the log and to the caller
	ReadOnly    bool          // only tools that read are there
	Only        []string      // only the tools of these names are there, and those that their requests need; empty: all
	Systems     []string      // the identity systems that are configured; empty: all that can be
	Patience    time.Duration // of a call of the older protocol that asks; 0: 45 seconds
}

// MCP is the catalogue as an MCP server, for both protocol eras. Serve it with HTTP or ServeStdio. It is safe for concurrent use.
type MCP struct {
	server *server.MCPServer
	exec   asker
	ops    []executor.Operation // that are served
	there  []string             // the systems that are configured; empty: all
	tasks  taskKeeper

	prompts map[string]prompt                 // that are served
	long    map[string]bool                   // tools that answer with a task where the client takes one
	direct  map[string]server.ToolHandlerFunc // our tools, for calls that need nothing of the library
	info    mcp.Implementation

	questions *questions
	patience  time.Duration
	log       *slog.Logger
	incident  func() string
	closing   context.Context // ended by Close: nobody waits for a request any longer
	close     context.CancelFunc
}

// NewMCP makes one tool of each of the executor's operations. It refuses an operation whose schemas it cannot use.
func NewMCP(exec asker, opts MCPOptions) (*MCP, error) {
	m := &MCP{exec: exec, there: opts.Systems, long: map[string]bool{}, prompts: map[string]prompt{}, direct: map[string]server.ToolHandlerFunc{}, log: opts.Logger, incident: opts.NewIncident}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	if m.incident == nil {
		m.incident = func() string { return rand.Text()[:10] }
	}
	var err error
	if m.ops, err = opts.Narrowed(exec.Operations()); err != nil {
		return nil, err
	}
	m.tasks = requestTasks{exec, m.ops}
	if m.questions, err = newQuestions(time.Now); err != nil {
		return nil, fmt.Errorf("seal questions: %w", err)
	}
	m.patience = cmp.Or(opts.Patience, answerPatience)
	m.closing, m.close = context.WithCancel(context.Background())
	m.info = mcp.Implementation{Name: "accountops", Version: cmp.Or(opts.Version, "dev"), Title: "accountops"}
	hooks := &server.Hooks{}
	hooks.AddOnError(noteMissing)
	m.server = server.NewMCPServer(m.info.Name, m.info.Version,
		server.WithHooks(hooks),
		server.WithTitle("accountops"),
		server.WithInstructions(instructionsFor(m.ops)),
		server.WithToolCapabilities(false),
		server.WithExtensions(map[string]any{tasksExtension: map[string]any{}}),
		server.WithResourceCapabilities(false, false),
		server.WithPromptCapabilities(false),
		server.WithCompletions(),
		server.WithPromptCompletionProvider(completions{m}),
		server.WithResourceCompletionProvider(completions{m}),
		server.WithCacheHints(listFresh.Milliseconds(), mcp.CacheScopePrivate),
		server.WithMethodCacheHints(mcp.MethodResourcesRead, 0, mcp.CacheScopePrivate), // a request moves on
	)
	for _, op := range m.ops {
		tool, err := toolOf(op)
		if err != nil {
			return nil, fmt.Errorf("tool %s: %w", op.Name, err)
		}
		m.direct[op.Name] = m.courteous(op, m.handler(op))
		m.server.AddTool(tool, m.direct[op.Name])
		m.long[op.Name] = !op.Direct()
	}
	m.addResources()
	m.addPrompts()
	return m, nil
}

// Close ends all waiting: calls that wait for a request answer at once with where it stands.
func (m *MCP) Close() { m.close() }

// toolOf describes an operation to clients. Nothing in it comes from outside the program.
func toolOf(op executor.Operation) (mcp.Tool, error) {
	input, err := op.Input.JSON(), error(nil)
	if waits(op) {
		if input, err = withWait(input); err != nil {
			return mcp.Tool{}, fmt.Errorf("input schema: %w", err)
		}
	}
	output, err := orError(op.Output.Brief())
	if err != nil {
		return mcp.Tool{}, fmt.Errorf("output schema: %w", err)
	}
	tool := mcp.NewToolWithRawSchema(op.Name, describe(op), input)
	tool.Title = op.Title
	tool.RawOutputSchema = output
	tool.Annotations = annotationsOf(op)
	return tool, nil
}

// annotationsOf gives all four hints; a missing one means something else to every client. Nothing of ours depends on them.
func annotationsOf(op executor.Operation) mcp.ToolAnnotation {
	reads := op.Effect == executor.Read
	return mcp.ToolAnnotation{
		ReadOnlyHint:    &reads,
		DestructiveHint: new(op.Effect == executor.Destroy || op.Overwrites),
		IdempotentHint:  &reads, // asking again, once a request has ended, records another one
		OpenWorldHint:   new(true),
	}
}

// followTool is the operation that follows a request; over MCP it can wait for the end.
const followTool = "get_request"

// withdrawTool is the operation that takes a request back.
const withdrawTool = "withdraw_request"

// waits tells whether a tool takes wait_seconds: every one that changes something, and the one that follows a request. Withdrawing
// takes it although there is nothing left to wait for, so that a client need not know which of them does not.
func waits(op executor.Operation) bool { return op.Effect != executor.Read || op.Name == followTool }

// clientOf names the client as it names itself, for the record. It gives no rights.
func clientOf(ctx context.Context) string {
	var info mcp.Implementation
	if modern := server.RequestProtocolInfoFromContext(ctx); modern != nil && modern.Modern {
		if modern.ClientInfo != nil {
			info = *modern.ClientInfo
		}
	} else if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		info = session.GetClientInfo()
	}
	return plainText(strings.TrimSpace(info.Name+" "+info.Version), 100)
}
