package slackbot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// Approvers looks whether enough people may approve. It gives what is broken about that.
func (s *Slack) Approvers(ctx context.Context, n Needs) []Finding {
	x := &doctor{s: s}
	x.approvers(ctx, n)
	return slices.DeleteFunc(x.found, func(f Finding) bool { return f.Mend == "" })
}

// enough checks that those who may approve are as many different people as have to, and where approvers have to be linked in a system,
// that so many of them are.
func (x *doctor) enough(n Needs, may map[executor.Principal]bool) {
	people := map[executor.Principal]bool{}
	for member := range may {
		people[n.person(member)] = true
	}
	if len(people) < n.Quorum {
		says := fmt.Sprintf("%s to approve, and only %d may.", having(n.Quorum), len(people))
		if len(people) < len(may) {
			says = fmt.Sprintf("%s to approve, and only %d may: of some it is on record that they are one person.", having(n.Quorum), len(people))
		}
		x.note("quorum", says, "Name more people or groups in APPROVERS, or lower APPROVAL_QUORUM.")
	}
	for _, system := range slices.Sorted(maps.Keys(n.Linked)) {
		linked := 0
		for person := range people {
			if n.linkedBy(person, n.Linked[system]) {
				linked++
			}
		}
		what := "links in " + system
		if needed := max(n.Quorum, 1); linked < needed {
			x.note(what, fmt.Sprintf("With APPROVERS_LINKED=true who approves has to be linked there. %s to approve, and of those who may %d of %d is linked.",
				having(needed), linked, len(people)),
				"Link each approver, and name the directory of accountops serve: accountops link add "+n.Linked[system]+"ID slack:"+x.s.team+":MEMBER --data DIR.")
			continue
		}
		x.note(what, fmt.Sprintf("%d of %s", linked, counting(len(people), "approver")), "")
	}
}

func having(n int) string {
	if n == 1 {
		return "1 person has"
	}
	return fmt.Sprintf("%d people have", n)
}

// person is whom a member is linked to, or themselves.
func (n Needs) person(member executor.Principal) executor.Principal {
	for _, l := range n.Links {
		if l.Identity == member {
			return l.Principal
		}
	}
	return member
}

func (n Needs) linkedBy(person executor.Principal, prefix string) bool {
	return slices.ContainsFunc(n.Links, func(l executor.Link) bool {
		return l.Principal == person && strings.HasPrefix(string(l.Identity), prefix)
	})
}

// askers checks that those from whom calls come are people here. Others may look all the same.
func (x *doctor) askers(ctx context.Context, n Needs) {
	if n.Askers == nil {
		return
	}
	const mend = "Name an active, full member of this workspace (in Slack: their profile → ⋮ → Copy member ID)."
	for i, a := range n.Askers(x.s.team) {
		if i >= lookedAt {
			x.open(Unknown, a.What, fmt.Sprintf("and what follows was not looked at: only the first %d are", lookedAt))
			return
		}
		team, _, _ := a.Who.Slack()
		p, err := x.s.people.Person(ctx, a.Who)
		switch {
		case err == nil && team != x.s.team:
			x.note(a.What, fmt.Sprintf("%s is of another workspace than the bot, which is in %s, so they may look, and ask for nothing that changes.", a.Who, x.s.team), mend)
		case fault.Is(err, fault.NotFound):
			x.note(a.What, fmt.Sprintf("Slack knows no member %s, so whoever comes by this may look, and ask for nothing that changes.", a.Who), mend)
		case err != nil:
			x.open(Unknown, a.What, fmt.Sprintf("Slack could not say who %s is", a.Who))
		case !p.Full:
			x.open(Limited, a.What, fmt.Sprintf("is %s, who is %s, so they may look, and ask for nothing that changes", p.Name, p.Why))
		default:
			x.note(a.What, "is "+p.Name, "")
		}
	}
}
