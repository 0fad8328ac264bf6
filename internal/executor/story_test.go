package executor_test

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

func TestARemovalIsSentOnceAfterAnotherPersonApprovedAndIsReadBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.ask("remove_account", requester)
	require.Equal(t, executor.Pending, r.State)
	w.stepOnce()
	require.Zero(t, w.up.sent(), "nothing leaves before an approval")

	_, err := w.approve(r, amara)
	require.NoError(t, err)
	end := w.settle(r.ID)

	require.Equal(t, executor.Done, end.State)
	require.Equal(t, executor.Verified, end.Result)
	require.Equal(t, 1, w.up.sent())
	lines := w.lines(r.ID)
	require.Contains(t, lines[0], "asked: Remove account jane.doe on Corporate AD")
	require.Contains(t, lines[len(lines)-1], "verified")
	require.Contains(t, w.exec.Receipt(end).Summary, "Done, verified")
}

func TestAChangeGoesWithoutApprovalUnlessThePolicyAsksForOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	free := w.ask("disable_account", requester)
	require.Equal(t, executor.Approved, free.State)
	require.Equal(t, executor.Done, w.settle(free.ID).State)

	asked := newWorld(t, func(c *executor.Config) { c.Policy.Ask = []string{"disable_account"} })
	bound := asked.ask("disable_account", requester)
	require.Equal(t, executor.Pending, bound.State)
	asked.stepOnce()
	require.Zero(t, asked.up.sent())
}

func TestNobodyDecidesWhoMayNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by   executor.Principal
		tune func(*world)
		kind fault.Kind
	}{
		"the requester":                {requester, nil, fault.Denied},
		"a stranger":                   {stranger, nil, fault.Denied},
		"a guest who is in the group":  {guest, nil, fault.Denied},
		"somebody unknown":             {"slack:T1:UNOB", nil, fault.Denied},
		"nobody":                       {"", nil, fault.Denied},
		"the local user":               {"local:amara", nil, fault.Denied},
		"the account's owner":          {sven, nil, fault.Denied},
		"anybody while Slack is away":  {amara, func(w *world) { w.people.down = fault.New(fault.Upstream, "Slack is away.") }, fault.Upstream},
		"anybody when the group empty": {amara, func(w *world) { w.people.groups["SAPP"] = nil }, fault.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.up.account.Owner = sven
			r := w.ask("remove_account", requester)
			if c.tune != nil {
				c.tune(w)
			}
			_, err := w.approve(r, c.by)
			require.Error(t, err)
			require.Equal(t, c.kind, fault.KindOf(err), "%v", err)
			require.Regexp(t, "(?i)nothing", err.Error())
			require.Equal(t, executor.Pending, w.get(r.ID).State)
			w.stepOnce()
			require.Zero(t, w.up.sent())
		})
	}
}

func TestTheRequesterCannotApproveByAnotherDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	assistant := executor.Actor{Principal: requester, Name: "riley's assistant", Door: executor.DoorMCP}
	w.people.known[requester] = executor.Person{Principal: requester, Name: "Riley Park", Full: true}
	asked, err := w.exec.Ask(t.Context(), "remove_account", json.RawMessage(`{"account":"jane.doe","reason":"left"}`), assistant)
	require.NoError(t, err)
	require.Contains(t, w.lines(asked.Request.ID)[0], "An assistant of Riley Park asked")
	_, err = w.approve(*asked.Request, requester)
	require.Equal(t, fault.Denied, fault.KindOf(err))
	require.Equal(t, executor.Pending, w.get(asked.Request.ID).State)
}

func TestAQuorumNeedsDifferentPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) { c.Policy.Quorum = 2 })
	r := w.ask("remove_account", requester)
	first, err := w.approve(r, amara)
	require.NoError(t, err)
	require.Equal(t, executor.Pending, first.State)
	_, err = w.approve(r, amara)
	require.Equal(t, fault.Conflict, fault.KindOf(err), "one person counts once")
	second, err := w.approve(r, sven)
	require.NoError(t, err)
	require.Equal(t, executor.Approved, second.State)
	require.Equal(t, executor.Done, w.settle(r.ID).State)
}

func TestAHundredClicksByTwoPeopleAreTwoDecisionsAndOneSending(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) { c.Policy.Quorum = 2 })
	r := w.ask("remove_account", requester)
	var counted atomic.Int32
	var clicks sync.WaitGroup
	for i := range 100 {
		clicks.Go(func() {
			if _, err := w.approve(r, []executor.Principal{amara, sven}[i%2]); err == nil {
				counted.Add(1)
			}
		})
	}
	clicks.Wait()
	require.EqualValues(t, 2, counted.Load())
	require.Equal(t, executor.Done, w.settle(r.ID).State)
	require.Equal(t, 1, w.up.sent())
}

