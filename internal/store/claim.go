package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"accountops/internal/executor"
)

// Claim leases due requests. See executor.Store.
func (s *SQLite) Claim(ctx context.Context, c executor.Claim) ([]executor.Request, error) {
	if len(c.States) == 0 || c.Limit <= 0 {
		return nil, nil
	}
	where := `due_at <= ? AND (lease_until IS NULL OR lease_until <= ?) AND state IN (?` +
		strings.Repeat(", ?", len(c.States)-1) + `)`
	args := []any{c.Now.UnixMicro(), c.Now.UnixMicro()}
	for _, state := range c.States {
		args = append(args, state)
	}
	// Nothing due is the usual case: finding that out must not take the writer's lock.
	if some, err := s.any(ctx, "SELECT 1 FROM requests WHERE "+where, args); err != nil || !some {
		return nil, err
	}
	var claimed []executor.Request
	err := s.change(ctx, "claim due steps", func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT "+requestColumns+" FROM requests WHERE "+where+" ORDER BY due_at, number LIMIT ?",
			append(args, c.Limit)...)
		if claimed, err = collect(rows, err, decode); err != nil {
			return err
		}
		for _, r := range claimed {
			if err := lease(ctx, tx, "UPDATE requests SET lease_owner = ?, lease_until = ? WHERE id = ?", c, r.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

func lease(ctx context.Context, tx *sql.Tx, update string, c executor.Claim, id string) error {
	_, err := tx.ExecContext(ctx, update, c.Owner, c.Until.UnixMicro(), id)
	return err
}

// any tells whether a query has a row.
func (s *SQLite) any(ctx context.Context, query string, args []any) (some bool, err error) {
	err = s.reads.QueryRowContext(ctx, "SELECT EXISTS ("+query+")", args...).Scan(&some)
	if err != nil {
		return false, fmt.Errorf("store: look for what is due: %w", err)
	}
	return some, nil
}

// Defer makes a step due later. See executor.Store.
func (s *SQLite) Defer(ctx context.Context, id, owner string, until time.Time) error {
	return s.change(ctx, "defer a step of request "+id, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE requests SET lease_owner = NULL, lease_until = NULL, due_at = ?
			WHERE id = ? AND lease_owner = ?`, until.UnixMicro(), id, owner)
		return err
	})
}

// NextDue tells when the next unleased step or outbox entry is due. See executor.Store.
func (s *SQLite) NextDue(ctx context.Context) (time.Time, error) {
	var due sql.NullInt64
	now := s.now().UnixMicro()
	err := s.reads.QueryRowContext(ctx, `SELECT min(due_at) FROM (
		SELECT * FROM (SELECT due_at FROM requests WHERE due_at IS NOT NULL AND (lease_until IS NULL OR lease_until <= ?)
			ORDER BY due_at LIMIT 1)
		UNION ALL
		SELECT * FROM (SELECT due_at FROM outbox WHERE lease_until IS NULL OR lease_until <= ? ORDER BY due_at LIMIT 1))`,
		now, now).Scan(&due)
	if err != nil {
		return time.Time{}, fmt.Errorf("store: find what is due next: %w", err)
	}
	return fromColumn(due), nil
}

// releaseLeases ends every lease. It is for a process that knows that no other one lives.
func (s *SQLite) releaseLeases(ctx context.Context) error {
	return s.change(ctx, "release the leases of dead processes", func(tx *sql.Tx) error {
		for _, table := range []string{"requests", "outbox", "inbox"} {
			if _, err := tx.ExecContext(ctx, "UPDATE "+table+
				" SET lease_owner = NULL, lease_until = NULL WHERE lease_owner IS NOT NULL"); err != nil {
				return err
			}
		}
		return nil
	})
}
