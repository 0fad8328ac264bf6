package slackbot

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// copies keeps where cards are, and nothing else.
type copies struct{ executor.Outbox }

func (copies) SaveCopy(context.Context, string, executor.Copy) error { return nil }

// drawing is one card that is drawn with a given clock, in a workspace that counts the updates.
type drawing struct {
	t       *testing.T
	bot     *Bot
	now     time.Time
	updates atomic.Int64
	request executor.Request
	copy    *place
}

func newDrawing(t *testing.T) *drawing {
	t.Helper()
	w := newWorld(t)
	x := &drawing{t: t, now: time.Now(), request: sample(), copy: &place{Copy: executor.Copy{Purpose: forApprovals, Channel: approvals}}}
	w.through(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "chat.update") {
				x.updates.Add(1)
			}
			next.ServeHTTP(rw, r)
		})
	})
	cfg := w.config()
	cfg.Now = func() time.Time { return x.now }
	s, err := Connect(t.Context(), cfg)
	require.NoError(t, err)
	x.bot = New(s, idle{}, copies{}, idle{}, Options{Owner: "test", NewID: newID})
	x.show()
	require.Equal(t, x.request.Version, x.copy.Drawn, "it is posted")
	return x
}

func (x *drawing) show() {
	x.t.Helper()
	x.copy.late = 0
	require.NoError(x.t, x.bot.showCard(x.t.Context(), x.request, x.copy))
}

// step takes a request on, as the executor does.
func (x *drawing) step(to executor.State) {
	x.t.Helper()
	r := &x.request
	if r.State == executor.Pending && to != executor.Pending {
		r.Settled = r.Version + 1
	}
	r.State, r.Version = to, r.Version+1
	x.show()
}

func TestABurstOfTenStepsCostsAtMostTwoUpdatesAndTheCardShowsTheLast(t *testing.T) {
	t.Parallel()
	x := newDrawing(t)
	steps := []executor.State{
		executor.Approved, executor.Sending, executor.Following, executor.Following, executor.Following, executor.Following, executor.Verifying,
		executor.Verifying, executor.Verifying, executor.Done,
	}
	require.Len(t, steps, 10)
	for _, state := range steps {
		x.step(state)
		require.Equal(t, int64(1), x.updates.Load(), "buttons that mean nothing go at once, and the rest is gathered")
	}
	require.Equal(t, 1200*time.Millisecond, x.copy.late, "the card is looked at again when they are")
	x.now = x.now.Add(x.copy.late - time.Millisecond)
	x.show()
	require.Equal(t, time.Millisecond, x.copy.late)
	x.now = x.now.Add(x.copy.late)
	x.show()
	require.Equal(t, int64(2), x.updates.Load())
	require.Equal(t, x.request.Version, x.copy.Drawn, "the last step is on the card")
	require.Zero(t, x.copy.late)
}

func TestButtonsThatMeanNothingAnyMoreGoAtOnceHoweverNewTheCardIs(t *testing.T) {
	t.Parallel()
	x := newDrawing(t)
	x.step(executor.Pending)
	require.Equal(t, int64(1), x.updates.Load(), "a vote alone waits for nothing")
	x.step(executor.Pending)
	require.Equal(t, int64(1), x.updates.Load(), "the next ones are gathered")
	require.Positive(t, x.copy.late)
	x.step(executor.Denied)
	require.Equal(t, int64(2), x.updates.Load())
	require.Equal(t, x.request.Version, x.copy.Drawn)
	x.now = x.now.Add(-time.Hour)
	x.step(executor.Denied)
	require.Equal(t, int64(3), x.updates.Load(), "a clock that went back holds no card up for an hour")
}

func TestStepsAreGatheredAndEveryCardShowsTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var updates atomic.Int64
	w.through(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "chat.update") {
				updates.Add(1)
			}
			next.ServeHTTP(rw, r)
		})
	})
	w.gather = time.Hour
	w.start()
	ts := w.asked()
	id := w.requestAt(ts)
	w.until("it is all shown", func() bool { return w.drawn(id) })
	hang := make(chan struct{})
	w.sys.mu.Lock()
	w.sys.hang = hang // before it is looked at again
	w.sys.mu.Unlock()
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the buttons are gone", func() bool { return len(buttonsOn(w.message(approvals, ts))) == 0 && w.drawn(id) })
	require.LessOrEqual(t, updates.Load(), int64(2), "one for each of two copies")
	close(hang)
	w.until("it has come to its end", func() bool {
		r, err := w.exec.Show(t.Context(), id)
		require.NoError(t, err)
		return !r.Open()
	})
	w.until("it is all shown", func() bool { w.clock.advance(time.Minute); return w.shown(id) })
	require.LessOrEqual(t, updates.Load(), int64(2*2), "at most two for each of two copies")
	require.Contains(t, strings.Join(w.thread(approvals, ts), ""), "verified")
}

// drawn tells whether every copy is as far as the record.
func (w *world) drawn(id string) bool {
	r, err := w.exec.Show(w.t.Context(), id)
	require.NoError(w.t, err)
	copies, err := w.store.Copies(w.t.Context(), id)
	require.NoError(w.t, err)
	return len(copies) == 2 && copies[0].Drawn == r.Version && copies[1].Drawn == r.Version
}
