package slackbot

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// visible shows any text as one line of characters that can be seen, so that it cannot pretend to be anything around it. A
// line break becomes ⏎ and whatever is invisible or looks like a plain space becomes ‹U+202E›; the signs used for that are
// shown the same way when they stand in the text itself, so the whole value can be told from what is shown.
func visible(s string) string {
	shown, _ := visibleTo(s, math.MaxInt)
	return shown
}

// visibleTo shows at most so many characters of a text, and tells where in it they end.
func visibleTo(s string, most int) (shown string, end int) {
	var b strings.Builder
	before, count, marks := ' ', 0, 0
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		piece := s[end : end+size]
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && size == 1:
			piece = fmt.Sprintf("‹0x%02X›", s[end])
		case r == '\n':
			piece = "⏎"
		case r == ' ' && (before == ' ' || end+size == len(s)), hidden(r), r == '‹', r == '⏎', marks > mostMarks, marks > 0 && before == ' ':
			piece = fmt.Sprintf("‹U+%04X›", r)
		}
		if count += utf8.RuneCountInString(piece); count > most {
			break
		}
		b.WriteString(piece)
		before = r
		end += size
	}
	return b.String(), end
}

// mostMarks is how many marks may stand on one letter: more than any language needs would cover the lines above and below.
const mostMarks = 3

// fillers are shown as blank although Unicode counts them as letters or symbols.
var fillers = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x034F, Hi: 0x034F, Stride: 1}, {Lo: 0x115F, Hi: 0x1160, Stride: 1}, {Lo: 0x17B4, Hi: 0x17B5, Stride: 1},
	{Lo: 0x2800, Hi: 0x2800, Stride: 1}, {Lo: 0x2D7F, Hi: 0x2D7F, Stride: 1}, {Lo: 0x3164, Hi: 0x3164, Stride: 1}, {Lo: 0xFFA0, Hi: 0xFFA0, Stride: 1},
	{Lo: 0xFFF9, Hi: 0xFFFC, Stride: 1},
}, R32: []unicode.Range32{
	{Lo: 0x1107F, Hi: 0x1107F, Stride: 1}, {Lo: 0x13441, Hi: 0x13442, Stride: 1}, {Lo: 0x16FE4, Hi: 0x16FE4, Stride: 1},
	{Lo: 0x1D159, Hi: 0x1D159, Stride: 1},
}}

// hidden tells whether a rune cannot be seen, changes how others are drawn, or looks like a plain space.
func hidden(r rune) bool {
	if r == ' ' {
		return false
	}
	return unicode.In(r, unicode.C, unicode.Z, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, fillers) ||
		!assigned(r)
}

// assigned tells whether Unicode knows the rune: what it does not know, nobody can tell how it is drawn.
func assigned(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S)
}

// doubt says what about a text a reader could be deceived by; empty when nothing.
func doubt(s string) string {
	switch {
	case visible(s) != s:
		return "has characters that cannot be seen or that break the line; they are shown as ‹U+…› or ⏎"
	case mixed(s):
		return "mixes letters of different alphabets that can look alike"
	}
	return ""
}

// mixed tells whether one word has Latin letters together with Cyrillic or Greek ones.
func mixed(s string) bool {
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		var latin, other bool
		for _, r := range word {
			latin = latin || unicode.Is(unicode.Latin, r)
			other = other || unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee)
		}
		if latin && other {
			return true
		}
	}
	return false
}

// escaped is for the one place that is read as mrkdwn and cannot be avoided: a message's top-level text.
func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(visible(s))
}

// plainText is a text object that Slack reads literally. Emoji names in it stay names.
func plainText(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, visible(s), false, false)
}
