package upstream

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// hugeSize is how long the filler of a huge answer is.
const hugeSize = 32 << 20

// damage spoils the JSON of an answer; other kinds leave it as it is.
func damage(kind string, a Answer) Answer {
	var v any
	if json.Unmarshal(a.Body, &v) != nil {
		v = map[string]any{}
	}
	switch kind {
	case Malformed:
		a.Body = append([]byte(`{"id": `), bytes.ReplaceAll(a.Body, []byte(`:`), []byte(`=`))...)
	case Truncated:
		a.Body = a.Body[:len(a.Body)/2]
	case Huge:
		a.Body = huge(a.Body, hugeSize)
	case WronglyTyped:
		a.Body = encode(mistype(v))
	case DoubledKey:
		a.Body = double(v)
	case TaskIDMissing:
		a.Body = encode(setIDs(v, nil))
	case TaskIDWrong:
		a.Body = encode(setIDs(v, NewID()))
	}
	return a
}

func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return raw
}

func huge(body []byte, size int) []byte {
	filler := `{"filler":"` + string(bytes.Repeat([]byte("x"), size)) + `"`
	switch {
	case len(body) > 2 && body[0] == '{':
		return append([]byte(filler+","), body[1:]...)
	case len(body) > 2 && body[0] == '[':
		return append([]byte("["+filler+"},"), body[1:]...)
	}
	return []byte(filler + "}")
}

// mistype gives every value another type.
func mistype(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = mistype(inner)
		}
		return v
	case []any:
		if len(v) == 0 {
			return "none"
		}
		for i, inner := range v {
			v[i] = mistype(inner)
		}
		return v
	case string:
		return map[string]any{"value": v}
	case bool:
		return "perhaps"
	default:
		return []any{v}
	}
}

// double writes every object with each key twice: first as it is, then with another value.
func double(v any) []byte {
	var b bytes.Buffer
	switch v := v.(type) {
	case map[string]any:
		b.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteByte(',')
			}
			name := encode(key)
			b.Write(slices.Concat(name, []byte(":"), double(v[key]), []byte(","), name, []byte(":"), encode(other(v[key]))))
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, inner := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(double(inner))
		}
		b.WriteByte(']')
	default:
		b.Write(encode(v))
	}
	return b.Bytes()
}

// other gives another value of the same type.
func other(v any) any {
	switch v := v.(type) {
	case string:
		return NewID()
	case bool:
		return !v
	case float64:
		return v + 1
	default:
		return v
	}
}

// setIDs replaces the id of a task or of a deletion request; nil takes it out.
func setIDs(v any, id any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for _, key := range []string{"id", "accountRequestId"} {
		if _, ok := object[key]; !ok {
			continue
		}
		if object[key] = id; id == nil {
			delete(object, key)
		}
	}
	return object
}
