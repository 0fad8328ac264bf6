package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// everything gives the contents of every table but the audit log's own, to compare before and after.
func everything(tb testing.TB, s *SQLite) string {
	tb.Helper()
	var b strings.Builder
	for _, table := range []string{"requests", "audit", "audit_chains", "audit_log", "lines", "outbox", "copies", "inbox"} {
		rows, err := s.reads.QueryContext(context.Background(), "SELECT * FROM "+table)
		require.NoError(tb, err)
		columns, err := rows.Columns()
		require.NoError(tb, err)
		require.NoError(tb, each(rows, nil, func(scan func(...any) error) error {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			err := scan(into...)
			fmt.Fprintf(&b, "%s %q\n", table, values)
			return err
		}))
	}
	return b.String()
}

func stepOf(r executor.Request, to executor.State) executor.Step {
	r.State, r.Version = to, r.Version+1
	record := executor.Record{RequestID: r.ID, Event: string(to), At: testTime, By: executor.System}
	return executor.Step{Request: r, Records: []executor.Record{record}, Line: "Now " + string(to) + "."}
}

func TestAStepWhoseAuditRecordCannotBeWrittenDoesNotHappen(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ breaks, mends, says string }{
		"read-only": {"PRAGMA query_only = 1", "PRAGMA query_only = 0", "readonly"},
		"disk full": {"PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", "full"},
		"the audit log alone": {
			"CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room in the log'); END", "DROP TRIGGER broken", "no room in the log",
		},
		"the head of the log alone": {
			"CREATE TRIGGER broken BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'no head'); END", "DROP TRIGGER broken", "no head",
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			s := openTest(t, t.TempDir())
			leased(t, s, "worker")
			r, err := s.Get(ctx, "req_1")
			require.NoError(t, err)
			before := everything(t, s)
			_, err = s.writes.ExecContext(ctx, c.breaks)
			require.NoError(t, err)

			// On a full disk the first steps may still find room in the pages that are there.
			made, large := 0, strings.Repeat("x", 3000)
			for ; err == nil && made < 100; made++ {
				step := stepOf(r, executor.Pending)
				step.Line += large
				if err = s.Commit(ctx, step); err == nil {
					r, before = step.Request, everything(t, s)
				}
			}
			require.ErrorContains(t, err, c.says)
			require.NotErrorIs(t, err, executor.ErrStale)
			require.Equal(t, before, everything(t, s))
			require.Error(t, s.Append(ctx, executor.Record{Event: large, By: executor.Actor{Name: large}}))
			other := executor.Request{ID: "req_2", State: executor.Approved, Version: 1, Reason: large}
			_, err = s.Insert(ctx, executor.Arrival{Request: other, Key: "other", Records: []executor.Record{{RequestID: "req_2", Event: "requested"}}, Line: large})
			require.Error(t, err)
			require.Equal(t, before, everything(t, s))

			_, err = s.writes.ExecContext(ctx, c.mends)
			require.NoError(t, err)
			require.NoError(t, s.Commit(ctx, stepOf(r, executor.Sending)))
			report, err := s.Verify(ctx)
			require.NoError(t, err)
			require.True(t, report.OK(), report)
		})
	}
}

func TestARequestIsNotReadForWhoHasGone(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	leased(t, s, "one")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Get(ctx, "req_1")
	require.NoError(t, err)
	cancel()
	_, err = s.Get(ctx, "req_1")
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, executor.ErrNoSuch)
}

func TestAnErasedBodyIsInNoFileOnceTheDatabaseIsClosed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, dir)
	for n := range 20 {
		key := fmt.Sprint("key ", n)
		d := executor.Delivery{Key: key, Body: []byte(strings.Repeat("capability of "+key, 300)), At: testTime, Until: testTime.Add(time.Hour)}
		_, err := s.Receive(t.Context(), d, executor.Lease{Owner: "one", Until: time.Now().Add(time.Minute)})
		require.NoError(t, err)
		_, err = s.writes.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
		require.NoError(t, err)
		require.NoError(t, s.Handled(t.Context(), key))
	}
	require.NotContains(t, everything(t, s), "capability")
	require.NoError(t, s.Close())
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		require.False(t, bytes.Contains(raw, []byte("capability")), f.Name())
	}
}

func BenchmarkInsertAndCommit(b *testing.B) {
	s := openTest(b, b.TempDir())
	n := 0
	for b.Loop() {
		n++
		id := fmt.Sprintf("req_%d", n)
		r := executor.Request{ID: id, State: executor.Pending, Version: 1, CreatedAt: testTime, DueAt: testTime.Add(time.Hour)}
		_, err := s.Insert(b.Context(), executor.Arrival{Request: r, Key: id, Records: []executor.Record{{RequestID: id, Event: "requested"}}, Line: "asked"})
		require.NoError(b, err)
		require.NoError(b, s.Commit(b.Context(), stepOf(r, executor.Approved)))
	}
}

func BenchmarkOpenWithTenThousandOpenRequests(b *testing.B) {
	dir := b.TempDir()
	filled, err := Open(b.Context(), dir, fixed)
	require.NoError(b, err)
	_, err = filled.writes.ExecContext(b.Context(), "PRAGMA synchronous = off")
	require.NoError(b, err)
	for n := range 10_000 {
		id := fmt.Sprintf("req_%d", n)
		r := executor.Request{ID: id, State: executor.Approved, Version: 1, CreatedAt: testTime, DueAt: testTime, Reason: strings.Repeat("x", 2000)}
		_, err := filled.Insert(b.Context(), executor.Arrival{Request: r, Key: id, Records: []executor.Record{{RequestID: id, Event: "requested"}}, Line: "asked"})
		require.NoError(b, err)
	}
	c := executor.Claim{States: []executor.State{executor.Approved}, Owner: "o", Now: testTime, Until: testTime.Add(time.Hour), Limit: 10_000}
	_, err = filled.Claim(b.Context(), c)
	require.NoError(b, err)
	require.NoError(b, filled.Close())
	c.Limit = 16
	for b.Loop() {
		s, err := Open(b.Context(), dir, fixed)
		require.NoError(b, err)
		got, err := s.Claim(b.Context(), c)
		require.NoError(b, err)
		require.Len(b, got, 16)
		require.NoError(b, s.Close())
	}
}
