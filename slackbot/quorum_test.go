package slackbot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhereTwoHaveToApproveEverythingInSlackSaysTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quota = 2
	w.start()
	w.opens(approver)
	ts := w.asked()
	require.Contains(t, w.message(approvals, ts)["text"], "Waits for 2 other people's approval.")
	w.untilHome(approver, waiting, "Waits for 2 other people's approval.")
	for _, action := range []string{"approve", "deny"} {
		before := len(w.ephemerals(requester))
		require.True(t, w.clicks(requester, ts, action).Acked)
		w.until("they are told", func() bool { return len(w.ephemerals(requester)) > before })
	}
	help := mustJSON(t, w.types(requester, "help").Response) + mustJSON(t, w.types(requester, "help remove").Response)
	require.Contains(t, help, "2 other people have to approve")
	require.Contains(t, help, "before 2 other people have pressed Approve in")
	w.until("the thread tells it", func() bool { return len(w.thread(approvals, ts)) > 0 })
	said := strings.Join(append(w.ephemerals(requester), w.thread(approvals, ts)...), "\n")
	require.Equal(t, 2, strings.Count(said, "You asked for this, so 2 other people have to decide."))
	require.Contains(t, said, "waits for 2 other people's approval")
	require.NotContains(t, said+help, "nother person")
}
