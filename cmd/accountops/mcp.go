package main

import (
	"context"
	"errors"
	"time"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// What makes accountops mcp a bridge to a running server.
const (
	bridgeURL   = "ACCOUNTOPS_URL"
	bridgeToken = "ACCOUNTOPS_TOKEN"
)

func mcpCommand(p process) *cobra.Command {
	var n narrow
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Serve MCP over stdin and stdout: through a running server when ACCOUNTOPS_URL is set, otherwise everything in this process",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return serveStdio(cmd.Context(), p, n) },
	}
	n.flags(cmd)
	return cmd
}

func serveStdio(ctx context.Context, p process, n narrow) (err error) {
	if url, ok := p.env.Lookup(bridgeURL); ok && url != "" {
		if n.given(p.env) {
			return errors.New("--read-only and --tools narrow the server that has the tools, and here that is the one at ACCOUNTOPS_URL: " +
				"start it with them, or give this client a token with fewer scopes; nothing was started")
		}
		var token secret
		if raw, ok := withFiles(p.env).Lookup(bridgeToken); ok {
			if err := token.EnvDecode(raw); err != nil {
				return err
			}
		}
		value, err := token.read()
		if err != nil {
			return err
		}
		if bad := mustBeSafe(bridgeURL, url); bad != nil {
			return bad
		}
		return tools.Bridge(ctx, p.in, p.out, url, value)
	}
	cfg, err := n.load(ctx, p.env)
	if err != nil {
		return err
	}
	log := newLogger(p.err, cfg.LogLevel)
	warnOfStrange(log, p.env)
	s, err := newService(ctx, cfg, time.Now, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.run(ctx) })
	g.Go(func() error {
		defer cancel() // the client has gone: what was asked stays on record, and any other process carries it on
		return s.mcp.ServeStdio(ctx, p.in, p.out, s.local(executor.DoorStdio))
	})
	return g.Wait()
}
