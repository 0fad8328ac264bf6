package store

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// leased records a request that is due, and leases it and its showing to owner for an hour.
func leased(tb testing.TB, s *SQLite, owner string) executor.Claim {
	tb.Helper()
	ctx := context.Background()
	r := executor.Request{ID: "req_1", State: executor.Approved, Version: 1, CreatedAt: testTime, DueAt: testTime}
	_, err := s.Insert(ctx, executor.Arrival{Request: r, Key: "key", Records: []executor.Record{{RequestID: "req_1", Event: "requested"}}})
	require.NoError(tb, err)
	c := executor.Claim{
		States: []executor.State{executor.Approved}, Owner: owner, Now: testTime, Until: testTime.Add(time.Hour), Limit: 10,
	}
	require.True(tb, free(tb, s, c))
	return c
}

// free claims the request and its showing and tells whether both were given; it is both or none.
func free(tb testing.TB, s *SQLite, c executor.Claim) bool {
	tb.Helper()
	steps, err := s.Claim(context.Background(), c)
	require.NoError(tb, err)
	shows, err := s.ClaimShow(context.Background(), c)
	require.NoError(tb, err)
	require.Len(tb, shows, len(steps))
	return len(steps) == 1
}

func TestWhoOpensTheDatabaseAloneReleasesTheLeasesOfTheDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dead, err := Open(t.Context(), dir, fixed)
	require.NoError(t, err)
	c := leased(t, dead, "dead")
	require.NoError(t, dead.Close())
	require.True(t, free(t, openTest(t, dir), c))
}

func TestWhoOpensTheDatabaseBesideALivingOneLeavesItsLeases(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	living := openTest(t, dir)
	c := leased(t, living, "living")
	for range 3 {
		other, err := Open(t.Context(), dir, fixed)
		require.NoError(t, err)
		require.False(t, free(t, other, c))
		require.NoError(t, other.Close())
	}
	require.False(t, free(t, living, c))
}

func TestAKilledProcessLeavesNothingToWaitFor(t *testing.T) {
	t.Parallel()
	const asked = "ACCOUNTOPS_TEST_LEASE_IN"
	if dir := os.Getenv(asked); dir != "" {
		s, err := Open(context.Background(), dir, fixed)
		require.NoError(t, err)
		leased(t, s, "killed")
		fmt.Println("\nleased")
		select {} // until it is killed
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), asked+"="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "leased" {
	}
	beside, err := Open(t.Context(), dir, fixed)
	require.NoError(t, err)
	c := executor.Claim{
		States: []executor.State{executor.Approved}, Owner: "next", Now: testTime, Until: testTime.Add(time.Hour), Limit: 10,
	}
	require.False(t, free(t, beside, c), "the other process is alive")
	require.NoError(t, beside.Close())
	require.NoError(t, child.Process.Kill())
	require.Error(t, child.Wait())

	s := openTest(t, dir)
	require.True(t, free(t, s, c))
	r, err := s.Verify(t.Context())
	require.NoError(t, err)
	require.True(t, r.OK(), r)
}

func TestManyOpenANewDatabaseAtOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "a b?c#d%41")
	var all sync.WaitGroup
	errs := make(chan error, 10)
	for range cap(errs) {
		all.Go(func() {
			s, err := Open(t.Context(), dir, fixed)
			if err == nil {
				err = s.Append(t.Context(), executor.Record{Event: "started"})
				defer s.Close()
			}
			errs <- err
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	r, err := openTest(t, dir).Verify(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 10, r.Records)
	require.True(t, r.OK(), r)
}

func TestOnlyTheOwnerCanReadTheFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s := openTest(t, dir)
	leased(t, s, "a")
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 3)
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), f.Name())
	}
	require.NoError(t, s.Close())
	require.NoError(t, os.Chmod(filepath.Join(dir, dataFile), 0o644))
	openTest(t, dir)
	info, err = os.Stat(filepath.Join(dir, dataFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestADatabaseOfANewerProgramIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, fixed)
	require.NoError(t, err)
	c := leased(t, s, "a")
	have := 0
	require.NoError(t, s.writes.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&have))
	_, err = s.writes.ExecContext(t.Context(), "PRAGMA user_version = 99")
	require.NoError(t, err)
	require.NoError(t, s.Close())

	_, err = Open(t.Context(), dir, fixed)
	require.True(t, fault.Is(err, fault.Conflict), err)
	require.ErrorContains(t, err, "written by a newer accountops: it has schema 99")
	require.ErrorContains(t, err, "Nothing was changed.")

	db, err := connect(filepath.Join(dir, dataFile), 1, false)
	require.NoError(t, err)
	var owner string
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT lease_owner FROM requests").Scan(&owner))
	require.Equal(t, c.Owner, owner)
	_, err = db.ExecContext(t.Context(), fmt.Sprint("PRAGMA user_version = ", have))
	require.NoError(t, err)
	require.NoError(t, db.Close())
	require.True(t, free(t, openTest(t, dir), c), "the refused Open must have given its lock back")
}

