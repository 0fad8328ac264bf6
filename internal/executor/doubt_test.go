package executor_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

func TestTwoWorkersWithTheSameRequestSendOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	claimed := w.due("one")
	other := w.executor("two", w.store)
	var both sync.WaitGroup
	for _, e := range []*executor.Executor{w.exec, other, w.exec, other} {
		both.Go(func() { e.Steps(context.Background(), claimed) })
	}
	both.Wait()
	require.Equal(t, executor.Done, w.settle(r.ID).State)
	require.Equal(t, 1, w.up.sent())
}

func TestNothingIsSentWhenItCannotBePutOnRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	dying := &crashing{Store: w.store, at: executor.Sending, before: true}
	w.executor("one", dying).Steps(t.Context(), w.due("one"))
	require.Zero(t, w.up.sent())
	require.Equal(t, executor.Approved, w.get(r.ID).State)
	w.clock.advance(2 * time.Minute) // the dead worker's lease runs out
	require.Equal(t, executor.Done, w.settle(r.ID).State)
	require.Equal(t, 1, w.up.sent())
}

func TestARequestFoundInSendingIsReadBackAndNeverSentAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at      executor.State
		before  bool
		applied bool
		proof   error
		end     executor.State
		sends   int
	}{
		"died before the call left":               {executor.Sending, false, false, nil, executor.Failed, 0},
		"died before the answer was kept, done":   {executor.Following, true, true, nil, executor.Done, 1},
		"died before the answer was kept, undone": {executor.Following, true, false, nil, executor.Failed, 1},
		"died, and nobody can read it back":       {executor.Following, true, true, errors.New("away"), executor.Unknown, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.up.applies, w.up.proofErr = c.applied, c.proof
			r := w.approved()
			w.executor("dead", &crashing{Store: w.store, at: c.at, before: c.before}).Steps(t.Context(), w.due("dead"))
			require.Equal(t, executor.Sending, w.get(r.ID).State)

			started := w.get(r.ID).Attempt.StartedAt
			end := w.settle(r.ID)
			require.Equal(t, c.end, end.State, "%v", w.lines(r.ID))
			require.Equal(t, c.sends, w.up.sent(), "it is never sent again")
			if c.end == executor.Failed {
				quiet := executor.DefaultTiming().Send + executor.DefaultTiming().Quiet
				require.GreaterOrEqual(t, w.clock.Now().Sub(started), quiet, "not there yet is not the same as not applied")
			}
		})
	}
}

func TestEveryOutcomeOfASendingHasItsEnd(t *testing.T) {
	t.Parallel()
	refusal := &fault.Error{Kind: fault.Upstream, Sentence: "No.", Said: "cannot be performed on [Payroll]", Ref: "trk-1"}
	for name, c := range map[string]struct {
		sent    executor.Sent
		applied bool
		end     executor.State
		words   string
	}{
		"synchronous":          {executor.Sent{Outcome: executor.Accepted}, true, executor.Done, "Done, verified"},
		"synchronous, not so":  {executor.Sent{Outcome: executor.Accepted}, false, executor.Failed, "nothing was changed"},
		"refused":              {executor.Sent{Outcome: executor.Refused, Err: refusal}, false, executor.Failed, "cannot be performed on [Payroll]. (reference trk-1)"},
		"not sent":             {executor.Sent{Outcome: executor.NotSent}, false, executor.Failed, "not sent, so nothing was changed"},
		"unclear, applied":     {executor.Sent{}, true, executor.Done, "Done, verified"},
		"unclear, not applied": {executor.Sent{}, false, executor.Failed, "nothing was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.up.outcome, w.up.applies = c.sent, c.applied
			end := w.settle(w.approved().ID)
			require.Equal(t, c.end, end.State)
			require.Contains(t, w.exec.Receipt(end).Summary, c.words)
			require.Equal(t, 1, w.up.sent())
		})
	}
}

