package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/slackbot"

	"github.com/sethvargo/go-envconfig"
)

// askFor bounds how long the systems are asked who somebody is.
const askFor = 30 * time.Second

// acquaintance asks the systems that are configured here who somebody is. What they say is not there is refused; where they cannot be
// asked, the note says so.
type acquaintance struct {
	cfg    config
	slack  *slackbot.Slack
	absent map[string]string // by Slack or a system's name: why it cannot be asked
	notes  []string
}

const atSlack = "slack"

// acquainted reads as much of the environment as is there: links are made before everything is configured, too.
func acquainted(ctx context.Context, env envconfig.Lookuper) *acquaintance {
	a := &acquaintance{absent: map[string]string{}}
	_ = a.cfg.read(ctx, env) // what is wrong there is told by serve and the doctor
	if err := a.meetSlack(ctx); err != nil {
		a.absent[atSlack] = "Slack was not asked: " + because(err)
	}
	for system, given := range map[string]bool{
		identity.SailPoint: a.cfg.SailPointURL != "" && a.cfg.SailPointID != "" && !a.cfg.SailPointSecret.empty(),
		identity.ESystems:  a.cfg.ESystemsURL != "" && a.cfg.ESystemsID != "" && !a.cfg.ESystemsSecret.empty(),
	} {
		if !given {
			a.absent[system] = system + " was not asked: it is not configured here."
		}
	}
	return a
}

func (a *acquaintance) meetSlack(ctx context.Context) error {
	how, err := a.cfg.slack(time.Now, slog.New(slog.DiscardHandler))
	switch {
	case err != nil:
		return err
	case how.BotToken == "":
		return fault.New(fault.Invalid, "SLACK_BOT_TOKEN is not set here.")
	case mustBeSafe("SLACK_API_URL", how.APIURL) != nil:
		return fault.New(fault.Invalid, "SLACK_API_URL must be an https address.")
	}
	a.slack, err = slackbot.Meet(ctx, how)
	return err
}

// because gives what an error says to people, without what the running service says about itself.
func because(err error) string {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err.Error()
	}
	says, _, _ := strings.Cut(f.Sentence, ". accountops ")
	return strings.TrimSuffix(says, ".") + "."
}

// name gives what the systems call somebody, empty when they could not be asked. The error is a refusal.
func (a *acquaintance) name(ctx context.Context, who executor.Principal) (string, error) {
	kind, id, _ := strings.Cut(string(who), ":")
	switch kind {
	case atSlack:
		return a.member(ctx, who)
	case "oauth":
		if issuer, _, _ := strings.Cut(id, "#"); a.cfg.OAuthIssuer != "" && issuer != a.cfg.OAuthIssuer {
			return "", fault.Newf(fault.Invalid, "Tokens come from %q here (MCP_OAUTH_ISSUER), and this subject is of %q. Nothing was linked.", a.cfg.OAuthIssuer, issuer)
		}
		return "", nil
	case identity.SailPoint, identity.ESystems:
		return a.known(ctx, who, kind, id)
	}
	return "", nil // nobody can be asked about the users of another machine
}

func (a *acquaintance) member(ctx context.Context, who executor.Principal) (string, error) {
	if a.slack == nil {
		a.note(a.absent[atSlack], who)
		return "", nil
	}
	if team, _, _ := who.Slack(); team != a.slack.Team() {
		return "", fault.Newf(fault.Invalid, "%s is of another workspace than the bot, which is in %s, and nobody from elsewhere asks or decides here. Nothing was linked.",
			who, a.slack.Team())
	}
	p, err := a.slack.People().Person(ctx, who)
	if fault.Is(err, fault.NotFound) {
		return "", fault.Newf(fault.NotFound, "Slack knows no member %s. Nothing was linked. %s", who, whereSlack)
	}
	if err != nil {
		a.note("Slack could not say who this is.", who)
		return "", nil //nolint:nilerr // a link may be made while Slack is away; the note says that it was not checked
	}
	if !p.Full {
		a.notes = append(a.notes, fmt.Sprintf("%s is %s, so they neither decide nor ask for anything that changes.", who, p.Why))
	}
	return p.Name, nil
}

// known asks an identity system. An identity of whom it shows no account is nobody to us: nothing can be told to be theirs.
func (a *acquaintance) known(ctx context.Context, who executor.Principal, system, id string) (string, error) {
	if why := a.absent[system]; why != "" {
		a.note(why, who)
		return "", nil
	}
	kind, id, _ := strings.Cut(id, ":")
	found, err := a.account(ctx, system, kind, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return "", fault.Newf(fault.NotFound, "%s has no account of %s, so this would mean nothing. Nothing was linked. accountops finds the right id by find_accounts.", system, who)
	case err != nil:
		a.note(because(err), who)
		return "", nil
	case kind == "identity":
		return found.Identity, nil
	}
	return found.Name, nil
}

func (a *acquaintance) account(ctx context.Context, system, kind, id string) (identity.Account, error) {
	systems, err := systemsOf(a.cfg, time.Now)
	if err != nil {
		return identity.Account{}, err
	}
	of := map[string]identity.System{identity.SailPoint: systems.ISC, identity.ESystems: systems.Endpoint}[system]
	if kind == "account" {
		return of.Get(ctx, id)
	}
	found, err := of.Find(ctx, identity.Query{Text: id, By: identity.ByIdentity, Limit: 1})
	if err == nil && len(found.Accounts) == 0 {
		return identity.Account{}, fault.New(fault.NotFound, "There is no such account.")
	}
	if err != nil {
		return identity.Account{}, err
	}
	return found.Accounts[0], nil
}

func (a *acquaintance) note(why string, who executor.Principal) {
	a.notes = append(a.notes, fmt.Sprintf("Not checked whether %s exists. %s", who, why))
}

// tell writes what could not be checked.
func (a *acquaintance) tell(out io.Writer) {
	for _, n := range a.notes {
		_, _ = fmt.Fprintln(out, n) // nobody is left to tell when stderr is gone
	}
}
