package schemas

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

var (
	timeType   = reflect.TypeFor[time.Time]()
	jsonWriter = reflect.TypeFor[json.Marshaler]()
	textWriter = reflect.TypeFor[encoding.TextMarshaler]()
)

func of(t reflect.Type) Schema {
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("schemas: %s is no struct", t))
	}
	check(t, t.Name(), nil)
	// ExpandedStruct stays off: it looks the root up by its bare name, and takes a nested struct of the same name for it.
	r := jsonschema.Reflector{DoNotReference: true, Anonymous: true, Mapper: texts}
	full := r.ReflectFromType(t)
	full.Version = ""
	s := Schema{raw: encoded(full), brief: encoded(brief(full))}
	for p := full.Properties.Oldest(); p != nil; p = p.Next() {
		if p.Value.Description == "" {
			panic(fmt.Sprintf("schemas: %s.%s lacks a jsonschema_description", t, p.Key))
		}
		f := field(p.Key, p.Value, slices.Contains(full.Required, p.Key))
		f.Complete = completes(t, p.Key)
		s.fields = append(s.fields, f)
	}
	return s
}

// completes gives what a field's struct says that it can be chosen from.
func completes(t reflect.Type, name string) Kind {
	for i := range t.NumField() {
		f := t.Field(i)
		switch tagged, _, _ := strings.Cut(f.Tag.Get("json"), ","); {
		case tagged == name:
			kind := Kind(f.Tag.Get("complete"))
			if kind != "" && kind != Accounts && kind != Sources {
				panic(fmt.Sprintf("schemas: %s.%s completes %q, which nobody can list", t, f.Name, kind))
			}
			return kind
		case tagged == "" && f.Anonymous && f.Type.Kind() == reflect.Struct:
			if kind := completes(f.Type, name); kind != "" {
				return kind
			}
		}
	}
	return ""
}

// check panics on a type that would give an untrue schema, or the bare true that some model providers refuse.
func check(t reflect.Type, path string, above []reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == timeType || textual(t) {
		return
	}
	if t.Implements(jsonWriter) || reflect.PointerTo(t).Implements(jsonWriter) {
		panic(fmt.Sprintf("schemas: %s marshals itself (%s), so nobody knows its schema", path, t))
	}
	switch t.Kind() {
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.Complex64, reflect.Complex128, reflect.Uintptr:
		panic(fmt.Sprintf("schemas: %s has the type %s, which no schema can say", path, t))
	case reflect.Slice, reflect.Array:
		check(t.Elem(), path+"[]", above)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			panic(fmt.Sprintf("schemas: the keys of %s are no strings", path))
		}
		check(t.Elem(), path+"{}", above)
	case reflect.Struct:
		if slices.Contains(above, t) {
			panic(fmt.Sprintf("schemas: %s is inside itself at %s", t, path))
		}
		above = append(slices.Clone(above), t)
		for i := range t.NumField() {
			f := t.Field(i)
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" && (f.IsExported() || f.Anonymous) {
				check(f.Type, path+"."+f.Name, above)
			}
		}
	}
}

// textual tells whether a type is written as a string, whatever its kind.
func textual(t reflect.Type) bool {
	return t != timeType && (t.Implements(textWriter) || reflect.PointerTo(t).Implements(textWriter))
}

func texts(t reflect.Type) *jsonschema.Schema {
	if textual(t) {
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}

// brief keeps of a schema what tells a caller which fields there are.
func brief(full *jsonschema.Schema) *jsonschema.Schema {
	out := &jsonschema.Schema{Type: full.Type, Properties: jsonschema.NewProperties(), Required: full.Required}
	for p := full.Properties.Oldest(); p != nil; p = p.Next() {
		short := &jsonschema.Schema{Type: p.Value.Type, Enum: p.Value.Enum}
		if p.Value.Items != nil {
			short.Items = &jsonschema.Schema{Type: p.Value.Items.Type}
		}
		out.Properties.Set(p.Key, short)
	}
	return out
}

func encoded(s *jsonschema.Schema) json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil {
		panic("schemas: " + err.Error())
	}
	return raw
}

func field(name string, s *jsonschema.Schema, required bool) Field {
	f := Field{Name: name, Title: title(name), Description: s.Description, Type: typeOf(s), Required: required}
	for _, e := range s.Enum {
		f.Enum = append(f.Enum, fmt.Sprint(e))
	}
	switch f.Type {
	case Integer:
		f.Min, f.Max = number(s.Minimum), number(s.Maximum)
	case String:
		f.Min, f.Max = length(s.MinLength), length(s.MaxLength)
	}
	return f
}

func typeOf(s *jsonschema.Schema) Type {
	switch {
	case s.Type == "string":
		return String
	case s.Type == "integer":
		return Integer
	case s.Type == "boolean":
		return Boolean
	case s.Type == "array" && s.Items != nil && s.Items.Type == "string":
		return Strings
	case s.Type == "object" && s.Properties == nil && s.AdditionalProperties != nil && s.AdditionalProperties.Type == "string":
		return Map
	}
	return Other
}

func number(n json.Number) *int64 {
	i, err := n.Int64()
	if err != nil {
		return nil
	}
	return &i
}

func length(n *uint64) *int64 {
	if n == nil {
		return nil
	}
	i := int64(min(*n, maxBytes))
	return &i
}

// title makes "external_verification_id" into "External verification id".
func title(name string) string {
	words := strings.ReplaceAll(name, "_", " ")
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