func TestEveryEndOfATaskHasItsEnd(t *testing.T) {
	t.Parallel()
	running := map[string]executor.Progress{"t1": {State: executor.Running}}
	failed := map[string]executor.Progress{"t1": {State: executor.FailedTask, Note: "ERROR: no"}}
	for name, c := range map[string]struct {
		progress map[string]executor.Progress
		applied  bool
		proofErr error
		end      executor.State
		result   string
		words    string
	}{
		"succeeded and is so":            {nil, true, nil, executor.Done, "verified", "no longer there"},
		"succeeded and is not so":        {nil, false, nil, executor.Failed, "", "says that it succeeded, but"},
		"succeeded, cannot be read":      {nil, true, errors.New("away"), executor.Done, "unverified", "could not be read back"},
		"failed and is not so":           {failed, false, nil, executor.Failed, "", "ERROR: no"},
		"failed and is so all the same":  {failed, true, nil, executor.Done, "verified", "no longer there"},
		"failed, cannot be read":         {failed, true, errors.New("away"), executor.Failed, "", "not known whether"},
		"vanished and is so":             {map[string]executor.Progress{}, true, nil, executor.Done, "verified", "no longer there"},
		"vanished and is not so":         {map[string]executor.Progress{}, false, nil, executor.Failed, "", "no longer knows the task"},
		"runs for ever, and is followed": {running, false, nil, executor.Following, "", "working on it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.up.applies, w.up.proofErr = c.applied, c.proofErr
			if c.progress != nil {
				w.up.progress = c.progress
			}
			id := w.approved().ID
			if c.end == executor.Following {
				for range 200 {
					w.stepOnce()
					w.clock.advance(10 * time.Second)
				}
				require.Contains(t, w.lines(id)[len(w.lines(id))-1], "Still running at SailPoint since")
			} else {
				w.settle(id)
			}
			end := w.get(id)
			require.Equal(t, c.end, end.State, "%v", w.lines(id))
			require.Equal(t, c.result, end.Result)
			require.Contains(t, w.exec.Receipt(end).Summary, c.words)
			require.Equal(t, 1, w.up.sent())
		})
	}
}

func TestAnAnswerAfterTheAttemptWasGivenUpIsKeptAndUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	rescuer := w.executor("two", w.store)
	w.up.set(func(u *upstream) {
		u.applies = false
		u.proof = &executor.Proof{Finding: executor.NotApplied}
		u.sending = func() { // the sender hangs: its lease ends and somebody else looks
			w.clock.advance(2 * time.Minute)
			rescuer.Steps(context.Background(), w.due("two"))
		}
	})
	w.stepOnce()
	now := w.get(r.ID)
	require.Equal(t, executor.Following, now.State, "%v", w.lines(r.ID))
	require.Equal(t, "t1", now.Attempt.Task)
	w.up.set(func(u *upstream) { u.proof, u.exists = nil, false })
	require.Equal(t, executor.Done, w.settle(r.ID).State)
	require.Equal(t, 1, w.up.sent())
}

func TestAStepThatPanicsEndsNeitherTheProcessNorTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	w.up.set(func(u *upstream) { u.sending = func() { panic("canary") } })
	w.stepOnce()
	require.Equal(t, executor.Sending, w.get(r.ID).State)
	w.up.set(func(u *upstream) { u.sending = nil })
	require.Equal(t, executor.Done, w.settle(r.ID).State, "it is read back")
	require.Equal(t, 1, w.up.sent())
}

func TestDoubtThatFindsATaskFollowsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.up.outcome = executor.Sent{}
	w.up.proof = &executor.Proof{Finding: executor.Underway, Task: "t1"}
	r := w.approved()
	w.stepOnce()
	w.stepOnce()
	require.Equal(t, executor.Following, w.get(r.ID).State)
	w.up.set(func(u *upstream) { u.proof = nil })
	require.Equal(t, executor.Done, w.settle(r.ID).State)
}

func TestTheTableHasNoWayBackToSending(t *testing.T) {
	t.Parallel()
	for _, from := range executor.States() {
		for _, to := range from.Next() {
			if to == executor.Sending {
				require.Equal(t, executor.Approved, from)
			}
			if to == executor.Approved {
				require.Equal(t, executor.Pending, from, "only a vote approves")
			}
		}
		require.Equal(t, len(from.Next()) == 0, from.Ended())
	}
}

func TestFingerprintsOfDifferentThingsDiffer(t *testing.T) {
	t.Parallel()
	p := executor.Plan{System: "a", Account: executor.Account{Entitlements: []executor.Entitlement{{ID: "x,y"}}}}
	q := executor.Plan{System: "a", Account: executor.Account{Entitlements: []executor.Entitlement{{ID: "x"}, {ID: "y"}}}}
	require.NotEqual(t, executor.Fingerprint("op_a", p), executor.Fingerprint("op_a", q))
	require.NotEqual(t, executor.Fingerprint("op_a", p), executor.Fingerprint("op_b", p))
	bad, worse := p, p
	bad.Target, worse.Target = "\xff", "\xfe"
	require.NotEqual(t, executor.Fingerprint("op_a", bad), executor.Fingerprint("op_a", worse), "raw ids are kept")
	q.Account.Entitlements = []executor.Entitlement{{ID: "y"}, {ID: "x"}}
	r := q
	r.Account.Entitlements = []executor.Entitlement{{ID: "x"}, {ID: "y"}}
	require.Equal(t, executor.Fingerprint("op_a", q), executor.Fingerprint("op_a", r), "order is not a difference")
}
