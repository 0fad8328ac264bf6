package slackbot

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

const (
	maxRows  = 20   // of a table shown at once
	maxWidth = 60   // characters that a column is padded to; longer cells keep their whole text
	maxTable = 9000 // characters of a table in one message
)

func paragraph(parts ...[]span) slack.RichTextElement {
	return slack.NewRichTextSection(join(parts...)...)
}

func richBlocks(elements ...slack.RichTextElement) []slack.Block {
	return []slack.Block{slack.NewRichTextBlock("", elements...)}
}

// askedFor tells the requester that their request is recorded.
func (b *Bot) askedFor(asked executor.Asked) message {
	r := b.exec.Receipt(*asked.Request)
	lead := "Asked: "
	if asked.Existing {
		lead = "You have asked for this already; this is the same request: "
	}
	account := asked.Request.Plan.Account
	head := join(bold(lead+asked.Request.Title), words(" "), value(account.Name))
	if account.Source != "" {
		head = join(head, words(" on "), value(account.Source))
	}
	elements := []slack.RichTextElement{paragraph(head), paragraph(quoted(r.Summary))}
	if len(asked.Request.Plan.Warnings) > 0 {
		var items [][]span
		for _, w := range asked.Request.Plan.Warnings {
			items = append(items, quoted(w))
		}
		elements = append(elements, bullets(items...))
	}
	foot := join(words("Request "), value(r.RequestID))
	if asked.Request.State == executor.Pending {
		foot = join(foot, words(". To take it back: "), value("/account withdraw "+r.RequestID))
	}
	return message{text: lead + r.Summary, blocks: richBlocks(append(elements, paragraph(foot))...)}
}

// answered shows what a direct operation answered.
func answered(a executor.Answer) message {
	elements := []slack.RichTextElement{paragraph(quoted(a.Summary))}
	if a.Table != nil && len(a.Table.Rows) > 0 {
		text, shown := table(*a.Table)
		elements = append(elements, &slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: words(text)})
		elements = append(elements, paragraph(words(counted(*a.Table, shown))))
	}
	return message{text: a.Summary, blocks: richBlocks(elements...)}
}

// counted says which rows of how many are shown.
func counted(t executor.Table, shown int) string {
	last := t.Offset + shown
	all := fmt.Sprintf("%d to %d", t.Offset+1, last)
	if t.Total >= 0 {
		all += fmt.Sprintf(" of %d", t.Total)
	}
	if shown < len(t.Rows) || t.Total > last {
		all += fmt.Sprintf(". For the next ones add offset=%d", last)
	}
	return all + "."
}

// table draws rows with aligned columns, each row on one line, as many as fit; cells are whole.
func table(t executor.Table) (text string, shown int) {
	width := make([]int, len(t.Columns))
	lines := append([][]string{t.Columns}, t.Rows[:min(len(t.Rows), maxRows)]...)
	for i := range lines {
		line := make([]string, len(t.Columns))
		for c := range line {
			if c < len(lines[i]) {
				line[c] = visible(lines[i][c])
			}
			width[c] = min(max(width[c], utf8.RuneCountInString(line[c])), maxWidth)
		}
		lines[i] = line
	}
	var b strings.Builder
	for i, line := range lines {
		var row strings.Builder
		for c, cell := range line {
			row.WriteString(cell)
			if c < len(line)-1 {
				row.WriteString(strings.Repeat(" ", max(width[c]-utf8.RuneCountInString(cell), 0)+2))
			}
		}
		if i > 1 && b.Len()+row.Len() > maxTable {
			return b.String(), i - 1
		}
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(strings.TrimRight(row.String(), " "))
	}
	return b.String(), len(lines) - 1
}

// trouble tells about an error: the sentence, the fields, the choices with the words to type, the upstream's own words. Raw
// errors are only logged.
func (b *Bot) trouble(err error, c command) message {
	f := fault.Shown(err, b.opts.NewID)
	if f.Kind == fault.Internal {
		b.log.Error("slack: asking failed", "incident", f.Incident, "error", err)
	} else if cause := errors.Unwrap(f); cause != nil {
		b.log.Info("slack: asking was refused", "kind", f.Kind.String(), "operation", c.op.Name, "cause", hint(cause))
	}
	for most := min(len(f.Choices), maxRows); ; most /= 2 {
		m := message{text: f.Sentence, blocks: c.refusal(f, most)}
		if most == 0 || fits(m.blocks) {
			return m
		}
	}
}

// refusal draws an error with at most so many of its choices.
func (c command) refusal(f *fault.Error, most int) []slack.Block {
	elements := []slack.RichTextElement{paragraph(quoted(beginning(f.Sentence, maxSaid/2)))}
	var items [][]span
	for _, field := range f.Fields {
		items = append(items, join(value(field.Name), words(": "), quoted(field.Sentence)))
	}
	for _, choice := range f.Choices[:most] {
		items = append(items, c.choose(choice))
	}
	if more := len(f.Choices) - most; more > 0 {
		items = append(items, words(fmt.Sprintf("… and %d more. Say more exactly which one you mean.", more)))
	}
	if len(items) > 0 {
		elements = append(elements, bullets(items...))
	}
	if about := upstreamWords(f); about != nil {
		elements = append(elements, paragraph(about))
	}
	if f.Kind == fault.Invalid && c.op.Name != "" {
		elements = append(elements, paragraph(words("It is used like this: "), value("/account "+c.op.Word+arguments(c.op))))
	}
	return richBlocks(elements...)
}

// upstreamWords quotes the upstream on an error, with what its support asks for.
func upstreamWords(f *fault.Error) []span {
	var out []span
	for _, p := range []struct{ label, text string }{{"They said: ", f.Said}, {"Code: ", f.Code}, {"Tracking id: ", f.Ref}} {
		if p.text == "" {
			continue
		}
		if len(out) > 0 {
			out = append(out, words("\n")...)
		}
		out = join(out, words(p.label), value(p.text))
	}
	return out
}

// choose shows one of several candidates: what tells it apart, and what to type to mean it.
func (c command) choose(choice fault.Choice) []span {
	var facts []span
	for i, f := range choice.Facts {
		if i > 0 {
			facts = append(facts, words(", ")...)
		}
		facts = join(facts, words(f.Label+" "), value(f.Value))
	}
	return join(facts, words("\nType: "), value(c.with(choice.Value)))
}

// with gives the command's words again with another value for its first field.
func (c command) with(first string) string {
	fields := c.op.Input.Fields()
	if len(fields) == 0 {
		return "/account " + c.op.Word
	}
	out := []string{"/account", c.op.Word, quote(first)}
	replaced := false
	for _, w := range c.words {
		_, named := c.op.Input.Field(w.Value)
		switch {
		case w.Key == fields[0].Name || (w.Key == "" && !replaced && !named):
			replaced = true
		case w.Key == "":
			out = append(out, quote(w.Value))
		default:
			out = append(out, w.Key+"="+quote(w.Value))
		}
	}
	return strings.Join(out, " ")
}

var (
	bare  = regexp.MustCompile(`^[^\s"'“”‘’„‚«»‹›` + "`" + `][^\s]*$`)
	keyed = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*=`)
)

// quote puts a value in quotes where schemas.ParseWords would read it as something else without them.
func quote(s string) string {
	switch {
	case bare.MatchString(s) && !keyed.MatchString(s):
		return s
	case strings.HasSuffix(s, `\`): // inside double quotes it would keep them from closing
		return "'" + s + "'"
	}
	return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
}
