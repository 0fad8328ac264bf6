package store

import (
	"context"
	"database/sql"

	"accountops/internal/executor"
)

// Receive records a delivery. One that is not handled yet is kept beyond its Until: it was accepted and must not be lost.
// See executor.Inbox.
func (s *SQLite) Receive(ctx context.Context, d executor.Delivery, l executor.Lease) (fresh bool, err error) {
	err = s.change(ctx, "record a delivery", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM inbox WHERE handled = 1 AND forget_at <= ?", s.now().UnixMicro()); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO inbox (key, body, at, forget_at, handled, lease_owner, lease_until)
			VALUES (?, ?, ?, ?, 0, ?, ?) ON CONFLICT (key) DO NOTHING`, d.Key, d.Body, d.At.UnixMicro(), d.Until.UnixMicro(), l.Owner, l.Until.UnixMicro())
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
		_, err := tx.ExecContext(ctx, "UPDATE inbox SET handled = 1, body = NULL, lease_owner = NULL, lease_until = NULL WHERE key = ? AND handled = 0", key)
		return err
	})
}

// TakeUp leases deliveries that nobody holds. See executor.Inbox.
func (s *SQLite) TakeUp(ctx context.Context, c executor.Claim) ([]executor.Delivery, error) {
	const where = "handled = 0 AND (lease_until IS NULL OR lease_until <= ?)"
	args := []any{c.Now.UnixMicro()}
	if some, err := s.any(ctx, "SELECT 1 FROM inbox WHERE "+where, args); err != nil || !some {
		return nil, err
	}
	var taken []executor.Delivery
	err := s.change(ctx, "take up deliveries", func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT key, body, at, forget_at FROM inbox WHERE "+where+" ORDER BY at, number LIMIT ?",
			append(args, max(c.Limit, 0))...)
		taken, err = collect(rows, err, func(scan func(...any) error) (d executor.Delivery, err error) {
			var at, until sql.NullInt64
			err = scan(&d.Key, &d.Body, &at, &until)
			d.At, d.Until = fromColumn(at), fromColumn(until)
			return d, err
		})
		if err != nil {
			return err
		}
		for _, d := range taken {
			if err := lease(ctx, tx, "UPDATE inbox SET lease_owner = ?, lease_until = ? WHERE key = ?", c, d.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// Hold puts off the end of a lease. See executor.Inbox.
func (s *SQLite) Hold(ctx context.Context, key string, l executor.Lease) (ours bool, err error) {
	err = s.change(ctx, "hold a delivery", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE inbox SET lease_until = ? WHERE key = ? AND handled = 0 AND lease_owner = ?",
			l.Until.UnixMicro(), key, l.Owner)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		ours = n == 1
		return err
	})
	return ours && err == nil, err
}

// LetGo ends a lease. See executor.Inbox.
func (s *SQLite) LetGo(ctx context.Context, key, owner string) error {
	return s.change(ctx, "let a delivery go", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE inbox SET lease_owner = NULL, lease_until = NULL WHERE key = ? AND lease_owner = ?", key, owner)
		return err
	})
}
