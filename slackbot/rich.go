package slackbot

import (
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

// span is a stretch of rich text. Slack reads rich text literally: no mentions, links or formatting come out of it.
type span = slack.RichTextSectionElement

// chunk is the most characters in one element, below the 3,000 of a text object.
const chunk = 2900

// words is text of our own.
func words(s string) []span { return elements(s, nil) }

// bold is text of our own that stands out.
func bold(s string) []span { return elements(s, &slack.RichTextSectionTextStyle{Bold: true}) }

// value is text of others. Its own style shows where it begins and ends, however long it is and wherever it wraps.
func value(s string) []span {
	if s == "" {
		return words("–")
	}
	return elements(visible(s), &slack.RichTextSectionTextStyle{Code: true})
}

// quoted is text of others as a sentence.
func quoted(s string) []span { return elements(visible(s), nil) }

// date is a time as Slack shows it to each reader, by their own clock.
func date(t time.Time) []span {
	plain := moment(t)
	return []span{slack.NewRichTextSectionDateElement(t.Unix(), "{date_short_pretty} {time}", nil, &plain)}
}

// elements cuts text into pieces that Slack takes; nothing is lost between them.
func elements(s string, style *slack.RichTextSectionTextStyle) []span {
	var out []span
	for utf8.RuneCountInString(s) > chunk {
		end := len(string([]rune(s)[:chunk]))
		out = append(out, slack.NewRichTextSectionTextElement(s[:end], style))
		s = s[end:]
	}
	if s == "" {
		return out
	}
	return append(out, slack.NewRichTextSectionTextElement(s, style))
}

// someone names an actor: a Slack member by their id, which cannot be forged, anybody else by name.
func someone(a executor.Actor) []span {
	if _, user, ok := a.Principal.Slack(); ok {
		return []span{slack.NewRichTextSectionUserElement(user, nil)}
	}
	if a.Name != "" {
		return value(a.Name)
	}
	return value(string(a.Principal))
}

// section is a paragraph of lines.
type section struct{ spans []span }

// line adds a line made of spans. The line break goes into the line's first words, so that it costs no element of its own.
func (s *section) line(parts ...[]span) {
	line := join(parts...)
	if len(s.spans) > 0 && len(line) > 0 {
		first, ok := line[0].(*slack.RichTextSectionTextElement)
		if ok && (first.Style == nil || !first.Style.Code) {
			line[0] = slack.NewRichTextSectionTextElement("\n"+first.Text, first.Style)
		} else {
			line = join(words("\n"), line)
		}
	}
	s.spans = append(s.spans, line...)
}

func (s *section) block() slack.Block {
	return slack.NewRichTextBlock("", slack.NewRichTextSection(s.spans...))
}

// bullets is a list with an item for each.
func bullets(items ...[]span) slack.RichTextElement {
	list := slack.NewRichTextList(slack.RTEListBullet, 0)
	for _, item := range items {
		list.Elements = append(list.Elements, slack.NewRichTextSection(item...))
	}
	return list
}

// join makes one stretch of several.
func join(parts ...[]span) []span {
	var out []span
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}
