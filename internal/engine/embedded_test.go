package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

func TestADueRequestIsBroughtToTheExecutorAtOnce(t *testing.T) {
	in(t, func(w *world) {
		for _, s := range executor.States() {
			if !s.Ended() {
				w.store.add(string(s), s, w.now())
			}
		}
		w.opts.Workers = 10
		w.run()
		var got []string
		for _, c := range w.steps.calls() {
			require.Zero(w, c.at)
			require.Len(w, c.ids, 1)
			got = append(got, c.ids...)
		}
		require.ElementsMatch(w, []string{"pending", "approved", "sending", "following", "verifying", "in_doubt"}, got)
	})
}

func TestARequestIsBroughtToTheExecutorWhenItFallsDue(t *testing.T) {
	in(t, func(w *world) {
		w.store.add("soon", executor.Approved, w.now().Add(300*time.Millisecond))
		w.store.add("later", executor.Approved, w.now().Add(72*time.Hour+time.Millisecond))
		w.run()
		w.wait(73 * time.Hour)
		require.Equal(w, []call{{[]string{"soon"}, 300 * time.Millisecond}, {[]string{"later"}, 72*time.Hour + time.Millisecond}}, w.steps.calls())
	})
}

func TestACommitWakesTheEngine(t *testing.T) {
	in(t, func(w *world) {
		w.run()
		w.wait(300 * time.Millisecond)
		w.store.add("a", executor.Approved, w.now())
		w.steps.wake()
		w.wait(time.Nanosecond)
		require.Equal(w, []call{{[]string{"a"}, 300 * time.Millisecond}}, w.steps.calls())
	})
}

func TestWhatNobodyWokeTheEngineForIsFoundWithinASecond(t *testing.T) {
	in(t, func(w *world) {
		w.run()
		w.wait(300 * time.Millisecond)
		w.store.add("of another process", executor.Approved, w.now())
		w.wait(time.Second)
		require.Equal(w, []call{{[]string{"of another process"}, time.Second}}, w.steps.calls())
	})
}

func TestAClockThatIsPutForwardIsNoticedWithinASecond(t *testing.T) {
	in(t, func(w *world) {
		w.store.add("a", executor.Pending, w.now().Add(24*time.Hour))
		w.run()
		w.wait(300 * time.Millisecond)
		w.advance(25 * time.Hour)
		w.wait(time.Second)
		require.Equal(w, []call{{[]string{"a"}, time.Second}}, w.steps.calls())
	})
}

func TestRequestsThatAreFollowedGoInOneCallAndOthersInOneEach(t *testing.T) {
	in(t, func(w *world) {
		for n := range 3 {
			w.store.add(fmt.Sprint("f", n), executor.Following, w.now())
			w.store.add(fmt.Sprint("v", n), executor.Verifying, w.now())
		}
		w.run()
		got := w.steps.calls()
		require.Len(w, got, 4)
		require.True(w, slices.ContainsFunc(got, func(c call) bool { return slices.Equal(c.ids, []string{"f0", "f1", "f2"}) }), got)
	})
}

func TestABatchHoldsAsManyAsOneCallCanAskFor(t *testing.T) {
	in(t, func(w *world) {
		for n := range 620 {
			w.store.add(fmt.Sprint("f", n), executor.Following, w.now())
		}
		w.run()
		var sizes []int
		for _, c := range w.steps.calls() {
			sizes = append(sizes, len(c.ids))
		}
		slices.Sort(sizes)
		require.Equal(w, []int{120, 250, 250}, sizes)
	})
}

func TestASlowStepDelaysNoOther(t *testing.T) {
	in(t, func(w *world) {
		w.steps.do = func(_ context.Context, r executor.Request) {
			if r.ID == "slow" {
				time.Sleep(30 * time.Second)
			}
			w.steps.end(r)
		}
		w.store.add("slow", executor.Approved, w.now())
		w.run()
		for n := range 10 {
			w.store.add(fmt.Sprint("a", n), executor.Approved, w.now())
			w.store.add(fmt.Sprint("f", n), executor.Following, w.now())
		}
		w.steps.wake()
		w.wait(time.Nanosecond)
		require.Len(w, w.steps.calls(), 12)
	})
}

