package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/store"
	"accountops/slackbot"

	"github.com/spf13/cobra"
)

type finding = slackbot.Finding

func doctorCommand(p process) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check the whole environment, Slack and the identity systems before people are let in, and say how to mend what is broken",
		Long: `Check the whole environment, Slack and the identity systems before people are let in, and say how to mend what is broken.

It looks at the variables, at all that accountops slack doctor looks at, and asks each identity system for a token and for something
harmless: an account that is nobody's, the sources, the list of deletion requests. Nothing is changed anywhere, and nothing secret is
printed. It fails when something is broken.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return examine(cmd.Context(), p, true) },
	}
}

// examine prints what the doctor finds, one thing a line: about everything, or about what Slack has to do with.
func examine(ctx context.Context, p process, everything bool) error {
	var c config
	unread := c.read(ctx, p.env)
	found := c.misconfigured(unread, everything)
	unreachable := slices.ContainsFunc(found, func(f finding) bool { return strings.HasPrefix(f.What, "SLACK_") })
	wrong, strange := misspelt(p.env)
	for _, m := range wrong {
		name, says, _ := strings.Cut(m, ": ")
		found = append(found, finding{What: name, Says: says + ".", Mend: "Rename it, or take it away."})
	}
	if len(strange) > 0 {
		found = append(found, finding{What: "other variables", Says: "what begins as settings of accountops do and means nothing here: " + strings.Join(strange, ", "), Mark: slackbot.Unknown})
	}
	if !unreachable {
		how, err := c.slack(time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		needs := c.needed(ctx, dataDir(p, ""), &found)
		found = append(found, slackbot.Diagnose(ctx, how, needs)...)
	}
	if everything {
		found = append(found, c.examineSystems(ctx)...)
	}
	return tell(p, found)
}

// needed is what has to be so in Slack. What of it could not be read is noted in found; what is noted there already is not asked for again.
func (c config) needed(ctx context.Context, dir string, found *[]finding) slackbot.Needs {
	links, err := store.LinksIn(ctx, dir)
	if err != nil {
		*found = append(*found, finding{What: "links", Says: "could not be read in " + dir + ": " + because(err), Mark: slackbot.Unknown})
	}
	n := c.needs(links)
	if none := len(links) - len(n.Links); none > 0 {
		*found = append(*found, finding{What: "links", Mark: slackbot.Limited,
			Says: fmt.Sprintf("%d of %d name nobody and count for nothing; accountops link list shows which", none, len(links))})
	}
	if err != nil {
		n.Linked = nil
	}
	if len(c.Approvers) == 0 {
		n.Quorum, n.Linked = 0, nil
	}
	if slices.ContainsFunc(*found, func(f finding) bool { return f.What == "APPROVAL_QUORUM" }) {
		n.Quorum = 0
	}
	return n
}

// needs is what has to be so in Slack, when these links are on record.
func (c config) needs(links []executor.Link) slackbot.Needs {
	n := slackbot.Needs{Quorum: c.Quorum, PublicURL: c.SlackPublic, Askers: c.askers}
	for _, l := range links {
		if malformed(string(l.Identity)) == nil {
			n.Links = append(n.Links, l)
		}
	}
	if c.Linked {
		n.Linked = map[string]string{}
		for _, system := range c.systems() {
			n.Linked[system] = map[string]string{identity.SailPoint: "sailpoint:identity:", identity.ESystems: "esystems:account:"}[system]
		}
	}
	for _, a := range c.Approvers {
		switch {
		case slackGroup.MatchString(a):
			n.Groups = append(n.Groups, a)
		case slackUser.MatchString(a):
			n.People = append(n.People, a)
		}
	}
	return n
}

// askers are the people behind the local user, tokens and subjects. Those that are not written as people are mistakes and are told as such.
func (c config) askers(team string) (out []slackbot.Asker) {
	if c.MCPLocal != "" && personal(c.MCPLocal) {
		out = append(out, slackbot.Asker{What: "MCP_LOCAL_PRINCIPAL", Who: c.localPrincipal(team)})
	}
	for name, list := range map[string]secret{"MCP_TOKENS": c.MCPTokens, "MCP_OAUTH_PEOPLE": c.OAuthPeople} {
		raw, err := list.read()
		entries, wrong := links(name, raw, "key", team)
		if err != nil || len(wrong) > 0 {
			continue
		}
		for i, e := range entries {
			out = append(out, slackbot.Asker{What: fmt.Sprintf("%s, entry %d", name, i+1), Who: e.person})
		}
	}
	slices.SortStableFunc(out, func(a, b slackbot.Asker) int { return cmp.Compare(a.What, b.What) })
	return out
}

// misconfigured finds what is wrong with the environment, everything or as far as it is about Slack, and what the doctor cannot see there.
func (c config) misconfigured(unread mistakes, everything bool) []finding {
	var found []finding
	checked := slices.Concat(unread, c.checkSlack(), c.checkPolicy())
	if everything {
		checked = slices.Concat(unread, c.check())
	}
	for _, m := range checked {
		name, says, _ := strings.Cut(m, ": ")
		about := everything || strings.HasPrefix(name, "SLACK_") || strings.HasPrefix(name, "APPROV")
		seen := slices.ContainsFunc(found, func(f finding) bool { return f.What == name })
		asked := slices.Contains([]string{"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APPROVALS_CHANNEL"}, name)
		if about && !seen && (!asked || slices.Contains(unread, m)) {
			found = append(found, finding{What: name, Says: says + ".", Mend: "Set it as docs/running.md says."})
		}
	}
	slices.SortStableFunc(found, func(a, b finding) int { return cmp.Compare(a.What, b.What) })
	return found
}

func tell(p process, found []finding) error {
	broken := 0
	for _, f := range found {
		line := fmt.Sprintf("%-8s%s: %s\n", cmp.Or(f.Mark, "ok"), f.What, f.Says)
		if f.Mend != "" {
			broken++
			line = fmt.Sprintf("broken  %s: %s\n        To mend it: %s\n", f.What, f.Says, f.Mend)
		}
		if _, err := fmt.Fprint(p.out, line); err != nil {
			return err
		}
	}
	switch broken {
	case 0:
		return nil
	case 1:
		return fault.New(fault.Invalid, "One thing is broken; its line above says how to mend it.")
	}
	return fault.Newf(fault.Invalid, "%d things are broken; each line above says how to mend it.", broken)
}
