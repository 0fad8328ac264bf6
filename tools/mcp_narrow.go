package tools

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"accountops/internal/executor"
)

// Narrowed gives the operations of a narrow deployment. What is left out is not there at all: no tool, no prompt, no completion. Only a
// tool that makes requests brings along those that follow them and take them back, since its answers tell to use them. It refuses a
// name that is no operation, one that ReadOnly contradicts, and a deployment with nothing to do.
func (o MCPOptions) Narrowed(all []executor.Operation) ([]executor.Operation, error) {
	var kept []executor.Operation
	left, only := slices.Clone(o.Only), o.Only
	if slices.ContainsFunc(all, func(op executor.Operation) bool { return makesRequests(op) && slices.Contains(o.Only, op.Name) }) {
		only = append(slices.Clone(o.Only), followTool, withdrawTool)
	}
	for _, op := range all {
		named := len(only) == 0 || slices.Contains(only, op.Name)
		reads := !o.ReadOnly || op.Effect == executor.Read
		if named && reads {
			kept = append(kept, op)
			left = slices.DeleteFunc(left, func(name string) bool { return name == op.Name })
		}
	}
	switch {
	case len(left) > 0 && o.ReadOnly:
		return nil, fmt.Errorf("these are no tools that only read: %s", strings.Join(left, ", "))
	case len(left) > 0:
		return nil, fmt.Errorf("there are no such tools: %s; there are %s", strings.Join(left, ", "), strings.Join(namesOf(all), ", "))
	case len(kept) == 0:
		return nil, errors.New("no tool is left to serve")
	}
	return kept, nil
}

// makesRequests tells whether an operation is asked for, rather than done at once.
func makesRequests(op executor.Operation) bool { return !op.Direct() }

func namesOf(ops []executor.Operation) []string {
	names := make([]string, 0, len(ops))
	for _, op := range ops {
		names = append(names, op.Name)
	}
	return names
}
