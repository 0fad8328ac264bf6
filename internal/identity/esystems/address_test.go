package esystems

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
)

func TestAUsernameThatIsAnothersEMailAddressIsSeveral(t *testing.T) {
	t.Parallel()
	for text, filter := range map[string]string{"jane@acme.example": "(Email = jane@acme.example)", "j+1@acme.example": ""} {
		empty := reply{body: `{"Meta":{},"Data":[]}`}
		list := `{"Meta":{},"Data":[` + acc("1", text, true) + "," + acc("2", "jane", true) + `]}`
		s := serve(t, map[string]reply{"GET " + at(text) + "?Name=Username": {body: acc("1", text, true)}, "GET /Accounts": {body: list, next: &empty}})
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: text})
		require.NoError(t, err)
		require.Equal(t, text == "jane@acme.example", len(got.Accounts) == 2, "acc's address is that")
		require.False(t, got.Cut || got.Uncompared)
		require.Len(t, s.calls, 3+2)
		require.Equal(t, filter, s.calls[3].query.Get("Filters"))

		got, err = connect(t, s).Find(t.Context(), identity.Query{Text: text, By: identity.ByUsername})
		require.NoError(t, err)
		require.Len(t, got.Accounts, 1)
		require.Len(t, s.calls, 3+2+1, "a Username is a Username")
	}
}

func TestThatAddressesAreTooManyToCompareIsSaidAndTheUsernameStands(t *testing.T) {
	t.Parallel()
	const text = "j+1@acme.example"
	s := serve(t, map[string]reply{
		"GET " + at(text) + "?Name=Username": {body: acc("1", text, true)}, "GET /Accounts": {body: `{"Meta":{},"Data":[` + acc("2", "jane", true) + `]}`}, // for ever
	})
	got, err := connect(t, s).Find(t.Context(), identity.Query{Text: text})
	require.NoError(t, err)
	require.Len(t, got.Accounts, 1)
	require.False(t, got.Cut)
	require.True(t, got.Uncompared)
}
