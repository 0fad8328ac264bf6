package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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
  sailpoint:identity:ID      an identity in SailPoint: its accounts are theirs. The ID has 32 characters, as
                             find_accounts tells it (identity_id)
  sailpoint:account:ID, esystems:account:ID   one account (id)

Slack and the identity systems are asked whether these exist, where the environment says how.
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

// withStore opens the database of a data directory for one command. A directory that was misspelt must not look like one without links,
// nor take links that no server reads.
func withStore(ctx context.Context, p process, data string, makes bool, do func(*store.SQLite) error) (err error) {
	dir := dataDir(p, data)
	there, err := store.Exists(dir)
	switch {
	case err != nil:
		return err
	case !there && !makes:
		return fault.Newf(fault.NotFound, "There is no database in %s, so no link was read or changed. Name the directory of accountops serve by --data or ACCOUNTOPS_DATA.", dir)
	case !there && !isDir(dir):
		return fault.Newf(fault.NotFound, "There is no directory %s, so nothing was linked. Name the directory of accountops serve by --data or ACCOUNTOPS_DATA; "+
			"its first start makes it, and so can you.", dir)
	}
	db, err := store.Open(ctx, dir, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if !there {
		_, err = fmt.Fprintf(p.out, "There was no database in %s, so a new one was made: it is for accountops serve with the same directory.\n", dir)
	}
	return errors.Join(err, do(db))
}

func addLink(ctx context.Context, p process, data, identity, person string) error {
	if bad := malformed(identity); bad != nil {
		return bad
	}
	who, whose := executor.Principal(identity), executor.Principal(person)
	if _, _, member := whose.Slack(); !member || malformed(person) != nil {
		return fault.New(fault.Invalid, "A person is named by their own Slack member, slack:T…:U…. Nothing was linked. "+whereSlack)
	}
	asking, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	known := acquainted(asking, p.env)
	them, err := known.name(asking, who)
	if err != nil {
		return err
	}
	themselves, err := known.name(asking, whose)
	if err != nil {
		return err
	}
	err = withStore(ctx, p, data, true, func(db *store.SQLite) error {
		l := executor.Link{Identity: who, Principal: whose, At: time.Now()}
		switch err := db.Link(ctx, l, onRecord("linked", l)); {
		case errors.Is(err, executor.ErrLinked):
			return fault.Newf(fault.Conflict, "%s is linked already, so nothing was changed. accountops link list shows to whom; remove that link first.", identity)
		case errors.Is(err, executor.ErrLinkLoop):
			return fault.New(fault.Conflict, "A link leads from an identity to a person in one step: who is linked to somebody cannot have identities of "+
				"their own. Nothing was linked.")
		case err != nil:
			return err
		}
		_, err := fmt.Fprintf(p.out, "%s is %s now.\n", called(who, them), called(whose, themselves))
		return err
	})
	known.tell(p.err)
	return err
}

// called is an identity with the name that its system has for it, so that whoever links sees whom they mean. A name is others' text.
func called(who executor.Principal, name string) string {
	if name == "" {
		return string(who)
	}
	return fmt.Sprintf("%s (%q)", who, name)
}

func removeLink(ctx context.Context, p process, data, identity string) error {
	return withStore(ctx, p, data, false, func(db *store.SQLite) error {
		l := executor.Link{Identity: executor.Principal(identity)}
		switch err := db.Unlink(ctx, l.Identity, onRecord("unlinked", l)); {
		case errors.Is(err, executor.ErrNoLink):
			return fault.Newf(fault.NotFound, "%q is not linked, so nothing was changed. accountops link list shows what is.", identity)
		case err != nil:
			return err
		}
		_, err := fmt.Fprintf(p.out, "%s is linked to nobody now; it counts as a person of its own.\n", identity)
		return err
	})
}

func listLinks(ctx context.Context, p process, data string) error {
	return withStore(ctx, p, data, false, func(db *store.SQLite) error {
		links, err := db.Links(ctx, "")
		if err != nil {
			return err
		}
		for _, l := range links {
			line := fmt.Sprintf("%s\t%s\t%s", l.Principal, l.Identity, l.At.Format(time.RFC3339))
			if malformed(string(l.Identity)) != nil {
				line += "\tmeans nobody: remove it, and add the right one"
			}
			if _, err := fmt.Fprintln(p.out, line); err != nil {
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
