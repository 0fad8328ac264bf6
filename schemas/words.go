package schemas

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"accountops/internal/fault"
)

// Words is a slash command's text: a verb and the words after it.
type Words struct {
	Verb string // in lower case; empty when the text is, or begins with key=value
	Rest []Word
}

// Word is one word: a value, and the key before its "=" where there is one.
type Word struct {
	Key, Value string
}

// ParseWords reads what a person typed after a slash command. Straight and smart quotes, key=value, key="two words",
// <mailto:a|b>, <https://…|text>, <@U…|name> and Slack's &amp; &lt; &gt; are understood. Quotes count only where a word or a value
// begins, so don't and O'Brien are what they look like; inside straight double quotes \" is a quote.
// A fault.Invalid says where it stops making sense.
func ParseWords(text string) (Words, error) {
	var out Words
	if len(text) > maxBytes {
		return out, fault.Newf(fault.Invalid, "That is more than %d KiB of text. Nothing was changed.", maxBytes>>10)
	}
	if !utf8.ValidString(text) {
		return out, fault.New(fault.Invalid, "That is not UTF-8 text. Nothing was changed.")
	}
	rest := strings.TrimLeftFunc(Typed(text), unicode.IsSpace)
	for rest != "" {
		var word Word
		var err error
		word, rest, err = nextWord(rest)
		if err != nil {
			return Words{}, err
		}
		out.Rest = append(out.Rest, word)
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
	}
	if len(out.Rest) > 0 && out.Rest[0].Key == "" {
		out.Verb, out.Rest = strings.ToLower(out.Rest[0].Value), out.Rest[1:]
	}
	return out, nil
}

var keyed = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*=`)

// nextWord takes the first word off a text that begins with one.
func nextWord(text string) (Word, string, error) {
	var word Word
	if at := keyed.FindStringIndex(text); at != nil {
		word.Key, text = text[:at[1]-1], text[at[1]:]
	}
	opener, size := utf8.DecodeRuneInString(text)
	if closers, quoted := family(opener); quoted {
		end, closer := closing(text[size:], opener, closers)
		if end < 0 {
			return word, "", fault.Newf(fault.Invalid,
				"The quote that begins at %s is not closed; a closing quote has a space or nothing after it. Nothing was changed.", beginning(text))
		}
		word.Value = text[size : size+end]
		if opener == '"' {
			word.Value = strings.ReplaceAll(word.Value, `\"`, `"`)
		}
		return word, text[size+end+closer:], nil
	}
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	word.Value = text[:end]
	return word, text[end:], nil
}

// The families of quotes. Any of a family closes any of it, since phones mix them while people type.
const (
	doubleQuotes = "\"“”„«»"
	singleQuotes = "'‘’‚‹›"
	backQuotes   = "`"
)

func family(opener rune) (closers string, quoted bool) {
	for _, closers := range []string{doubleQuotes, singleQuotes, backQuotes} {
		if strings.ContainsRune(closers, opener) {
			return closers, true
		}
	}
	return "", false
}

// closing finds where the quoted text ends and how long the closing quote is, or −1. A closing quote has a space or nothing after it.
func closing(text string, opener rune, closers string) (end, size int) {
	before := opener
	for i, c := range text {
		if strings.ContainsRune(closers, c) && !escaped(text, i, opener) {
			size = utf8.RuneLen(c)
			after, _ := utf8.DecodeRuneInString(text[i+size:])
			switch {
			case i+size == len(text) || unicode.IsSpace(after):
				return i, size
			case closers == doubleQuotes && !unicode.IsSpace(before):
				return -1, 0 // an apostrophe may stand inside a word, a double quote may not: a space was forgotten
			}
		}
		before = c
	}
	return -1, 0
}

func escaped(text string, at int, opener rune) bool {
	return opener == '"' && at > 0 && text[at-1] == '\\' && text[at] == '"'
}

// beginning shows where something goes wrong.
func beginning(text string) string {
	const most = 24
	if utf8.RuneCountInString(text) > most {
		return string([]rune(text)[:most]) + "…"
	}
	return text
}

var slackMarks = regexp.MustCompile(`<(mailto:|tel:|https?://|[@#!])([^<>|\s]*)(?:\|([^<>|]*))?>|&(?:amp|lt|gt);`)

// Typed gives what the person typed: Slack makes <mailto:a@b|a@b> of an address, <https://…|text> of a link, <@U…|name> of a
// mention, and writes & < > as entities. One pass, so that a typed &amp;lt; stays &lt;.
func Typed(text string) string {
	var b strings.Builder
	last := 0
	for _, m := range slackMarks.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[last:m[0]])
		last = m[1]
		switch {
		case m[2] < 0:
			b.WriteString(entities.Replace(text[m[0]:m[1]]))
		case m[6] >= 0 && m[7] > m[6]:
			b.WriteString(entities.Replace(text[m[6]:m[7]]))
		default:
			b.WriteString(entities.Replace(bare(text[m[2]:m[3]], text[m[4]:m[5]])))
		}
	}
	b.WriteString(text[last:])
	return b.String()
}

var entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// bare is what a mark without a label stands for.
func bare(prefix, rest string) string {
	switch prefix {
	case "mailto:", "tel:":
		return rest
	}
	return prefix + rest
}
