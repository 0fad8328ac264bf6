package executor_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

// followed is a world in which a request's task is running.
func followed(t *testing.T) (*world, string) {
	t.Helper()
	w := newWorld(t)
	w.up.applies = false
	w.up.progress = map[string]executor.Progress{"t1": {State: executor.Running}}
	id := w.approved().ID
	w.stepOnce()
	require.Equal(t, executor.Following, w.get(id).State, "%q", w.lines(id))
	return w, id
}

// pass makes the steps of so long a time.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); w.clock.advance(10 * time.Second) {
		w.stepOnce()
	}
}

func TestATaskThatOneAnswerLeavesOutHasNotVanished(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	w.pass(time.Minute)
	w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{} })
	w.stepOnce()
	w.clock.advance(5 * time.Second)
	w.stepOnce()
	require.Equal(t, executor.Following, w.get(id).State)
	w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{"t1": {State: executor.Running}} })
	w.pass(time.Minute)
	require.Equal(t, executor.Following, w.get(id).State)
	require.Zero(t, w.get(id).Attempt.MissingAt, "it was there again")
	w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{} })
	end := w.settle(id)
	require.Equal(t, executor.Failed, end.State)
	require.Contains(t, end.Problem, "no longer knows the task")
}

func TestATaskThatIsNotListedYetHasNotVanished(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{} })
	for range 16 {
		w.stepOnce()
		require.Equal(t, executor.Following, w.get(id).State)
		w.clock.advance(time.Second)
	}
	w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{"t1": {State: executor.Running}} })
	w.pass(time.Minute)
	require.Equal(t, executor.Following, w.get(id).State)
}

func TestAnEndThatNobodyTellsIsDecidedByReadingBackAndNotAtOnce(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	w.up.set(func(u *upstream) {
		u.progress = map[string]executor.Progress{"t1": {State: executor.EndedTask, Note: "gives two answers about this task"}}
	})
	w.stepOnce()
	w.clock.advance(10 * time.Second)
	w.stepOnce()
	w.stepOnce()
	require.Equal(t, executor.Verifying, w.get(id).State, "the effect may still come")
	w.up.set(func(u *upstream) { u.exists = false })
	end := w.settle(id)
	require.Equal(t, executor.Done, end.State)
	require.Equal(t, executor.Verified, end.Result)
	lines := strings.Join(w.lines(id), "\n")
	require.Contains(t, lines, "nothing tells how it ended. SailPoint: gives two answers about this task. Reading the account back.")
	require.NotContains(t, lines, "ended badly")

	w, id = followed(t)
	w.up.set(func(u *upstream) {
		u.progress, u.proofErr = map[string]executor.Progress{"t1": {State: executor.EndedTask}}, errors.New("away")
	})
	end = w.settle(id)
	require.Equal(t, executor.Failed, end.State)
	require.Contains(t, end.Problem, "It is not known whether anything was changed. The account could not be read back.")
}

func TestAfterTheDeadlineTheThreadSaysSinceWhenItRunsAndWhatItWaitsForAndFollowsOn(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	since := w.get(id).Attempt.AnswerAt.UTC().Format("2 Jan 2006 15:04") + " UTC"
	w.up.set(func(u *upstream) {
		u.progress = map[string]executor.Progress{"t1": {Note: "waiting for SailPoint's own approval by Olga Owner."}}
	})
	w.pass(3 * time.Hour)
	require.Equal(t, executor.Following, w.get(id).State)
	lines := strings.Join(w.lines(id), "\n")
	require.Equal(t, 1, strings.Count(lines, "Still running at SailPoint since "+since+". It is followed on. SailPoint: waiting for SailPoint's own approval by Olga Owner."))
	require.Contains(t, w.exec.Receipt(w.get(id)).Summary, "waiting for SailPoint's own approval by Olga Owner")
	w.up.set(func(u *upstream) {
		u.exists, u.progress = false, map[string]executor.Progress{"t1": {State: executor.Succeeded}}
	})
	require.Equal(t, executor.Done, w.settle(id).State)
}

