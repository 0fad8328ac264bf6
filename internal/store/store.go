// Package store keeps requests, their audit records and what is still to be shown in one SQLite file.
//
// Each step is one transaction: the request, its audit records, its next due time and its outbox entry are on disk
// together or not at all. Several processes may use the same file.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"accountops/internal/executor"
)

// The names of the files in the data directory.
const (
	dataFile = "accountops.db"
	lockFile = "accountops.lock"
)

// busyTimeout is how long a write waits for another process's write.
const busyTimeout = 10 * time.Second

// readers is how many reads run at once. WAL lets them run beside the one writer.
const readers = 4

// SQLite is an executor.Store in one file. It is safe for concurrent use.
type SQLite struct {
	writes *sql.DB // one connection: SQLite has one writer, and waiting for it here is fair
	reads  *sql.DB
	one    *sql.Stmt // reads one request: the one read that many callers poll by, so it is parsed once a connection
	alive  *alive
	now    func() time.Time
}

var _ executor.Store = (*SQLite)(nil)

// Open opens or makes the database in dir and brings its schema up to date. now tells the time that leases are measured
// by. When no other living process has the database open, all leases are released: their owners are dead.
func Open(ctx context.Context, dir string, now func() time.Time) (*SQLite, error) {
	s, err := open(ctx, dir, now)
	if err != nil {
		return nil, fmt.Errorf("open the database in %s: %w", dir, err)
	}
	return s, nil
}

func open(ctx context.Context, dir string, now func() time.Time) (_ *SQLite, err error) {
	path, err := prepare(dir)
	if err != nil {
		return nil, err
	}
	alive, alone, err := declareAlive(ctx, filepath.Join(dir, lockFile))
	if err != nil {
		return nil, err
	}
	s := &SQLite{alive: alive, now: now}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.writes, err = connect(path, 1, false); err != nil {
		return nil, err
	}
	if err = migrate(ctx, s.writes); err != nil {
		return nil, err
	}
	if alone {
		if err = s.releaseLeases(ctx); err != nil {
			return nil, err
		}
	}
	if err = alive.share(ctx); err != nil {
		return nil, err
	}
	if s.reads, err = connect(path, readers, true); err != nil {
		return nil, err
	}
	s.one, err = s.reads.PrepareContext(ctx, "SELECT "+requestColumns+" FROM requests WHERE id = ?")
	return s, err
}

// Close ends all use of the database. Leases stay until they end, or until the next Open that is alone.
func (s *SQLite) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.reads, s.writes} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(append(errs, s.alive.close())...)
}

// Exists tells whether there is a database in a directory. It makes none.
func Exists(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, dataFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// prepare makes the directory and the file so that only their owner can read them, and gives the file's path.
func prepare(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, dataFile)
	// Never open and close an existing file here: POSIX drops every lock that this process holds on a file when any
	// descriptor of it is closed, SQLite's among them.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return path, narrow(path)
	case err != nil:
		return "", err
	}
	return path, f.Close()
}

// narrow takes the file away from everybody but its owner.
func narrow(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(path, 0o600)
}

// connect opens a pool on the file. Pragmas that last with the file are set as well: setting them again changes nothing.
func connect(path string, conns int, readOnly bool) (*sql.DB, error) {
	q := url.Values{
		"_defensive": {"1"},
		"_dqs":       {"0"},
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
			"foreign_keys(1)",
			"fullfsync(1)",          // macOS: fsync alone does not reach the disk
			"recursive_triggers(1)", // so that REPLACE fires the triggers that guard the audit log
			"secure_delete(1)",      // an erased delivery may have held a capability
			"synchronous(full)",
			"trusted_schema(0)",
		},
	}
	if readOnly {
		q.Set("_query_only", "1")
		q.Set("mode", "rw") // not "rwc": reading makes no file
	} else {
		q.Set("_journal_mode", "wal")
		q.Set("_txlock", "immediate")
	}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// change runs f in the one writing transaction. Nothing of it is kept when f or the commit fails.
func (s *SQLite) change(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	err := inTx(ctx, s.writes, f)
	if err != nil {
		return fmt.Errorf("store: %s: %w", what, err)
	}
	return nil
}

func inTx(ctx context.Context, db *sql.DB, f func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
