package slackemu

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The surfaces blocks can stand on.
const (
	inMessage = "message"
	inModal   = "modal"
	inHome    = "home"
)

// maxProblems is how many problems are reported at once.
const maxProblems = 20

// checker checks Block Kit by Slack's documented limits, and completes what Slack completes: ids, emoji, verbatim.
// A problem reads like Slack's: "must be less than 151 characters [json-pointer:/blocks/0/text/text]".
type checker struct {
	surface  string
	problems []string
	blockIDs map[string]bool
	length   int // characters of text in all blocks together
	focused  bool
	tables   int
}

// rule checks one value, at a JSON pointer.
type rule func(k *checker, v any, at string)

// field is one property of an object.
type field struct {
	must bool
	is   rule
}

// shape is an object: its properties by name. Any other property is refused.
type shape map[string]field

func must(r rule) field { return field{must: true, is: r} }
func may(r rule) field  { return field{is: r} }

func (k *checker) problem(at, format string, args ...any) {
	if len(k.problems) < maxProblems {
		k.problems = append(k.problems, fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
	}
}

// object checks that v is an object of a shape, and gives it; nil when it is no object. A null counts as not there.
func (k *checker) object(v any, at string, s shape) map[string]any {
	o, ok := v.(map[string]any)
	if !ok {
		k.problem(at, "must provide an object")
		return nil
	}
	maps.DeleteFunc(o, func(_ string, v any) bool { return v == nil })
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if _, there := o[name]; s[name].must && !there {
			k.problem(at, "missing required field: %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		f, known := s[name]
		if !known {
			k.problem(at, "invalid additional property: %s", name)
			continue
		}
		f.is(k, o[name], at+"/"+name)
	}
	return o
}

// typed checks an object whose shape is chosen by its type.
func (k *checker) typed(v any, at string, shapes map[string]shape) (o map[string]any, kind string) {
	o, ok := v.(map[string]any)
	if !ok {
		k.problem(at, "must provide an object")
		return nil, ""
	}
	kind, isText := o["type"].(string)
	if !isText {
		k.problem(at, "missing required field: type")
		return nil, ""
	}
	s, known := shapes[kind]
	if !known {
		k.problem(at+"/type", "unsupported type: %s", kind)
		return nil, ""
	}
	if s != nil { // a nil shape takes anything
		k.object(o, at, s)
	}
	return o, kind
}

// list checks that v is a list of low to high items.
func (k *checker) list(v any, at string, low, high int, item rule) {
	list, ok := v.([]any)
	if !ok {
		k.problem(at, "must provide an array")
		return
	}
	if len(list) > high {
		k.problem(at, "no more than %d items allowed", high)
		return
	}
	if len(list) < low {
		k.problem(at, "no fewer than %d items required", low)
	}
	for i, v := range list {
		item(k, v, at+"/"+strconv.Itoa(i))
	}
}

func listOf(low, high int, item rule) rule {
	return func(k *checker, v any, at string) { k.list(v, at, low, high, item) }
}

func objectOf(s shape) rule {
	return func(k *checker, v any, at string) { k.object(v, at, s) }
}

// chars checks a string's length in characters.
func chars(low, high int) rule {
	return func(k *checker, v any, at string) {
		s, ok := v.(string)
		if !ok {
			k.problem(at, "must be a string")
			return
		}
		switch n := utf8.RuneCountInString(s); {
		case n > high:
			k.problem(at, "must be less than %d characters", high+1)
		case n < low:
			k.problem(at, "must be more than %d characters", low-1)
		}
	}
}

func boolean(k *checker, v any, at string) {
	if _, ok := v.(bool); !ok {
		k.problem(at, "must be a boolean")
	}
}

func whole(low, high int) rule {
	return func(k *checker, v any, at string) {
		n, ok := v.(float64)
		if !ok || n != float64(int64(n)) {
			k.problem(at, "must be an integer")
			return
		}
		if n < float64(low) || n > float64(high) {
			k.problem(at, "must be between %d and %d", low, high)
		}
	}
}

func oneOf(values ...string) rule {
	return func(k *checker, v any, at string) {
		if s, ok := v.(string); !ok || !slices.Contains(values, s) {
			k.problem(at, "must be a valid enum value")
		}
	}
}

func anything(*checker, any, string) {}

// plainText is a plain_text object of at most high characters.
func plainText(high int) rule {
	return func(k *checker, v any, at string) { k.text(v, at, high, "plain_text") }
}

// anyText is a plain_text or mrkdwn object of at most high characters.
func anyText(high int) rule {
	return func(k *checker, v any, at string) { k.text(v, at, high, "plain_text", "mrkdwn") }
}

func (k *checker) text(v any, at string, high int, kinds ...string) {
	o, ok := v.(map[string]any)
	if !ok {
		k.problem(at, "must provide an object")
		return
	}
	s := shape{"type": must(oneOf(kinds...)), "text": must(chars(1, high))}
	if o["type"] == "mrkdwn" {
		s["verbatim"] = may(boolean)
	} else {
		s["emoji"] = may(boolean)
	}
	k.object(o, at, s)
	k.length += utf8.RuneCountInString(word(o, "text"))
	switch o["type"] { // Slack adds these
	case "plain_text":
		complete(o, "emoji", true)
	case "mrkdwn":
		complete(o, "verbatim", false)
	}
}

// complete puts a value where none is.
func complete(o map[string]any, name string, value any) {
	if _, there := o[name]; !there {
		o[name] = value
	}
}

// identify puts an id where none is: Slack makes one up too.
func identify(o map[string]any, name string, bytes int) {
	if id, _ := o[name].(string); id == "" {
		o[name] = secret(bytes)
	}
}
