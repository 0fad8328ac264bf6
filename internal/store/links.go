package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"accountops/internal/executor"
)

var _ executor.Links = (*SQLite)(nil)

// Link records a link. See executor.Links.
func (s *SQLite) Link(ctx context.Context, l executor.Link, record executor.Record) error {
	return s.change(ctx, "link "+string(l.Identity), func(tx *sql.Tx) error {
		var linked, loop bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM links WHERE identity = ?1),
			?1 = ?2 OR EXISTS (SELECT 1 FROM links WHERE identity = ?2) OR EXISTS (SELECT 1 FROM links WHERE principal = ?1)`,
			l.Identity, l.Principal).Scan(&linked, &loop)
		switch {
		case err != nil:
			return err
		case linked:
			return executor.ErrLinked
		case loop:
			return executor.ErrLinkLoop
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO links (identity, principal, at) VALUES (?, ?, ?)",
			l.Identity, l.Principal, l.At.UnixMicro()); err != nil {
			return err
		}
		return appendRecord(ctx, tx, record)
	})
}

// Unlink takes a link away. See executor.Links.
func (s *SQLite) Unlink(ctx context.Context, identity executor.Principal, record executor.Record) error {
	return s.change(ctx, "unlink "+string(identity), func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, "DELETE FROM links WHERE identity = ?", identity)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, executor.ErrNoLink)
		}
		return appendRecord(ctx, tx, record)
	})
}

// Linked gives the person of an identity. See executor.Links.
func (s *SQLite) Linked(ctx context.Context, identity executor.Principal) (person executor.Principal, err error) {
	err = s.reads.QueryRowContext(ctx, "SELECT principal FROM links WHERE identity = ?", identity).Scan(&person)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("store: find the person of %s: %w", identity, err)
	}
	return person, nil
}

// Links lists links. See executor.Links.
func (s *SQLite) Links(ctx context.Context, of executor.Principal) ([]executor.Link, error) {
	rows, err := s.reads.QueryContext(ctx, `SELECT identity, principal, at FROM links WHERE ?1 = '' OR principal = ?1
		ORDER BY principal, identity`, of)
	links, err := collect(rows, err, func(scan func(...any) error) (l executor.Link, err error) {
		var at sql.NullInt64
		err = scan(&l.Identity, &l.Principal, &at)
		l.At = fromColumn(at)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("store: read the links: %w", err)
	}
	return links, nil
}