func TestATaskThatMayNotBeReadIsToldOfAndEndsWhenItCouldNotBeReadAnyMore(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	w.up.set(func(u *upstream) { u.progress = nil })
	w.pass(time.Hour)
	require.Equal(t, executor.Following, w.get(id).State)
	require.Equal(t, 1, strings.Count(strings.Join(w.lines(id), "\n"), "cannot be read. It is followed on. SailPoint did not answer."))
	w.clock.advance(90 * 24 * time.Hour)
	end := w.settle(id)
	require.Equal(t, executor.Failed, end.State)
	require.Contains(t, end.Problem, "did not say how far the task is")
	require.Equal(t, 1, w.up.sent())
}

func TestWhatIsInAnAnswerCountsThoughTheRestCouldNotBeRead(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	w.pass(time.Minute)
	w.up.set(func(u *upstream) {
		u.exists, u.unread = false, fault.New(fault.Upstream, "The deletion requests could not be listed.")
		u.progress = map[string]executor.Progress{}
	})
	w.pass(time.Minute)
	require.Equal(t, executor.Following, w.get(id).State, "what was not read has not vanished")
	w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{"t1": {State: executor.Succeeded}} })
	require.Equal(t, executor.Done, w.settle(id).State)
}

func TestTheTasksOfAllOperationsAreLookedAtInOneBatch(t *testing.T) {
	t.Parallel()
	w, _ := followed(t)
	w.ask("disable_account", requester)
	w.stepOnce()
	w.clock.advance(time.Minute)
	before := w.up.looks
	w.stepOnce()
	require.Equal(t, before+1, w.up.looks)
}

func TestATaskIsLookedAtTheRarerTheOlderItIsUpToTheLongestPause(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	timing, began := executor.DefaultTiming(), w.get(id).Attempt.AnswerAt
	last, looks := began, 0
	for w.clock.Now().Sub(began) < 8*time.Minute {
		before := w.up.looks
		w.stepOnce()
		if w.up.looks > before {
			age := w.clock.Now().Sub(began)
			want := min(max(last.Sub(began)/10, timing.FollowFirst), timing.FollowMax)
			require.GreaterOrEqual(t, w.clock.Now().Sub(last), want, "at the age of %v", age)
			require.LessOrEqual(t, w.clock.Now().Sub(last), want+time.Second, "at the age of %v", age)
			require.LessOrEqual(t, w.clock.Now().Sub(last), 5*time.Second, "the thread tells an end within five seconds, at the age of %v", age)
			last = w.clock.Now()
			looks++
		}
		w.clock.advance(time.Second)
	}
	require.Greater(t, looks, 100)
}

func TestATaskThatWaitsForPeopleIsLookedAtEveryMinuteAfterAWhileAndEveryFiveAfterADay(t *testing.T) {
	t.Parallel()
	looksIn := func(t *testing.T, p executor.Progress, age time.Duration) int {
		t.Helper()
		w, _ := followed(t)
		w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{"t1": p} })
		w.clock.advance(age)
		w.stepOnce()
		w.stepOnce() // what it waits for, and that it takes long, have been said
		before := w.up.looks
		for range 600 {
			w.clock.advance(time.Second)
			w.stepOnce()
		}
		return w.up.looks - before
	}
	waits := executor.Progress{Waiting: true, Note: "waiting for SailPoint's own approval."}
	for age, most := range map[time.Duration]int{time.Minute: 150, time.Hour: 10, 23 * time.Hour: 10, 25 * time.Hour: 2, 24 * 60 * time.Hour: 2} {
		require.Equal(t, 150, looksIn(t, executor.Progress{}, age), "a task's end is told within 5 s, at the age of %v", age)
		got := looksIn(t, waits, age)
		require.LessOrEqual(t, got, most, "looks in ten minutes, at the age of %v", age)
		require.Positive(t, got)
	}
}

func TestWhatATaskWaitsForIsSaidOnce(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	for _, note := range []string{"waiting for Olga.", "waiting for Olga.", "deleting.", "deleting."} {
		w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{"t1": {Note: note}} })
		w.pass(2 * time.Minute)
	}
	lines := strings.Join(w.lines(id), "\n")
	require.Equal(t, 1, strings.Count(lines, "SailPoint: waiting for Olga."))
	require.Equal(t, 1, strings.Count(lines, "SailPoint: deleting."))
}

