package tools

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestSourcesAreThoseOfSailPointAndOfNoOtherSystem(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	for _, system := range []string{"", identity.SailPoint} {
		got, err := s.Sources(t.Context(), executor.SourceQuery{System: system, Part: "Corp", Limit: 5})
		require.NoError(t, err)
		require.Equal(t, []executor.SourceName{{ID: "s-ad", Name: "Corporate AD", Type: "Active Directory - Direct", Owner: "Ines Costa"}}, got)
	}
	_, err := s.Sources(t.Context(), executor.SourceQuery{System: identity.ESystems, Limit: 5})
	refused(t, err, fault.Conflict)
	s.Default = identity.ESystems
	_, err = s.Sources(t.Context(), executor.SourceQuery{Limit: 5})
	refused(t, err, fault.Conflict)
	d.noSources = true
	_, err = s.Sources(t.Context(), executor.SourceQuery{System: identity.SailPoint, Limit: 5})
	require.True(t, fault.Is(err, fault.Denied))
	_, err = Systems{}.Sources(t.Context(), executor.SourceQuery{Limit: 5})
	refused(t, err, fault.Invalid)
}
