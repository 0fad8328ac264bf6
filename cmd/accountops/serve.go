package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/user"
	"time"

	"accountops/tools"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

func serveCommand(p process) *cobra.Command {
	var n narrow
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the Slack bot, the executor and MCP over HTTP against real tenants (docs/running.md lists the environment)",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), p, n) },
	}
	n.flags(cmd)
	return cmd
}

func serve(ctx context.Context, p process, n narrow) (err error) {
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
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", cfg.Addr, err)
	}
	host, _, _ := net.SplitHostPort(cfg.Addr)
	mcp, err := s.mcpHandler(host)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("/mcp", mcp)
	if path := mcp.MetadataPath(); path != "" {
		mux.Handle(path, mcp.Metadata())
	}
	if slack := s.bot.HTTP(); slack != nil {
		mux.Handle("/slack/", slack)
	}
	scheme := "http"
	if cfg.TLSCert != "" {
		scheme = "https"
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.run(ctx) })
	g.Go(func() error { return serveHTTP(ctx, listener, mux, cfg.TLSCert, cfg.TLSKey, mcp.Close) })
	g.Go(func() error {
		select {
		case <-s.bot.Ready():
			_, _ = fmt.Fprintf(p.out, "%s://%s/mcp\n", scheme, listener.Addr()) // nobody is left to tell when stdout is gone
		case <-ctx.Done():
		}
		return nil
	})
	return g.Wait()
}

// serveHTTP serves until ctx ends; then closing lets calls that wait answer where things stand, and ends streams.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, cert, key string, closing func(context.Context) error) error {
	server := &http.Server{Handler: h}
	tools.LimitHTTP(server)
	failed := make(chan error, 1)
	go func() {
		if cert != "" {
			failed <- server.ServeTLS(l, cert, key)
			return
		}
		failed <- server.Serve(l)
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if errors.Join(closing(end), server.Shutdown(end)) != nil {
		return server.Close() // who does not end in time is cut off; nothing hangs on them
	}
	return nil
}

func localUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprint(os.Getuid())
}
