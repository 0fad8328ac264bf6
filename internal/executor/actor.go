package executor

import (
	"context"
	"strings"
)

// Principal is one person across every door, as an opaque string such as "slack:T01:U02" or "local:jane".
// Two identities of one person are the same Principal; that is what "another person" is decided by.
type Principal string

// SlackPrincipal is the principal of a Slack member who is not linked to another one.
func SlackPrincipal(team, user string) Principal {
	return Principal("slack:" + team + ":" + user)
}

// Slack gives the team and the user of a Slack principal, and whether it is one.
func (p Principal) Slack() (team, user string, ok bool) {
	rest, found := strings.CutPrefix(string(p), "slack:")
	if !found {
		return "", "", false
	}
	team, user, ok = strings.Cut(rest, ":")
	return team, user, ok && team != "" && user != ""
}

// Door is the way by which somebody came in.
type Door string

// The doors.
const (
	DoorSlack  Door = "slack"
	DoorMCP    Door = "mcp"
	DoorStdio  Door = "stdio"
	DoorCLI    Door = "cli"    // a command on the server's own machine
	DoorSystem Door = "system" // accountops itself: expiry, recovery
)

// Actor is who does something, and by which door.
type Actor struct {
	Principal Principal `json:"principal"`
	As        Principal `json:"as,omitempty"`   // the identity by which they came, when it is another that is linked to Principal
	Name      string    `json:"name,omitempty"` // as the door knows it; untrusted text
	Door      Door      `json:"door"`
	Client    string    `json:"client,omitempty"`  // self-declared MCP client; gives no rights
	Channel   string    `json:"channel,omitempty"` // the Slack channel in which it was asked
}

// Same tells whether two actors may be one person: by who they are, or by the identity by which either came. Links come and go, so that
// a person whom one of them was linked to once counts as well.
func (a Actor) Same(b Actor) bool {
	is := func(p Principal) bool { return p != "" && (p == b.Principal || p == b.As) }
	return is(a.Principal) || is(a.As)
}

// System is accountops itself as an actor.
var System = Actor{Principal: "accountops", Name: "accountops", Door: DoorSystem}

// Person is what the directory knows of a principal.
type Person struct {
	Principal Principal
	Name      string // display name; untrusted text
	Full      bool   // an active, full member of the home team: not a guest, bot, deactivated or external user
	Why       string // when not Full: which of those, as "a guest", for the sentence
}

// Directory tells who people are. It is Slack. Every error means "unknown", and unknown means no.
type Directory interface {
	// Person looks a Slack principal up. fault.NotFound when there is none.
	Person(ctx context.Context, p Principal) (Person, error)
	// Members lists the principals of a user group. The answer is never older than 60 seconds.
	Members(ctx context.Context, group string) ([]Principal, error)
}
