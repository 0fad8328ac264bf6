package slackbot

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

// crowd is ten approvers in a workspace. All of them have to approve.
type crowd struct {
	*world
	people []string
	opened atomic.Int64 // forms
	mu     sync.Mutex
	sent   map[string]bool // forms, by id
	clicks map[string]int  // by person
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
	w := &crowd{sent: map[string]bool{}, clicks: map[string]int{}}
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
func (w *crowd) doubleClick(user, ts, action string) {
	w.mu.Lock()
	w.clicks[user] += 2
	w.mu.Unlock()
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

// worksOff has everything done that was clicked, with the forms that open late.
func (w *crowd) worksOff() {
	w.t.Helper()
	w.settled()
	for _, p := range w.people {
		w.submitsAll(p)
	}
	w.settled()
}

// waits tells whether the request of a card still waits for a decision.
func (w *crowd) waits(ts string) bool {
	w.t.Helper()
	r, err := w.exec.Show(w.t.Context(), w.requestAt(ts))
	require.NoError(w.t, err)
	return r.State == executor.Pending
}
