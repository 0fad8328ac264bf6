package slackbot

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// fresh is how long an answer about people is believed. It is counted from before the question, so no answer is ever older
// than 60 seconds when it is used.
const fresh = 50 * time.Second

// People tells who people are, by asking Slack. Every doubt is an error, and every error means no.
type People struct {
	slack  *Slack
	mu     sync.Mutex
	known  map[string]seen[executor.Person]
	groups map[string]seen[[]executor.Principal]
}

type seen[T any] struct {
	what T
	at   time.Time
}

func newPeople(s *Slack) *People {
	return &People{slack: s, known: map[string]seen[executor.Person]{}, groups: map[string]seen[[]executor.Principal]{}}
}

var _ executor.Directory = (*People)(nil)

// Person looks a Slack principal up. fault.NotFound when there is none; fault.Upstream when Slack cannot say.
func (p *People) Person(ctx context.Context, who executor.Principal) (executor.Person, error) {
	team, user, ok := who.Slack()
	if !ok {
		return executor.Person{}, fault.New(fault.NotFound, "This is no Slack member, so nothing was changed.")
	}
	if team != p.slack.team {
		return executor.Person{Principal: who, Name: user, Why: "an external user"}, nil
	}
	asked := p.slack.now()
	if known, ok := recall(p, p.known, user, asked); ok {
		return known, nil
	}
	u, err := p.slack.api.GetUserInfoContext(ctx, user)
	if c := code(err); c == "user_not_found" || c == "user_not_visible" {
		return executor.Person{}, fault.Wrap(err, fault.NotFound, "Slack knows no such member, so nothing was changed.")
	}
	if err != nil {
		return executor.Person{}, fault.Wrap(err, fault.Upstream, "Slack could not say who this is, so nothing was changed. Please try again in a minute.")
	}
	if u == nil || u.ID != user {
		return executor.Person{}, fault.New(fault.Upstream, "Slack did not say who this is, so nothing was changed. Please try again in a minute.")
	}
	person := p.slack.person(*u)
	remember(p, p.known, user, person, asked)
	return person, nil
}

// person is what a user of the home team is to the executor.
func (s *Slack) person(u slack.User) executor.Person {
	why := s.flaw(u)
	return executor.Person{Principal: executor.SlackPrincipal(s.team, u.ID), Name: nameOf(u), Full: why == "", Why: why}
}

var _ executor.Addresses = (*People)(nil)

// ByAddress gives the member with an e-mail address. Whoever has not confirmed it is not Full. Answers are not kept: addresses
// change hands.
func (p *People) ByAddress(ctx context.Context, address string) (executor.Person, error) {
	u, err := p.slack.api.GetUserByEmailContext(ctx, address)
	if code(err) == "users_not_found" {
		return executor.Person{}, fault.Wrap(err, fault.NotFound, "Nobody in Slack has this e-mail address.")
	}
	if code(err) == "missing_scope" {
		return executor.Person{}, fault.Wrap(err, fault.Conflict, "It cannot be told whose account this is, because the Slack app may not look people up by their e-mail "+
			"addresses. Your click changed nothing. An administrator has to add the scope "+byAddress+" to the app and install it again.")
	}
	if err != nil || u == nil || u.ID == "" {
		return executor.Person{}, fault.Wrap(err, fault.Upstream, "Slack could not say whose e-mail address this is, so nothing was changed.")
	}
	person := p.slack.person(*u)
	if person.Full && (!u.IsEmailConfirmed || !strings.EqualFold(u.Profile.Email, address)) {
		person.Full, person.Why = false, "somebody whose e-mail address is not confirmed"
	}
	return person, nil
}

func nameOf(u slack.User) string {
	for _, name := range []string{u.Profile.RealName, u.RealName, u.Profile.DisplayName, u.Name} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return u.ID
}

