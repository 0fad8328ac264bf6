package tools

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of text, in characters, and of tables, in rows. Values are as they came in the structured content, up to longestRaw.
const (
	longestSentence = 1000
	longestValue    = 200
	longestCell     = 80
	mostRows        = 50
	mostFacts       = 20
)

// plainText makes text one visible line of at most max characters: everything that is not seen as it is (control and
// formatting characters, line breaks, bytes that are no text) is written as an escape.
func plainText(s string, max int) string {
	if len(s) <= max && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return s // nearly everything is
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		shown := string(r)
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			shown = fmt.Sprintf(`\u{%x}`, r)
		}
		if n += utf8.RuneCountInString(shown); n > max {
			b.WriteString("…")
			break
		}
		b.WriteString(shown)
	}
	return b.String()
}

// quotedText is plainText in quotation marks, for values that come from outside.
func quotedText(s string) string {
	return `"` + strings.ReplaceAll(plainText(s, longestValue), `"`, `\"`) + `"`
}

// tableCell is plainText for a column of a table.
func tableCell(s string) string { return strings.ReplaceAll(plainText(s, longestCell), "|", `\|`) }
