package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

var testTime = time.Date(2026, 3, 4, 5, 6, 7, 89000, time.UTC)

func fixed() time.Time { return testTime }

func openTest(tb testing.TB, dir string) *SQLite {
	tb.Helper()
	s, err := Open(context.Background(), dir, fixed)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

// logged gives a store with n audit records of some requests, and of none.
func logged(tb testing.TB, n int) *SQLite {
	tb.Helper()
	s := openTest(tb, tb.TempDir())
	var records []executor.Record
	for i := range n {
		id := ""
		if i%7 != 0 {
			id = fmt.Sprintf("req_%d", i%13)
		}
		records = append(records, executor.Record{
			RequestID: id, Event: "event", At: testTime.Add(time.Duration(i) * time.Second),
			By: executor.Actor{Principal: "p", Name: "n\n\x1b[2K", Door: executor.DoorMCP}, Data: json.RawMessage(fmt.Sprintf(`{"i":%d}`, i)),
		})
	}
	require.NoError(tb, s.Append(context.Background(), records...))
	return s
}

// links reads the log as it stands.
func (s *SQLite) links(tb testing.TB) []link {
	tb.Helper()
	rows, err := s.reads.QueryContext(context.Background(), "SELECT "+auditColumns+" FROM audit ORDER BY seq")
	out, err := collect(rows, err, func(scan func(...any) error) (l link, err error) { return l, l.read(scan) })
	require.NoError(tb, err)
	return out
}

// mutants gives a value with each of its bits (of a number) or bytes (of a text) changed, and its type.
func mutants(v any) []any {
	switch v := v.(type) {
	case int64:
		out := []any{nil, fmt.Sprint(v), float64(v)}
		for bit := range 64 {
			out = append(out, v^(1<<bit))
		}
		return out
	case string:
		out := []any{nil, blob(v), v + "\x00", "\n" + v, strings.ToUpper(v) + " ", int64(len(v))}
		for i := range len(v) {
			flipped := []byte(v)
			flipped[i] ^= 1 << (i % 8)
			out = append(out, string(flipped))
		}
		return out
	}
	panic("a column of another type")
}

func TestEveryByteOfEveryColumnOfAThousandRecordsIsProtected(t *testing.T) {
	t.Parallel()
	links := logged(t, 1000).links(t)
	require.Len(t, links, 1000)
	tried := 0
	v := newVerifier()
	for i, whole := range links {
		for column, name := range strings.Split(auditColumns, ", ") {
			for _, value := range mutants(*whole.fields()[column]) {
				changed := whole
				*changed.fields()[column] = value
				end, chain := v.end, v.chains[changed.requestID]
				v.next(changed)
				tried++
				if v.report.OK() || changed.seq == whole.seq && v.report.Problems[0].Seq != int64(i+1) {
					t.Fatalf("record %d with %s as %#v was not noticed, or another was named: %s", i+1, name, value, v.report)
				}
				// Back to where the log was before this record.
				v.end, v.report = end, Report{}
				if v.chains[changed.requestID] = chain; chain == (head{}) {
					delete(v.chains, changed.requestID)
				}
			}
		}
		v.next(whole)
		require.True(t, v.report.OK(), v.report)
	}
	t.Logf("%d mutants, all found", tried)
}

// tampered gives what Verify says after somebody with the file in their hands ran some SQL, which is undone.
func tampered(t *testing.T, s *SQLite, statements ...string) Report {
	t.Helper()
	ctx := t.Context()
	tx, err := s.writes.BeginTx(ctx, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback()) }()
	for _, sql := range append([]string{"DROP TRIGGER audit_is_never_changed", "DROP TRIGGER audit_is_never_deleted"}, statements...) {
		_, err := tx.ExecContext(ctx, sql)
		require.NoError(t, err, sql)
	}
	v := newVerifier()
	require.NoError(t, v.all(ctx, tx))
	return v.report
}

func TestAnEditedColumnIsFoundThroughSQL(t *testing.T) {
	t.Parallel()
	s := logged(t, 200)
	require.True(t, tampered(t, s).OK())
	for _, seq := range []int{1, 2, 99, 199, 200} {
		for _, column := range strings.Split(auditColumns, ", ") {
			change := "'x' || " + column
			switch column {
			case "seq":
				change = "seq + 1000"
			case "number", "at":
				change = column + " + 1000"
			}
			r := tampered(t, s, fmt.Sprintf("UPDATE audit SET %s = %s WHERE seq = %d", column, change, seq))
			require.False(t, r.OK(), "%s of record %d", column, seq)
			if column != "seq" {
				require.EqualValues(t, seq, r.Problems[0].Seq, r)
			} else {
				require.Contains(t, r.String(), fmt.Sprintf("record %d ", seq+1000))
			}
		}
	}
}

