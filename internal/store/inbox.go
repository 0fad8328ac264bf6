package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"accountops/internal/executor"
)

// Receive records a delivery. One that is not handled yet is kept beyond its Until: it was accepted and must not be lost.
// See executor.Inbox.
func (s *SQLite) Receive(ctx context.Context, d executor.Delivery) (fresh bool, err error) {
	err = s.change(ctx, "record a delivery", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM inbox WHERE handled = 1 AND forget_at <= ?", s.now().UnixMicro()); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO inbox (key, body, at, forget_at, handled) VALUES (?, ?, ?, ?, 0)
			ON CONFLICT (key) DO NOTHING`, d.Key, d.Body, d.At.UnixMicro(), d.Until.UnixMicro())
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		fresh = n == 1
		return err
	})
	return fresh && err == nil, err
}

// Handled erases a delivery's body. See executor.Inbox.
func (s *SQLite) Handled(ctx context.Context, key string) error {
	return s.change(ctx, "mark a delivery as handled", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE inbox SET handled = 1, body = NULL WHERE key = ? AND handled = 0", key)
		return err
	})
}

// Unhandled gives deliveries that wait. See executor.Inbox.
func (s *SQLite) Unhandled(ctx context.Context, before time.Time, limit int) ([]executor.Delivery, error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT key, body, at, forget_at FROM inbox WHERE handled = 0 AND at < ?
		ORDER BY at, number LIMIT ?`, before.UnixMicro(), max(limit, 0))
	waiting, err := collect(rows, err, func(scan func(...any) error) (d executor.Delivery, err error) {
		var at, until sql.NullInt64
		err = scan(&d.Key, &d.Body, &at, &until)
		d.At, d.Until = fromColumn(at), fromColumn(until)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("store: read deliveries: %w", err)
	}
	return waiting, nil
}
