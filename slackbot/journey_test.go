package slackbot

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/slackemu"
)

const remove = `remove jane.doe source="Corporate AD" reason="left on Friday, HR-1042"`

// asked asks for the removal of jane.doe and gives the card.
func (w *world) asked() string {
	w.t.Helper()
	got := w.types(requester, remove)
	require.True(w.t, got.Acked)
	return w.card()
}

func TestAnApprovedRemovalIsSentOnceAndItsThreadTellsTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()

	got := w.types(requester, remove)
	require.True(t, got.Acked)
	require.Contains(t, got.Response["text"], "Nothing has been changed yet")
	ts := w.card()
	require.Equal(t, []string{"approve", "deny"}, buttonsOn(w.message(approvals, ts)))
	w.until("the requester is told", func() bool {
		said := w.ephemerals(requester)
		return len(said) == 1 && strings.Contains(said[0], "Nothing has been changed yet") && strings.Contains(said[0], "#identity-approvals")
	})

	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the thread tells the end", func() bool {
		lines := w.thread(approvals, ts)
		return len(lines) > 0 && strings.Contains(strings.ToLower(lines[len(lines)-1]), "verified")
	})
	require.Equal(t, []string{"acc-1"}, w.sys.sends())
	w.until("the card tells the end", func() bool { return strings.Contains(w.message(approvals, ts)["text"].(string), "verified") })
	require.Empty(t, buttonsOn(w.message(approvals, ts)))
	lines := w.thread(approvals, ts)
	require.Contains(t, lines[0], "Riley Park asked: Remove account jane.doe on Corporate AD")
	require.Contains(t, lines[1], "Approved by Amara Okafor")
	require.Empty(t, w.ephemerals(approver), "an approval that counts needs no further words")
}

func TestTheRequestersOwnClickIsRefusedInASentenceOnlyTheySee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	require.True(t, w.clicks(requester, ts, "approve").Acked)
	w.until("they are told", func() bool {
		said := w.ephemerals(requester)
		return len(said) > 1 && strings.Contains(said[len(said)-1], "another person has to decide")
	})
	require.True(t, w.clicks(requester, ts, "deny").Acked)
	w.until("they are told again", func() bool { return len(w.ephemerals(requester)) > 2 })
	require.Empty(t, w.read("views", map[string][]string{"user": {requester}}), "no form is opened for nothing")
	require.Equal(t, []string{"approve", "deny"}, buttonsOn(w.message(approvals, ts)))
	require.Empty(t, w.sys.sends())
}

func TestStrangersAndGuestsDoNotDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	for user, why := range map[string]string{bystander: "not one of this request's approvers", guest: "a guest"} {
		require.True(t, w.clicks(user, ts, "approve").Acked)
		w.until("they are told", func() bool {
			said := w.ephemerals(user)
			return len(said) == 1 && strings.Contains(said[0], why)
		})
	}
	require.Equal(t, []string{"approve", "deny"}, buttonsOn(w.message(approvals, ts)))
}

func TestADenialAsksWhyAndEndsTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	require.True(t, w.clicks(approver, ts, "deny").Acked)
	var view string
	w.until("the form is open", func() bool {
		for _, v := range w.read("views", map[string][]string{"user": {approver}}) {
			view = v["id"].(string)
		}
		return view != ""
	})
	blank, err := w.slack.Submit(slackemu.SubmissionInput{User: approver, ViewID: view, Values: values("   ")})
	require.NoError(t, err)
	require.Equal(t, "errors", blank.Outcome)
	require.Contains(t, blank.Response["errors"].(map[string]any)["reason"], "needs a reason")
	given, err := w.slack.Submit(slackemu.SubmissionInput{User: approver, ViewID: view, Values: values("Wrong <!channel> Jane")})
	require.NoError(t, err)
	require.Equal(t, "closed", given.Outcome)
	w.until("the card tells it", func() bool { return strings.Contains(w.message(approvals, ts)["text"].(string), "Denied") })
	require.Empty(t, buttonsOn(w.message(approvals, ts)))
	w.until("the thread tells it", func() bool {
		lines := w.thread(approvals, ts)
		return len(lines) == 2 && strings.Contains(lines[1], "Wrong &lt;!channel&gt; Jane")
	})
	require.Empty(t, w.sys.sends())
}

func values(reason string) map[string]any {
	return map[string]any{"reason": map[string]any{"reason": reason}}
}

func TestAStaleClickGetsTheTruthAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the buttons are gone", func() bool { return len(buttonsOn(w.message(approvals, ts))) == 0 })
	for _, action := range []string{"approve", "deny"} {
		before := len(w.ephemerals(second))
		got, err := w.slack.Act(slackemu.ActionInput{User: second, Channel: approvals, TS: ts, ActionID: action})
		require.NoError(t, err)
		require.True(t, got.Acked)
		w.until("they are told", func() bool {
			said := w.ephemerals(second)
			return len(said) == before+1 && strings.Contains(said[before], "Your click changed nothing")
		})
	}
	w.until("it went once", func() bool { return len(w.sys.sends()) == 1 })
}

func TestADoubleDeliveryIsOneDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quota = 2
	w.start()
	ts := w.asked()
	require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultDoubleDelivery, Method: "interactive"}))
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the vote is shown", func() bool { return len(w.thread(approvals, ts)) == 2 })
	require.True(t, w.clicks(second, ts, "approve").Acked)
	w.until("it went", func() bool { return len(w.sys.sends()) == 1 })
	require.Empty(t, w.ephemerals(approver), "the second delivery of one click is not a second click")
	require.Contains(t, w.thread(approvals, ts)[1], "1 of 2")
}

func TestTheAcknowledgementDoesNotWaitForTheUpstream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sys.hang = make(chan struct{})
	w.start()
	for range 5 {
		got := w.types(requester, remove)
		require.True(t, got.Acked)
	}
	require.Empty(t, w.messages(approvals))
	close(w.sys.hang)
	w.card()
	w.until("all five are told", func() bool {
		n := 0
		for _, s := range w.ephemerals(requester) {
			if strings.Contains(s, "waits for another person's approval") {
				n++
			}
		}
		return n == 5
	})
	require.Len(t, w.messages(approvals), 1, "the same request while one is open is no second card")
}

func TestDecidingDoesNotWaitBehindAsking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	w.sys.mu.Lock()
	hang := make(chan struct{})
	w.sys.hang = hang
	w.sys.mu.Unlock()
	for range 40 { // more than there are workers
		require.True(t, w.types(requester, "find jane").Acked)
	}
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the buttons are gone", func() bool { return len(buttonsOn(w.message(approvals, ts))) == 0 })
	close(hang)
}

func TestWhatWasAcceptedIsDoneAfterARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sys.hang = make(chan struct{})
	stop := w.start()
	require.True(t, w.types(requester, remove).Acked)
	stop()
	close(w.sys.hang)
	w.sys.mu.Lock()
	w.sys.hang = nil
	w.sys.mu.Unlock()
	require.Empty(t, w.messages(approvals))
	w.start()
	w.card()
	w.until("the requester is told", func() bool {
		said := w.ephemerals(requester)
		return len(said) == 1 && strings.Contains(said[0], "waits for another person's approval")
	})
}

func TestWordsThatMakeNoSenseAreAnsweredInTheAcknowledgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sys.hang = make(chan struct{}) // nobody is asked
	defer close(w.sys.hang)
	w.start()
	for text, want := range map[string]string{
		"help":                           "How /account is used",
		"remvoe jane.doe reason=x":       "Did you mean remove?",
		"remove jane.doe resaon=x":       "Nothing",
		`remove jane.doe reason="x`:      "not closed",
		"remove_acount jane reason=left": "Nothing has been changed",
	} {
		got := w.types(bystander, text)
		require.True(t, got.Acked, text)
		require.Contains(t, got.Response["text"], want, text)
	}
	got := w.types(bystander, "remove jane.doe resaon=x")
	require.Contains(t, mustJSON(t, got.Response), "did you mean reason?")
}

func TestSeveralMatchesAreShownWithWhatToType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	require.True(t, w.types(requester, `remove jane reason="it's over"`).Acked)
	w.until("they are told", func() bool { return strings.Contains(strings.Join(w.ephemerals(requester), ""), "Two accounts match") })
	shown := mustJSON(t, w.read("ephemerals", map[string][]string{"user": {requester}})[0])
	require.Contains(t, shown, `/account remove acc-1 reason=\"it's over\"`)
	require.Contains(t, shown, `/account remove \"acc 9\" reason=\"it's over\"`)
	require.Contains(t, shown, `*HR*`)
}

func TestATableIsAnsweredLiterally(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	require.True(t, w.types(bystander, "find jane").Acked)
	w.until("they are told", func() bool { return strings.Contains(strings.Join(w.ephemerals(bystander), ""), "Two accounts.") })
	shown := mustJSON(t, w.read("ephemerals", map[string][]string{"user": {bystander}})[0])
	require.Contains(t, shown, `\u003c!channel\u003e⏎bob`)
	require.Contains(t, shown, "1 to 2 of 40")
	require.Contains(t, shown, "rich_text_preformatted")
}

func TestAPanicIsAnIncidentAndTheBotGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	require.True(t, w.types(bystander, "find panic").Acked)
	w.until("they are told", func() bool { return strings.Contains(strings.Join(w.ephemerals(bystander), ""), "incident ") })
	require.Contains(t, w.logs.String(), "the finder fell over")
	require.NotContains(t, strings.Join(w.ephemerals(bystander), ""), "fell over")
	require.True(t, w.types(bystander, "find jane").Acked)
	w.until("the next one works", func() bool { return strings.Contains(strings.Join(w.ephemerals(bystander), ""), "Two accounts.") })
}

func TestAnExpiredRequestLosesItsButtons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	w.clock.advance(25 * time.Hour)
	w.exec.Wake()
	w.until("the card tells it", func() bool { return strings.Contains(w.message(approvals, ts)["text"].(string), "Expired") })
	require.Empty(t, buttonsOn(w.message(approvals, ts)))
}
