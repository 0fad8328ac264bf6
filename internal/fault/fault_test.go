package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

func TestAnErrorThatNobodyClassifiedIsOursAndShowsOnlyAnIncident(t *testing.T) {
	t.Parallel()
	cause := errors.New("pq: password=canary")
	shown := fault.Shown(cause, func() string { return "abc123" })
	require.Equal(t, fault.Internal, shown.Kind)
	require.Equal(t, "abc123", shown.Incident)
	require.Contains(t, shown.Sentence, "abc123")
	require.NotContains(t, shown.Sentence, "canary")
	require.ErrorIs(t, shown, cause, "the log can still find the cause")
	require.Same(t, shown, fault.Shown(shown, func() string { return "other" }), "it keeps its incident")
}

func TestAKindSurvivesWrapping(t *testing.T) {
	t.Parallel()
	e := fault.New(fault.NotFound, "There is no such account. Nothing was changed.")
	wrapped := fmt.Errorf("look: %w", e)
	require.Equal(t, fault.NotFound, fault.KindOf(wrapped))
	require.True(t, fault.Is(wrapped, fault.NotFound))
	require.False(t, fault.Is(wrapped, fault.Denied))
	require.False(t, fault.Is(nil, fault.Internal), "no error is of no kind")
	require.Same(t, e, fault.Shown(wrapped, nil))
}

func TestEveryKindHasItsName(t *testing.T) {
	t.Parallel()
	for kind, name := range map[fault.Kind]string{
		fault.Internal: "internal", fault.Invalid: "invalid", fault.NotFound: "not_found", fault.Conflict: "conflict",
		fault.Denied: "denied", fault.Upstream: "upstream", fault.Kind(99): "internal",
	} {
		require.Equal(t, name, kind.String())
	}
}

func TestTheCauseIsForTheLogAndTheSentenceForPeople(t *testing.T) {
	t.Parallel()
	e := fault.Wrap(errors.New("dial tcp: refused"), fault.Upstream, "SailPoint did not answer. Nothing was changed.")
	require.Equal(t, "SailPoint did not answer. Nothing was changed.", e.Sentence)
	require.Equal(t, "SailPoint did not answer. Nothing was changed. (dial tcp: refused)", e.Error())
}
