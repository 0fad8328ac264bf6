package slackbot

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/slackemu"
)

// The load under which acknowledgements are timed, and the bar for them: S3 of the security rules, a third of what Slack gives.
const (
	ackRate = 50 // arrivals a second, whether or not earlier ones have been answered
	ackFor  = 20 * time.Second
	ackBar  = time.Second
)

// BenchmarkAcknowledgingWhileTheIdentitySystemHangs times from when somebody types or clicks until Slack has the acknowledgement.
func BenchmarkAcknowledgingWhileTheIdentitySystemHangs(b *testing.B) {
	for _, mode := range []struct {
		name string
		http bool
	}{{"socket", false}, {"http", true}} {
		b.Run(mode.name, func(b *testing.B) {
			w := newWorldIn(b, mode.http)
			w.start()
			cards := w.cards(crowdCards)
			w.sys.mu.Lock()
			w.sys.hang = make(chan struct{})
			w.sys.mu.Unlock()
			defer close(w.sys.hang)
			var took []time.Duration
			for b.Loop() {
				took = append(took, w.openLoop(keys(cards))...)
			}
			slices.Sort(took)
			of := func(share float64) time.Duration { return took[int(share*float64(len(took)-1))] }
			for name, t := range map[string]time.Duration{"p50": of(.5), "p99": of(.99), "max": of(1)} {
				b.ReportMetric(float64(t.Microseconds())/1000, name+"-ms")
			}
			require.Less(b, of(.99), ackBar, "people wait")
		})
	}
}

func keys(cards map[string]string) (ts []string) {
	for t := range cards {
		ts = append(ts, t)
	}
	slices.Sort(ts)
	return ts
}

// openLoop has things happen in Slack at a fixed rate, and gives how long each took from when it was due.
func (w *world) openLoop(cards []string) []time.Duration {
	took := make([]time.Duration, int(ackFor.Seconds()*ackRate))
	var all sync.WaitGroup
	start := time.Now()
	for i := range took {
		due := start.Add(time.Duration(i) * time.Second / ackRate)
		time.Sleep(time.Until(due))
		all.Go(func() {
			if got, err := w.happens(i, cards[i/4%len(cards)]); err != nil || !got.Acked {
				w.t.Errorf("arrival %d: %+v %v", i, got, err)
			}
			took[i] = time.Since(due)
		})
	}
	all.Wait()
	return took
}

// happens is one of what people do, in turn: asking, looking, approving, denying.
func (w *world) happens(i int, card string) (slackemu.Result, error) {
	typed := func(user, text string) (slackemu.Result, error) {
		return w.slack.Command(slackemu.CommandInput{User: user, Channel: helpdesk, Command: "/account", Text: text})
	}
	click := func(user, action string) (slackemu.Result, error) {
		return w.slack.Act(slackemu.ActionInput{User: user, Channel: approvals, TS: card, ActionID: action})
	}
	switch i % 4 {
	case 0:
		return typed(requester, fmt.Sprintf("remove jane.doe reason=%d", i))
	case 1:
		return click(approver, actApprove)
	case 2:
		return typed(bystander, "find jane")
	default:
		return click(second, actDeny)
	}
}
