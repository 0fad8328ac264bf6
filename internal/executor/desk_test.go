package executor_test

import (
	"errors"
	"testing"
	"time"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

// desk gives what one person has to do with.
func (w *world) desk(p executor.Principal, most int) executor.Desk {
	w.t.Helper()
	got, err := w.exec.Desks(w.t.Context(), []executor.Actor{actor(p)}, most)
	require.NoError(w.t, err)
	require.Len(w.t, got, 1)
	return got[0]
}

func idsOf(list []executor.Request) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.ID)
	}
	return out
}

func TestWhatADeskTellsToWaitForSomebodyIsWhatTheyMayDecide(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world, r executor.Request){
		"as it is": func(*world, executor.Request) {},
		"their own": func(w *world, r executor.Request) {
			w.link(executor.IdentityOf(r.Plan.System, r.Plan.Account.IdentityID), sven)
		},
		"another one": func(w *world, _ executor.Request) { w.known("slack:T1:UOTHER"); w.link("slack:T1:UOTHER", amara) },
		"links wanted": func(w *world, _ executor.Request) {
			w.link(executor.IdentityOf("sailpoint", "i7"), amara)
			w.exec = w.executor("one", w.store, linked, func(c *executor.Config) { c.Policy.Linked = true })
		},
		"expired": func(w *world, _ executor.Request) { w.clock.advance(25 * time.Hour) },
	} {
		for _, p := range []executor.Principal{requester, amara, sven, stranger, guest, "slack:T1:UOTHER", "slack:T1:UNOBODY", "local:jane", ""} {
			w := newWorld(t, linked)
			r := w.ask("remove_account", requester)
			change(w, r)
			var waits []string
			if got, err := w.exec.Desks(t.Context(), []executor.Actor{actor(p)}, 10); err == nil {
				waits = idsOf(got[0].Waiting)
			}
			_, err := w.approve(r, p)
			require.Equal(t, err == nil, len(waits) == 1, "%s: %s: %v", name, p, err)
		}
	}
}

func TestADeskHoldsOnesOwnOpenRequestsAndWhatOneDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) { c.Policy.Quorum = 2 })
	r := w.ask("remove_account", requester)
	require.Equal(t, []string{r.ID}, idsOf(w.desk(requester, 10).Mine))
	require.Equal(t, []string{r.ID}, idsOf(w.desk(sven, 10).Waiting))
	r, err := w.approve(r, amara)
	require.NoError(t, err)
	half := w.desk(amara, 10)
	require.Empty(t, half.Waiting, "they have voted")
	require.Equal(t, []string{r.ID}, idsOf(half.Decided))
	require.Equal(t, []string{r.ID}, idsOf(w.desk(sven, 10).Waiting), "one more has to")
	_, err = w.exec.Withdraw(t.Context(), r.ID, actor(requester), "")
	require.NoError(t, err)
	mine := w.desk(requester, 10)
	require.Empty(t, mine.Mine)
	require.Equal(t, []string{r.ID}, idsOf(mine.Decided))
	require.Empty(t, w.desk(sven, 10).Decided, "they had no part in it")
	require.Empty(t, w.desk(stranger, 10).Decided)
}

func TestARequestThatIsAskedAgainWaitsForWhoApprovedItAndIsNotDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.approved()
	require.Len(t, w.desk(amara, 10).Decided, 1)
	w.up.set(func(u *upstream) { u.account.Status = "disabled" })
	require.Equal(t, executor.Pending, w.settle(r.ID).State)
	d := w.desk(amara, 10)
	require.Equal(t, []string{r.ID}, idsOf(d.Waiting))
	require.Empty(t, d.Decided, "what they decided counts no longer")
}

func TestADeskIsBoundedAndCountsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) { c.Limits = executor.Limits{Open: 100, Hourly: 100} })
	const other = executor.Principal("slack:T1:UASK2")
	w.known(other)
	w.ask("remove_account", requester)
	w.clock.advance(time.Second)
	second := w.ask("remove_account", other)
	d := w.desk(amara, 1)
	require.Equal(t, []string{second.ID}, idsOf(d.Waiting), "the newest first")
	require.Equal(t, 2, d.WaitingCount)
}

func TestADeskThatCannotBeToldIsUnsureAndAsksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ask("remove_account", requester)
	w.people.mu.Lock()
	w.people.down = errors.New("Slack is down")
	w.people.mu.Unlock()
	d := w.desk(amara, 10)
	require.True(t, d.Unsure)
	require.Empty(t, d.Waiting)
}
