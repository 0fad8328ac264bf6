package main

import (
	"fmt"

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
URLs, the approvals channel, who may approve and ask, and the clock. Only what is about Slack has to be configured; accountops doctor
looks at the rest as well. Nothing is changed in Slack, and nothing secret is printed. It fails when something is broken.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return examine(cmd.Context(), p, false) },
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
