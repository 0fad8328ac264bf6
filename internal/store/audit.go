package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"accountops/internal/executor"
)

// The columns of an audit record, in the order in which they are hashed and read.
const auditColumns = "seq, request_id, number, event, at, actor, data, chain_prev, chain_hash, log_prev, log_hash"

// link is one audit record as it stands in the table. Its values are as the database gives them, so that a value of
// another type is a difference and not a failure to read.
type link struct {
	seq, requestID, number, event, at, actor, data any
	chainPrev, chainHash, logPrev, logHash         any
}

// fields gives the values in the order of auditColumns.
func (l *link) fields() []*any {
	return []*any{
		&l.seq, &l.requestID, &l.number, &l.event, &l.at, &l.actor, &l.data,
		&l.chainPrev, &l.chainHash, &l.logPrev, &l.logHash,
	}
}

// read takes the values from a row.
func (l *link) read(scan func(...any) error) error {
	var into []any
	for _, field := range l.fields() {
		into = append(into, field)
	}
	if err := scan(into...); err != nil {
		return err
	}
	for _, field := range l.fields() {
		*field = asComparable(*field)
	}
	return nil
}

// blob is bytes of the database as a value that can be compared with others.
type blob string

func asComparable(v any) any {
	if raw, ok := v.([]byte); ok {
		return blob(raw)
	}
	return v
}

// chainSum is what chainHash has to be: over everything that the record says and the request's record before.
func (l *link) chainSum() string {
	return sum("accountops audit record 1", l.seq, l.requestID, l.number, l.event, l.at, l.actor, l.data, l.chainPrev)
}

// logSum is what logHash has to be: the checkpoint over this record and all before it.
func (l *link) logSum() string {
	return sum("accountops audit checkpoint 1", l.seq, l.chainHash, l.logPrev)
}

// sum gives the SHA-256, in hex, of values in a form in which no two lists are the same: each with its type and length.
func sum(values ...any) string {
	h := sha256.New()
	for _, v := range values {
		kind, raw := byte('?'), []byte(nil)
		switch v := v.(type) {
		case nil:
			kind = '0'
		case int64:
			kind, raw = 'i', binary.BigEndian.AppendUint64(nil, uint64(v))
		case float64:
			kind, raw = 'f', binary.BigEndian.AppendUint64(nil, math.Float64bits(v))
		case string:
			kind, raw = 't', []byte(v)
		case blob:
			kind, raw = 'b', []byte(v)
		}
		h.Write(binary.BigEndian.AppendUint64([]byte{kind}, uint64(len(raw))))
		h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Append adds records to the audit log without a step. See executor.Store.
func (s *SQLite) Append(ctx context.Context, records ...executor.Record) error {
	return s.change(ctx, "append to the audit log", func(tx *sql.Tx) error { return appendRecords(ctx, tx, records) })
}

func appendRecords(ctx context.Context, tx *sql.Tx, records []executor.Record) error {
	for _, r := range records {
		if err := appendRecord(ctx, tx, r); err != nil {
			return fmt.Errorf("write the audit record %q: %w", r.Event, err)
		}
	}
	return nil
}

func appendRecord(ctx context.Context, tx *sql.Tx, r executor.Record) error {
	if len(r.Data) > 0 && !json.Valid(r.Data) {
		return errors.New("its data is not JSON")
	}
	actor, err := asJSON(r.By)
	if err != nil {
		return err
	}
	seq, logPrev, err := end(ctx, tx, "SELECT count, head FROM audit_log WHERE one = ?", 1)
	if err != nil {
		return err
	}
	number, chainPrev, err := end(ctx, tx, "SELECT count, head FROM audit_chains WHERE request_id = ?", r.RequestID)
	if err != nil {
		return err
	}
	l := link{
		seq: seq + 1, requestID: r.RequestID, number: number + 1, event: r.Event, at: r.At.UnixMicro(), actor: actor,
		data: string(r.Data), chainPrev: chainPrev, logPrev: logPrev,
	}
	l.chainHash = l.chainSum()
	l.logHash = l.logSum()
	return l.insert(ctx, tx)
}

// end gives how long a chain is and the hash of its last record. A chain that is not there has none.
func end(ctx context.Context, tx *sql.Tx, query string, arg any) (count int64, head string, err error) {
	err = tx.QueryRowContext(ctx, query, arg).Scan(&count, &head)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return count, head, err
}

func (l *link) insert(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, "INSERT INTO audit ("+auditColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		l.seq, l.requestID, l.number, l.event, l.at, l.actor, l.data, l.chainPrev, l.chainHash, l.logPrev, l.logHash); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO audit_chains (request_id, count, head) VALUES (?, ?, ?)
		ON CONFLICT (request_id) DO UPDATE SET count = excluded.count, head = excluded.head`,
		l.requestID, l.number, l.chainHash); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE audit_log SET count = ?, head = ? WHERE one = 1", l.seq, l.logHash)
	return err
}

// Records gives the audit records of a request, in order, as they were written; with an empty id those of no request.
func (s *SQLite) Records(ctx context.Context, requestID string) ([]executor.Record, error) {
	rows, err := s.reads.QueryContext(ctx, "SELECT event, at, actor, data FROM audit WHERE request_id = ? ORDER BY number", requestID)
	records, err := collect(rows, err, func(scan func(...any) error) (executor.Record, error) {
		r := executor.Record{RequestID: requestID}
		var at int64
		var actor, data string
		if err := scan(&r.Event, &at, &actor, &data); err != nil {
			return r, err
		}
		r.At = time.UnixMicro(at).UTC()
		if data != "" {
			r.Data = json.RawMessage(data)
		}
		return r, json.Unmarshal([]byte(actor), &r.By)
	})
	if err != nil {
		return nil, fmt.Errorf("store: read the audit records of request %q: %w", requestID, err)
	}
	return records, nil
}
