package schemas

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"accountops/internal/fault"
)

// checked gives a field's value as it is to be kept, or nil when it counts as not given or a problem was noted.
func (r *reading) checked(f Field, raw any) any {
	switch f.Type {
	case String:
		return r.text(f, raw)
	case Integer:
		return r.integer(f, raw)
	case Boolean:
		if b, ok := raw.(bool); ok {
			return b
		}
		r.problem(f.Name, "This must be true or false, not %s.", kind(raw))
	case Strings:
		return r.list(f, raw)
	case Map:
		return r.object(f, raw)
	default:
		return raw
	}
	return nil
}

func (r *reading) text(f Field, raw any) any {
	text, ok := raw.(string)
	if !ok {
		r.problem(f.Name, "This must be text, not %s.", kind(raw))
		return nil
	}
	if strings.TrimSpace(text) == "" {
		return nil
	}
	length := int64(utf8.RuneCountInString(text))
	switch {
	case f.Max != nil && length > *f.Max:
		r.problem(f.Name, "This may have at most %d characters; it has %d.", *f.Max, length)
	case f.Min != nil && length < *f.Min:
		r.problem(f.Name, "This must have at least %d characters.", *f.Min)
	case len(f.Enum) > 0 && !slices.Contains(f.Enum, text):
		r.problem(f.Name, "This must be one of %s%s", strings.Join(f.Enum, ", "), meant(text, f.Enum))
	case !readable(text):
		r.problem(f.Name, "This holds a control character or one that could not be read.")
	default:
		return text
	}
	return nil
}

// meant ends a sentence, with what was probably meant where that can be told.
func meant(text string, among []string) string {
	if near := Closest(text, among); near != "" {
		return "; did you mean " + near + "?"
	}
	return "."
}

// readable tells whether text holds only characters that people can have meant: U+FFFD stands where a byte or half a
// surrogate pair was lost, so two different names would look alike.
func readable(text string) bool {
	for i, c := range text {
		switch {
		case c == '\n' || c == '\t':
		case c == '\r' && strings.HasPrefix(text[i:], "\r\n"):
		case c == utf8.RuneError || unicode.IsControl(c):
			return false
		}
	}
	return true
}

func (r *reading) integer(f Field, raw any) any {
	n, ok := raw.(json.Number)
	if !ok {
		r.problem(f.Name, "This must be a whole number, not %s.", kind(raw))
		return nil
	}
	whole, ok := wholeNumber(n)
	if !ok {
		r.problem(f.Name, "This must be a whole number.")
		return nil
	}
	switch {
	case f.Min != nil && f.Max != nil && (whole < *f.Min || whole > *f.Max):
		r.problem(f.Name, "This must be between %d and %d.", *f.Min, *f.Max)
	case f.Min != nil && whole < *f.Min:
		r.problem(f.Name, "This must be at least %d.", *f.Min)
	case f.Max != nil && whole > *f.Max:
		r.problem(f.Name, "This must be at most %d.", *f.Max)
	default:
		return whole
	}
	return nil
}

// wholeNumber reads 5 and, as JSON Schema does, 5.0 and 5e0.
func wholeNumber(n json.Number) (int64, bool) {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return i, true
	}
	const exact = 1 << 53
	d, err := strconv.ParseFloat(n.String(), 64)
	if err != nil || d != math.Trunc(d) || math.Abs(d) > exact {
		return 0, false
	}
	return int64(d), true
}

func (r *reading) list(f Field, raw any) any {
	items, ok := raw.([]any)
	if !ok {
		r.problem(f.Name, "This must be a list of texts, not %s.", kind(raw))
		return nil
	}
	if len(items) > maxMembers {
		r.problem(f.Name, "This may have at most %d entries.", maxMembers)
		return nil
	}
	kept := make([]string, 0, len(items))
	for _, item := range items {
		text, ok := item.(string)
		if !ok || strings.TrimSpace(text) == "" || !readable(text) {
			r.problem(f.Name, "Every entry must be a text that is not empty.")
			return nil
		}
		kept = append(kept, text)
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

func (r *reading) object(f Field, raw any) any {
	members, ok := raw.(map[string]any)
	if !ok {
		r.problem(f.Name, "This must be an object of texts, not %s.", kind(raw))
		return nil
	}
	if len(members) > maxMembers {
		r.problem(f.Name, "This may have at most %d entries.", maxMembers)
		return nil
	}
	kept := make(map[string]string, len(members))
	for name, value := range members {
		text, ok := value.(string)
		if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxKey || !readable(name) {
			r.problem(f.Name, "A name in it is empty, too long or holds a control character.")
			return nil
		}
		if !ok || !readable(text) {
			r.problem(f.Name, "Every value must be a text without control characters: write numbers in quotes.")
			return nil
		}
		kept[name] = text
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// kind says what a value is, as people say it.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "null (leave it out instead)"
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "a list"
	}
	return "an object"
}

// fault tells all problems at once.
func (r *reading) fault() error {
	e := fault.New(fault.Invalid, "")
	var b strings.Builder
	for i, p := range r.problems {
		if i == maxShown {
			b.WriteString("There are more. ")
			break
		}
		e.Fields = append(e.Fields, p)
		b.WriteString(p.Name + ": " + lowered(p.Sentence) + " ")
	}
	if r.unknown {
		b.WriteString(r.schema.valid() + " ")
	}
	e.Sentence = b.String() + "Nothing was changed."
	return e
}

// valid lists the fields in a sentence.
func (s Schema) valid() string {
	names := slices.Concat(s.Names(), s.beside)
	if len(names) == 0 {
		return "There are no fields here."
	}
	return "The fields are " + strings.Join(names, ", ") + "."
}

func lowered(sentence string) string {
	return strings.ToLower(sentence[:1]) + sentence[1:]
}

// shown makes a stranger's word fit for a sentence: one line, bounded, without control characters.
func shown(text string) string {
	const most = 60
	clean := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return '?'
		}
		return c
	}, text)
	if utf8.RuneCountInString(clean) > most {
		clean = string([]rune(clean)[:most]) + "…"
	}
	return clean
}
