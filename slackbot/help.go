package slackbot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
	"accountops/schemas"
)

// usage is one screen that says what can be typed.
func (b *Bot) usage() message {
	return message{text: "How /account is used. Nothing has been changed.", blocks: b.screen(bold("What you can type"))}
}

// helpAsked answers what begins with help: everything that can be typed or, where an operation is named, that one.
func (b *Bot) helpAsked(text string) (about message, asked bool) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 || words[0] != "help" {
		return message{}, false
	}
	if len(words) > 1 {
		if op, known := b.operation(words[1]); known {
			return b.usageOf(op), true
		}
	}
	return b.usage(), true
}

// usageOf says what one operation does and how it is typed.
func (b *Bot) usageOf(op executor.Operation) message {
	return message{text: "How " + op.Word + " is used. Nothing has been changed.", blocks: richBlocks(
		paragraph(bold(op.Title), words(" – "+b.effect(op)+"\n"), words(b.spoken(op.Summary))),
		paragraph(words("How it is typed: "), value("/account "+op.Word+arguments(op))),
		paragraph(words("For example: "), value(example(op, nil))),
	)}
}

// strange answers a verb that there is not: what was meant, probably, and the screen of those that there are.
func (b *Bot) strange(verb string) message {
	shown := beginning(verb, 60)
	m := message{text: fmt.Sprintf("There is no “%s” here. Nothing has been changed.", shown)}
	lead := join(words("There is no "), value(shown), words(" here. "))
	if near := b.nearest(verb); near != "" {
		m.text = fmt.Sprintf("There is no “%s” here. Did you mean %s? Nothing has been changed.", shown, near)
		lead = join(lead, words("Did you mean "), bold(near), words("? "))
	}
	m.blocks = b.screen(join(lead, words("Nothing has been changed. This is what you can type:")))
	return m
}

// screen is everything that can be typed, with an example each.
func (b *Bot) screen(lead []span) []slack.Block {
	var items [][]span
	for _, op := range b.exec.Operations() {
		items = append(items, join(value(example(op, nil)), words("  "+op.Title+" – "+b.effect(op))))
	}
	return richBlocks(
		paragraph(lead),
		bullets(items...),
		paragraph(words("Write values with spaces in quotes. An account is named by its id, login, native identity, e-mail or display name. "+
			"In the thread of a request, "), b.mention(), words(" status tells where it stands; everything of yours is on the Home tab.\n"+
			"Nothing that takes something away happens before "+executor.OthersHave(b.opts.Quorum)+" pressed Approve in "+b.slack.Where()+".")),
	)
}

// mention is how people call us in a thread.
func (b *Bot) mention() []span { return []span{slack.NewRichTextSectionUserElement(b.slack.user, nil)} }

// nearest is the verb that was probably meant, or "".
func (b *Bot) nearest(verb string) string {
	known := []string{"help"}
	for _, op := range b.exec.Operations() {
		known = append(known, op.Word)
	}
	return schemas.Closest(verb, known)
}

// unknown gives the verb of a text when there is no such operation.
func (b *Bot) unknown(text string) (verb string, is bool) {
	parsed, err := schemas.ParseWords(text)
	if err != nil {
		return "", false
	}
	_, known := b.operation(parsed.Verb)
	return parsed.Verb, !known
}

// examples are values as people type them, by field.
var examples = map[string]string{
	"account": "jane.doe", "source": `"Corporate AD"`, "reason": `"left on Friday"`, "request_id": "req_…", "text": "jane",
}

// example is how an operation is typed: with what it needs and, where it needs nothing, alone or with a boolean of its own. What has been
// said already stands in it instead of an example's, with what tells which account is meant.
func example(op executor.Operation, said map[string]any) string {
	out := []string{"/account", op.Word}
	for i, f := range op.Input.Fields() {
		worth, known := examples[f.Name]
		text, _ := said[f.Name].(string)
		if text != "" {
			worth, known = quote(text), true
		}
		switch {
		case !f.Required && (text == "" || f.Complete == "" && len(f.Enum) == 0):
		case i == 0 && f.Type == schemas.String && known:
			out = append(out, worth)
		case known:
			out = append(out, f.Name+"="+worth)
		default:
			out = append(out, f.Name+"=…")
		}
	}
	if op.Effect == executor.Read && len(out) == 2 {
		for _, f := range op.Input.Fields() {
			if f.Name == "mine" || f.Name == "open" {
				out = append(out, f.Name)
			}
		}
	}
	return strings.Join(out, " ")
}

// insisting gives the command's words again with a field that is true, and that was not before.
func (c command) insisting(field string) string {
	said := slices.DeleteFunc(slices.Clone(c.words), func(w schemas.Word) bool { return w.Key == field })
	return c.typed(append(said, schemas.Word{Key: field, Value: "true"}))
}

// typed is how words are typed.
func (c command) typed(said []schemas.Word) string {
	out := []string{"/account", c.op.Word}
	for _, w := range said {
		if w.Key == "" {
			out = append(out, quote(w.Value))
		} else {
			out = append(out, w.Key+"="+quote(w.Value))
		}
	}
	return strings.Join(out, " ")
}
