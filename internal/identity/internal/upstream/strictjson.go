package upstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// maxDepth is how deep an answer may be nested.
const maxDepth = 64

// free are the objects whose keys are data: there two keys may differ in case only.
var free = map[string]bool{"attributes": true, "parameters": true, "accountDetails": true}

// Decode reads one JSON value. It refuses what two readers could understand differently: keys that are given twice (also in
// another case, since encoding/json takes either), and data after the value. The error never holds a value.
func Decode(body []byte, into any) error {
	if err := unambiguous(body); err != nil {
		return err
	}
	err := json.Unmarshal(body, into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("the field %q is not a %s", wrong.Field, wrong.Type)
	}
	if err != nil {
		return errors.New("it is not the JSON that was promised")
	}
	return nil
}

type frame struct {
	keys  map[string]bool // nil in an array
	value bool            // a value is next, not a key
	free  bool
	last  string
}

func unambiguous(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	var stack []*frame
	for n := 0; ; n++ {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && n > 0 && len(stack) == 0:
			return nil
		case err != nil:
			return errors.New("it is not whole JSON")
		case n > 0 && len(stack) == 0:
			return errors.New("there is data after the JSON")
		}
		if stack, err = step(stack, token); err != nil {
			return err
		}
	}
}

func step(stack []*frame, token json.Token) ([]*frame, error) {
	var top *frame
	if len(stack) > 0 {
		top = stack[len(stack)-1]
	}
	if delim, ok := token.(json.Delim); ok {
		if delim == '}' || delim == ']' {
			return stack[:len(stack)-1], nil
		}
		if len(stack) >= maxDepth {
			return nil, errors.New("it is nested too deeply")
		}
		next := &frame{}
		if delim == '{' {
			next.keys = make(map[string]bool)
		}
		if top != nil {
			next.free = top.free || free[top.last]
			top.value = false
		}
		return append(stack, next), nil
	}
	if top == nil || top.keys == nil || top.value {
		if top != nil {
			top.value = false
		}
		return stack, nil
	}
	key, _ := token.(string)
	top.last, top.value = key, true
	if !top.free {
		key = fold(key)
	}
	if top.keys[key] {
		return nil, errors.New("a key is given twice")
	}
	top.keys[key] = true
	return stack, nil
}

// fold makes keys equal that encoding/json takes for the same field.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}
