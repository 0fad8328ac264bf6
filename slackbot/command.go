package slackbot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/schemas"
)

// command is a slash command, understood.
type command struct {
	op    executor.Operation
	words []schemas.Word
	input []byte
	next  string // what to type to get further, when it failed
	again bool   // it was asked for: when it fails, the form is offered with what it said
}

// understand reads a slash command's text without asking anybody. Its errors are all there is to say about it.
func (b *Bot) understand(text string) (command, error) {
	parsed, err := schemas.ParseWords(text)
	if err != nil {
		return command{}, err
	}
	op, ok := b.operation(parsed.Verb)
	if !ok {
		return command{}, fault.Newf(fault.Invalid, "There is no “%s” here. Nothing has been changed. Type /account help.", beginning(parsed.Verb, 60))
	}
	c := command{op: op, words: parsed.Rest}
	if c.input, err = op.Input.FromWords(parsed.Rest); err != nil {
		return c, err
	}
	return c, op.Check(c.input)
}

// operation finds an operation by its slash word or its whole name.
func (b *Bot) operation(verb string) (executor.Operation, bool) {
	verb = strings.ToLower(verb)
	ops := b.exec.Operations()
	i := slices.IndexFunc(ops, func(o executor.Operation) bool { return o.Word == verb || o.Name == verb })
	if i < 0 {
		return executor.Operation{}, false
	}
	return ops[i], true
}

// firstWord answers a command as far as its words alone allow, and tells whether that is all.
func (b *Bot) firstWord(d delivery) (answer any, final bool) {
	if about, asked := b.helpAsked(d.Text); asked {
		return about.ack(), true
	}
	if b.opens(d) {
		return nil, false
	}
	if verb, unknown := b.unknown(d.Text); unknown {
		return b.strange(verb).ack(), true
	}
	c, err := b.understand(d.Text)
	if err != nil {
		return b.trouble(err, c).ack(), true
	}
	if c.op.Effect == executor.Read {
		return say("Looking. Nothing is changed by this.").ack(), false
	}
	if c.op.Direct() {
		return say("Working on it. No account is changed by this.").ack(), false
	}
	return say("Looking at the account. Nothing has been changed yet.").ack(), false
}

// ask does what a slash command or a form asks for, and tells the result; to a command in place of the acknowledgement. It is
// not done when the process ended meanwhile.
func (b *Bot) ask(ctx context.Context, d delivery) (done bool) {
	var c command
	var err error
	if d.Kind == aCommand {
		c, err = b.understand(d.Text)
	} else {
		c, err = b.filledIn(&d)
	}
	if err != nil {
		b.reply(ctx, d, b.trouble(err, c))
		return true
	}
	c.again = true
	if c.op.Effect == executor.Read {
		return b.find(ctx, d, c)
	}
	asked, err := b.exec.AskOnce(ctx, d.key(), c.op.Name, c.input, b.named(ctx, d))
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return false
	case err != nil:
		b.reply(ctx, d, b.trouble(err, c))
	case asked.Request != nil:
		b.reply(ctx, d, b.askedFor(asked))
	case asked.Answer != nil:
		b.reply(ctx, d, say(asked.Answer.Summary))
	}
	b.wake()
	return true
}

// find answers a reading command with its first page.
func (b *Bot) find(ctx context.Context, d delivery, c command) (done bool) {
	m, err := b.look(ctx, d, c.op, page{Operation: c.op.Name, Input: c.input, User: d.User})
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return false
	case err != nil:
		b.reply(ctx, d, b.trouble(err, c))
	default:
		b.reply(ctx, d, m)
	}
	return true
}

// named is the actor of a delivery with the name the directory knows; recognising people is the executor's business.
func (b *Bot) named(ctx context.Context, d delivery) executor.Actor {
	by := b.slack.actor(d)
	if person, err := b.slack.people.Person(ctx, by.Principal); err == nil && person.Name != "" {
		by.Name = person.Name
	}
	return by
}

// effect is what people have to know about an operation before they type it.
func (b *Bot) effect(op executor.Operation) string {
	switch {
	case op.Effect == executor.Read:
		return "only looks"
	case op.Direct():
		return "changes no account"
	case b.exec.NeedsApproval(op):
		return executor.OthersHave(b.opts.Quorum) + " to approve"
	case op.Overwrites:
		return "at once; writing over an account needs " + executor.Others(b.opts.Quorum) + "'s approval"
	}
	return "changes the account at once"
}

// arguments shows the fields that an operation needs, and in brackets those that it can do without.
func arguments(op executor.Operation) string {
	var needed, optional []string
	for i, f := range op.Input.Fields() {
		word := f.Name + "=…"
		if i == 0 && f.Type == schemas.String {
			word = "<" + f.Name + ">"
		}
		if f.Required {
			needed = append(needed, word)
		} else {
			optional = append(optional, "["+word+"]")
		}
	}
	out := strings.Join(append(needed, optional...), " ")
	if out != "" {
		out = " " + out
	}
	return out
}
