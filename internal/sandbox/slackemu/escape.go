package slackemu

import (
	"regexp"
	"slices"
	"strings"
)

// typedLink finds, in what somebody typed, what Slack's client makes a link or a mention of.
var typedLink = regexp.MustCompile(`(?i)` +
	`(https?://[^\s<>|"]+)` + // 1 a URL
	`|(\b[a-z0-9._%+\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,24}\b)` + // 2 an e-mail address
	`|(@[a-z0-9][a-z0-9._\-]*)` + // 3 a person, a group or a broadcast
	`|(#[a-z0-9][a-z0-9_\-]*)` + // 4 a channel
	`|(\b(?:[a-z0-9\-]+\.)+(?:com|org|net|io|dev|edu|gov|co\.uk|app|cloud|ai)\b(?:/[^\s<>|"]*)?)`) // 5 a bare domain

// trailing are the characters at the end of a link that belong to the sentence.
const trailing = ".,;:!?)'"

// escape turns typed text into what Slack sends when should_escape is set: & < > as entities, mentions as <@U…|name>,
// channels as <#C…|name>, links and addresses in angle brackets. Mentions and links that are already in brackets, as
// the page's own completion writes them, stay.
func (w *Workspace) escape(typed string) string {
	var out strings.Builder
	for len(typed) > 0 {
		at := typedLink.FindStringSubmatchIndex(typed)
		marked := markedUp.FindStringIndex(typed)
		if marked != nil && (at == nil || marked[0] <= at[0]) {
			out.WriteString(entities(typed[:marked[0]]))
			out.WriteString(typed[marked[0]:marked[1]])
			typed = typed[marked[1]:]
			continue
		}
		if at == nil {
			out.WriteString(entities(typed))
			break
		}
		before, found := typed[:at[0]], typed[at[0]:at[1]]
		out.WriteString(entities(before))
		rest := ""
		out.WriteString(w.link(found, group(at), before, &rest))
		typed = rest + typed[at[1]:]
	}
	return out.String()
}

// markedUp is a mention that is written in Slack's own way already.
var markedUp = regexp.MustCompile(`<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel|!everyone)(?:\|[^<>|]*)?>`)

// group gives the number of the alternative that matched.
func group(at []int) int {
	for i := 2; i < len(at); i += 2 {
		if at[i] >= 0 {
			return i / 2
		}
	}
	return 0
}

// link writes one find. rest is what turned out not to belong to it.
func (w *Workspace) link(found string, kind int, before string, rest *string) string {
	whole := strings.TrimRight(found, trailing)
	*rest = found[len(whole):]
	inWord := before != "" && !strings.ContainsAny(before[len(before)-1:], " \t\n\"'(,;=:[")
	switch kind {
	case 1:
		return "<" + entities(whole) + ">"
	case 2:
		return "<mailto:" + whole + "|" + whole + ">"
	case 3:
		if m := w.mention(whole[1:]); m != "" && !inWord {
			return m
		}
	case 4:
		for _, id := range w.listed {
			if c := w.channels[id]; !inWord && !c.direct() && c.Name == whole[1:] {
				return "<#" + c.ID + "|" + c.Name + ">"
			}
		}
	case 5:
		if !inWord {
			return "<http://" + entities(whole) + "|" + entities(whole) + ">"
		}
	}
	return entities(whole)
}

// mention gives what @name becomes: a person, a group, or everybody; empty when it is nobody.
func (w *Workspace) mention(name string) string {
	if slices.Contains([]string{"here", "channel", "everyone"}, name) {
		return "<!" + name + ">"
	}
	for _, id := range w.order {
		if p := w.people[id]; p.Name == name && !p.Deleted {
			return "<@" + p.ID + "|" + p.Name + ">"
		}
	}
	for _, g := range w.groups {
		if g.Handle == name && !g.Disabled {
			return "<!subteam^" + g.ID + "|@" + g.Handle + ">"
		}
	}
	return ""
}

var toEntities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func entities(s string) string { return toEntities.Replace(s) }
