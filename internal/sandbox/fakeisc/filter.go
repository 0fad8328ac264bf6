package fakeisc

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"accountops/internal/sandbox/upstream"
)

// field says how one field can be filtered. One of text, flag and time is set.
type field[T any] struct {
	ops     []string
	anyCase bool
	text    func(T) string
	flag    func(T) bool
	time    func(T) time.Time
}

// parseFilter reads a filter of the vendor's standard collection parameters: comparisons such as name eq "x" or id in ("a","b"),
// completionStatus isnull, joined by and, or, not and parentheses. Operators are in lower case. An empty filter keeps everything.
func parseFilter[T any](text string, fields map[string]field[T]) (func(T) bool, error) {
	if strings.TrimSpace(text) == "" {
		return func(T) bool { return true }, nil
	}
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	p := &parser[T]{tokens: tokens, fields: fields}
	keep, err := p.or()
	if err == nil && len(p.tokens) > 0 {
		err = bad("Invalid filter: unexpected %q.", p.tokens[0].text)
	}
	return keep, err
}

// badQuery is a sentence of the upstream about a query.
type badQuery string

// Error gives the sentence.
func (b badQuery) Error() string { return string(b) }

func bad(format string, args ...any) error { return badQuery(fmt.Sprintf(format, args...)) }

// token is a word, a quoted string, or one of ( ) ,
type token struct {
	text   string
	quoted bool
}

func scan(s string) ([]token, error) {
	var tokens []token
	for s = strings.TrimLeft(s, " \t"); s != ""; s = strings.TrimLeft(s, " \t") {
		switch {
		case strings.ContainsRune("(),", rune(s[0])):
			tokens, s = append(tokens, token{text: s[:1]}), s[1:]
		case s[0] == '"':
			text, rest, err := unquote(s[1:])
			if err != nil {
				return nil, err
			}
			tokens, s = append(tokens, token{text: text, quoted: true}), rest
		default:
			end := strings.IndexAny(s, " \t(),\"")
			if end < 0 {
				end = len(s)
			}
			tokens, s = append(tokens, token{text: s[:end]}), s[end:]
		}
	}
	return tokens, nil
}

// unquote reads up to the closing quote; \" and \\ stand for themselves.
func unquote(s string) (text, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], nil
		case '\\':
			if i++; i >= len(s) || s[i] != '"' && s[i] != '\\' {
				return "", "", bad("Invalid filter: bad escape in a quoted value.")
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", bad("Invalid filter: a quoted value does not end.")
}

type parser[T any] struct {
	tokens []token
	fields map[string]field[T]
	depth  int
}

func (p *parser[T]) word(words ...string) bool {
	if len(p.tokens) > 0 && !p.tokens[0].quoted && slices.Contains(words, p.tokens[0].text) {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *parser[T]) or() (func(T) bool, error) {
	left, err := p.and()
	for err == nil && p.word("or") {
		var right func(T) bool
		before := left
		right, err = p.and()
		left = func(v T) bool { return before(v) || right(v) }
	}
	return left, err
}

func (p *parser[T]) and() (func(T) bool, error) {
	left, err := p.not()
	for err == nil && p.word("and") {
		var right func(T) bool
		before := left
		right, err = p.not()
		left = func(v T) bool { return before(v) && right(v) }
	}
	return left, err
}

func (p *parser[T]) not() (func(T) bool, error) {
	if p.depth++; p.depth > 50 {
		return nil, bad("Invalid filter: nested too deeply.")
	}
	defer func() { p.depth-- }()
	if p.word("not") {
		inner, err := p.not()
		return func(v T) bool { return !inner(v) }, err
	}
	if p.word("(") {
		inner, err := p.or()
		if err == nil && !p.word(")") {
			err = bad("Invalid filter: a parenthesis does not end.")
		}
		return inner, err
	}
	return p.comparison()
}

func (p *parser[T]) comparison() (func(T) bool, error) {
	wrong := bad("Invalid filter: a comparison is a field, an operator and a value.")
	if len(p.tokens) < 2 || p.tokens[0].quoted || p.tokens[1].quoted {
		return nil, wrong
	}
	fieldName, op := p.tokens[0].text, p.tokens[1].text
	f, ok := p.fields[fieldName]
	switch {
	case !ok:
		return nil, bad("Filtering by %q is not supported.", upstream.Clip(fieldName))
	case !slices.Contains(f.ops, op):
		return nil, bad("Filtering by %q with operator %q is not supported.", fieldName, upstream.Clip(op))
	}
	p.tokens = p.tokens[2:]
	if op == "isnull" {
		return f.isNull, nil
	}
	if len(p.tokens) == 0 {
		return nil, wrong
	}
	values, err := p.values(op == "in")
	if err != nil {
		return nil, err
	}
	return f.compare(fieldName, op, values)
}

// isNull tells whether a field has no value. Flags and times always have one.
func (f field[T]) isNull(v T) bool { return f.text != nil && f.text(v) == "" }

// values reads one value, or for in a list in parentheses of at most 250.
func (p *parser[T]) values(many bool) ([]token, error) {
	wrong := bad(`Invalid filter: a list of values is written ("a","b"), with 1 to 250 of them.`)
	if !many {
		v := p.tokens[0]
		p.tokens = p.tokens[1:]
		return []token{v}, nil
	}
	var values []token
	for open := p.word("("); ; {
		if !open || len(p.tokens) == 0 || !p.tokens[0].quoted || len(values) == 250 {
			return nil, wrong
		}
		values, p.tokens = append(values, p.tokens[0]), p.tokens[1:]
		if p.word(")") {
			return values, nil
		}
		if !p.word(",") {
			return nil, wrong
		}
	}
}

func (f field[T]) compare(name, op string, values []token) (func(T) bool, error) {
	wrong := bad("Invalid filter: %q is not a value for %q.", upstream.Clip(values[0].text), name)
	switch {
	case f.flag != nil:
		if values[0].quoted || values[0].text != "true" && values[0].text != "false" {
			return nil, wrong
		}
		want := values[0].text == "true"
		return func(v T) bool { return f.flag(v) == want }, nil
	case f.time != nil:
		want, err := time.Parse(time.RFC3339, values[0].text)
		if err != nil {
			return nil, wrong
		}
		return func(v T) bool { return ordered(op, f.time(v).Compare(want)) }, nil
	}
	fold := func(s string) string {
		if f.anyCase {
			return strings.ToLower(s)
		}
		return s
	}
	var wanted []string
	for _, v := range values {
		if !v.quoted || !utf8.ValidString(v.text) {
			return nil, wrong
		}
		wanted = append(wanted, fold(v.text))
	}
	switch op {
	case "sw":
		return func(v T) bool { return strings.HasPrefix(fold(f.text(v)), wanted[0]) }, nil
	case "co":
		return func(v T) bool { return strings.Contains(fold(f.text(v)), wanted[0]) }, nil
	case "eq", "in":
		return func(v T) bool { return slices.Contains(wanted, fold(f.text(v))) }, nil
	}
	return func(v T) bool { return ordered(op, strings.Compare(fold(f.text(v)), wanted[0])) }, nil
}

func ordered(op string, c int) bool {
	return map[string]bool{"eq": c == 0, "ne": c != 0, "ge": c >= 0, "gt": c > 0, "le": c <= 0, "lt": c < 0}[op]
}
