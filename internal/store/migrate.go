package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"accountops/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migration is one numbered step of the schema.
type migration struct {
	version int64
	sql     string
}

// known lists the migrations in order. Their numbers are 1, 2, 3, … without a gap.
func known() ([]migration, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	out := make([]migration, 0, len(names))
	for i, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil || version != int64(i+1) {
			return nil, fmt.Errorf("the migration %s should have the number %d", name, i+1)
		}
		text, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		out = append(out, migration{version: version, sql: string(text)})
	}
	return out, nil
}

// migrate brings the schema up to date in one transaction, and refuses one that is newer than this program.
func migrate(ctx context.Context, db *sql.DB) error {
	steps, err := known()
	if err != nil {
		return err
	}
	return inTx(ctx, db, func(tx *sql.Tx) error {
		var have int64
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
			return err
		}
		if newest := steps[len(steps)-1].version; have > newest {
			return fault.Newf(fault.Conflict, "The database was written by a newer accountops: it has schema %d, and this "+
				"program knows up to %d. Nothing was changed. Use the newer accountops, or another data directory.", have, newest)
		}
		for _, step := range steps[have:] {
			if _, err := tx.ExecContext(ctx, step.sql); err != nil {
				return fmt.Errorf("migration %d: %w", step.version, err)
			}
			if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", step.version)); err != nil {
				return fmt.Errorf("migration %d: %w", step.version, err)
			}
		}
		return nil
	})
}
