package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/store"
)

// farEnd is Slack's end of a socket: what it was sent until the socket ended, and how it ended.
type farEnd struct {
	acked  []string
	closed error
	at     time.Time
}

// listens reads until the socket ends.
func (f *farEnd) listens(theirs *websocket.Conn) {
	for {
		_, raw, err := theirs.ReadMessage()
		if err != nil {
			f.closed, f.at = err, time.Now()
			return
		}
		var ack struct {
			ID string `json:"envelope_id"`
		}
		if json.Unmarshal(raw, &ack) == nil {
			f.acked = append(f.acked, ack.ID)
		}
	}
}

func sends(theirs *websocket.Conn, id string) error {
	return theirs.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"surprise","envelope_id":%q}`, id))
}

func alone() *Bot {
	return New(&Slack{team: team, log: quiet, now: time.Now}, idle{}, idle{}, idle{}, Options{Owner: "test", NewID: newID})
}

func TestWhatSlackHasSentWhenTheProcessStopsIsAcknowledgedBeforeTheSocketIsClosedWithAWord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := lineInMemory(t)
		var far farEnd
		go far.listens(theirs)
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // all that follows is on its way already
		go alone().attend(ctx, ours)
		for _, id := range []string{"e1", "e2", "e3"} {
			require.NoError(t, sends(theirs, id))
		}
		time.Sleep(stillComing + time.Millisecond)
		synctest.Wait()
		require.ElementsMatch(t, []string{"e1", "e2", "e3"}, far.acked)
		require.True(t, websocket.IsCloseError(far.closed, websocket.CloseNormalClosure), "%v", far.closed)
	})
}

func TestASlackThatNeverPausesNorClosesHoldsAProcessThatStopsForTwoSecondsAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var wg sync.WaitGroup
		t.Cleanup(wg.Wait)
		ours, theirs := lineInMemory(t)
		var far farEnd
		theirs.SetCloseHandler(func(int, string) error { return nil })
		wg.Go(func() { far.listens(theirs) })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { alone().attend(ctx, ours); close(ended) }()
		sent := 0
		wg.Go(func() {
			for ; sends(theirs, fmt.Sprint("e", sent)) == nil; sent++ {
				time.Sleep(stillComing / 10)
			}
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		cancel()
		stopped := time.Now()
		<-ended
		require.LessOrEqual(t, time.Since(stopped), 2*time.Second)
		wg.Wait()
		require.True(t, websocket.IsCloseError(far.closed, websocket.CloseNormalClosure), "%v", far.closed)
		require.Greater(t, far.at.Sub(stopped), stillComing, "it goes on reading while something comes")
		require.Less(t, len(far.acked), sent, "what comes after the last word cannot be acknowledged, so it is not taken")
	})
}

func TestWhatWasTakenInTooLateForAWorkerIsFreeForAnotherProcessAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorldIn(t, false)
	c := &tally{seen: map[string]int{}}
	w.ops = c.in(w)
	stop := w.start()
	other, err := store.Open(t.Context(), w.dir+"/data", w.clock.Now)
	require.NoError(t, err)
	defer func() { require.NoError(t, other.Close()) }()
	stopTyping := w.typing(3)
	w.until("commands come", func() bool { return len(c.all()) > 5 })
	stop()
	stopTyping()
	now := w.clock.Now()
	free, err := other.TakeUp(t.Context(), executor.Claim{Owner: "other", Now: now, Until: now, Limit: 10_000})
	require.NoError(t, err)
	all, err := other.TakeUp(t.Context(), executor.Claim{Owner: "other", Now: now.Add(holdFor), Until: now, Limit: 10_000})
	require.NoError(t, err)
	require.NotEmpty(t, all, "people typed until the last word")
	require.Len(t, free, len(all), "nobody holds what nobody works on")
}
