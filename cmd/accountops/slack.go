package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"accountops/internal/fault"
	"accountops/slackbot"
	"accountops/tools"

	"github.com/spf13/cobra"
)

// slackCommand makes the Slack app and looks whether it works.
func slackCommand(p process) *cobra.Command {
	slack := &cobra.Command{Use: "slack", Short: "Make the Slack app, and look whether it works"}
	var address string
	manifest := &cobra.Command{
		Use:   "manifest",
		Short: "Print the app manifest, and the link that installs it",
		Long: `Print the app manifest, and the link that installs it.

The manifest goes to stdout and the link to stderr. With --url, or with SLACK_MODE=http and SLACK_PUBLIC_URL, it is the manifest of
an app that Slack reaches over HTTP; otherwise accountops opens sockets to Slack and needs no address.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return printManifest(p, address) },
	}
	manifest.Flags().StringVar(&address, "url", "", "the https address at which Slack reaches accountops serve (SLACK_PUBLIC_URL)")
	doctor := &cobra.Command{
		Use:   "doctor",
		Short: "Check what accountops needs of Slack, and say how to mend what is broken",
		Long: `Check what accountops needs of Slack, and say how to mend what is broken: the tokens and their scopes, the socket or the request
URLs, the approvals channel, who may approve, and the clock. Only what is about Slack has to be configured. Nothing is changed in Slack,
and nothing secret is printed. It fails when something is broken.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return examine(cmd.Context(), p) },
	}
	slack.AddCommand(manifest, doctor)
	return slack
}

// printManifest needs no configuration: whoever makes the app has no tokens yet.
func printManifest(p process, address string) error {
	if mode, _ := p.env.Lookup("SLACK_MODE"); mode == "http" && address == "" {
		if address, _ = p.env.Lookup("SLACK_PUBLIC_URL"); address == "" {
			return fault.New(fault.Invalid, "With SLACK_MODE=http the manifest tells Slack where to call: say it by --url or SLACK_PUBLIC_URL. Nothing was printed.")
		}
	}
	ops := tools.Catalogue(tools.Systems{})
	manifest := slackbot.Manifest(ops)
	if address != "" {
		var err error
		if manifest, err = slackbot.ManifestAt(ops, address); err != nil {
			return err
		}
	}
	if _, err := p.out.Write(manifest); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.err, "This link makes an app of it, in the workspace that you choose there:\n%s\n", slackbot.InstallLink(manifest))
	return err
}

// examine prints what the doctor finds, one thing a line.
func examine(ctx context.Context, p process) error {
	var c config
	found := c.misconfigured(c.read(ctx, p.env))
	if !slices.ContainsFunc(found, func(f slackbot.Finding) bool { return strings.HasPrefix(f.What, "SLACK_") }) {
		how, err := c.slack(time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		needs := slackbot.Needs{Quorum: c.Quorum, PublicURL: c.SlackPublic}
		for _, a := range c.Approvers {
			switch {
			case slackGroup.MatchString(a):
				needs.Groups = append(needs.Groups, a)
			case slackUser.MatchString(a):
				needs.People = append(needs.People, a)
			}
		}
		if len(c.Approvers) == 0 {
			needs.Quorum = 0 // that nobody may approve has been told
		}
		found = append(found, slackbot.Diagnose(ctx, how, needs)...)
	}
	return tell(p, found)
}

// misconfigured finds what is wrong with the environment as far as it is about Slack, and what the doctor cannot see there.
func (c config) misconfigured(unread mistakes) []slackbot.Finding {
	var found []slackbot.Finding
	for _, m := range slices.Concat(unread, c.checkSlack(), c.checkPolicy()) {
		name, says, _ := strings.Cut(m, ": ")
		about := strings.HasPrefix(name, "SLACK_") || strings.HasPrefix(name, "APPROV")
		seen := slices.ContainsFunc(found, func(f slackbot.Finding) bool { return f.What == name })
		asked := slices.Contains([]string{"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APPROVALS_CHANNEL"}, name)
		if about && !seen && (!asked || slices.Contains(unread, m)) {
			found = append(found, slackbot.Finding{What: name, Says: says + ".", Mend: "Set it as docs/running.md says."})
		}
	}
	slices.SortStableFunc(found, func(a, b slackbot.Finding) int { return cmp.Compare(a.What, b.What) })
	return found
}

func tell(p process, found []slackbot.Finding) error {
	broken := 0
	for _, f := range found {
		line := fmt.Sprintf("ok      %s: %s\n", f.What, f.Says)
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
