package slackbot

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

// copies waits until a request is shown for every purpose, and gives the places.
func (w *world) copies(id string, purposes ...string) map[string]executor.Copy {
	w.t.Helper()
	found := map[string]executor.Copy{}
	w.until("every copy is there", func() bool {
		stored, err := w.store.Copies(w.t.Context(), id)
		require.NoError(w.t, err)
		for _, c := range stored {
			if c.TS != "" && w.message(c.Channel, c.TS) != nil {
				found[c.Purpose] = c
			}
		}
		return len(found) == len(purposes)
	})
	for _, p := range purposes {
		require.Contains(w.t, found, p)
	}
	return found
}

func TestApproversDecideInTheirDirectMessagesAndAllCopiesConverge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quota = 2
	w.policy = func(p *executor.Policy) { p.Direct, p.Approvers = true, []executor.Principal{principal(requester)} }
	w.start()
	ts, r := w.pending()
	mine := w.copies(r.ID, forApprovals, forRequester, forApprover+approver, forApprover+second) // and none to ask the requester
	for _, user := range []string{approver, second} {
		c := mine[forApprover+user]
		require.Equal(t, []string{"approve", "deny"}, buttonsOn(w.message(c.Channel, c.TS)))
		got, err := w.slack.Act(slackemu.ActionInput{User: user, Channel: c.Channel, TS: c.TS, ActionID: "approve"})
		require.NoError(t, err)
		require.True(t, got.Acked)
	}
	w.until("it went", func() bool { return len(w.sys.sends()) == 1 })
	for purpose, c := range mine {
		w.until("the copy tells the end: "+purpose, func() bool { return strings.Contains(w.message(c.Channel, c.TS)["text"].(string), "verified") })
		require.Empty(t, buttonsOn(w.message(c.Channel, c.TS)), purpose)
		w.until("its thread tells both votes: "+purpose, func() bool {
			all := strings.Join(w.thread(c.Channel, c.TS), "\n")
			return strings.Contains(all, "Approved by Amara Okafor") && strings.Contains(all, "Approved by Sven Lindqvist") && strings.Contains(all, "2 of 2")
		})
	}
	require.Contains(t, w.thread(approvals, ts)[1], "1 of 2")
}

func TestACardAndItsStatusCountAgainstTheQuorumThatHoldsNowWhenItIsLarger(t *testing.T) {
	t.Parallel()
	for name, quota := range map[string]struct{ then, now int }{"raised": {1, 2}, "lowered": {2, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.quota = quota.then
			stop := w.start()
			ts := w.asked()
			w.placed(approvals, ts)
			stop()
			w.quota = quota.now
			w.clock.advance(2 * time.Minute)
			w.start()
			require.True(t, w.clicks(approver, ts, "approve").Acked)
			w.until("the card tells the vote", func() bool { return strings.Contains(mustJSON(t, w.message(approvals, ts)), "Approved by ") })
			require.Contains(t, mustJSON(t, w.message(approvals, ts)), "1 of 2 approvals.")
			w.says(bystander, approvals, ts, "<@"+bot+"> status")
			w.until("the thread tells it", func() bool { return len(w.mentionAnswers(approvals, ts)) == 1 })
			lines := mustJSON(t, w.read("messages", map[string][]string{"channel": {approvals}, "thread_ts": {ts}}))
			require.NotContains(t, lines, "1 of 1 approvals.")
			require.Equal(t, 2, strings.Count(lines, "1 of 2 approvals."), "on the card and in the answer")
			require.Empty(t, w.sys.sends())
		})
	}
}

func TestWithoutThePolicyApproversHaveNoDirectMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	_, r := w.pending()
	w.copies(r.ID, forApprovals, forRequester)
}

func TestAGroupThatMayNotApproveIsNamedToWhoClicksWithWhoCanMendIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(seed *slackemu.Seed) { seed.Groups[0].IsIDPGroup, seed.Groups[0].IsMembershipLocked = false, false })
	w.start()
	ts := w.asked()
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("they are told", func() bool {
		said := strings.Join(w.ephemerals(approver), "")
		return strings.Contains(said, "Ordinary members can edit the approvers' group S0APPROVERS") && strings.Contains(said, "Whoever runs accountops can lock")
	})
	require.NotContains(t, w.ephemerals(approver)[0], "try again", "waiting mends nothing")
	require.Equal(t, []string{"approve", "deny"}, buttonsOn(w.message(approvals, ts)))
}

