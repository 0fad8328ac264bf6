package sailpoint

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
)

func TestALoginThatIsAnothersEMailAddressIsSeveral(t *testing.T) {
	t.Parallel()
	const mail = "victor@acme.example"
	backup, victor := acc("a1", `,"name":"Victor@acme.example"`), acc("a2", `,"name":"victor","attributes":{"mail":"victor@acme.example"}`)
	lists := map[string]string{`name eq "` + mail + `"`: "[" + backup + "]", "": "[" + acc("a0", "") + "," + backup + "," + victor + "]"}
	for _, c := range []struct {
		query identity.Query
		ids   []string
		calls int
	}{
		{identity.Query{Text: mail}, []string{"a1", "a2"}, 5 + 2},
		{identity.Query{Text: mail, Limit: 1}, []string{"a1"}, 5 + 1},
		{identity.Query{Text: mail, By: identity.ByUsername}, []string{"a1"}, 2},
	} {
		s := filterless(t, lists)
		got, err := connect(t, s).Find(t.Context(), c.query)
		require.NoError(t, err)
		require.Equal(t, c.ids, ids(got))
		require.Equal(t, c.query.Limit == 1, got.Cut, "one of two is not the one")
		require.False(t, got.Uncompared)
		require.Len(t, s.lines(), c.calls, "%v", s.lines())
	}

	s := filterless(t, map[string]string{`name eq "victor"`: "[" + victor + "]", "": "[" + acc("a3", `,"attributes":{"mail":"victor"}`) + "]"})
	got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "victor"})
	require.NoError(t, err)
	require.Equal(t, []string{"a2"}, ids(got), "what has no @ is nobody's address")
}

func TestThatAddressesAreTooManyToCompareIsSaidAndTheLoginStands(t *testing.T) {
	t.Parallel()
	s := filterless(t, map[string]string{`name eq "x@y"`: "[" + acc("a1", `,"name":"x@y"`) + "]"})
	s.answers["GET /accounts/v1?"] = reply{body: "[" + acc("a2", "") + "]"} // for ever
	got, err := connect(t, s, func(c *Config) { c.ScanPages = 3 }).Find(t.Context(), identity.Query{Text: "x@y"})
	require.NoError(t, err)
	require.Equal(t, []string{"a1"}, ids(got))
	require.False(t, got.Cut)
	require.True(t, got.Uncompared)
}
