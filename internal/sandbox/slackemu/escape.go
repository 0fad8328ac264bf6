package slackemu

import (
	"regexp"
	"slices"
	"strings"
)

// typedLink finds, in what somebody typed, what Slack's client makes a link or a mention of.
var typedLink = regexp.MustCompile(`(?i)` +
	`((?-i:<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel|!everyone|mailto:[^<>|\s]+|https?://[^<>|\s]+)(?:\|[^<>|]*)?>))` + // 1 a mention or a link in Slack's own way
	`|(https?://[^\s<>|"]+)` + // 2 a URL
	`|(\b[a-z0-9._%+\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,24}\b)` + // 3 an e-mail address
	`|(@[a-z0-9][a-z0-9._\-]*)` + // 4 a person, a group or a broadcast
	`|(#[a-z0-9][a-z0-9_\-]*)` + // 5 a channel
	`|(\b(?:[a-z0-9\-]+\.)+(?:com|org|net|io|dev|edu|gov|co\.uk|app|cloud|ai)\b(?:/[^\s<>|"]*)?)`) // 6 a bare domain

// trailing are the characters at the end of a link that belong to the sentence.
const trailing = ".,;:!?)'"

// escape turns typed text into what Slack sends when should_escape is set: & < > as entities, mentions as <@U…|name>,
// channels as <#C…|name>, links and addresses in angle brackets. Mentions and links that are already in brackets, as
// the page's own completion writes them, stay.
func (w *Workspace) escape(typed string) string {
	var out strings.Builder
	for {
		at := typedLink.FindStringSubmatchIndex(typed)
		if at == nil {
			out.WriteString(entities(typed))
			return out.String()
		}
		before, found := typed[:at[0]], typed[at[0]:at[1]]
		kind := group(at)
		if kind != 1 {
			found = strings.TrimRight(found, trailing) // the rest belongs to the sentence
		}
		out.WriteString(entities(before))
		out.WriteString(w.link(found, kind, before))
		typed = typed[at[0]+len(found):]
	}
}

// group gives the number of the alternative that matched.
func group(at []int) int {
	for i := 2; i < len(at); i += 2 {
		if at[i] >= 0 {
			return i / 2
		}
	}
	return 0
}

// link writes one find.
func (w *Workspace) link(found string, kind int, before string) string {
	inWord := before != "" && !strings.ContainsAny(before[len(before)-1:], " \t\n\"'(,;=:[")
	switch kind {
	case 1:
		return found
	case 2:
		return "<" + entities(found) + ">"
	case 3:
		return "<mailto:" + found + "|" + found + ">"
	case 4:
		if m := w.mention(found[1:]); m != "" && !inWord {
			return m
		}
	case 5:
		for _, id := range w.listed {
			if c := w.channels[id]; !inWord && !c.direct() && c.Name == found[1:] {
				return "<#" + c.ID + "|" + c.Name + ">"
			}
		}
	case 6:
		if !inWord {
			return "<http://" + entities(found) + "|" + entities(found) + ">"
		}
	}
	return entities(found)
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
