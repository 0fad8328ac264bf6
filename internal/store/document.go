package store

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"accountops/internal/executor"
)

func encode(r executor.Request) (string, error) {
	raw, err := asJSON(kept(r))
	if err != nil {
		return "", fmt.Errorf("encode request %s: %w", r.ID, err)
	}
	return raw, nil
}

// requestColumns is what decode needs. The due time stands in its column alone, because Defer changes it without a step.
const requestColumns = "document, due_at"

func decode(scan func(...any) error) (r executor.Request, err error) {
	var doc string
	var due sql.NullInt64
	if err := scan(&doc, &due); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(doc), &r); err != nil {
		return r, fmt.Errorf("decode a request: %w", err)
	}
	r.DueAt = fromColumn(due)
	if string(r.Input) == "null" {
		r.Input = nil
	}
	return r, nil
}

// asJSON gives compact JSON in which <, > and & stand as they are.
func asJSON(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// kept gives a copy of a request with all its times as they are kept.
func kept(r executor.Request) executor.Request {
	for _, t := range []*time.Time{&r.CreatedAt, &r.ExpiresAt, &r.RemindedAt, &r.UpdatedAt, &r.DueAt} {
		*t = keptTime(*t)
	}
	decisions := r.Decisions
	r.Decisions = nil
	for _, d := range decisions {
		d.At = keptTime(d.At)
		r.Decisions = append(r.Decisions, d)
	}
	if r.Attempt != nil {
		a := *r.Attempt
		for _, t := range []*time.Time{&a.StartedAt, &a.Deadline, &a.AnswerAt, &a.ReadFrom, &a.MissingAt} {
			*t = keptTime(*t)
		}
		r.Attempt = &a
	}
	return r
}

func keptTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// column gives a time as it stands in a column: microseconds, or NULL for the zero time.
func column(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

// fromColumn is column's other way.
func fromColumn(v sql.NullInt64) time.Time {
	if !v.Valid {
		return time.Time{}
	}
	return time.UnixMicro(v.Int64).UTC()
}
