package executor_test

import (
	"context"
	"errors"
	"testing"

	"accountops/internal/executor"
	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

func TestSourcesAreForWhoeverIsSignedInAndInTime(t *testing.T) {
	t.Parallel()
	q := executor.SourceQuery{System: "sailpoint", Part: "corp", Limit: 3}
	var asked []executor.SourceQuery
	w := newWorld(t, func(c *executor.Config) {
		c.Sources = func(ctx context.Context, q executor.SourceQuery) ([]executor.SourceName, error) {
			_, bounded := ctx.Deadline()
			require.True(t, bounded)
			asked = append(asked, q)
			return []executor.SourceName{{ID: "s1", Name: "Corporate AD"}}, nil
		}
	})
	_, err := w.exec.Sources(t.Context(), executor.Actor{Door: executor.DoorSlack}, q)
	require.True(t, fault.Is(err, fault.Denied), "nobody is nobody: %v", err)
	require.Empty(t, asked)
	got, err := w.exec.Sources(t.Context(), actor(requester), q)
	require.NoError(t, err)
	require.Equal(t, []executor.SourceName{{ID: "s1", Name: "Corporate AD"}}, got)
	require.Equal(t, []executor.SourceQuery{q}, asked)
}

// unreadable is a table of links that cannot be read.
type unreadable struct{ table }

type table = executor.Links

func (unreadable) Linked(context.Context, executor.Principal) (executor.Principal, error) {
	return "", errors.New("the disk is gone")
}

func TestSourcesAreForNobodyWhoCannotBeToldOrWhereNothingListsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) { c.Links = unreadable{} })
	_, err := w.exec.Sources(t.Context(), actor(requester), executor.SourceQuery{})
	require.ErrorContains(t, err, "the disk is gone")
	_, err = newWorld(t).exec.Sources(t.Context(), actor(requester), executor.SourceQuery{})
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
}

func TestSourcesThatDoNotComeInTimeAreSaidToBeLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) {
		c.Timing.Look = 1
		c.Sources = func(ctx context.Context, _ executor.SourceQuery) ([]executor.SourceName, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
	})
	_, err := w.exec.Sources(t.Context(), actor(requester), executor.SourceQuery{})
	require.ErrorContains(t, err, "did not answer in time")
}

type looking struct {
	Text string `json:"text" jsonschema_description:"What to look for."`
}

type looked struct {
	Glance bool `json:"glance" jsonschema_description:"Whether it was a glance."`
}

func TestAGlanceIsForOperationsThatReadAndForWhoeverIsSignedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) {
		look := executor.Direct[looking, looked]{
			Name: "look_round", Title: "Look", Summary: "Looks.", Word: "look", Effect: executor.Read,
			Do: func(_ context.Context, _ looking, call executor.Call) (executor.Answered[looked], error) {
				return executor.Answered[looked]{Data: looked{call.Glance}}, nil
			},
		}
		note := look
		note.Name, note.Effect = "note_down", executor.Change
		c.Operations = append(c.Operations, executor.DefineDirect(look), executor.DefineDirect(note))
	})
	input := []byte(`{"text":"jane"}`)
	got, err := w.exec.Glance(t.Context(), "look_round", input, actor(requester))
	require.NoError(t, err)
	require.Equal(t, looked{true}, got.Data)
	asked, err := w.exec.Ask(t.Context(), "look_round", input, actor(requester))
	require.NoError(t, err)
	require.Equal(t, looked{false}, asked.Answer.Data, "who asks is told all")

	for _, operation := range []string{"note_down", "remove_account", "nothing"} {
		_, err = w.exec.Glance(t.Context(), operation, input, actor(requester))
		require.True(t, fault.Is(err, fault.NotFound), "%s: %v", operation, err)
	}
	_, err = w.exec.Glance(t.Context(), "look_round", input, executor.Actor{})
	require.True(t, fault.Is(err, fault.Denied), "%v", err)
	_, err = w.exec.Glance(t.Context(), "look_round", []byte(`{"text":5}`), actor(requester))
	require.True(t, fault.Is(err, fault.Invalid), "%v", err)
}
