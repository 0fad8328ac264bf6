package slackbot

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

// idle is an executor with an outbox and an inbox in which nothing ever happens.
type idle struct {
	executor.Outbox
	executor.Inbox
	Executor
}

func (idle) Woken() (<-chan struct{}, func())         { return nil, func() {} }
func (idle) Operations() []executor.Operation         { return newSystem().operations() }
func (idle) NeedsApproval(op executor.Operation) bool { return op.Effect == executor.Destroy }
func (idle) ClaimShow(context.Context, executor.Claim) ([]string, error) {
	return nil, nil
}
func (idle) Reshow(context.Context, string, string) error                        { return nil }
func (idle) ReshowPending(context.Context) error                                 { return nil }
func (idle) TakeUp(context.Context, executor.Claim) ([]executor.Delivery, error) { return nil, nil }

func principal(user string) executor.Principal { return executor.SlackPrincipal(team, user) }

func TestWhoActedIsTakenFromTheInteractionAlone(t *testing.T) {
	t.Parallel()
	s := &Slack{team: team}
	for want, d := range map[executor.Principal]delivery{
		principal(requester):           {Team: team, User: requester},
		principal(approver):            {Team: team, UserTeam: team, User: approver},
		"slack:T0OTHER:" + second:      {Team: team, UserTeam: "T0OTHER", User: second},
		"slack:T0ELSE:" + requester:    {Team: "T0ELSE", User: requester},
		"slack:E0FOREIGN:" + bystander: {Team: "E0FOREIGN", Org: "E0FOREIGN", User: bystander},
	} {
		d.Value, d.Name = "req_1 fp", "Amara Okafor"
		require.Equal(t, want, s.actor(d).Principal)
	}
	grid := &Slack{team: team, org: "E0HOME"}
	require.Equal(t, principal(requester), grid.actor(delivery{Team: "E0HOME", Org: "E0HOME", UserTeam: "E0HOME", User: requester}).Principal)
	require.Equal(t, principal(requester), grid.actor(delivery{Team: team, Org: "E0HOME", User: requester}).Principal)
}

func TestKeysTellDeliveriesApart(t *testing.T) {
	t.Parallel()
	click := delivery{Kind: aClick, Channel: "C1", MessageTS: "1.1", Action: "approve", ActionTS: "2.2", User: "U1"}
	seen := map[string]bool{click.key(): true}
	for _, change := range []func(*delivery){
		func(d *delivery) { d.Channel = "C2" }, func(d *delivery) { d.MessageTS = "1.2" }, func(d *delivery) { d.Action = "deny" },
		func(d *delivery) { d.ActionTS = "2.3" }, func(d *delivery) { d.User = "U2" },
		func(d *delivery) { *d = delivery{Kind: aCommand, Trigger: "1"} },
		func(d *delivery) { *d = delivery{Kind: aSubmission, View: &view{ID: "V1", Hash: "1"}} },
		func(d *delivery) { *d = delivery{Kind: aSubmission, View: &view{ID: "V1", Hash: "2"}} },
	} {
		other := click
		change(&other)
		require.False(t, seen[other.key()], other.key())
		seen[other.key()] = true
	}
}

func FuzzReadingDeliveriesNeverFallsOver(f *testing.F) {
	f.Add("slash_commands", []byte(`{"team_id":"T","user_id":"U","trigger_id":"1","text":"remove jane reason=x","command":"/account"}`))
	f.Add("interactive", []byte(`{"type":"block_actions","team":{"id":"T"},"user":{"id":"U"},"actions":[{"action_id":"approve","value":"a b"}]}`))
	f.Add("interactive", []byte(`{"type":"view_submission","team":null,"enterprise":{"id":"E"},"user":{"id":"U"},"view":{"id":"V","callback_id":"deny",
		"state":{"values":{"reason":{"reason":{"value":"x"}}}}}}`))
	f.Add("events_api", []byte(`null`))
	b := New(&Slack{team: team, log: quiet, now: time.Now}, idle{}, idle{}, idle{}, Options{Owner: "test", NewID: newID})
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		readEnvelope(payload)
		d, err := readCommand(payload)
		if kind == "interactive" {
			d, _, err = readInteraction(payload)
		}
		if err != nil || d.Kind == "" {
			return
		}
		require.NotEmpty(t, d.User)
		require.NotEmpty(t, d.key())
		answer, _ := b.first(t.Context(), d)
		raw, err := json.Marshal(answer)
		require.NoError(t, err)
		require.Less(t, len(raw), 20<<10, "Slack ignores a longer acknowledgement")
	})
}
