package executor_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

func TestWhoCannotBeRecognisedCannotAskForWhatDestroys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, p := range []executor.Principal{"local:jane", guest, "slack:T1:UNOB", ""} {
		_, err := w.exec.Ask(t.Context(), "remove_account", json.RawMessage(`{"account":"jane.doe","reason":"left"}`), actor(p))
		require.Equal(t, fault.Denied, fault.KindOf(err), "%s", p)
	}
}

func TestWhoComesFromSlackAndIsNoFullMemberCannotAskForAChangeEither(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.ask("remove_account", stranger)
	w.people.known[stranger] = executor.Person{Principal: stranger, Why: "a guest"}
	input := json.RawMessage(`{"account":"jane.doe","reason":"left"}`)
	for _, p := range []executor.Principal{guest, stranger, "slack:T1:UNOB", "slack:T2:UREQ"} {
		for _, door := range []executor.Door{executor.DoorSlack, executor.DoorMCP} {
			_, err := w.exec.Ask(t.Context(), "disable_account", input, executor.Actor{Principal: p, Door: door})
			require.Equal(t, fault.Denied, fault.KindOf(err), "%s", p)
			require.ErrorContains(t, err, "Nothing was changed.")
		}
	}
	_, err := w.exec.Withdraw(t.Context(), before.ID, actor(stranger), "")
	require.NoError(t, err, "what they asked for before, they can still take back")
	_, err = w.exec.Ask(t.Context(), "disable_account", input, actor("local:jane"))
	require.NoError(t, err, "who does not come from Slack may change")
}

func TestNobodyFromSlackCanAskForAChangeWhileSlackCannotSayWhoTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.down = fault.New(fault.Upstream, "Slack is away.")
	_, err := w.exec.Ask(t.Context(), "disable_account", json.RawMessage(`{"account":"jane.doe","reason":"left"}`), actor(requester))
	require.Equal(t, fault.Upstream, fault.KindOf(err))
	require.ErrorContains(t, err, "Slack could not be asked who you are, so nothing was changed.")
	require.Zero(t, w.up.plans)
}

func TestOneRequesterCannotFloodTheApprovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) { c.Limits = executor.Limits{Open: 2, Hourly: 3} })
	for i, id := range []string{"a1", "a2", "a3"} {
		w.up.set(func(u *upstream) { u.account.ID = id })
		_, err := w.exec.Ask(t.Context(), "remove_account", json.RawMessage(`{"account":"`+id+`","reason":"left"}`), actor(requester))
		if i < 2 {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, fault.Conflict, fault.KindOf(err))
	}
}

func TestWhoHasAskedTooOftenIsToldWhenTheyCanAskAgainAndThenTheyCan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) { c.Limits = executor.Limits{Open: 9, Hourly: 2} })
	ask := func(operation, id string) error {
		w.up.set(func(u *upstream) { u.account.ID = id })
		_, err := w.exec.Ask(t.Context(), operation, json.RawMessage(`{"account":"`+id+`","reason":"left"}`), actor(requester))
		return err
	}
	require.NoError(t, ask("remove_account", "a1")) // at 09:00:00
	w.clock.advance(10 * time.Minute)
	require.NoError(t, ask("disable_account", "a2"), "what needs no approval is not counted")
	w.clock.advance(10*time.Minute + 20*time.Second)
	require.NoError(t, ask("remove_account", "a3")) // at 09:20:20
	require.ErrorContains(t, ask("remove_account", "a4"), "You can ask again from 22 Nov 2026 10:00 UTC on.")
	w.clock.advance(40 * time.Minute) // 10:00:20
	require.NoError(t, ask("remove_account", "a4"))
	require.ErrorContains(t, ask("remove_account", "a5"), "You can ask again from 22 Nov 2026 10:21 UTC on.")
	w.clock.advance(20*time.Minute + 40*time.Second) // 10:21:00
	require.NoError(t, ask("remove_account", "a5"))
}

func TestWhoIsAtTheLimitCostsNoLookButGetsTheSameRequestAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) { c.Limits = executor.Limits{Open: 1, Hourly: 9} })
	first := w.ask("remove_account", requester)
	looks := w.up.plans
	_, err := w.exec.Ask(t.Context(), "remove_account", json.RawMessage(`{"account":"somebody.else","reason":"left"}`), actor(requester))
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.Contains(t, err.Error(), "Nothing was changed.")
	require.Equal(t, looks, w.up.plans, "no identity system is asked for what is refused anyway")
	require.Equal(t, first.ID, w.ask("remove_account", requester).ID)
}
