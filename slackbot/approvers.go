package slackbot

import (
	"context"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

// mostDirect is how many approvers may have a request in their direct messages. A larger group is asked in its channel only.
const mostDirect = 25

// approvers lists the members here who are asked about a request: whoever asked is not.
func (b *Bot) approvers(ctx context.Context, r executor.Request) ([]string, error) {
	list := slices.Clone(r.Policy.Approvers)
	for _, group := range r.Policy.Groups {
		members, err := b.slack.people.Members(ctx, group)
		if err != nil {
			return nil, fmt.Errorf("who is to be asked: %w", err)
		}
		list = append(list, members...)
	}
	var users []string
	for _, p := range list {
		team, user, ok := p.Slack()
		if ok && team == b.slack.team && p != r.By.Principal && !slices.Contains(users, user) {
			users = append(users, user)
		}
	}
	return users, nil
}

// approversCopies are the copies that approvers are to have in their direct messages and do not have yet, where the policy
// wants it.
func (b *Bot) approversCopies(ctx context.Context, r executor.Request, stored []executor.Copy) ([]*place, error) {
	if !r.Policy.Direct || !r.NeedsVote || r.State != executor.Pending {
		return nil, nil
	}
	users, err := b.approvers(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(users) > mostDirect {
		b.log.Info("slack: too many approvers for direct messages", "request", r.ID, "approvers", len(users))
		return nil, nil
	}
	var out []*place
	for _, user := range users {
		purpose := forApprover + user
		if !slices.ContainsFunc(stored, func(c executor.Copy) bool { return c.Purpose == purpose }) {
			out = append(out, &place{Copy: executor.Copy{Purpose: purpose, Channel: user}})
		}
	}
	return out, nil
}

// calling mentions the approvers, so that Slack tells them. The mentions are made of configured ids, never of text.
func calling(r executor.Request) []slack.Block {
	var who []span
	for _, group := range r.Policy.Groups {
		who = append(who, slack.NewRichTextSectionUserGroupElement(group))
	}
	for _, p := range r.Policy.Approvers {
		if _, user, ok := p.Slack(); ok && p != r.By.Principal {
			who = append(who, slack.NewRichTextSectionUserElement(user, nil))
		}
	}
	if len(who) == 0 {
		return nil
	}
	spaced := words("For: ")
	for i, w := range who {
		if i > 0 {
			spaced = append(spaced, words(" ")...)
		}
		spaced = append(spaced, w)
	}
	return richBlocks(paragraph(spaced))
}