func TestARequestThatFailedNoLongerSaysWhatItsTaskWaitedForAndNamesTheUpstreamOnce(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	waits := executor.Progress{Note: "waiting for SailPoint's own approval by Ingrid Dahl.", Waiting: true}
	w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{"t1": waits} })
	w.pass(time.Minute)
	require.Equal(t, waits.Note, w.get(id).Note)
	w.up.set(func(u *upstream) {
		u.applies, u.exists = false, true
		u.progress = map[string]executor.Progress{"t1": {State: executor.FailedTask, Note: "SailPoint's own approval was refused by Ingrid Dahl."}}
	})
	end := w.settle(id)
	require.Equal(t, executor.Failed, end.State)
	require.Empty(t, end.Note)
	for _, told := range append(w.lines(id), end.Problem) {
		require.NotContains(t, told, "SailPoint: SailPoint's")
	}
	require.Contains(t, end.Problem, "is still there. SailPoint's own approval was refused by Ingrid Dahl.")
}

func TestAnUnverifiedEndSaysWhy(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	w.up.set(func(u *upstream) {
		u.progress = map[string]executor.Progress{"t1": {State: executor.Succeeded}}
		u.proof = &executor.Proof{Words: "Nothing shows whether it was written."}
	})
	end := w.settle(id)
	require.Equal(t, executor.Unverified, end.Result)
	require.Contains(t, w.lines(id)[len(w.lines(id))-1], "Done, unverified: SailPoint says that it did it. Nothing shows whether it was written.")
}

func TestARefusalSaysWhatWouldHelpAndWhatTheirSupportAsksFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.up.applies = false
	w.up.outcome = executor.Sent{Outcome: executor.Refused, Err: &fault.Error{Kind: fault.Upstream,
		Sentence: "The account was not removed. Removing needs ORG_ADMIN. Nothing was changed.", Said: "no", Code: "403 Forbidden", Ref: "trk-1"}}
	end := w.settle(w.approved().ID)
	require.Equal(t, "The account was not removed. Removing needs ORG_ADMIN. Nothing was changed. It said: no. (code 403 Forbidden, reference trk-1)", end.Problem)
}

// forbidden is how a client of an identity system says that it may not read something.
func forbidden() *fault.Error {
	return &fault.Error{Kind: fault.Upstream, Sentence: "It could not be read: our client may not do that at SailPoint (403).",
		Said: "Not in your scope", Code: "403 Forbidden", Ref: "trk-9"}
}

const forbiddenWords = "It could not be read: our client may not do that at SailPoint (403). It said: Not in your scope. (code 403 Forbidden, reference trk-9)"

func TestWhoeverHearsThatSomethingCouldNotBeReadHearsWhatTheUpstreamSaid(t *testing.T) {
	t.Parallel()
	w, id := followed(t)
	w.up.set(func(u *upstream) { u.progress, u.unread = map[string]executor.Progress{}, forbidden() })
	w.pass(time.Hour)
	require.Contains(t, strings.Join(w.lines(id), "\n"), "cannot be read. It is followed on. "+forbiddenWords)

	w, id = followed(t)
	w.up.set(func(u *upstream) {
		u.progress, u.proofErr = map[string]executor.Progress{"t1": {State: executor.Succeeded}}, errors.Join(errors.New("inner"), forbidden())
	})
	end := w.settle(id)
	require.Equal(t, executor.Unverified, end.Result)
	require.Equal(t, "SailPoint says that it did it. The account could not be read back. "+forbiddenWords+" Please look at the account.", end.Problem)

	w, id = followed(t)
	w.up.set(func(u *upstream) {
		u.progress, u.proofErr = map[string]executor.Progress{"t1": {State: executor.Succeeded}}, fault.Wrap(errors.New("panic at 0x1"), fault.Internal, "A mistake of ours.")
	})
	require.Equal(t, "SailPoint says that it did it. The account could not be read back. Please look at the account.", w.settle(id).Problem, "mistakes of ours are for the log")
}

func TestACallThatWasNotSentSaysWhatTheUpstreamSaidBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.up.applies = false
	w.up.outcome = executor.Sent{Outcome: executor.NotSent, Err: forbidden()}
	require.Equal(t, "The call was not sent, so nothing was changed. "+forbiddenWords, w.settle(w.approved().ID).Problem)
}
