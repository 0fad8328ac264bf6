package identitytest

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

// kinds are the faults of one call, by the fakes' names, with the outcome that a write must have. Name, connect and TLS cannot really
// fail at a server that listens: what the client sees is a call that it wrote and that was not answered.
var kinds = map[string]identity.Outcome{
	"name fails": identity.Unclear, "refused": identity.Unclear, "connect timeout": identity.Unclear, "tls fails": identity.Unclear,
	"reset before the answer": identity.Unclear, "reset in the headers": identity.Unclear, "reset in the body": identity.Unclear,
	"one byte a second": identity.Unclear, "timeout after it was applied": identity.Unclear, "timeout before": identity.Unclear,
	"429 seconds": identity.Refused, "429 date": identity.Refused, "429 no header": identity.Refused, "429 absurd": identity.Refused,
	"500": identity.Unclear, "502": identity.Unclear, "503": identity.Unclear, "504": identity.Unclear,
	"401": identity.Accepted, "401 with a failing renewal": identity.Refused, "403": identity.Refused, "404": identity.Refused, "409": identity.Refused,
	"malformed json": identity.Unclear, "truncated json": identity.Unclear, "huge json": identity.Unclear, "wrongly typed json": identity.Unclear,
	"doubled-key json": identity.Unclear,
}

// slow are the kinds that end only when the client gives up.
var slow = map[string]bool{"connect timeout": true, "one byte a second": true, "timeout after it was applied": true, "timeout before": true}

func patience(kind string) time.Duration {
	if slow[kind] {
		return 400 * time.Millisecond
	}
	return 5 * time.Second
}

// faults strikes one write, and one read, with each kind.
func faults(t *testing.T, open Open) {
	t.Helper()
	for kind, want := range kinds {
		t.Run("a write struck by "+kind, func(t *testing.T) {
			t.Parallel()
			b := open(t, patience(kind), 1000, time.Millisecond)
			_, err := b.System.Get(t.Context(), b.Sample.ID)
			require.NoError(t, err, "a token is there")
			b.strike(t, kind, 1)
			a := b.Destroy(t.Context(), b.Sample.ID)
			require.Equal(t, want, a.Outcome, "%v", a.Err)
			sent := 1
			if kind == "401" {
				sent = 2
			}
			require.Equal(t, sent, b.writes(t), "at the upstream's own record")
			b.consequence(t, a)
		})
		t.Run("a read struck by "+kind, func(t *testing.T) {
			t.Parallel()
			b := open(t, patience(kind), 1000, time.Millisecond)
			b.strike(t, kind, 1)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			got, err := b.System.Get(ctx, b.Sample.ID)
			if err == nil {
				require.Equal(t, b.Sample.ID, got.ID)
				return
			}
			require.Equal(t, kind == "404", fault.Is(err, fault.NotFound), "%v", err)
			require.Equal(t, kind != "404", fault.Is(err, fault.Upstream), "%v", err)
		})
	}
}

// consequence compares what the answer claims with what is so.
func (b *Bench) consequence(t *testing.T, a identity.Answer) {
	t.Helper()
	switch a.Outcome {
	case identity.Accepted:
		b.follow(t, a)
		require.False(t, b.accounts(t)[b.Sample.ID])
	case identity.Refused, identity.NotSent:
		require.True(t, b.accounts(t)[b.Sample.ID], "it was said that nothing was changed")
		require.Contains(t, a.Err.Sentence, "othing was changed")
	default:
		require.NotEmpty(t, a.Err.Sentence)
		require.Empty(t, a.Task)
	}
}

// routed strikes one route, so often: a read gets over that, and the other routes do not notice. Until it is switched off no read does.
func routed(t *testing.T, b *Bench) {
	t.Helper()
	seen := len(b.calls(t, "GET"))
	get := func() error {
		_, err := b.System.Get(t.Context(), b.Sample.ID)
		return err
	}
	require.NoError(t, get())
	route := b.calls(t, "GET")[seen].Path
	struck := func() (n int) {
		for _, c := range b.calls(t, "*") {
			if c.Status == http.StatusServiceUnavailable {
				require.Equal(t, route, c.Path)
				n++
			}
		}
		return n
	}
	b.post(t, "/faults", fmt.Sprintf(`{"method":"GET","path_prefix":%q,"kind":"503","times":2}`, route))
	_, err := b.System.Find(t.Context(), identity.Query{Text: "nobody.at.all", By: identity.ByUsername})
	require.NoError(t, err)
	require.Zero(t, struck(), "it is another route")
	require.NoError(t, get())
	require.Equal(t, 2, struck())
	require.NoError(t, get())
	require.Equal(t, 2, struck(), "so often and no more")
	b.post(t, "/faults", fmt.Sprintf(`{"path_prefix":%q,"kind":"503"}`, route))
	require.True(t, fault.Is(get(), fault.Upstream))
	require.Equal(t, 2+4, struck(), "each of its attempts")
	b.ask(t, http.MethodDelete, "/faults", "")
	require.NoError(t, get())
}

func (b *Bench) strike(t *testing.T, kind string, times int) {
	t.Helper()
	b.post(t, "/faults", fmt.Sprintf(`{"kind":%q,"times":%d}`, kind, times))
}
