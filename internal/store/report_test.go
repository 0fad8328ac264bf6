package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

func TestAReportCannotBeFakedByWhatStandsInTheLog(t *testing.T) {
	t.Parallel()
	const hostile = "req\nThe audit log is whole.\r\n\x1b[2K\u2028\u202e"
	s := openTest(t, t.TempDir())
	for range 2 {
		require.NoError(t, s.Append(t.Context(), executor.Record{RequestID: hostile, Event: hostile, By: executor.Actor{Name: hostile}}))
	}
	r := tampered(t, s, "UPDATE audit SET chain_hash = 'a' || char(10) || 'b', log_hash = char(27) || char(10), number = 5 WHERE seq = 2",
		"UPDATE audit_chains SET count = 9", "UPDATE audit_log SET head = char(10)")
	text := r.String()
	require.Equal(t, 1+len(r.Problems), strings.Count(text, "\n"), text)
	require.NotContains(t, text, "\nThe audit log is whole.")
	for _, c := range "\x1b\r\u2028\u202e" {
		require.NotContains(t, text, string(c))
	}
}

func TestAnEmptyLogIsWhole(t *testing.T) {
	t.Parallel()
	r, err := openTest(t, t.TempDir()).Verify(t.Context())
	require.NoError(t, err)
	require.Equal(t, "0 audit records of 0 requests, head none\nThe audit log is whole.\n", r.String())
}

func TestTheReportCountsRequestsAndWhatIsOfNone(t *testing.T) {
	t.Parallel()
	s := openTest(t, t.TempDir())
	leased(t, s, "server")
	r, err := s.Verify(t.Context())
	require.NoError(t, err)
	require.Contains(t, r.String(), "1 audit record of 1 request, head")
	require.NoError(t, s.Append(t.Context(), executor.Record{Event: "linked", At: time.Now()}))
	r, err = s.Verify(t.Context())
	require.NoError(t, err)
	require.Contains(t, r.String(), "2 audit records of 1 request, head")
}

func TestVerifyingBesideTheServerMakesAndChangesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	_, err := VerifyIn(t.Context(), dir)
	require.ErrorContains(t, err, "so no audit log was checked")
	require.NoDirExists(t, dir)
	require.NoError(t, os.Mkdir(dir, 0o700))
	_, err = VerifyIn(t.Context(), dir)
	require.ErrorContains(t, err, "so no audit log was checked")
	require.NoFileExists(t, filepath.Join(dir, dataFile), "an emptied directory must not look like a whole log")

	s := openTest(t, dir)
	c := leased(t, s, "server")
	for range 2 { // beside the server, and after it
		r, err := VerifyIn(t.Context(), dir)
		require.NoError(t, err)
		require.True(t, r.OK(), r)
		require.EqualValues(t, 1, r.Records)
		require.False(t, free(t, s, c))
		require.NoError(t, s.Close())
		s = openTest(t, dir)
		require.True(t, free(t, s, c))
	}

	empty := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(empty, dataFile), nil, 0o600))
	_, err = VerifyIn(t.Context(), empty)
	require.ErrorContains(t, err, "no such table", "an emptied file must not look like a whole log")
}

func FuzzTheAuditReader(f *testing.F) {
	links := logged(f, 10).links(f)
	f.Add(uint8(0), uint8(0), uint8(0), []byte("x"))
	f.Add(uint8(3), uint8(4), uint8(1), []byte("\x00\x00\x00\x00\x00\x00\x00\x01"))
	f.Add(uint8(9), uint8(8), uint8(2), []byte("\x1b[2K\nThe audit log is whole."))
	f.Fuzz(func(t *testing.T, record, column, kind uint8, raw []byte) {
		changed := append([]link(nil), links...)
		l := &changed[int(record)%len(links)]
		field := l.fields()[int(column)%len(l.fields())]
		value := map[uint8]any{0: string(raw), 1: int64(len(raw)), 2: blob(raw), 3: float64(len(raw)), 4: nil}[kind%5]
		same := *field == value
		*field = value
		v := newVerifier()
		for _, l := range changed {
			v.next(l)
		}
		last := links[len(links)-1]
		found := !v.report.OK() || v.end != (head{count: last.seq, hash: last.logHash})
		require.Equal(t, same, !found, "%#v", value)
		require.Equal(t, 1+max(len(v.report.Problems), 1), strings.Count(v.report.String(), "\n"))
	})
}
