package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"accountops/internal/executor"
)

// show adds a line and the redrawing to the outbox. An entry that is there already keeps its lease, so that there is one
// writer, and its due time, so that a new step does not undo a back-off.
func (s *SQLite) show(ctx context.Context, tx *sql.Tx, r executor.Request, line string, loud bool) error {
	now := s.now().UnixMicro()
	if line != "" {
		if _, err := tx.ExecContext(ctx, `INSERT INTO lines (request_id, number, text, at, loud)
			SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ? FROM lines WHERE request_id = ?`, r.ID, line, now, loud, r.ID); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO outbox (request_id, version, due_at) VALUES (?, ?, ?)
		ON CONFLICT (request_id) DO UPDATE SET version = excluded.version`, r.ID, r.Version, now)
	return err
}

// ClaimShow leases requests that have something to show. See executor.Outbox.
func (s *SQLite) ClaimShow(ctx context.Context, c executor.Claim) ([]string, error) {
	if c.Limit <= 0 {
		return nil, nil
	}
	const where = "due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)"
	args := []any{c.Now.UnixMicro(), c.Now.UnixMicro()}
	if some, err := s.any(ctx, "SELECT 1 FROM outbox WHERE "+where, args); err != nil || !some {
		return nil, err
	}
	var ids []string
	err := s.change(ctx, "claim what is to be shown", func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT request_id FROM outbox WHERE "+where+" ORDER BY due_at, request_id LIMIT ?",
			append(args, c.Limit)...)
		ids, err = collect(rows, err, func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := lease(ctx, tx, "UPDATE outbox SET lease_owner = ?, lease_until = ? WHERE request_id = ?", c, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// Shown ends a lease. See executor.Outbox.
func (s *SQLite) Shown(ctx context.Context, id, owner string, version int64) error {
	return s.change(ctx, "note that request "+id+" was shown", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM outbox WHERE request_id = ? AND lease_owner = ? AND version <= ?",
			id, owner, version); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE outbox SET lease_owner = NULL, lease_until = NULL
			WHERE request_id = ? AND lease_owner = ?`, id, owner)
		return err
	})
}

// Postpone ends a lease and makes the entry due later. See executor.Outbox.
func (s *SQLite) Postpone(ctx context.Context, id, owner string, until time.Time) error {
	return s.change(ctx, "postpone showing request "+id, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE outbox SET lease_owner = NULL, lease_until = NULL, due_at = ?
			WHERE request_id = ? AND lease_owner = ?`, until.UnixMicro(), id, owner)
		return err
	})
}

// Lines gives lines of a request's thread. See executor.Outbox.
func (s *SQLite) Lines(ctx context.Context, id string, after int64) ([]executor.Line, error) {
	rows, err := s.reads.QueryContext(ctx, "SELECT number, text, at, loud FROM lines WHERE request_id = ? AND number > ? ORDER BY number",
		id, after)
	lines, err := collect(rows, err, func(scan func(...any) error) (l executor.Line, err error) {
		var at sql.NullInt64
		err = scan(&l.Number, &l.Text, &at, &l.Loud)
		l.At = fromColumn(at)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("store: read the lines of request %s: %w", id, err)
	}
	return lines, nil
}

// Copies gives where a request is shown. See executor.Outbox.
func (s *SQLite) Copies(ctx context.Context, id string) ([]executor.Copy, error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT purpose, channel, ts, drawn, line, trying, tried_at FROM copies
		WHERE request_id = ? ORDER BY purpose`, id)
	copies, err := collect(rows, err, func(scan func(...any) error) (c executor.Copy, err error) {
		var tried sql.NullInt64
		err = scan(&c.Purpose, &c.Channel, &c.TS, &c.Drawn, &c.Line, &c.Trying, &tried)
		c.TriedAt = fromColumn(tried)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("store: read where request %s is shown: %w", id, err)
	}
	return copies, nil
}

// SaveCopy records where a copy is. ErrNoSuch when there is no such request. See executor.Outbox.
func (s *SQLite) SaveCopy(ctx context.Context, id string, c executor.Copy) error {
	return s.change(ctx, "save where request "+id+" is shown", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO copies (request_id, purpose, channel, ts, drawn, line, trying, tried_at)
			SELECT id, ?, ?, ?, ?, ?, ?, ? FROM requests WHERE id = ?
			ON CONFLICT (request_id, purpose) DO UPDATE SET channel = excluded.channel, ts = excluded.ts, drawn = excluded.drawn,
				line = excluded.line, trying = excluded.trying, tried_at = excluded.tried_at`,
			c.Purpose, c.Channel, c.TS, c.Drawn, c.Line, c.Trying, column(c.TriedAt), id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, executor.ErrNoSuch)
		}
		return nil
	})
}

// Reshow makes open requests due that are shown elsewhere. See executor.Outbox.
func (s *SQLite) Reshow(ctx context.Context, purpose, channel string) error {
	return s.change(ctx, "show again what is not in "+channel, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO outbox (request_id, version, due_at)
			SELECT requests.id, requests.version, ? FROM requests JOIN copies ON copies.request_id = requests.id
			WHERE requests.ended = 0 AND copies.purpose = ? AND copies.channel <> ?
			ON CONFLICT (request_id) DO NOTHING`, s.now().UnixMicro(), purpose, channel)
		return err
	})
}

// ReshowPending makes pending requests due. See executor.Outbox.
func (s *SQLite) ReshowPending(ctx context.Context) error {
	return s.change(ctx, "show again what is pending", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO outbox (request_id, version, due_at) SELECT id, version, ? FROM requests WHERE state = ?
			ON CONFLICT (request_id) DO NOTHING`, s.now().UnixMicro(), executor.Pending)
		return err
	})
}

// CopyAt finds the request that is shown at a place. See executor.Outbox.
func (s *SQLite) CopyAt(ctx context.Context, channel, ts string) (string, error) {
	var id string
	err := s.reads.QueryRowContext(ctx, "SELECT request_id FROM copies WHERE channel = ? AND ts = ? AND ts <> ''", channel, ts).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", executor.ErrNoSuch
	}
	if err != nil {
		return "", fmt.Errorf("store: find what is shown at %s %s: %w", channel, ts, err)
	}
	return id, nil
}
