package slackbot

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

const (
	crowdSize   = 10
	crowdCards  = 10
	redelivered = 200 // of all clicks and forms, so many reach the bot twice
	whyDenied   = "Wrong account."
)

// doubleClicks is how often each person double-clicks on each of the ten cards. The full hundred a person is for Socket Mode and
// without -short; where a click comes in makes no difference to what is decided.
func doubleClicks() int {
	if httpMode() || testing.Short() {
		return 2
	}
	return 10
}

// crowd is ten approvers in a workspace. All of them have to approve.
type crowd struct {
	*world
	people []string
	opened atomic.Int64 // forms
	mu     sync.Mutex
	sent   map[string]bool // forms, by id
}

// seedCrowd puts the approvers into a workspace.
func seedCrowd(seed *slackemu.Seed) []string {
	people := []string{approver, second}
	for i := len(people); i < crowdSize; i++ {
		id := fmt.Sprintf("U0CROWD%04d", i)
		people = append(people, id)
		seed.People = append(seed.People, slackemu.Person{ID: id, Name: strings.ToLower(id), RealName: "Number " + id})
		seed.Channels[0].Members = append(seed.Channels[0].Members, id)
	}
	seed.Groups[0].Users = people
	return people
}

// newCrowd has one bot, or several on one database.
func newCrowd(t *testing.T, bots int) *crowd {
	t.Helper()
	w := &crowd{sent: map[string]bool{}}
	w.world = newWorld(t, func(seed *slackemu.Seed) { w.people = seedCrowd(seed) })
	w.quota = crowdSize
	w.through(w.countForms)
	var doors []http.Handler
	for i := range bots {
		w.replica(fmt.Sprintf("replica %d", i))
		doors = append(doors, *w.door.Load())
	}
	w.until("every socket is open", func() bool { return w.http || w.slack.Connections() == bots*connections })
	var turn atomic.Int64 // of a load balancer, in HTTP mode
	var all http.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		doors[int(turn.Add(1))%bots].ServeHTTP(rw, r)
	})
	w.door.Store(&all)
	return w
}

// countForms counts the forms that Slack opened.
func (w *crowd) countForms(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "views.open") {
			next.ServeHTTP(rw, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if strings.Contains(answer.Body.String(), `"ok":true`) {
			w.opened.Add(1)
		}
		rw.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		_, _ = rw.Write(answer.Body.Bytes())
	})
}

// cards asks for removals and gives the request of each card, by the card's ts.
func (w *world) cards(n int) map[string]string {
	w.t.Helper()
	for i := range n {
		login := fmt.Sprintf("crowd.%d", i)
		w.sys.mu.Lock()
		w.sys.accounts[login] = executor.Account{ID: "acc-" + login, Name: login, Source: "Corporate AD", Status: "enabled"}
		w.sys.mu.Unlock()
		require.True(w.t, w.types(requester, "remove "+login+" reason=left").Acked)
	}
	w.until("every card is there", func() bool { return len(w.messages(approvals)) == n })
	of := map[string]string{}
	for _, m := range w.messages(approvals) {
		of[m["ts"].(string)] = w.requestAt(m["ts"].(string))
	}
	return of
}

// doubleClick is two clicks of one person at the very same time. Both count even when the acknowledgement comes too late for
// Slack: they are on record.
func (w *world) doubleClick(user, ts, action string) {
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := w.slack.Act(slackemu.ActionInput{User: user, Channel: approvals, TS: ts, ActionID: action}); err != nil {
				w.t.Errorf("%s of %s: %v", action, user, err)
			}
		})
	}
	both.Wait()
}

// submitsAll sends the form that lies before somebody, with a reason, until none is left.
func (w *crowd) submitsAll(user string) {
	w.until("every form is sent", func() bool {
		open := w.read("views", map[string][]string{"user": {user}})
		if len(open) == 0 {
			return true
		}
		id := open[len(open)-1]["id"].(string)
		if _, err := w.slack.Submit(slackemu.SubmissionInput{User: user, ViewID: id, Values: values(whyDenied)}); err == nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.sent[id] = true
		} // otherwise another one has taken its place meanwhile
		return false
	})
}

// settled waits until everything that was acknowledged has been worked off.
func (w *world) settled() {
	w.t.Helper()
	w.until("everything is worked off", func() bool {
		for _, b := range w.bots {
			if !b.idles() {
				return false
			}
		}
		later := w.clock.Now().Add(time.Hour) // when whatever is not handled yet may be taken up
		left, err := w.store.TakeUp(w.t.Context(), executor.Claim{Owner: "nobody", Now: later, Until: later, Limit: 1})
		require.NoError(w.t, err)
		return len(left) == 0
	})
}

func (b *Bot) idles() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.atWork) == 0
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
			require.NotContains(t, w.logs.String(), "level=ERROR")
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
	w.settled()
	for _, p := range w.people {
		w.submitsAll(p) // those that opened late
	}
	w.settled()
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

// everybodyIsToldOfTheRest checks that each click that neither decided nor opened a form, and each form that decided nothing, was
// answered in one sentence that only who did it sees, and that whatever reached a bot twice was answered once.
func (w *crowd) everybodyIsToldOfTheRest(decisions map[string]int) {
	w.t.Helper()
	rest := len(w.sent) - int(w.opened.Load()) // of those who opened forms
	for i, p := range w.people {
		said := w.ephemerals(p)
		for _, s := range said {
			require.True(w.t, slices.ContainsFunc(tooLate, func(known string) bool { return strings.HasPrefix(s, known) }), s)
		}
		clicks := 2 * doubleClicks() * crowdCards
		if against(i) {
			rest += clicks - decisions[p] - len(said)
			continue
		}
		require.Equal(w.t, clicks-decisions[p], len(said), "%s", p)
	}
	require.Zero(w.t, rest)
	require.NotEmpty(w.t, w.sent)
}