func TestARequestOfAnOlderDatabaseCountsForItsRequester(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, dataFile))
	require.NoError(t, err)
	first, err := migrations.ReadFile("migrations/0001_start.sql")
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), string(first)+"; PRAGMA user_version = 1")
	require.NoError(t, err)
	old := executor.Request{ID: "req_1", State: executor.Pending, Version: 1, NeedsVote: true, CreatedAt: testTime, By: executor.Actor{Principal: "slack:T1:U1"}}
	doc, err := encode(old)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `INSERT INTO requests (id, version, state, ended, requester, created_at, document)
		VALUES (?, 1, 'pending', 0, ?, ?, ?)`, old.ID, old.By.Principal, old.CreatedAt.UnixMicro(), doc)
	require.NoError(t, err)
	require.NoError(t, db.Close())

	s := openTest(t, dir)
	next := old
	next.ID = "req_2"
	_, err = s.Insert(t.Context(), executor.Arrival{Request: next, Limits: &executor.Limits{Open: 1, Hourly: 9},
		Records: []executor.Record{{RequestID: next.ID, Event: "requested"}}})
	require.ErrorIs(t, err, executor.ErrManyOpen)
}

func TestAMigrationThatFailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, dataFile))
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "CREATE TABLE inbox (somebody_elses)") // the last table that the migration makes
	require.NoError(t, err)
	_, err = Open(t.Context(), dir, fixed)
	require.ErrorContains(t, err, "migration 1")
	tables, version := 0, 0
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM sqlite_schema WHERE type = 'table'").Scan(&tables))
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version))
	require.Equal(t, 1, tables)
	require.Zero(t, version)
	require.NoError(t, db.Close())
}

func TestWhatIsNoDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, dataFile)
	require.NoError(t, os.WriteFile(path, []byte("this is not a database, whatever its name says"), 0o600))
	_, err := Open(t.Context(), dir, fixed)
	require.ErrorContains(t, err, "open the database in "+dir)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "this is not a database, whatever its name says", string(text))
	_, err = Open(t.Context(), path, fixed)
	require.Error(t, err, "a file is no directory")
}

func TestEachStepIsSyncedToDisk(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "recursive_triggers": "1", "secure_delete": "1",
		"busy_timeout": "10000", "fullfsync": "1", "trusted_schema": "0",
	} {
		var got string
		require.NoError(t, s.writes.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
		require.Equal(t, want, got, pragma)
	}
	_, err := s.reads.ExecContext(t.Context(), "DELETE FROM inbox")
	require.ErrorContains(t, err, "readonly", "the readers' connections cannot write")
}

func TestTheStoreWorksInATestWithFakeTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), dir, time.Now)
		require.NoError(t, err)
		begin := time.Now()
		require.NoError(t, s.Append(t.Context(), executor.Record{Event: "e"}))
		time.Sleep(time.Hour)
		require.NoError(t, s.Append(t.Context(), executor.Record{Event: "e"}))
		require.Equal(t, time.Hour, time.Since(begin))
		require.NoError(t, s.Close())
	})
}
