// Command accountops gives identity teams safe hands: it lets nothing destructive happen to an account before another
// person has seen exactly what will happen and pressed Approve in Slack.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/sethvargo/go-envconfig"
	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], process{osEnvironment(), os.Stdin, os.Stdout, os.Stderr}); err != nil {
		os.Exit(1) //nolint:gocritic // stop only forgets the signals, which the process's end does too
	}
}

// process is what a command has of the process that it runs in.
type process struct {
	env envconfig.Lookuper
	in  io.Reader
	out io.Writer
	err io.Writer
}

// run is the whole program: main and the end-to-end tests call it. Every error has been written to p.err when it returns.
func run(ctx context.Context, args []string, p process) error {
	root := &cobra.Command{
		Use:           "accountops",
		Short:         "Safe hands for identity teams: another person approves, it is sent once, and read back.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.AddCommand(serveCommand(p), mcpCommand(p), sandboxCommand(p), auditCommand(p), linkCommand(p), doctorCommand(p), slackCommand(p), generateCommand(p), versionCommand(p))
	explained(root)
	err := root.ExecuteContext(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(p.err, "accountops:", err) // nobody is left to tell when stderr is gone
	}
	return err
}
