package slackbot

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/schemas"
)

const (
	maxRows  = 20  // of a table shown at once
	maxWidth = 60  // characters that a column is padded to
	maxCell  = 300 // characters of a cell: longer than any id; what is cut says so
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

// answered shows one page of what was found, as many rows as fit. more says that there are rows after those in the table.
func answered(summary string, t executor.Table, p page, more bool) message {
	if len(t.Rows) == 0 {
		m := say(summary)
		if back := p.buttons(0, false); back != nil {
			m.blocks = append(m.blocks, back)
		}
		return m
	}
	for most := min(len(t.Rows), maxRows); ; most /= 2 {
		m := message{text: summary, blocks: richBlocks(paragraph(quoted(beginning(summary, maxSaid/4))))}
		if t.Fields {
			m.blocks = append(m.blocks, fields(t.Rows[:most]))
		} else {
			rows := &slack.RichTextPreformatted{Type: slack.RTEPreformatted, Elements: words(table(t.Columns, t.Rows[:most]))}
			m.blocks = append(m.blocks, richBlocks(rows)...)
		}
		m.blocks = append(m.blocks, note(counted(t, most)))
		if turn := p.buttons(most, more || most < len(t.Rows)); turn != nil {
			m.blocks = append(m.blocks, turn)
		}
		if most == 1 || fits(m.blocks) {
			return m
		}
	}
}

// counted says which rows of how many are shown.
func counted(t executor.Table, shown int) string {
	all := fmt.Sprintf("%d to %d", t.Offset+1, t.Offset+shown)
	if t.Total >= 0 {
		all += fmt.Sprintf(" of %d", t.Total)
	}
	return all + "."
}

// fields draws rows of a label and a value.
func fields(rows [][]string) slack.Block {
	s := &section{}
	for _, r := range rows {
		if len(r) > 1 {
			s.line(bold(visible(beginning(r[0], maxCell))+": "), value(beginning(r[1], maxCell)))
		}
	}
	return s.block()
}

// table draws rows with aligned columns, each row on one line. A cell that is too long says so.
func table(columns []string, rows [][]string) string {
	width := make([]int, len(columns))
	lines := append([][]string{columns}, rows...)
	for i := range lines {
		line := make([]string, len(columns))
		for c := range line {
			if c < len(lines[i]) {
				line[c] = visible(beginning(lines[i][c], maxCell))
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
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(strings.TrimRight(row.String(), " "))
	}
	return b.String()
}

// told is where a request stands, with who asked for what, when, and who decided.
func told(r executor.Receipt) message {
	s := &section{}
	s.line(bold("Request: "), value(r.RequestID))
	if r.Reason != "" {
		s.line(bold("In the requester's own words (unverified): "), value(beginning(r.Reason, maxCell)))
	}
	s.line(bold("Asked: "), date(r.CreatedAt))
	for _, d := range r.Decisions {
		verb := "Approved by "
		if !d.Approve {
			verb = "Denied by "
		}
		s.line(bold(verb), value(beginning(d.By, maxCell)), words(", "), date(d.At))
		if d.Reason != "" {
			s.line(words("Their reason: "), value(beginning(d.Reason, maxCell)))
		}
	}
	if r.Reference != "" {
		s.line(bold("Tracking id: "), value(beginning(r.Reference, maxCell)))
	}
	if r.ExpiresAt != nil {
		s.line(bold("Expires: "), date(*r.ExpiresAt))
	}
	return message{text: r.Summary, blocks: append(richBlocks(paragraph(quoted(beginning(r.Summary, maxSaid/2)))), s.block())}
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
	if next, ok := b.operation(f.Next); ok {
		c.next = example(next, c.said())
	}
	if _, has := c.op.Input.Field(f.Insist); has {
		c.next = c.insisting(f.Insist)
	}
	for most := min(len(f.Choices), maxRows); ; most /= 2 {
		m := message{text: f.Sentence, blocks: c.refusal(f, most)}
		if most == 0 || fits(m.blocks) {
			return m
		}
	}
}

// said is what the command said, by field; nothing when it could not be read.
func (c command) said() map[string]any {
	var said map[string]any
	if json.Unmarshal(c.input, &said) != nil {
		return nil
	}
	return said
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
	if f.Kind == fault.Upstream && !strings.Contains(f.Sentence, "ry again") {
		elements = append(elements, paragraph(words("Please try again in a minute. If it happens again, tell whoever runs accountops.")))
	}
	if c.next != "" {
		elements = append(elements, paragraph(words("This helps further: "), value(c.next)))
	}
	if f.Kind == fault.Invalid && c.op.Name != "" {
		elements = append(elements, paragraph(words("It is used like this: "), value("/account "+c.op.Word+arguments(c.op))))
	}
	return append(richBlocks(elements...), c.wayBack(f)...)
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
	said := []schemas.Word{{Value: first}}
	replaced := false
	for _, w := range c.words {
		_, named := c.op.Input.Field(w.Value)
		if w.Key == fields[0].Name || (w.Key == "" && !replaced && !named) {
			replaced = true
			continue
		}
		said = append(said, w)
	}
	return c.typed(said)
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