func TestADeletedInsertedReorderedOrCutOffRecordIsFound(t *testing.T) {
	t.Parallel()
	s := logged(t, 100)
	const copied = "request_id, number, event, at, actor, data, chain_prev, chain_hash, log_prev, log_hash"
	swap := func(a, b int) []string {
		return []string{
			"DROP INDEX audit_of_request",
			fmt.Sprintf("UPDATE audit SET seq = -1 WHERE seq = %d", a),
			fmt.Sprintf("UPDATE audit SET seq = %d WHERE seq = %d", a, b),
			fmt.Sprintf("UPDATE audit SET seq = %d WHERE seq = -1", b),
		}
	}
	insert := func(at string) []string {
		return []string{
			"DROP INDEX audit_of_request", "UPDATE audit SET seq = -seq - 1 WHERE seq >= " + at, "UPDATE audit SET seq = -seq WHERE seq < 0",
			"INSERT INTO audit SELECT " + at + ", " + copied + " FROM audit WHERE seq = 50",
		}
	}
	for what, c := range map[string]struct {
		sql  []string
		says string
	}{
		"the first deleted":              {[]string{"DELETE FROM audit WHERE seq = 1"}, "record 2 (request \"req_1\", its record 1) does not come right after record 0"},
		"one deleted":                    {[]string{"DELETE FROM audit WHERE seq = 50"}, "record 51 (request \"req_11\", its record 4) does not come right after record 49"},
		"the last deleted":               {[]string{"DELETE FROM audit WHERE seq = 100"}, "the log ends with record 99, but its head says record 100"},
		"the last deleted, log's head":   {[]string{"DELETE FROM audit WHERE seq = 100", "UPDATE audit_log SET count = 99, head = (SELECT log_hash FROM audit WHERE seq = 99)"}, "the records of the request end with record"},
		"the last deleted, chain's head": {[]string{"DELETE FROM audit WHERE seq = 100", "UPDATE audit_chains SET count = count - 1, head = (SELECT chain_hash FROM audit WHERE request_id = 'req_8' ORDER BY number DESC LIMIT 1) WHERE request_id = 'req_8'"}, "the log ends with record 99"},
		"half cut off":                   {[]string{"DELETE FROM audit WHERE seq > 50"}, "the log ends with record 50"},
		"all deleted":                    {[]string{"DELETE FROM audit"}, "the log ends with record 0"},
		"all deleted, heads too":         {[]string{"DELETE FROM audit", "DELETE FROM audit_log"}, ""},
		"one request deleted":            {[]string{"DELETE FROM audit WHERE request_id = 'req_3'", "DELETE FROM audit_chains WHERE request_id = 'req_3'"}, "does not come right after"},
		"one request's head deleted":     {[]string{"DELETE FROM audit_chains WHERE request_id = 'req_3'"}, `request "req_3": the records of the request end with record`},
		"a head added":                   {[]string{"INSERT INTO audit_chains VALUES ('req_new', 3, 'x')"}, `request "req_new": all 3 records of the request are missing`},
		"a head's count":                 {[]string{"UPDATE audit_chains SET count = count + 1 WHERE request_id = 'req_3'"}, `request "req_3"`},
		"a head's hash":                  {[]string{"UPDATE audit_chains SET head = 'x' || head WHERE request_id = ''"}, "the records of no request end with record 15 of them, but their head says 15"},
		"the log's count":                {[]string{"UPDATE audit_log SET count = 99"}, "head says record 99"},
		"the log's hash":                 {[]string{"UPDATE audit_log SET head = upper(head)"}, "the log ends with record 100"},
		"neighbours exchanged":           {swap(50, 51), "record 50 "},
		"two far apart exchanged":        {swap(2, 99), "record 2 "},
		"the last two exchanged":         {swap(99, 100), "record 99 "},
		"a copy inserted":                {insert("51"), "record 51 "},
		"a copy inserted first":          {insert("1"), "record 1 "},
		"a copy at the end":              {insert("101"), "record 101 "},
		"a request without records":      {[]string{"INSERT INTO requests (id, version, state, ended, requester, created_at, document) VALUES ('req_forged', 1, 'approved', 0, 'x', 1, '{}')"}, `request "req_forged": the request has no audit record at all`},
	} {
		t.Run(what, func(t *testing.T) {
			r := tampered(t, s, c.sql...)
			require.False(t, r.OK())
			require.Contains(t, r.String(), c.says)
		})
	}
}

func TestALogInATableWithoutTypesIsReadAndFoundOut(t *testing.T) {
	t.Parallel()
	s := logged(t, 30)
	loose := []string{"CREATE TABLE loose AS SELECT * FROM audit", "DROP TABLE audit", "ALTER TABLE loose RENAME TO audit"}
	// Dropping the table drops its triggers, so tampered's own statements have done their work before.
	require.True(t, tampered(t, s, loose...).OK(), "the same values are the same log")
	for _, column := range strings.Split(auditColumns, ", ") {
		for _, value := range []string{"NULL", "1.5", "x'00ff'", "CAST(" + column + " AS BLOB)", "'2026-01-01 00:00:00'"} {
			r := tampered(t, s, append(loose, fmt.Sprintf("UPDATE audit SET %s = %s WHERE seq = 15", column, value))...)
			require.False(t, r.OK(), "%s = %s", column, value)
		}
	}
}

func TestTheAuditTableTakesNoUpdateAndNoDelete(t *testing.T) {
	t.Parallel()
	s := logged(t, 3)
	for _, attempt := range []string{
		"UPDATE audit SET event = 'x'", "UPDATE audit SET event = event WHERE seq = 2", "DELETE FROM audit", "DELETE FROM audit WHERE seq = 3",
		"INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 2", "REPLACE INTO audit SELECT * FROM audit",
	} {
		_, err := s.writes.ExecContext(t.Context(), attempt)
		require.ErrorContains(t, err, "the audit log is append-only", attempt)
	}
	r, err := s.Verify(t.Context())
	require.NoError(t, err)
	require.True(t, r.OK(), r)
	require.EqualValues(t, 3, r.Records)
}

func TestTheLogStaysWholeWhenTwoProcessesWriteAndOneVerifies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := openTest(t, dir), openTest(t, dir)
	done := make(chan error, 2)
	for _, s := range []*SQLite{first, second} {
		go func() {
			for range 50 {
				if err := s.Append(context.Background(), executor.Record{RequestID: "req_1", Event: "e"}); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for ended := 0; ended < 2; {
		r, err := second.Verify(t.Context())
		require.NoError(t, err)
		require.True(t, r.OK(), r)
		select {
		case err := <-done:
			require.NoError(t, err)
			ended++
		default:
		}
	}
	r, err := first.Verify(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 100, r.Records)
}