func TestAReminderIsInTheThreadAndTellsTheApprovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy = func(p *executor.Policy) {
		p.Remind, p.Direct, p.Approvers = 2*time.Hour, true, []executor.Principal{principal(bystander)}
	}
	w.start()
	ts, r := w.pending()
	all := w.copies(r.ID, forApprovals, forRequester, forApprover+approver, forApprover+second, forApprover+bystander)
	w.clock.advance(22 * time.Hour)
	w.exec.Wake()
	for purpose, c := range all {
		w.until("the thread reminds: "+purpose, func() bool { return len(w.thread(c.Channel, c.TS)) == 2 })
		require.Contains(t, w.thread(c.Channel, c.TS)[1], "Reminder: this waits", purpose)
	}
	lines := mustJSON(t, w.read("messages", map[string][]string{"channel": {approvals}, "thread_ts": {ts}}))
	require.Contains(t, lines, `"usergroup_id":"S0APPROVERS"`)
	require.Contains(t, lines, `"user_id":"`+bystander+`"`)
	require.Equal(t, 1, strings.Count(lines, "usergroup_id"), "only the reminder calls them")
}

func TestADriftRedrawsTheCardWithTheDifferenceMarkedAndAsksAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	w.sys.mu.Lock()
	jane := w.sys.accounts["jane.doe"]
	jane.Status = "disabled"
	w.sys.accounts["jane.doe"] = jane
	w.sys.mu.Unlock()
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the card is drawn anew, with its buttons", func() bool {
		m := mustJSON(t, w.message(approvals, ts))
		return strings.Contains(m, "Asked again, because this has changed") && len(buttonsOn(w.message(approvals, ts))) == 2
	})
	card := mustJSON(t, w.message(approvals, ts))
	require.Contains(t, card, "status: was ")
	require.Empty(t, w.sys.sends())
	w.until("the thread says so, and calls the approvers", func() bool {
		lines := mustJSON(t, w.read("messages", map[string][]string{"channel": {approvals}, "thread_ts": {ts}}))
		return strings.Contains(lines, "it is asked again") && strings.Contains(lines, "usergroup_id")
	})
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("it went, as it is now", func() bool { return len(w.sys.sends()) == 1 })
}

func TestTheOwnersAndEveryOtherOutsidersClickIsRefusedInASentenceOnlyTheySee(t *testing.T) {
	t.Parallel()
	members := []string{approver, second, requester, guest}
	w := newWorld(t, func(seed *slackemu.Seed) {
		for _, p := range []slackemu.Person{
			{ID: "U0BOT", IsBot: true}, {ID: "U0EXTERN", TeamID: "T0OTHER"}, {ID: "U0STRANGER", IsStranger: true}, {ID: "U0ULTRA", IsUltraRestricted: true},
			{ID: "U0GONE", Deleted: true},
		} {
			p.Name = strings.ToLower(p.ID)
			seed.People = append(seed.People, p)
			seed.Channels[0].Members = append(seed.Channels[0].Members, p.ID)
			members = append(members, p.ID)
		}
		seed.Groups[0].Users = members
	})
	w.start()
	owner := executor.Link{Identity: executor.IdentityOf("sailpoint", "idn-1"), Principal: principal(second), At: w.clock.Now()}
	require.NoError(t, w.store.Link(t.Context(), owner, executor.Record{Event: "linked", At: w.clock.Now()}))
	ts, r := w.pending()
	for user, why := range map[string]string{
		second: "This is your own account", requester: "another person has to decide", bystander: "not one of this request's approvers", guest: "a guest",
		"U0EXTERN": "an external user", "U0STRANGER": "an external user", "U0ULTRA": "a guest",
	} {
		before := len(w.ephemerals(user))
		w.delivers(approvals, ts, user, "1."+user, buttonValue(r))
		w.until("they are told: "+user, func() bool {
			said := w.ephemerals(user)
			return len(said) > before && strings.Contains(said[len(said)-1], why)
		})
	}
	for _, user := range []string{"U0BOT", "U0GONE"} { // Slack shows them nothing
		_, err := w.exec.Decide(t.Context(), w.voteFor(r.ID, user))
		require.ErrorContains(t, err, "only full members decide")
	}
	after, err := w.exec.Show(t.Context(), r.ID)
	require.NoError(t, err)
	require.Empty(t, after.Decisions)
	require.Empty(t, w.sys.sends())
}
