package schemas

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"accountops/internal/fault"
)

// FromWords makes an input of words: key=value fills the field of that name, key.name=value one entry of an object, and a lone
// word fills the first field (or sets a boolean of that name to true). Values become what the field holds where they can;
// the others stay text and Decode says what is wrong with them. A fault.Invalid names every unknown or doubled field and
// lists the valid ones. Missing fields are not its business: Decode reports them.
func (s Schema) FromWords(words []Word) (json.RawMessage, error) {
	f := filling{reading: reading{schema: s}, values: map[string]any{}}
	for _, w := range words {
		if w.Key == "" {
			f.lone(w.Value)
			continue
		}
		f.keyed(w)
	}
	if len(f.problems) > 0 {
		return nil, f.fault()
	}
	raw, err := json.Marshal(f.values)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The words could not be put together. Nothing was changed.")
	}
	return raw, nil
}

// filling is one FromWords: the values so far.
type filling struct {
	reading
	values map[string]any
	alone  string // the lone word that filled the first field
}

func (f *filling) lone(word string) {
	if field, ok := f.schema.Field(fieldName(word)); ok && field.Type == Boolean {
		f.set(field, "true")
		return
	}
	if len(f.schema.fields) == 0 || f.schema.fields[0].Type == Boolean || f.schema.fields[0].Type == Map {
		f.unknown = true
		f.problem(word, "There is no place for a word without a field's name; write name=value%s", meant(word, f.schema.Names()))
		return
	}
	first := f.schema.fields[0]
	if _, filled := f.values[first.Name]; filled && first.Type != Strings {
		if f.alone == "" {
			f.problem(word, "There is %s already; put words that belong together in quotes, such as reason=\"two words\".", first.Name+"=…")
			return
		}
		f.problem(word, "There is no field for this word. Put words that belong together in quotes: \"%s %s\".", shown(f.alone), shown(word))
		return
	}
	f.alone = word
	f.set(first, word)
}

func (f *filling) keyed(w Word) {
	if field, ok := f.schema.Field(fieldName(w.Key)); ok {
		f.set(field, w.Value)
		return
	}
	prefix, entry, dotted := strings.Cut(w.Key, ".")
	if field, ok := f.mapField(fieldName(prefix)); dotted && ok && entry != "" {
		f.entry(field, entry, w.Value)
		return
	}
	f.unknown = true
	if near := Closest(w.Key, f.schema.Names()); near != "" {
		f.problem(w.Key, "There is no such field; did you mean %s?", near)
		return
	}
	f.problem(w.Key, "There is no such field. If %s is one word of yours, put it in quotes.", shown(w.Key+"="+w.Value))
}

// mapField finds attributes by that name or by attribute.
func (f *filling) mapField(name string) (Field, bool) {
	for _, field := range f.schema.fields {
		if field.Type == Map && (field.Name == name || strings.TrimSuffix(field.Name, "s") == name) {
			return field, true
		}
	}
	return Field{}, false
}

func (f *filling) entry(field Field, entry, value string) {
	entries, _ := f.values[field.Name].(map[string]string)
	if entries == nil {
		entries = map[string]string{}
		f.values[field.Name] = entries
	}
	if _, twice := entries[entry]; twice {
		f.problem(field.Name+"."+entry, "This is given twice.")
	}
	entries[entry] = value
}

func (f *filling) set(field Field, value string) {
	if field.Type == Map {
		f.problem(field.Name, "Give its entries one by one, as %s.name=value.", field.Name)
		return
	}
	if field.Type == Strings {
		list, _ := f.values[field.Name].([]string)
		for _, part := range strings.Split(value, ",") {
			list = append(list, strings.TrimSpace(part))
		}
		f.values[field.Name] = list
		return
	}
	if _, twice := f.values[field.Name]; twice {
		f.problem(field.Name, "This is given twice.")
		return
	}
	f.values[field.Name] = worth(field, value)
}

// worth makes of a word what the field holds.
func worth(field Field, word string) any {
	switch field.Type {
	case Integer:
		if n, err := strconv.ParseInt(strings.TrimSpace(word), 10, 64); err == nil {
			return n
		}
	case Boolean:
		switch strings.ToLower(strings.TrimSpace(word)) {
		case "true", "yes", "y", "on", "1":
			return true
		case "false", "no", "n", "off", "0":
			return false
		}
	case String:
		at := slices.IndexFunc(field.Enum, func(e string) bool { return strings.EqualFold(e, strings.TrimSpace(word)) })
		if at >= 0 {
			return field.Enum[at]
		}
	}
	return word
}

// fieldName forgives what a phone's keyboard makes of a field's name.
func fieldName(key string) string {
	return strings.ReplaceAll(strings.ToLower(key), "-", "_")
}
