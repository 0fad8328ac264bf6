package slackbot

import (
	"context"
	"fmt"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// approvers checks that enough people may approve. How many there are is told only when all could be looked at.
func (x *doctor) approvers(ctx context.Context, n Needs) {
	may, all := map[executor.Principal]bool{}, true
	for _, g := range n.Groups {
		all = x.group(ctx, g, may) && all
	}
	for _, p := range n.People {
		all = x.person(ctx, p, may) && all
	}
	if all {
		x.enough(n, may)
	}
}

func (x *doctor) group(ctx context.Context, id string, may map[executor.Principal]bool) (ok bool) {
	members, err := x.s.people.Members(ctx, id)
	if err == nil && len(members) == 0 {
		err = fault.New(fault.Invalid, "Nobody is in the group.")
	}
	if err != nil {
		x.broken("approvers' group "+id, err, "Name a user group in APPROVERS that is enabled, has members, and that ordinary members cannot edit "+
			"(one of the identity provider, or Slack's settings → Permissions → User groups), or name people.")
		return false
	}
	able, why := x.able(ctx, members)
	says := fmt.Sprintf("has %s", counting(len(members), "member"))
	if len(able) < len(members) {
		says += fmt.Sprintf(", of whom %d may approve (%s)", len(able), why)
	}
	if len(able) == 0 {
		x.note("approvers' group "+id, says, "Put active, full members of this workspace into the group.")
		return false
	}
	for _, m := range able {
		may[m] = true
	}
	x.note("approvers' group "+id, says, "")
	return true
}

// lookedAt is how many members of a group are looked at one by one: Slack lets us ask for about a hundred people a minute.
const lookedAt = 30

// able gives the members of a group who may approve, and what keeps the others from it. Those beyond the first are taken to.
func (x *doctor) able(ctx context.Context, members []executor.Principal) (able []executor.Principal, why string) {
	var not []string
	for i, m := range members {
		if i >= lookedAt {
			return append(able, members[i:]...), strings.Join(not, ", ")
		}
		switch p, err := x.s.people.Person(ctx, m); {
		case err != nil:
			not = append(not, string(m)+" cannot be looked up")
		case !p.Full:
			not = append(not, p.Name+" is "+p.Why)
		default:
			able = append(able, m)
		}
	}
	return able, strings.Join(not, ", ")
}

func (x *doctor) person(ctx context.Context, id string, may map[executor.Principal]bool) (ok bool) {
	p, err := x.s.people.Person(ctx, executor.SlackPrincipal(x.s.team, id))
	if err == nil && !p.Full {
		err = fault.Newf(fault.Invalid, "%s is %s, so they may not approve.", p.Name, p.Why)
	}
	if err != nil {
		x.broken("approver "+id, err, "Name an active, full member of this workspace in APPROVERS (in Slack: their profile → ⋮ → Copy member ID).")
		return false
	}
	may[p.Principal] = true
	x.note("approver "+id, "is "+p.Name, "")
	return true
}

func counting(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
