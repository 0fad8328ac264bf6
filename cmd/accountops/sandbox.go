package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"accountops/internal/sandbox"
	"accountops/slackbot"
	"accountops/tools"

	"github.com/sethvargo/go-envconfig"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// sandboxFlags are what the sandbox may be told.
type sandboxFlags struct {
	addr      string
	data      string
	worldOnly bool
	manifest  string // a Slack app manifest to install instead of our own
	passing   bool   // whether data is a temporary directory, which goes away at the end
}

func sandboxCommand(p process) *cobra.Command {
	var f sandboxFlags
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run the whole system on loopback, with pretend tenants and a pretend Slack: no credentials, no network",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runSandbox(cmd.Context(), p, f) },
	}
	cmd.Flags().StringVar(&f.addr, "addr", "127.0.0.1:8080", "loopback address to listen on; port 0 chooses one")
	cmd.Flags().StringVar(&f.data, "data", "", "directory that keeps the sandbox between starts (default: a new temporary one)")
	cmd.Flags().BoolVar(&f.worldOnly, "world-only", false, "only the pretend tenants, Slack and the page; prints the environment for accountops serve")
	cmd.Flags().StringVar(&f.manifest, "manifest", "", "file with the manifest of the Slack app to install (default: accountops' own)")
	return cmd
}

func runSandbox(ctx context.Context, p process, f sandboxFlags) (err error) {
	host, _, err := net.SplitHostPort(f.addr)
	if err != nil || !loopback(host) {
		return fmt.Errorf("--addr %q: the sandbox listens on loopback only, such as 127.0.0.1:8080; nothing was started", f.addr)
	}
	f.passing = f.data == ""
	if f.passing {
		if f.data, err = os.MkdirTemp("", "accountops-sandbox-"); err != nil {
			return fmt.Errorf("make a data directory: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(f.data)) }()
	}
	listener, err := listenAgain(ctx, f.addr, filepath.Join(f.data, "address"))
	if err != nil {
		return fmt.Errorf("listen on %s: %w; is another one running? --addr 127.0.0.1:0 chooses a free port", f.addr, err)
	}
	manifest := slackbot.EmbeddedManifest()
	if f.manifest != "" {
		if manifest, err = os.ReadFile(f.manifest); err != nil {
			return errors.Join(fmt.Errorf("read the Slack app's manifest: %w; nothing was started", err), listener.Close())
		}
	}
	level, _ := p.env.Lookup("ACCOUNTOPS_LOG_LEVEL")
	base := "http://" + listener.Addr().String()
	world, err := sandbox.New(sandbox.Config{Dir: filepath.Join(f.data, "world"), Now: time.Now, BaseURL: base, Logger: newLogger(p.err, level), Manifest: manifest})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	if err := os.WriteFile(filepath.Join(f.data, "address"), []byte(listener.Addr().String()), 0o600); err != nil {
		return errors.Join(err, listener.Close())
	}
	return (&sandboxRun{flags: f, p: p, listener: listener, base: base, world: world}).run(ctx)
}

// listenAgain listens where it did the last time when the port is to be chosen: the tenants' addresses are part of what was
// approved, so a sandbox that moved would have to ask again for every open request.
func listenAgain(ctx context.Context, addr, memory string) (net.Listener, error) {
	var lc net.ListenConfig
	if _, port, _ := net.SplitHostPort(addr); port == "0" {
		if last, err := os.ReadFile(memory); err == nil {
			if l, err := lc.Listen(ctx, "tcp", string(last)); err == nil {
				return l, nil
			}
		}
	}
	return lc.Listen(ctx, "tcp", addr)
}

// sandboxRun is one sandbox at work.
type sandboxRun struct {
	flags    sandboxFlags
	p        process
	listener net.Listener
	base     string
	world    *sandbox.World
	mcp      atomic.Pointer[tools.MCPHandler] // the product's MCP, once it has started
}

func (s *sandboxRun) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	var mcp http.Handler
	if !s.flags.worldOnly {
		mcp = http.HandlerFunc(s.serveMCP)
	}
	handler := s.world.Handler(mcp)
	g.Go(func() error { return serveHTTP(ctx, s.listener, handler, "", "", s.close) })
	if s.flags.worldOnly {
		_, err := fmt.Fprintf(s.p.out, "%s\n%s\n", s.base, strings.Join(s.world.Environment(), "\n"))
		return errors.Join(err, g.Wait())
	}
	g.Go(func() error { return s.product(ctx) })
	return g.Wait()
}

// product runs the real bot, executor and MCP against the world, with the world's clock, configured as serve would be.
func (s *sandboxRun) product(ctx context.Context) (err error) {
	env := map[string]string{"ACCOUNTOPS_DATA": filepath.Join(s.flags.data, "accountops"), "ACCOUNTOPS_ADDR": s.listener.Addr().String(),
		"MAX_OPEN_REQUESTS": "100", "MAX_HOURLY_REQUESTS": "10000"}
	for _, line := range s.world.Environment() {
		key, value, _ := strings.Cut(line, "=")
		env[key] = value
	}
	if level, ok := s.p.env.Lookup("ACCOUNTOPS_LOG_LEVEL"); ok {
		env["ACCOUNTOPS_LOG_LEVEL"] = level
	}
	cfg, err := load(ctx, envconfig.MapLookuper(env))
	if err != nil {
		return err
	}
	svc, err := newService(ctx, cfg, s.world.Now, newLogger(s.p.err, cfg.LogLevel))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, svc.close()) }()
	mcp, err := svc.mcpHandler("127.0.0.1")
	if err != nil {
		return err
	}
	s.mcp.Store(mcp)
	s.world.OnAdvance(svc.exec.Wake)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return svc.run(ctx) })
	g.Go(func() error { return s.greet(ctx, svc.bot.Ready()) })
	return g.Wait()
}

// greet says where everything is, once commands and clicks arrive.
func (s *sandboxRun) greet(ctx context.Context, ready <-chan struct{}) error {
	select {
	case <-ready:
	case <-ctx.Done():
		return nil
	}
	_, err := fmt.Fprintf(s.p.out, `%[1]s
MCP endpoint: %[1]s/mcp (Streamable HTTP; over stdio: ACCOUNTOPS_URL=%[1]s/mcp accountops mcp)

Open the first address in a browser. Three things to try:
  1. As Riley, in #help-desk:  /account remove jane.doe source="Corporate AD" reason="left on Friday, HR-1042"
     Then act as Amara and approve the card in #identity-approvals. Watch the thread until it says "verified".
  2. In the assistant console, call remove_account for somebody else: it answers "Nothing has been changed yet".
     Riley's own click on that card is refused, because it is Riley's assistant.
  3. With --data DIR: kill it in the middle of the work and start it again. Nothing is lost, and nothing is sent twice.

Everything is pretend and on this machine only. %[2]s Ctrl+C ends it.
`, s.base, s.kept())
	return err
}

func (s *sandboxRun) kept() string {
	if s.flags.passing {
		return "It goes away at the end, unless you start it with --data DIR."
	}
	return "It is kept in " + s.flags.data + "."
}

func (s *sandboxRun) serveMCP(w http.ResponseWriter, r *http.Request) {
	h := s.mcp.Load()
	if h == nil {
		http.Error(w, "accountops is starting; please try again in a moment.", http.StatusServiceUnavailable)
		return
	}
	h.ServeHTTP(w, r)
}

// close lets what waits answer, once the product has started.
func (s *sandboxRun) close(ctx context.Context) error {
	if h := s.mcp.Load(); h != nil {
		return h.Close(ctx)
	}
	return nil
}