// flaw says why a user is not an active, full member of the home team; empty when they are one.
func (s *Slack) flaw(u slack.User) string {
	home := u.TeamID == s.team
	for _, team := range u.Enterprise.Teams {
		home = home || (s.org != "" && u.Enterprise.EnterpriseID == s.org && team == s.team)
	}
	switch {
	case u.Deleted:
		return "a deactivated member"
	case u.IsBot || u.IsAppUser || u.IsConnectorBot || u.IsWorkflowBot || u.ID == "USLACKBOT":
		return "a bot"
	case u.IsStranger || !home:
		return "an external user"
	case u.IsRestricted || u.IsUltraRestricted:
		return "a guest"
	case u.IsInvitedUser:
		return "an invited person who has not joined yet"
	}
	return ""
}

// Members lists the principals of a user group, named by id or handle. It refuses a group that ordinary members can edit,
// unless that is configured: whoever can join it by themselves could approve.
func (p *People) Members(ctx context.Context, group string) ([]executor.Principal, error) {
	asked := p.slack.now()
	if members, ok := recall(p, p.groups, group, asked); ok {
		return members, nil
	}
	id, err := p.group(ctx, group)
	if err != nil {
		return nil, err
	}
	users, err := p.slack.api.GetUserGroupMembersContext(ctx, id)
	if err != nil {
		return nil, fault.Wrap(err, fault.Upstream, "Slack could not say who is in the approvers' group, so nothing was changed. Please try again in a minute.")
	}
	members := make([]executor.Principal, 0, len(users))
	for _, u := range users {
		members = append(members, executor.SlackPrincipal(p.slack.team, u))
	}
	remember(p, p.groups, group, members, asked)
	return members, nil
}

// group finds a user group that may be trusted with approving, and gives its id.
func (p *People) group(ctx context.Context, name string) (string, error) {
	groups, err := p.slack.api.GetUserGroupsContext(ctx)
	if err != nil {
		return "", fault.Wrap(err, fault.Upstream, "Slack could not say who is in the approvers' group, so nothing was changed. Please try again in a minute.")
	}
	for _, g := range groups {
		if g.ID != name && g.Handle != strings.TrimPrefix(name, "@") {
			continue
		}
		switch {
		case g.DateDelete != 0:
			return "", fault.Newf(fault.Denied, "The approvers' group %s is disabled, so its members may not approve and nothing was changed. "+
				"Whoever runs accountops can enable it, or name another group or people in APPROVERS.", name)
		case g.IsExternal || (g.TeamID != "" && g.TeamID != p.slack.team && g.TeamID != p.slack.org):
			return "", fault.Newf(fault.Denied, "The approvers' group %s belongs to another workspace, so its members may not approve and nothing was changed. "+
				"Whoever runs accountops can name another group or people in APPROVERS.", name)
		case !p.slack.cfg.OpenGroups && !g.IsIDPGroup && !g.IsMembershipLocked && !g.IsEditingRestricted:
			return "", fault.Newf(fault.Denied, "Ordinary members can edit the approvers' group %s, so its members may not approve and nothing was changed. "+
				"Whoever runs accountops can lock its membership, or name another group or people in APPROVERS.", name)
		}
		return g.ID, nil
	}
	return "", fault.Newf(fault.Denied, "There is no approvers' group %s in Slack, so nobody may approve as its member and nothing was changed. "+
		"Whoever runs accountops can name another group or people in APPROVERS.", name)
}

// recall gives an answer that is still believed at a time. A clock that went back believes nothing.
func recall[T any](p *People, from map[string]seen[T], key string, now time.Time) (T, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := from[key]
	age := now.Sub(s.at)
	if !ok || age < 0 || age >= fresh {
		var none T
		return none, false
	}
	return s.what, true
}

// remember keeps an answer, and forgets everything when there are very many, so that it cannot grow without bound.
func remember[T any](p *People, in map[string]seen[T], key string, what T, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(in) >= 10_000 {
		clear(in)
	}
	in[key] = seen[T]{what, at}
}