func TestNoMoreStepsRunAtOnceThanThereIsRoomForAndNoneIsLeasedBefore(t *testing.T) {
	in(t, func(w *world) {
		w.steps.do = func(_ context.Context, r executor.Request) {
			time.Sleep(10 * time.Second)
			w.steps.end(r)
		}
		for n := range 10 {
			w.store.add(fmt.Sprint("a", n), executor.Approved, w.now())
		}
		w.run()
		require.Equal(w, 4, w.store.leased())
		w.store.add("followed", executor.Following, w.now())
		w.wait(time.Second)
		require.Len(w, w.steps.calls(), 5, "following has room of its own")
		w.wait(time.Minute)
		require.Len(w, w.steps.calls(), 11)
		require.Equal(w, 5, w.steps.atOnce())
		require.Equal(w, 20*time.Second, w.steps.calls()[10].at, "each takes the room that another leaves")
	})
}

func TestAnIdleEngineAsksOnceASecondAndClaimsNothing(t *testing.T) {
	in(t, func(w *world) {
		w.store.add("far", executor.Pending, w.now().Add(24*time.Hour))
		w.run()
		w.wait(time.Hour)
		claims, asked := w.store.calls()
		require.Zero(w, claims)
		require.LessOrEqual(w, asked, 3601)
	})
}

func TestAnEntryThatNobodyShowsDoesNotKeepTheEngineBusy(t *testing.T) {
	in(t, func(w *world) {
		w.store.outbox = w.now()
		w.run()
		w.wait(time.Hour)
		claims, asked := w.store.calls()
		require.LessOrEqual(w, claims, 2*3601)
		require.LessOrEqual(w, asked, 3601)
	})
}

func TestLeasesOutliveTheStepsDeadlines(t *testing.T) {
	in(t, func(w *world) {
		w.opts.Lease = LeaseFor(executor.DefaultTiming())
		require.Greater(w, w.opts.Lease, executor.DefaultTiming().Send+executor.DefaultTiming().Look)
		w.store.add("a", executor.Approved, w.now())
		now := w.now()
		w.run()
		c := w.store.first()
		require.Equal(w, "me", c.Owner)
		require.Equal(w, now, c.Now)
		require.Equal(w, now.Add(w.opts.Lease), c.Until)
	})
}

func TestAStepThatRunsIsNotTakenForADeadOneWhenTheClockIsPutForward(t *testing.T) {
	in(t, func(w *world) {
		w.steps.do = func(_ context.Context, r executor.Request) {
			time.Sleep(20 * time.Second)
			w.steps.end(r)
		}
		w.store.add("a", executor.Sending, w.now())
		w.run()
		w.advance(time.Hour)
		w.wait(19 * time.Second)
		require.Len(w, w.steps.calls(), 1)
		require.Equal(w, 1, w.steps.atOnce())
		w.wait(time.Minute)
		require.Equal(w, 1, w.steps.atOnce())
	})
}

func TestAStepThatIsDueAgainBeforeItsCallReturnsIsMadeAsSoonAsItDoes(t *testing.T) {
	in(t, func(w *world) {
		first := true
		w.steps.do = func(_ context.Context, r executor.Request) {
			if !first {
				w.steps.end(r)
				return
			}
			first = false
			w.store.step(r.ID, executor.Verifying, w.now())
			w.steps.wake()
			time.Sleep(time.Millisecond) // the commit is seen before the call returns
		}
		w.store.add("a", executor.Approved, w.now())
		w.run()
		w.wait(time.Second)
		require.Equal(w, []call{{[]string{"a"}, 0}, {[]string{"a"}, time.Millisecond}}, w.steps.calls())
	})
}

func TestIncompleteOptionsAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		whole := Options{Owner: "me", Lease: time.Second, Now: time.Now, NewID: func() string { return "" }}
		for _, o := range []Options{
			{Lease: whole.Lease, Now: whole.Now, NewID: whole.NewID}, {Owner: "me", Now: whole.Now, NewID: whole.NewID},
			{Owner: "me", Lease: whole.Lease, NewID: whole.NewID}, {Owner: "me", Lease: whole.Lease, Now: whole.Now},
		} {
			_, err := New(nil, nil, o)
			require.ErrorContains(t, err, "The engine was not started")
		}
	})
}
