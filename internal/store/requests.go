package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"accountops/internal/executor"
)

// Insert records a new request. See executor.Store.
func (s *SQLite) Insert(ctx context.Context, a executor.Arrival) (executor.Request, error) {
	var given executor.Request
	var refusal error // one that gives a request is told after the transaction, which has changed nothing
	err := s.change(ctx, "record request "+a.Request.ID, func(tx *sql.Tx) (err error) {
		if given, refusal, err = same(ctx, tx, a); err != nil || refusal != nil {
			return err
		}
		if refusal, err = beyond(ctx, tx, a); err != nil || refusal != nil {
			return err
		}
		given = kept(a.Request)
		return s.insert(ctx, tx, a)
	})
	if err != nil {
		return executor.Request{}, err
	}
	return given, refusal
}

// same finds the earlier request that a new one repeats.
func same(ctx context.Context, tx *sql.Tx, a executor.Arrival) (executor.Request, error, error) {
	for _, by := range []struct {
		column, value string
		refusal       error
	}{{"origin", a.Origin, executor.ErrSameOrigin}, {"open_key", a.Key, executor.ErrSameOpen}} {
		if by.value == "" {
			continue
		}
		r, err := decode(tx.QueryRowContext(ctx, "SELECT "+requestColumns+" FROM requests WHERE "+by.column+" = ?", by.value).Scan)
		if !errors.Is(err, sql.ErrNoRows) {
			return r, by.refusal, err
		}
	}
	return executor.Request{}, nil, nil
}

// beyond says which of its limits a new request would go beyond.
func beyond(ctx context.Context, tx *sql.Tx, a executor.Arrival) (refusal, err error) {
	if a.Limits == nil {
		return nil, nil
	}
	open, recent, err := tally(ctx, tx.QueryRowContext, a.Request.By.Principal, a.Request.CreatedAt.Add(-executor.Recent))
	if err != nil {
		return nil, err
	}
	return a.Limits.Reached(open, recent), nil
}

// Tally counts what a requester has asked for that needs a vote. See executor.Store.
func (s *SQLite) Tally(ctx context.Context, by executor.Principal, since time.Time) (open, recent int, err error) {
	open, recent, err = tally(ctx, s.reads.QueryRowContext, by, since)
	if err != nil {
		return 0, 0, fmt.Errorf("store: count requests: %w", err)
	}
	return open, recent, nil
}

func tally(ctx context.Context, row func(context.Context, string, ...any) *sql.Row, by executor.Principal, since time.Time) (open, recent int, err error) {
	err = row(ctx, `SELECT coalesce(sum(ended = 0), 0), coalesce(sum(created_at > ?1), 0) FROM requests
		WHERE requester = ?2 AND needs_vote = 1 AND (ended = 0 OR created_at > ?1)`, since.UnixMicro(), by).Scan(&open, &recent)
	return open, recent, err
}

func (s *SQLite) insert(ctx context.Context, tx *sql.Tx, a executor.Arrival) error {
	r := a.Request
	doc, err := encode(r)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO requests (id, version, state, ended, requester, open_key, origin, needs_vote, created_at, due_at, document)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.ID, r.Version, r.State, !r.Open(), r.By.Principal, orNull(a.Key, r.Open()), orNull(a.Origin, true),
		r.NeedsVote, r.CreatedAt.UnixMicro(), column(r.DueAt), doc,
	); err != nil {
		return err
	}
	return s.tell(ctx, tx, r, a.Records, a.Line, false)
}

// Commit makes a step. See executor.Store.
func (s *SQLite) Commit(ctx context.Context, step executor.Step) error {
	r := step.Request
	return s.change(ctx, "commit a step of request "+r.ID, func(tx *sql.Tx) error {
		doc, err := encode(r)
		if err != nil {
			return err
		}
		owner, until := leaseColumns(step.Lease)
		done, err := tx.ExecContext(ctx, `UPDATE requests SET version = ?, state = ?, ended = ?, due_at = ?, document = ?,
			lease_owner = ?, lease_until = ?, needs_vote = ?, open_key = iif(?, NULL, open_key) WHERE id = ? AND version = ?`,
			r.Version, r.State, !r.Open(), column(r.DueAt), doc, owner, until, r.NeedsVote, !r.Open(), r.ID, r.Version-1)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, whyNot(ctx, tx, r.ID))
		}
		return s.tell(ctx, tx, r, step.Records, step.Line, step.Loud)
	})
}

// tell puts a step on record and into the outbox.
func (s *SQLite) tell(ctx context.Context, tx *sql.Tx, r executor.Request, records []executor.Record, line string, loud bool) error {
	if len(records) == 0 {
		return errors.New("a step without an audit record does not happen")
	}
	for _, record := range records {
		if record.RequestID != r.ID {
			return fmt.Errorf("an audit record of request %q does not belong to request %q", record.RequestID, r.ID)
		}
	}
	if err := appendRecords(ctx, tx, records); err != nil {
		return err
	}
	return s.show(ctx, tx, r, line, loud)
}

// whyNot tells why no row had the id and the version.
func whyNot(ctx context.Context, tx *sql.Tx, id string) error {
	n := 0
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM requests WHERE id = ?", id).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return executor.ErrNoSuch
	}
	return executor.ErrStale
}

func orNull(text string, so bool) sql.NullString {
	return sql.NullString{String: text, Valid: so && text != ""}
}

func leaseColumns(l *executor.Lease) (owner sql.NullString, until sql.NullInt64) {
	if l == nil {
		return owner, until
	}
	return sql.NullString{String: l.Owner, Valid: true}, sql.NullInt64{Int64: l.Until.UnixMicro(), Valid: true}
}

// Get gives a request. See executor.Store.
func (s *SQLite) Get(ctx context.Context, id string) (executor.Request, error) {
	if err := ctx.Err(); err != nil {
		return executor.Request{}, fmt.Errorf("store: read a request: %w", err)
	}
	// One row is read before anybody could stop it, and to listen for that costs as much as reading it.
	r, err := decode(s.one.QueryRowContext(context.WithoutCancel(ctx), id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return executor.Request{}, executor.ErrNoSuch
	}
	if err != nil {
		return executor.Request{}, fmt.Errorf("store: read a request: %w", err)
	}
	return r, nil
}

// List gives requests, newest first. See executor.Store.
func (s *SQLite) List(ctx context.Context, f executor.Filter) ([]executor.Request, int, error) {
	where, args := "WHERE 1 = 1", []any{}
	if f.By != "" {
		where, args = where+" AND requester = ?", append(args, f.By)
	}
	if f.Open {
		where += " AND ended = 0"
	}
	var requests []executor.Request
	total := 0
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM requests "+where, args...).Scan(&total); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT "+requestColumns+" FROM requests "+where+
			" ORDER BY created_at DESC, number DESC LIMIT ? OFFSET ?", append(args, min(max(f.Limit, 1), 250), max(f.Offset, 0))...)
		requests, err = collect(rows, err, decode)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("store: list requests: %w", err)
	}
	return requests, total, nil
}

// snapshot runs reads that have to agree with each other.
func (s *SQLite) snapshot(ctx context.Context, f func(tx *sql.Tx) error) error {
	return inTx(ctx, s.reads, f)
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, err error, read func(scan func(...any) error) (T, error)) (out []T, _ error) {
	err = each(rows, err, func(scan func(...any) error) error {
		v, err := read(scan)
		out = append(out, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// each gives every row to f and closes them.
func each(rows *sql.Rows, queried error, f func(scan func(...any) error) error) (err error) {
	if queried != nil {
		return queried
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
