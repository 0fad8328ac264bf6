package executor_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

func TestAnIncompleteConfigurationIsRefusedNamingWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := executor.New(executor.Config{})
	for _, name := range []string{"Operations", "Store", "Now", "NewID", "Owner", "Policy.Quorum", "Policy.Expiry", "Limits", "Timing"} {
		require.ErrorContains(t, err, name)
	}
}

func TestReceiptsTellToAskAgainAsOftenAsTheConfigurationSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	usual := w.ask("remove_account", requester)
	require.Equal(t, 15, w.exec.Receipt(usual).PollAfterSeconds)
	other := newWorld(t, func(cfg *executor.Config) {
		cfg.Timing.PollPending, cfg.Timing.PollWorking = 90*time.Second, 1200*time.Millisecond
	})
	r := other.ask("remove_account", requester)
	require.Equal(t, 90, other.exec.Receipt(r).PollAfterSeconds)
	r, err := other.approve(r, amara)
	require.NoError(t, err)
	require.Equal(t, 2, other.exec.Receipt(r).PollAfterSeconds, "a part of a second counts whole")
	require.Zero(t, other.exec.Receipt(executor.Request{State: executor.Done}).PollAfterSeconds)
}

func TestAPolicyCannotAskForWhatIsNoOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Panics(t, func() {
		executor.Define(executor.Spec[input]{Name: "half_done", Title: "x", Summary: "x", Word: "x", Effect: executor.Destroy})
	}, "an incomplete operation is a mistake in the program")
	cfg := executor.Config{
		Operations: w.exec.Operations(), Store: w.store, Policy: executor.Policy{Quorum: 1, Expiry: time.Hour, Ask: []string{"remove_everything"}},
		Limits: executor.DefaultLimits(), Timing: executor.DefaultTiming(), Now: w.clock.Now, NewID: func() string { return "x" }, Owner: "x",
	}
	_, err := executor.New(cfg)
	require.ErrorContains(t, err, "remove_everything")
}

func TestAwaitAnswersAsSoonAsTheRequestMovesAndAtTheLatestInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.ask("remove_account", requester)
	got, err := w.exec.Await(t.Context(), r.ID, actor(requester), r.Version, time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, executor.Pending, got.State, "in time, with where it stands")

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	got, err = w.exec.Await(gone, r.ID, actor(requester), r.Version, time.Hour)
	require.NoError(t, err)
	require.Equal(t, executor.Pending, got.State, "a closed connection changes nothing")

	moved := make(chan executor.Request, 1)
	go func() {
		got, _ := w.exec.Await(context.Background(), r.ID, actor(requester), r.Version, time.Hour) // a failure shows as no state
		moved <- got
	}()
	_, err = w.approve(r, amara)
	require.NoError(t, err)
	require.Equal(t, executor.Approved, (<-moved).State)

	_, err = w.exec.Await(t.Context(), r.ID, actor(amara), 0, time.Hour)
	require.Error(t, err, "somebody else's request looks like none")
}

func TestSignalsCoalesceAndEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		signal, cancel := w.exec.Woken()
		for range 10 {
			w.exec.Wake()
		}
		<-signal
		select {
		case <-signal:
			require.Fail(t, "ten signals are one")
		default:
		}
		cancel()
		w.exec.Wake()
		select {
		case <-signal:
			require.Fail(t, "a cancelled listener hears nothing")
		default:
		}
	})
}
