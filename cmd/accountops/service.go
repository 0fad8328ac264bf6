package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"accountops/internal/engine"
	"accountops/internal/executor"
	"accountops/internal/store"
	"accountops/slackbot"
	"accountops/tools"

	"golang.org/x/sync/errgroup"
)

// service is the product: the executor with its store, engine and Slack face, and the MCP face to be served.
type service struct {
	cfg    config
	store  *store.SQLite
	exec   *executor.Executor
	engine engine.Engine
	bot    *slackbot.Bot
	mcp    *tools.MCP
	slack  *slackbot.Slack
	team   string
	log    *slog.Logger
}

// newID gives 128 random bits, and a little more, in lower-case base 32.
func newID() string { return strings.ToLower(rand.Text()) }

func newLogger(out io.Writer, level string) *slog.Logger {
	var l slog.Level
	if l.UnmarshalText([]byte(level)) != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: l}))
}

// newService connects to Slack and opens the database. Nothing is sent before run.
func newService(ctx context.Context, cfg config, now func() time.Time, log *slog.Logger) (_ *service, err error) {
	systems, err := systemsOf(cfg, now)
	if err != nil {
		return nil, err
	}
	slack, err := connectSlack(ctx, cfg, now, log)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, cfg.Data, now)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	owner := fmt.Sprintf("%d-%s", os.Getpid(), newID()[:8])
	var addresses executor.Addresses
	if cfg.ByAddress {
		addresses = slack.People()
	}
	exec, err := executor.New(executor.Config{
		Operations: tools.Catalogue(systems), Sources: systems.Sources, Store: db, Directory: slack.People(), Links: wellFormed{db}, Addresses: addresses, Policy: cfg.policy(slack.Team()),
		Limits: executor.Limits{Open: cfg.MaxOpen, Hourly: cfg.MaxHourly}, Timing: cfg.timing(),
		Now: now, NewID: newID, Owner: owner, Where: slack.Where(), Logger: log,
	})
	if err != nil {
		return nil, err
	}
	steps, err := engine.New(exec, db, engine.Options{Owner: owner, Lease: engine.LeaseFor(cfg.timing()), Now: now, NewID: newID, Logger: log})
	if err != nil {
		return nil, err
	}
	mcp, err := tools.NewMCP(exec, tools.MCPOptions{
		Version: version(), Logger: log, ReadOnly: cfg.MCPReadOnly, Only: cfg.MCPTools, Systems: cfg.systems(),
	})
	if err != nil {
		return nil, err
	}
	bot := slackbot.New(slack, exec, db, db, slackbot.Options{
		Owner: owner, NewID: newID, Quorum: cfg.Quorum, Check: cfg.SlackCheck, Pace: slackbot.Pace{Post: cfg.SlackPostEvery, Update: cfg.SlackDrawEvery},
	})
	return &service{cfg: cfg, store: db, exec: exec, engine: steps, bot: bot, mcp: mcp, slack: slack, team: slack.Team(), log: log}, nil
}

func connectSlack(ctx context.Context, cfg config, now func() time.Time, log *slog.Logger) (*slackbot.Slack, error) {
	how, err := cfg.slack(now, log)
	if err != nil {
		return nil, err
	}
	return slackbot.Connect(ctx, how)
}

// slack is how to reach the workspace. Its error never quotes a secret.
func (c config) slack(now func() time.Time, log *slog.Logger) (slackbot.Config, error) {
	bot, botErr := c.SlackBotToken.read()
	app, appErr := c.SlackAppToken.read()
	return slackbot.Config{
		APIURL: c.SlackAPIURL, BotToken: bot, AppToken: app, ApprovalsChannel: c.SlackApprovals, OpenGroups: c.OpenGroup, ByAddress: c.ByAddress,
		SigningSecrets: c.signingSecrets(), Now: now, Logger: log,
	}, errors.Join(botErr, appErr)
}

// localPrincipal is whom the environment names as the local user; a bare Slack user id is of our own team.
func (c config) localPrincipal(team string) executor.Principal {
	if slackUser.MatchString(c.MCPLocal) {
		return executor.SlackPrincipal(team, c.MCPLocal)
	}
	return executor.Principal(c.MCPLocal)
}

// local is who calls come from that carry no token: over stdio, or over HTTP from this machine.
func (s *service) local(door executor.Door) executor.Actor {
	p := s.cfg.localPrincipal(s.team)
	if p == "" {
		p = executor.Principal("local:" + localUser())
	}
	if _, _, linked := p.Slack(); linked {
		return executor.Actor{Principal: p, Door: door} // Slack knows the name
	}
	return executor.Actor{Principal: p, Name: localUser(), Door: door}
}

// mcpHandler is MCP over HTTP, as the environment configures it, for a listener on host.
func (s *service) mcpHandler(host string) (*tools.MCPHandler, error) {
	known, _ := s.cfg.tokens(s.team) // load has refused what is wrong with them
	opts := tools.HTTPOptions{Tokens: known, OAuth: s.cfg.oauth(s.team), Loopback: loopback(host), Hosts: s.cfg.MCPHosts, Origins: s.cfg.MCPOrigins}
	if opts.Loopback {
		opts.Local = s.local(executor.DoorMCP)
	}
	return s.mcp.HTTP(opts)
}

// run works until ctx ends or something fails for good.
func (s *service) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.engine.Run(ctx) })
	g.Go(func() error { s.lookAtApprovers(ctx); return nil })
	g.Go(func() error { return s.bot.Run(ctx) })
	return g.Wait()
}

// lookAtApprovers logs why nobody can approve, where that is so from the start. It may be mended while we run.
func (s *service) lookAtApprovers(ctx context.Context) {
	links, err := s.store.Links(ctx, "")
	if err != nil {
		return // whoever reads links for a purpose says so
	}
	for _, f := range s.slack.Approvers(ctx, s.cfg.needs(links)) {
		if ctx.Err() == nil {
			s.log.Error("approvals cannot come about as things are; accountops doctor tells more", "what", f.What, "why", f.Says, "to mend it", f.Mend)
		}
	}
}

// close ends the use of the database, after run.
func (s *service) close() error { return s.store.Close() }
