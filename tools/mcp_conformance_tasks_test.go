package tools

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// memory keeps the fixtures' tasks. Ours are in the store.
type memory struct {
	mu    sync.Mutex
	tasks map[string]*remembered
}

type remembered struct {
	task
	owner   executor.Principal
	pending []string               // ids of questions without an answer
	finish  func() (result, e any) // what it ends with
}

// start remembers a task that ends after a time, or after its questions are answered.
func (k *memory) start(by executor.Actor, after time.Duration, questions []string, finish func() (any, any)) task {
	k.mu.Lock()
	defer k.mu.Unlock()
	ttl, now := time.Hour.Milliseconds(), time.Now().UTC()
	r := &remembered{task: task{ID: rand.Text(), Status: "working", CreatedAt: now, LastUpdatedAt: now, TTL: &ttl, Poll: 100}, owner: by.Principal, pending: questions, finish: finish}
	k.tasks[r.ID] = r
	made := r.task
	if len(questions) > 0 {
		r.Status = "input_required"
		return made
	}
	time.AfterFunc(after, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		r.end()
	})
	return made
}

func (r *remembered) end() {
	if r.Status == "cancelled" {
		return
	}
	r.LastUpdatedAt, r.Status = time.Now().UTC(), "completed"
	if r.Result, r.Error = r.finish(); r.Error != nil {
		r.Status = "failed"
	}
}

func (k *memory) find(id string, by executor.Actor) (*remembered, error) {
	if r := k.tasks[id]; r != nil && r.owner == by.Principal {
		return r, nil
	}
	return nil, fault.New(fault.NotFound, "There is no such task.")
}

func (k *memory) get(_ context.Context, id string, by executor.Actor) (task, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := k.find(id, by)
	if err != nil {
		return task{}, err
	}
	t := r.task
	if t.Status == "input_required" {
		asked := mcp.InputRequests{}
		for _, id := range r.pending {
			asked[id] = mcp.NewElicitationInputRequest(askingFor(id))
		}
		t.InputRequests = asked
	}
	return t, nil
}

func (k *memory) update(_ context.Context, id string, by executor.Actor, responses map[string]json.RawMessage) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := k.find(id, by)
	if err != nil || r.Status != "input_required" {
		return err
	}
	r.pending = slices.DeleteFunc(r.pending, func(id string) bool { _, is := responses[id]; return is })
	if len(r.pending) == 0 {
		r.end()
	}
	return nil
}

func (k *memory) cancel(_ context.Context, id string, by executor.Actor) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := k.find(id, by)
	if err == nil && (r.Status == "working" || r.Status == "input_required") {
		r.Status = "cancelled"
	}
	return "", err
}

func askingFor(id string) mcp.ElicitationParams { return askingParams(id, "confirm", "boolean") }

func addTaskFixtures(m *MCP) {
	k := &memory{tasks: map[string]*remembered{}}
	m.tasks = k
	text := func(text string, isError bool) func() (any, any) {
		return func() (any, any) {
			r := mcp.NewToolResultText(text)
			r.IsError = isError
			r.SetResultType(mcp.ResultTypeComplete)
			return r, nil
		}
	}
	// add adds a tool that becomes a task where the client takes one, and otherwise answers at once.
	add := func(name string, questions []string, finish func(mcp.CallToolRequest) func() (any, any), options ...mcp.ToolOption) {
		m.long[name] = true
		m.server.AddTool(mcp.NewTool(name, append(options, aFixture)...), func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			by, err := actorOf(ctx)
			if o := offered(ctx); err == nil && o != nil {
				made := k.start(by, time.Duration(call.GetFloat("seconds", 0)*float64(time.Second)), slices.Clone(questions), finish(call))
				o.made = &made
			}
			return mcp.NewToolResultText("Done."), nil
		})
	}
	always := func(f func() (any, any)) func(mcp.CallToolRequest) func() (any, any) {
		return func(mcp.CallToolRequest) func() (any, any) { return f }
	}
	add("slow_compute", nil, always(text("Computed.", false)), mcp.WithNumber("seconds"), mcp.WithString("label"))
	add("failing_job", nil, always(text("It failed.", true)))
	add("protocol_error_job", nil, always(func() (any, any) {
		return nil, map[string]any{"code": mcp.INTERNAL_ERROR, "message": "It broke."}
	}))
	add("confirm_delete", []string{"confirm"}, always(text("Confirmed.", false)), mcp.WithString("filename"))
	add("multi_input", []string{"first", "second"}, always(text("Both.", false)))
	m.server.AddTool(mcp.NewTool("greet", aFixture, mcp.WithString("name")), func(_ context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("Hello, " + call.GetString("name", "") + "!"), nil
	})
	m.long["test_tool_with_task"] = true
	m.server.AddTool(mcp.NewTool("test_tool_with_task", aFixture), func(ctx context.Context, call mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		g := whatWasGiven(call.Params.MultiRoundTripParams)
		if !g.is("user_name", "name") {
			return server.NewInputRequestBuilder("").Elicit("user_name", askingParams("What is your name?", "name", "string")).ToolResult(), nil
		}
		by, err := actorOf(ctx)
		if o := offered(ctx); err == nil && o != nil {
			made := k.start(by, 0, nil, text("Hello, "+g.text("user_name", "name"), false))
			o.made = &made
		}
		return mcp.NewToolResultText("Done."), nil
	})
}
