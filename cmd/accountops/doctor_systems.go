package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/slackbot"
)

// nobody is the id of no account: to look for it costs little and shows nothing.
const nobody = "00000000000000000000000000000000"

// examineSystems asks each identity system that is configured for a token and for something harmless.
func (c config) examineSystems(ctx context.Context) []finding {
	if len(c.checkSystems()) > 0 {
		return nil // told already; nobody is asked with half a configuration
	}
	systems, err := systemsOf(c, time.Now)
	if err != nil {
		return []finding{{What: "identity systems", Says: because(err), Mend: "Set them as docs/running.md says."}}
	}
	var found []finding
	if c.SailPointURL != "" {
		found = append(found, c.examineSailPoint(ctx, systems.ISC)...)
	}
	if c.ESystemsURL != "" {
		found = append(found, c.examineAccounts(ctx, systems.Endpoint, "eSystems", "ESYSTEMS", "https://{host}"))
	}
	return found
}

// examineAccounts asks for an account that is nobody's. What a client may change shows only when it does.
func (c config) examineAccounts(ctx context.Context, system identity.System, name, prefix, like string) finding {
	ctx, cancel := context.WithTimeout(ctx, max(c.LookTimeout, time.Second))
	defer cancel()
	if _, err := system.Find(ctx, identity.Query{Text: nobody, By: identity.ByID, Limit: 1}); err != nil {
		return finding{What: name, Says: inFull(err), Mend: fmt.Sprintf("Compare %[1]s_BASE_URL (%[2]s), %[1]s_CLIENT_ID and %[1]s_CLIENT_SECRET with what %[3]s shows for the client, "+
			"give it the right to read accounts, and let this machine reach that address.", prefix, like, name)}
	}
	return finding{What: name, Says: "gives us a token, and accounts can be read; what else the client may do there shows when it does"}
}

func (c config) examineSailPoint(ctx context.Context, isc identity.ISC) []finding {
	first := c.examineAccounts(ctx, isc, "SailPoint", "SAILPOINT", "https://{tenant}.api.identitynow.com")
	if first.Mend != "" {
		return []finding{first}
	}
	ctx, cancel := context.WithTimeout(ctx, max(c.LookTimeout, time.Second))
	defer cancel()
	const what, may = "SailPoint sources", "SailPoint deletions"
	sources := finding{What: what, Says: "can be read"}
	if _, err := isc.Sources(ctx, "", 1); err != nil {
		sources = short(what, err, "Accounts cannot be created, and what only their source tells is not on the cards.")
	}
	deletions := finding{What: may, Says: "can be asked for: the client has a user"}
	if _, err := isc.DeletionRequests(ctx, identity.Page{Limit: 1}); err != nil {
		deletions = short(may, err, "Deletion at the source cannot be asked for.")
	}
	return []finding{first, sources, deletions}
}

// short is about something that the client may not do: no mistake where nobody needs it. Any other error is broken.
func short(what string, err error, without string) finding {
	if fault.Is(err, fault.Denied) {
		return finding{What: what, Says: inFull(err) + " " + without, Mark: slackbot.Limited}
	}
	return finding{What: what, Says: inFull(err), Mend: "Run this again in a minute; if it stays so, show SailPoint's words to its support."}
}

// inFull gives what an error says to people, with the system's own words and the cause, which the clients have freed of secrets.
func inFull(err error) string {
	says := because(err)
	if f, ok := errors.AsType[*fault.Error](err); ok {
		if f.Said != "" {
			says += fmt.Sprintf(" Its own words: %q.", f.Said)
		}
		if cause := errors.Unwrap(f); cause != nil {
			says += fmt.Sprintf(" Cause: %s.", strings.Trim(fmt.Sprintf("%q", strings.TrimSpace(cause.Error())), `"`))
		}
	}
	return says
}
