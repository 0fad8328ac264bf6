package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"accountops/internal/fault"
)

// How long a call may wait for its request, in seconds. Several clients give up at 60.
const (
	waitField   = "wait_seconds"
	defaultWait = 20
	longestWait = 45
)

// jsonMember is one name and value of a JSON object, in the order of the text.
type jsonMember struct {
	name  string
	value json.RawMessage
}

// jsonMembers reads a JSON object without losing its order, its numbers or its doubled names.
func jsonMembers(raw json.RawMessage) ([]jsonMember, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	var out []jsonMember
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		m := jsonMember{name: fmt.Sprint(name)} // in an object, a name is always a string
		if err := dec.Decode(&m.value); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	_, err := dec.Token()
	return out, err
}

// jsonObject writes members as a JSON object.
func jsonObject(ms []jsonMember) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range ms {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(m.name) // a string always marshals
		b.Write(name)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// editMember replaces the value of a name in an object schema, or adds it.
func editMember(ms []jsonMember, name string, change func(json.RawMessage) (json.RawMessage, error)) ([]jsonMember, error) {
	at := slices.IndexFunc(ms, func(m jsonMember) bool { return m.name == name })
	if at < 0 {
		ms, at = append(ms, jsonMember{name: name, value: json.RawMessage("{}")}), len(ms)
	}
	value, err := change(ms[at].value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	ms[at].value = value
	return ms, nil
}

// addProperty adds one to the properties of a schema. It refuses one that is there.
func addProperty(name, schema string) func(json.RawMessage) (json.RawMessage, error) {
	return func(raw json.RawMessage) (json.RawMessage, error) {
		ms, err := jsonMembers(raw)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(ms, func(m jsonMember) bool { return m.name == name }) {
			return nil, fmt.Errorf("%s belongs to the MCP face", name)
		}
		return jsonObject(append(ms, jsonMember{name: name, value: json.RawMessage(schema)})), nil
	}
}

// withWait adds wait_seconds to an input schema.
func withWait(schema json.RawMessage) (json.RawMessage, error) {
	ms, err := jsonMembers(schema)
	if err != nil {
		return nil, err
	}
	ms, err = editMember(ms, "properties", addProperty(waitField, fmt.Sprintf(
		`{"type":"integer","minimum":0,"maximum":%d,"default":%d,"description":"How long to wait for its end before answering where it stands."}`,
		longestWait, defaultWait)))
	return jsonObject(ms), err
}

// orError lets an output schema say that a result which is an error has an error instead. Some clients hold even
// results with isError against the output schema, and would show their own complaint in place of our sentence.
func orError(schema json.RawMessage) (json.RawMessage, error) {
	ms, err := jsonMembers(schema)
	if err != nil {
		return nil, err
	}
	ms, err = editMember(ms, "properties", addProperty("error",
		`{"type":"object"}`))
	if err != nil {
		return nil, err
	}
	required := json.RawMessage("[]")
	ms = slices.DeleteFunc(ms, func(m jsonMember) bool {
		if m.name == "required" {
			required = m.value
		}
		return m.name == "required"
	})
	either := fmt.Sprintf(`[{"required":%s},{"required":["error"]}]`, required)
	return jsonObject(append(ms, jsonMember{name: "anyOf", value: json.RawMessage(either)})), nil
}

// takeWait takes wait_seconds out of a call's arguments. What is left is for the operation to judge.
func takeWait(raw json.RawMessage) (json.RawMessage, time.Duration, error) {
	wait := float64(defaultWait)
	ms, err := jsonMembers(raw)
	if err != nil {
		return raw, 0, nil //nolint:nilerr // not an object: the operation's own decoder says so
	}
	rest := make([]jsonMember, 0, len(ms))
	for _, m := range ms {
		if m.name != waitField {
			rest = append(rest, m)
			continue
		}
		if string(m.value) == "null" {
			continue
		}
		wait, err = strconv.ParseFloat(string(m.value), 64)
		if err != nil || wait != math.Trunc(wait) || wait < 0 || wait > longestWait {
			return nil, 0, badWait()
		}
	}
	return jsonObject(rest), time.Duration(wait) * time.Second, nil
}

func badWait() error {
	sentence := fmt.Sprintf("%s must be a whole number from 0 to %d.", waitField, longestWait)
	e := fault.New(fault.Invalid, sentence+" Nothing was asked for, and nothing has been changed.")
	e.Fields = []fault.Field{{Name: waitField, Sentence: sentence}}
	return e
}