func TestAVoteOfSomebodyWhoMayNoLongerApproveAsksAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	w.people.groups["SAPP"] = []executor.Principal{sven}
	back := w.settle(r.ID)
	require.Equal(t, executor.Pending, back.State)
	require.Zero(t, w.up.sent())
	_, err := w.approve(back, sven)
	require.NoError(t, err)
	require.Equal(t, executor.Done, w.settle(r.ID).State)
	require.Equal(t, 1, w.up.sent())
}

func TestTheStricterQuorumOfThenAndNowApplies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	w.exec = w.executor("one", w.store, func(c *executor.Config) { c.Policy.Quorum = 2 })
	require.Equal(t, executor.Pending, w.settle(r.ID).State)
	require.Zero(t, w.up.sent())
}

func TestADenialNeedsAReasonAndEndsTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.ask("remove_account", requester)
	deny := executor.Vote{RequestID: r.ID, Fingerprint: r.Fingerprint, By: actor(amara)}
	_, err := w.exec.Decide(t.Context(), deny)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	deny.Reason = "wrong Jane"
	end, err := w.exec.Decide(t.Context(), deny)
	require.NoError(t, err)
	require.Equal(t, executor.Denied, end.State)
	require.Contains(t, w.exec.Receipt(end).Summary, "wrong Jane")
	_, err = w.approve(r, sven)
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	w.stepOnce()
	require.Zero(t, w.up.sent())
}

func TestTheRequesterWithdrawsWhatWasNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pending := w.ask("remove_account", requester)
	_, err := w.exec.Withdraw(t.Context(), pending.ID, actor(amara), "")
	require.Equal(t, fault.NotFound, fault.KindOf(err), "somebody else's request looks like none")
	end, err := w.exec.Withdraw(t.Context(), pending.ID, actor(requester), "not needed")
	require.NoError(t, err)
	require.Equal(t, executor.Withdrawn, end.State)
	_, err = w.exec.Withdraw(t.Context(), pending.ID, actor(requester), "")
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.ErrorContains(t, err, "This request was withdrawn already, so nothing was changed: Remove account jane.doe on Corporate AD.")
	require.NotContains(t, err.Error(), "too late")

	approved := w.approved()
	_, err = w.exec.Withdraw(t.Context(), approved.ID, actor(requester), "")
	require.NoError(t, err)
	w.stepOnce()
	require.Zero(t, w.up.sent())

	w.up.set(func(u *upstream) { u.progress = map[string]executor.Progress{"t1": {State: executor.Running}} })
	sent := w.approved()
	w.stepOnce()
	require.Equal(t, executor.Following, w.get(sent.ID).State)
	_, err = w.exec.Withdraw(t.Context(), sent.ID, actor(requester), "")
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.Equal(t, executor.Following, w.get(sent.ID).State)
}

func TestSilenceNeverApproves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.ask("remove_account", requester)
	w.clock.advance(25 * time.Hour)
	_, err := w.approve(r, amara)
	require.Equal(t, fault.Conflict, fault.KindOf(err), "a click after the end counts for nothing, even before the sweep")
	w.stepOnce()
	require.Equal(t, executor.Expired, w.get(r.ID).State)
	require.Zero(t, w.up.sent())
}

func TestAnApprovalRunsOutWhileTheUpstreamIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	w.up.set(func(u *upstream) { u.planErr = fault.New(fault.Upstream, "SailPoint is away.") })
	require.Equal(t, executor.Expired, w.settle(r.ID).State)
	require.Zero(t, w.up.sent())
}

func TestTheSameAskingWhileOpenIsTheSameRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.ask("remove_account", requester)
	require.Equal(t, first.ID, w.ask("remove_account", requester).ID)
	require.Len(t, w.lines(first.ID), 1, "and is shown once")
	require.NotEqual(t, first.ID, w.ask("remove_account", sven).ID, "another person's is another request")
	_, err := w.exec.Withdraw(t.Context(), first.ID, actor(requester), "")
	require.NoError(t, err)
	require.NotEqual(t, first.ID, w.ask("remove_account", requester).ID, "an ended one does not come back")
}

func TestAForgedFieldIsRefusedByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, forged := range []string{"approved", "approver", "confirm", "quorum", "policy", "expiry"} {
		raw := json.RawMessage(`{"account":"jane.doe","reason":"left","` + forged + `":true}`)
		_, err := w.exec.Ask(t.Context(), "remove_account", raw, actor(requester))
		require.Equal(t, fault.Invalid, fault.KindOf(err))
		require.Contains(t, err.Error(), forged)
	}
}
