package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

func TestAFailingStoreIsTriedAgainMoreAndMoreSlowly(t *testing.T) {
	in(t, func(w *world) {
		w.store.add("a", executor.Approved, w.now())
		w.store.fail(errors.New("the disk is gone"))
		w.run()
		w.wait(10 * time.Minute)
		_, asked := w.store.calls()
		require.Less(w, asked, 40)
		require.Greater(w, asked, 10)
		require.Equal(w, asked, strings.Count(w.logs.String(), "the disk is gone"))
		w.steps.wake()
		w.store.fail(nil)
		w.wait(backOffMax)
		require.Len(w, w.steps.calls(), 1)

		w.store.fail(errors.New("again"))
		w.wait(2 * time.Second)
		require.Contains(w, w.logs.String()[strings.Index(w.logs.String(), "again"):], "again")
		require.Contains(w, w.logs.String()[strings.LastIndex(w.logs.String(), "the disk is gone"):], "pause=100ms", "success ends the back-off")
	})
}

func TestStoppingClaimsNoMoreAndWaitsForWhatRuns(t *testing.T) {
	in(t, func(w *world) {
		var cut error
		w.steps.do = func(ctx context.Context, r executor.Request) {
			time.Sleep(20 * time.Second)
			cut = ctx.Err()
			w.steps.end(r)
		}
		w.store.add("running", executor.Approved, w.now())
		w.run()
		w.stop()
		w.store.add("too late", executor.Approved, w.now())
		w.steps.wake()
		w.wait(19 * time.Second)
		require.Empty(w, w.ended)
		w.wait(time.Second)
		w.stop = nil
		require.NoError(w, <-w.ended)
		require.NoError(w, cut, "a step that runs must not be cut short")
		require.Len(w, w.steps.calls(), 1)
	})
}

func TestAPanicIsLoggedWithAnIncidentAndOnlyItsLeaseIsLost(t *testing.T) {
	in(t, func(w *world) {
		times := 0
		w.steps.do = func(_ context.Context, r executor.Request) {
			if r.ID != "bad" {
				w.steps.end(r)
				return
			}
			if times++; times == 1 {
				panic(errors.New("Bearer s3cr3t"))
			}
			var none []int
			times = none[times]
		}
		w.opts.Workers = 1
		w.store.add("bad", executor.Approved, w.now())
		w.store.add("good", executor.Approved, w.now())
		w.run()
		require.Equal(w, []call{{[]string{"bad"}, 0}, {[]string{"good"}, 0}}, w.steps.calls())
		require.Contains(w, w.logs.String(), "incident=incident-1")
		require.Contains(w, w.logs.String(), "requests=[bad]")
		require.Contains(w, w.logs.String(), "fakeSteps")
		require.NotContains(w, w.logs.String(), "s3cr3t")
		w.wait(time.Minute - time.Second)
		require.Len(w, w.steps.calls(), 2)
		w.wait(2 * time.Second)
		require.Len(w, w.steps.calls(), 3, "the lease has run out")
		require.Contains(w, w.logs.String(), "index out of range")
	})
}
