package slackbot

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

const (
	crowdSize   = 10
	crowdCards  = 4
	redelivered = 100 // of all clicks and forms, so many reach the bot twice
	whyDenied   = "Wrong account."
)

// doubleClicks is how often each person double-clicks on each of the four cards: a hundred times in all. In HTTP mode, with -short
// and under the race detector, which makes it ten times slower, it is a few times.
func doubleClicks() int {
	if httpMode() || testing.Short() || raced() {
		return 2
	}
	return 25
}

// raced tells whether the race detector watches.
func raced() bool {
	built, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(built.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// On half of the cards everybody approves. On the others half of the people deny, so that the rest are too few.
func TestTenPeopleWhoDoubleClickAHundredTimesAtOnceDecideOnceOnEachCardAndEachCardSendsOnce(t *testing.T) {
	t.Parallel()
	for _, bots := range []int{1, 2} {
		t.Run(fmt.Sprintf("replicas=%d", bots), func(t *testing.T) {
			t.Parallel()
			w := newCrowd(t, bots)
			cards := w.cards(crowdCards)
			denied := map[string]bool{}
			for ts := range cards {
				denied[ts] = len(denied)%2 == 0
			}
			require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultDoubleDelivery, Method: "interactive", Times: redelivered}))
			w.clickAway(denied)
			require.Empty(t, w.slack.Faults(), "that many came twice")

			decisions := map[string]int{}
			for ts, id := range cards {
				for _, d := range w.decidedOnce(ts, id, denied[ts]) {
					_, user, _ := d.By.Principal.Slack()
					decisions[user]++
				}
			}
			w.everybodyIsToldOfTheRest(decisions)
			sent := w.sys.sends()
			require.Len(t, sent, crowdCards/2)
			slices.Sort(sent)
			require.Len(t, slices.Compact(sent), crowdCards/2, "once each")
			for line := range strings.Lines(w.logs.String()) {
				require.False(t, strings.Contains(line, "level=ERROR") && !strings.Contains(line, "delivery not recorded"), line)
			}
		})
	}
}

// against tells who denies.
func against(i int) bool { return i%2 == 0 }

// clickAway has everybody double-click on every card at once, and send the forms that open, until all of that is worked off.
func (w *crowd) clickAway(denied map[string]bool) {
	w.t.Helper()
	var all sync.WaitGroup
	for i, p := range w.people {
		all.Go(func() {
			for range doubleClicks() {
				for ts, mayBe := range denied {
					if mayBe && against(i) {
						w.doubleClick(p, ts, actDeny)
						w.submitsAll(p)
					} else {
						w.doubleClick(p, ts, actApprove)
					}
				}
			}
		})
	}
	all.Wait()
	w.worksOff()
	for ts, mayBe := range denied { // a crowd may be too much for any form to open, or any click to be recorded, within Slack's three seconds
		for w.waits(ts) {
			if mayBe {
				w.doubleClick(w.people[0], ts, actDeny)
			} else {
				for _, p := range w.people {
					w.doubleClick(p, ts, actApprove)
				}
			}
			w.worksOff()
		}
	}
}

// decidedOnce checks that nobody decided twice on a card, and that its thread tells each decision once.
func (w *world) decidedOnce(ts, id string, denied bool) []executor.Decision {
	w.t.Helper()
	w.until("it is all shown", func() bool { return w.shown(id) })
	r, err := w.exec.Show(w.t.Context(), id)
	require.NoError(w.t, err)
	require.Empty(w.t, buttonsOn(w.message(approvals, ts)))
	lines := strings.Join(w.thread(approvals, ts), "\n")
	require.NotContains(w.t, lines, "does not count", "no vote was taken for enough before there were enough")
	by := map[executor.Principal]bool{}
	for i, d := range r.Decisions {
		require.False(w.t, d.Void || by[d.By.Principal], "%s decided once, and it counts", d.By.Principal)
		by[d.By.Principal] = true
		require.Equal(w.t, denied && i == len(r.Decisions)-1, !d.Approve, "one denial ends it")
		if d.Approve {
			require.Equal(w.t, 1, strings.Count(lines, fmt.Sprintf("Approved by %s: %d of %d.", d.By.Name, i+1, crowdSize)), lines)
		}
	}
	if denied {
		require.Equal(w.t, executor.Denied, r.State)
		require.Equal(w.t, 1, strings.Count(lines, "Denied by "), lines)
	} else {
		require.Equal(w.t, executor.Done, r.State)
		require.Len(w.t, r.Decisions, crowdSize)
	}
	return r.Decisions
}

// tooLate are how the sentences begin that tell of a click or a form that came too late, or a second time.
var tooLate = []string{
	"You have approved this already; your click changed nothing.",
	"Your click changed nothing: this request is not waiting for a decision any more.",
	"Slack did not open the form in time. Your click changed nothing",
}

// unrecorded begins what is said of a click that came to nothing because the machine was too slow to record it. With its repetition it may
// be said twice, or the one may be recorded and the other not.
const unrecorded = "This could not be recorded, so nothing was done"

// everybodyIsToldOfTheRest checks that each click that neither decided nor opened a form, and each form that decided nothing, was
// answered in one sentence that only who did it sees, and that whatever reached a bot twice was answered once.
func (w *crowd) everybodyIsToldOfTheRest(decisions map[string]int) {
	w.t.Helper()
	rest := len(w.sent) - int(w.opened.Load()) // of those who opened forms
	lost := 0
	for i, p := range w.people {
		told, slow := 0, 0
		for _, s := range w.ephemerals(p) {
			if strings.HasPrefix(s, unrecorded) {
				slow++
				continue
			}
			require.True(w.t, slices.ContainsFunc(tooLate, func(known string) bool { return strings.HasPrefix(s, known) }), s)
			told++
		}
		left := w.clicks[p] - decisions[p] - told
		if against(i) {
			rest += left
			lost += slow
			continue
		}
		require.True(w.t, left >= 0 && left <= slow, "%s: %d clicks have no answer, and %d could not be recorded", p, left, slow)
	}
	require.True(w.t, rest >= 0 && rest <= lost, "%d clicks and forms have no answer, and %d could not be recorded", rest, lost)
	require.NotEmpty(w.t, w.sent)
}
