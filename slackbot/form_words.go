package slackbot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/schemas"
)

// filled reads what stands in a form's fields as the words of a command, so that both are understood the same way. problems are by field
// name.
func filled(op executor.Operation, values map[string]string) (c command, problems map[string]string) {
	c, problems = command{op: op}, map[string]string{}
	for _, field := range op.Input.Fields() {
		value := strings.TrimSpace(values[blockID(field)])
		switch {
		case value == "" && field.Type == schemas.Boolean && field.Required:
			c.words = append(c.words, schemas.Word{Key: field.Name, Value: "false"})
		case value == "":
		case field.Type == schemas.Map:
			entries, problem := lines(field.Name, value)
			if problem != "" {
				problems[field.Name] = problem
			}
			c.words = append(c.words, entries...)
		default:
			c.words = append(c.words, schemas.Word{Key: field.Name, Value: value})
		}
	}
	var err error
	if c.input, err = op.Input.FromWords(c.words); err == nil {
		err = op.Check(c.input)
	}
	maps.Copy(problems, problemsOf(op, err))
	return c, problems
}

// lines reads name=value on each line.
func lines(name, text string) (entries []schemas.Word, problem string) {
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if key = strings.TrimSpace(key); !found || key == "" {
			return entries, fmt.Sprintf("Line %d does not read name=value.", i+1)
		}
		entries = append(entries, schemas.Word{Key: name + "." + key, Value: strings.TrimSpace(value)})
	}
	return entries, ""
}

// problemsOf gives what is wrong with an input, by field. What belongs to no field is told at the first.
func problemsOf(op executor.Operation, err error) map[string]string {
	out := map[string]string{}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return out
	}
	told := f.Fields
	if len(told) == 0 {
		told = []fault.Field{{Sentence: f.Sentence}}
	}
	for _, p := range told {
		name, sentence := p.Name, p.Sentence
		if entry, inside, dotted := strings.Cut(p.Name, "."); dotted {
			name, sentence = entry, inside+": "+sentence
		}
		if _, known := op.Input.Field(name); !known && len(op.Input.Fields()) > 0 {
			name = op.Input.Fields()[0].Name
		}
		out[name] = strings.TrimSpace(out[name] + " " + sentence)
	}
	return out
}

// saidIn gives what a command says as a form's fields hold it, and what cannot stand in one.
func saidIn(input json.RawMessage) (said, problems map[string]string) {
	said, problems = map[string]string{}, map[string]string{}
	var values map[string]any
	read := json.NewDecoder(bytes.NewReader(input))
	read.UseNumber()
	if read.Decode(&values) != nil {
		return said, problems
	}
	for name, value := range values {
		switch value := value.(type) {
		case []any:
			parts := make([]string, 0, len(value))
			for _, part := range value {
				parts = append(parts, fmt.Sprint(part))
			}
			said[name] = strings.Join(parts, ", ")
		case map[string]any:
			var rows []string
			for _, entry := range slices.Sorted(maps.Keys(value)) {
				row := entry + "=" + fmt.Sprint(value[entry])
				if strings.ContainsAny(row, "\r\n") {
					problems[name] = "A value with a line break cannot stand here; such a value has to be typed with the command."
					continue
				}
				rows = append(rows, row)
			}
			said[name] = strings.Join(rows, "\n")
		default:
			said[name] = fmt.Sprint(value)
		}
	}
	return said, problems
}
