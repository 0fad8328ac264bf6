package tools

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"accountops/internal/executor"
)

// mostCompletions is how many values the protocol allows.
const mostCompletions = 100

// completions offers what may be written into the arguments of prompts and resources.
type completions struct{ mcp *MCP }

// CompletePromptArgument offers values for a prompt's argument.
func (c completions) CompletePromptArgument(ctx context.Context, _ string, arg mcp.CompleteArgument, given mcp.CompleteContext) (*mcp.Completion, error) {
	switch arg.Name {
	case "system":
		return completion(arg.Value, c.mcp.systems()), nil
	case "source":
		return completion(arg.Value, c.mcp.sources(ctx, arg.Value, given.Arguments)), nil
	}
	return completion("", nil), nil
}

// CompleteResourceArgument offers values for a resource template's variable.
func (c completions) CompleteResourceArgument(_ context.Context, uri string, arg mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	if uri == operationURI && arg.Name == "operation" {
		return completion(arg.Value, namesOf(c.mcp.ops)), nil
	}
	return completion("", nil), nil
}

// completion gives those that begin with what was written, without case, sorted.
func completion(written string, all []string) *mcp.Completion {
	values := []string{}
	for _, value := range all {
		if strings.HasPrefix(strings.ToLower(value), strings.ToLower(written)) {
			values = append(values, value)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)
	total := len(values)
	return &mcp.Completion{Values: values[:min(total, mostCompletions)], Total: total, HasMore: total > mostCompletions}
}

// systems are the names of the configured identity systems, as the operations' inputs have them.
func (m *MCP) systems() []string {
	for _, op := range m.ops {
		if field, ok := op.Input.Field("system"); ok {
			return slices.DeleteFunc(slices.Clone(field.Enum), func(name string) bool {
				return len(m.there) > 0 && !slices.Contains(m.there, name)
			})
		}
	}
	return nil
}

// sources are those on which the accounts are that the other arguments name already, or those of the system when nobody is named.
// They are for whoever may find accounts, which tells their sources as well. Every doubt offers nothing.
func (m *MCP) sources(ctx context.Context, written string, given map[string]string) []string {
	who := given["person"] + given["account"]
	by, err := actorWith(ctx, "find_accounts", []string{ScopeRead})
	if err != nil || !m.has("find_accounts") || given["system"] != "" && !slices.Contains(m.systems(), given["system"]) {
		return nil
	}
	if who == "" {
		found, err := m.exec.Sources(ctx, by, executor.SourceQuery{System: given["system"], Part: written, Limit: mostCompletions + 1})
		if err != nil {
			return nil
		}
		var names []string
		for _, source := range found {
			names = append(names, source.Name)
		}
		return writable(names)
	}
	query := map[string]string{"account": who}
	if given["system"] != "" {
		query["system"] = given["system"]
	}
	input, err := json.Marshal(query)
	if err != nil {
		return nil
	}
	asked, err := m.exec.Ask(ctx, "find_accounts", input, by)
	if err != nil || asked.Answer == nil {
		return nil
	}
	return sourcesIn(asked.Answer)
}

func sourcesIn(a *executor.Answer) []string {
	found, _ := a.Data.(FoundAccounts)
	var names []string
	for _, account := range found.Accounts {
		names = append(names, account.Source)
	}
	return writable(names)
}

// writable leaves out what is not one visible line: it would come back as another value.
func writable(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool { return name == "" || plainText(name, longestValue) != name })
}
