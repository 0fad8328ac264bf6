// Package schemas is the contract: a struct becomes a JSON Schema, the schema's fields, and a strict decoder.
package schemas

import (
	"encoding/json"
	"reflect"
)

// Schema is a struct's JSON Schema 2020-12 and its fields.
type Schema struct {
	raw    json.RawMessage
	brief  json.RawMessage
	fields []Field
	beside []string
}

// Type is what a field holds.
type Type string

// The types of fields.
const (
	String  Type = "string"
	Integer Type = "integer"
	Boolean Type = "boolean"
	Strings Type = "strings" // a list of strings
	Map     Type = "map"     // an object of strings
	Other   Type = "other"   // only in outputs
)

// Field is one field of an input, as forms, slash words and error messages need it.
type Field struct {
	Name        string
	Title       string // "Reason", for forms; derived from the name
	Description string
	Type        Type
	Required    bool
	Enum        []string
	Min, Max    *int64 // integers: the bounds; strings: the lengths in characters
	Complete    Kind   // what there is to choose from, for forms; empty when nobody can list it
}

// Kind is a kind of things that exist already, so that one of them can be chosen instead of typed.
type Kind string

// The kinds of things.
const (
	Accounts Kind = "accounts"
	Sources  Kind = "sources"
)

// Of makes the Schema of a struct. It panics when T is no struct, a field lacks a description, or a field has a type
// that no schema can say (any, json.RawMessage, a type that marshals itself, a struct inside itself).
//
// Tags: json for the name (omitempty or omitzero: optional), jsonschema for enum=, minimum=, maximum=, minLength=,
// maxLength=, jsonschema_description for the description, complete for what existing things a field names ("accounts", "sources"),
// which is not part of the JSON Schema. Embedded structs are flattened.
func Of[T any]() Schema { return of(reflect.TypeFor[T]()) }

// Beside gives the same schema with names that a face takes for itself before decoding: messages list and suggest them too.
func (s Schema) Beside(names ...string) Schema {
	s.beside = names
	return s
}

// JSON gives the schema as JSON, the same bytes each time. Unknown fields are forbidden at every depth.
func (s Schema) JSON() json.RawMessage { return s.raw }

// Brief gives a schema that everything valid under JSON is valid under too, at a fraction of the size: top-level fields with
// their types and enums, no descriptions, nested objects as bare objects. It is for lists that models pay for.
func (s Schema) Brief() json.RawMessage { return s.brief }

// Fields lists the fields in the struct's order. The first is what a lone slash word means.
func (s Schema) Fields() []Field { return s.fields }

// Field gives the field of a name.
func (s Schema) Field(name string) (Field, bool) {
	for _, f := range s.fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// Names lists the names of the fields in the struct's order.
func (s Schema) Names() []string {
	names := make([]string, 0, len(s.fields))
	for _, f := range s.fields {
		names = append(names, f.Name)
	}
	return names
}
