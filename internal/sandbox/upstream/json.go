package upstream

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// JSON answers with v as JSON, under the content type that the system gives it.
func JSON(status int, contentType string, v any) Answer {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{}`)
	}
	return Answer{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: body}
}

// Strictly reads what a script gives and refuses unknown fields. The error is a sentence.
func Strictly(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("this is not the JSON that is expected here, so nothing was changed: %w", err)
	}
	return nil
}

// Clip keeps an error short, whatever came.
func Clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// Duration is a time.Duration that is a string in JSON, such as "300ms", and not below zero.
type Duration time.Duration

// MarshalText gives it as "300ms".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads "300ms".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration such as \"300ms\"", Clip(string(text)))
	}
	*d = Duration(v)
	return nil
}
