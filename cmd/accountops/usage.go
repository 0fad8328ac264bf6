package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// explained makes a command and all below it fail where a word was not understood, and say what was meant and where to read on. By
// itself the library takes a misspelt word after a group, such as `link ad`, for a call for help, which a script takes for success.
func explained(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		explained(sub)
	}
	understood := cmd.Args
	if cmd.HasSubCommands() {
		cmd.SuggestionsMinimumDistance = 2
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		understood = knownWord
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error { return readOn(cmd, understood(cmd, args)) }
	cmd.SetFlagErrorFunc(readOn)
}

// knownWord refuses what follows a group and is none of its commands.
func knownWord(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	says := fmt.Sprintf("unknown command %q for %q, so nothing was done", args[0], cmd.CommandPath())
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		says += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return errors.New(says)
}

// readOn adds to a mistake in how a command was typed where it is explained.
func readOn(cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w\nRun %s --help to see how it is used", err, cmd.CommandPath())
}
