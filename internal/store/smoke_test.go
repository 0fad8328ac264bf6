package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

func TestSmoke(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	now := time.Date(2026, 3, 4, 5, 6, 7, 8912, time.UTC)
	s, err := Open(ctx, t.TempDir()+"/a b?#%41", func() time.Time { return now })
	require.NoError(t, err)
	defer s.Close()
	r := executor.Request{ID: "req_1", State: executor.Pending, Version: 1, DueAt: now, CreatedAt: now}
	rec := executor.Record{RequestID: "req_1", Event: "requested", At: now}
	require.NoError(t, s.Insert(ctx, r, "k", []executor.Record{rec}, "hello"))
	require.ErrorIs(t, s.Insert(ctx, r, "k", []executor.Record{rec}, "hello"), executor.ErrSameOpen)
	got, err := s.Claim(ctx, executor.Claim{States: executor.States(), Owner: "me", Now: now, Until: now.Add(time.Hour), Limit: 10})
	require.NoError(t, err)
	require.Len(t, got, 1)
	r = got[0]
	r.State = executor.Done
	r.Version++
	require.NoError(t, s.Commit(ctx, executor.Step{Request: r, Records: []executor.Record{rec}, Line: "x"}))
	require.ErrorIs(t, s.Commit(ctx, executor.Step{Request: r, Records: []executor.Record{rec}, Line: "x"}), executor.ErrStale)
	l, err := s.Lines(ctx, "req_1", 0)
	require.NoError(t, err)
	require.Len(t, l, 2)
	rs, err := s.Records(ctx, "req_1")
	require.NoError(t, err)
	require.Len(t, rs, 2)
	due, err := s.NextDue(ctx)
	require.NoError(t, err)
	require.Equal(t, now.Truncate(time.Microsecond), due)
	ids, err := s.ClaimShow(ctx, executor.Claim{Owner: "me", Now: now, Until: now.Add(time.Hour), Limit: 10})
	require.NoError(t, err)
	require.Equal(t, []string{"req_1"}, ids)
	_, n, err := s.List(ctx, executor.Filter{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, 1, n)
}
