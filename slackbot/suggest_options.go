package slackbot

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

// accountOptions shows what tells accounts apart: login, name, source and status. Two that look the same show their ids.
func accountOptions(found foundAccounts) []*slack.OptionBlockObject {
	out := []*slack.OptionBlockObject{}
	seen := map[string]bool{}
	for _, a := range found.Accounts[:min(len(found.Accounts), suggestMost)] {
		if a.ID == "" || utf8.RuneCountInString(a.ID) > maxOptionValue {
			continue // no option can stand for it; it can be typed
		}
		name := a.DisplayName
		if name == "" {
			name = a.Identity
		}
		text, under := pair(a.Name, " – ", name), pair(a.Source, ", ", a.Status)
		if seen[text+"\n"+under] {
			under = pair("id "+a.ID, ", ", a.Status)
		}
		seen[text+"\n"+under] = true
		out = append(out, described(a.ID, text, under))
	}
	return out
}

// sourceOptions gives the sources on which accounts were found; those whose name has what was typed when the accounts were not
// found by that.
func sourceOptions(found foundAccounts, typed string, narrow bool) []*slack.OptionBlockObject {
	out := []*slack.OptionBlockObject{}
	seen := map[string]bool{}
	for _, a := range found.Accounts {
		id := a.SourceID
		if id == "" || utf8.RuneCountInString(id) > maxOptionValue {
			id = a.Source
		}
		switch {
		case id == "" || utf8.RuneCountInString(id) > maxOptionValue || seen[id]:
			continue
		case narrow && !strings.Contains(strings.ToLower(a.Source), strings.ToLower(typed)):
			continue
		}
		seen[id] = true
		out = append(out, described(id, pair(a.Source, "", ""), pair("has "+a.Name, ", ", a.Status)))
	}
	return out
}

// sourceNameOptions shows what tells sources apart: name, type and owner. Two that look the same show their ids.
func sourceNameOptions(found []executor.SourceName) []*slack.OptionBlockObject {
	out := []*slack.OptionBlockObject{}
	seen := map[string]bool{}
	for _, s := range found {
		if s.ID == "" || utf8.RuneCountInString(s.ID) > maxOptionValue {
			continue // no option can stand for it; it can be typed
		}
		owner := s.Owner
		if owner != "" {
			owner = "owner " + owner
		}
		text, under := pair(s.Name, "", ""), pair(owner, "", "")
		if s.Type != "" {
			under = pair(s.Type, ", ", owner)
		}
		if seen[text+"\n"+under] {
			under = pair("id "+s.ID, "", "")
		}
		seen[text+"\n"+under] = true
		out = append(out, described(s.ID, text, under))
	}
	return out
}

// joined gives the first options and then those of the others that stand for something else.
func joined(first, others []*slack.OptionBlockObject) []*slack.OptionBlockObject {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Concat(first, others), func(o *slack.OptionBlockObject) bool {
		again := seen[o.Value]
		seen[o.Value] = true
		return again
	})
}

func described(id, text, under string) *slack.OptionBlockObject {
	if text == "" {
		text = pair(id, "", "")
	}
	o := slack.NewOptionBlockObject(id, slack.NewTextBlockObject(slack.PlainTextType, text, false, false), nil)
	if under != "" {
		o.Description = slack.NewTextBlockObject(slack.PlainTextType, under, false, false)
	}
	return o
}

// pair shows two texts in the room of an option. A text that is cut says how long it is.
func pair(first, between, second string) string {
	whole := visible(first)
	if second != "" {
		whole += between + visible(second)
	}
	if utf8.RuneCountInString(whole) <= maxOption {
		return whole
	}
	room := maxOption
	if second != "" {
		room = (maxOption - utf8.RuneCountInString(between)) / 2
	}
	out := squeezed(first, room)
	if second != "" {
		out += between + squeezed(second, maxOption-utf8.RuneCountInString(out+between))
	}
	return out
}

// squeezed shows a text in so many characters: its beginning, and how many there are when that is not all.
func squeezed(s string, most int) string {
	if utf8.RuneCountInString(visible(s)) <= most {
		return visible(s)
	}
	tail := fmt.Sprintf("…(%d)", utf8.RuneCountInString(s))
	shown, _ := visibleTo(s, most-utf8.RuneCountInString(tail))
	return shown + tail
}
