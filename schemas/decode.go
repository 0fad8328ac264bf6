package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"accountops/internal/fault"
)

// The bounds of an input.
const (
	maxBytes   = 64 << 10 // of the whole input
	maxDepth   = 4        // of objects and lists in it
	maxMembers = 250      // of a list or an object in it
	maxKey     = 256      // characters of a key in an object of strings
	maxShown   = 12       // problems told at once
)

// Decode reads raw into the struct, strictly: a fault.Invalid lists every unknown, missing, doubled, wrongly typed or
// out-of-bounds field, and ends with what did not happen. Values are kept as they are; one that is only white space
// counts as not given. Nothing, as opposed to null, counts as {}.
func (s Schema) Decode(raw json.RawMessage, into any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = json.RawMessage(`{}`)
	}
	r := reading{schema: s}
	object, err := r.parse(raw)
	if err != nil {
		return err
	}
	clean := r.fields(object)
	if len(r.problems) > 0 {
		return r.fault()
	}
	exact, err := json.Marshal(clean)
	if err == nil {
		err = json.Unmarshal(exact, into)
	}
	if err != nil {
		return fault.Wrap(err, fault.Internal, "The input's schema and its struct do not agree. Nothing was changed.")
	}
	return nil
}

// reading is one Decode: the problems found so far.
type reading struct {
	schema   Schema
	problems []fault.Field
	unknown  bool
}

func (r *reading) problem(name, format string, args ...any) {
	name = shown(name)
	for _, p := range r.problems {
		if p.Name == name {
			return // the first thing wrong with a field is enough
		}
	}
	r.problems = append(r.problems, fault.Field{Name: name, Sentence: fmt.Sprintf(format, args...)})
}

func (r *reading) parse(raw json.RawMessage) (map[string]any, error) {
	if len(raw) > maxBytes {
		return nil, fault.Newf(fault.Invalid, "The input is larger than %d KiB. Nothing was changed.", maxBytes>>10)
	}
	if !utf8.Valid(raw) {
		return nil, fault.New(fault.Invalid, "The input is not UTF-8 text. Nothing was changed.")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		where := ""
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			where = " (at byte " + strconv.FormatInt(syntax.Offset, 10) + ")"
		}
		return nil, fault.Wrap(err, fault.Invalid, "The input is not one JSON object"+where+". Nothing was changed.")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	value, err := r.value(dec, "", 0)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fault.Newf(fault.Invalid, "The input must be a JSON object, not %s. Nothing was changed.", kind(value))
	}
	return object, nil
}

// value reads one value, and notes keys that stand twice: encoding/json would silently take the last.
func (r *reading) value(dec *json.Decoder, path string, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The input is not valid JSON. Nothing was changed.")
	}
	open, nested := token.(json.Delim)
	if !nested {
		return token, nil
	}
	if depth >= maxDepth {
		return nil, fault.New(fault.Invalid, "The input is nested too deeply. Nothing was changed.")
	}
	var list []any
	object := map[string]any{}
	for dec.More() {
		name, key := path, ""
		if open == '{' {
			token, err = dec.Token()
			if err != nil {
				return nil, fault.Wrap(err, fault.Invalid, "The input is not valid JSON. Nothing was changed.")
			}
			key, _ = token.(string)
			name = joined(path, key)
		}
		v, err := r.value(dec, name, depth+1)
		if err != nil {
			return nil, err
		}
		if _, twice := object[key]; twice && open == '{' {
			r.problem(name, "This is given twice.")
		}
		object[key] = v
		list = append(list, v)
	}
	if _, err := dec.Token(); err != nil { // the closing one
		return nil, fault.Wrap(err, fault.Invalid, "The input is not valid JSON. Nothing was changed.")
	}
	if open == '[' {
		return list, nil
	}
	return object, nil
}

func joined(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// fields checks every field, in the struct's order after the unknown ones, and gives what is to be kept.
func (r *reading) fields(object map[string]any) map[string]any {
	names := r.schema.Names()
	var unknown []string
	for name := range object {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		r.unknown = true
		if near := Closest(name, slices.Concat(names, r.schema.beside)); near != "" {
			r.problem(name, "There is no such field; did you mean %s?", near)
			continue
		}
		r.problem(name, "There is no such field.")
	}
	clean := make(map[string]any, len(object))
	for _, f := range r.schema.fields {
		raw, given := object[f.Name]
		var kept any
		if given {
			kept = r.checked(f, raw)
		}
		switch {
		case kept != nil:
			clean[f.Name] = kept
		case f.Required:
			r.problem(f.Name, "This is required.")
		}
	}
	return clean
}
