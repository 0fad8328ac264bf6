package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/store"

	"github.com/spf13/cobra"
)

// linkCommand looks at and changes the table of who is the same person.
func linkCommand(p process) *cobra.Command {
	var data string
	link := &cobra.Command{
		Use:   "link",
		Short: "Say which identities are one person, so that nobody decides on what they asked for or on their own account",
		Long: `Say which identities are one person, so that nobody decides on what they asked for or on their own account.

The person is named by their own Slack member, slack:T…:U…. An identity is anything else by which they are known:
  slack:T…:U…                another Slack member
  local:NAME                 a user of the machine, over stdio
  oauth:ISSUER#SUBJECT       the subject of a token
  sailpoint:identity:ID      an identity in SailPoint: its accounts are theirs
  sailpoint:account:ID, esystems:account:ID   one account

A running server knows at once. Every change is in the audit log.`,
	}
	link.PersistentFlags().StringVar(&data, "data", "", "the data directory (default $ACCOUNTOPS_DATA)")
	add := &cobra.Command{
		Use: "add IDENTITY PERSON", Short: "Link an identity to a person", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return addLink(cmd.Context(), p, data, args[0], args[1])
		},
	}
	remove := &cobra.Command{
		Use: "remove IDENTITY", Short: "Take the link of an identity away", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return removeLink(cmd.Context(), p, data, args[0]) },
	}
	list := &cobra.Command{
		Use: "list", Short: "List the links", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return listLinks(cmd.Context(), p, data) },
	}
	link.AddCommand(add, remove, list)
	return link
}

// withStore opens the database of a data directory for one command.
func withStore(ctx context.Context, p process, data string, do func(*store.SQLite) error) (err error) {
	db, err := store.Open(ctx, dataDir(p, data), time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(db)
}

// identities are the forms of what can be linked.
var identities = regexp.MustCompile(`^(slack:[TE][A-Z0-9]+:[UW][A-Z0-9]+|local:.+|oauth:.+|[a-z]+:(identity|account):.+)$`)

const longestIdentity = 512

func badIdentity(s string) bool {
	return len(s) > longestIdentity || !identities.MatchString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func addLink(ctx context.Context, p process, data, identity, person string) error {
	if badIdentity(identity) {
		return fault.New(fault.Invalid, "This is no identity that can be linked: write slack:T…:U…, local:NAME, oauth:ISSUER#SUBJECT, "+
			"sailpoint:identity:ID, sailpoint:account:ID or esystems:account:ID. Nothing was linked.")
	}
	if _, _, member := executor.Principal(person).Slack(); !member || badIdentity(person) {
		return fault.New(fault.Invalid, "A person is named by their own Slack member, slack:T…:U…. Nothing was linked. "+
			"In Slack: their profile, ⋮, Copy member ID; accountops slack doctor tells the team's id.")
	}
	return withStore(ctx, p, data, func(db *store.SQLite) error {
		l := executor.Link{Identity: executor.Principal(identity), Principal: executor.Principal(person), At: time.Now()}
		switch err := db.Link(ctx, l, onRecord("linked", l)); {
		case errors.Is(err, executor.ErrLinked):
			return fault.Newf(fault.Conflict, "%s is linked already, so nothing was changed. accountops link list shows to whom; remove that link first.", identity)
		case errors.Is(err, executor.ErrLinkLoop):
			return fault.New(fault.Conflict, "A link leads from an identity to a person in one step: who is linked to somebody cannot have identities of "+
				"their own. Nothing was linked.")
		case err != nil:
			return err
		}
		_, err := fmt.Fprintf(p.out, "%s is %s now.\n", identity, person)
		return err
	})
}

func removeLink(ctx context.Context, p process, data, identity string) error {
	return withStore(ctx, p, data, func(db *store.SQLite) error {
		l := executor.Link{Identity: executor.Principal(identity)}
		switch err := db.Unlink(ctx, l.Identity, onRecord("unlinked", l)); {
		case errors.Is(err, executor.ErrNoLink):
			return fault.Newf(fault.NotFound, "%q is not linked, so nothing was changed. accountops link list shows what is.", identity)
		case err != nil:
			return err
		}
		_, err := fmt.Fprintf(p.out, "%s is nobody else now.\n", identity)
		return err
	})
}

func listLinks(ctx context.Context, p process, data string) error {
	return withStore(ctx, p, data, func(db *store.SQLite) error {
		links, err := db.Links(ctx, "")
		if err != nil {
			return err
		}
		for _, l := range links {
			if _, err := fmt.Fprintf(p.out, "%s\t%s\t%s\n", l.Principal, l.Identity, l.At.Format(time.RFC3339)); err != nil {
				return err
			}
		}
		if len(links) == 0 {
			_, err = fmt.Fprintln(p.out, "There are no links: every identity is a person of its own.")
		}
		return err
	})
}

// onRecord is what the audit log keeps of a change to the links.
func onRecord(event string, l executor.Link) executor.Record {
	raw, err := json.Marshal(map[string]executor.Principal{"identity": l.Identity, "person": l.Principal})
	if err != nil { // strings always marshal
		raw = nil
	}
	by := executor.Actor{Principal: executor.Principal("local:" + localUser()), Name: localUser(), Door: executor.DoorCLI}
	return executor.Record{Event: event, By: by, At: time.Now(), Data: raw}
}
