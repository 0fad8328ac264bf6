package sailpoint

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestWhatWasSentIsComparedWithTheAttributesAndTheNativeIdentity(t *testing.T) {
	t.Parallel()
	shown := acc("a1", `,"attributes":{"Title":"Clerk","number":1042,"vip":true,"mail":"new@acme.example","groups":["Clerk"],"office":null}`)
	c := connect(t, serve(t, map[string]reply{"GET /accounts/v1/a1": {body: shown}, "GET /accounts/v1/a2": {status: 404, body: `{"detailCode":"404 Not found"}`}}))
	got, err := c.Compare(t.Context(), "a1", map[string]string{
		"title": "Clerk", "number": "1042", "vip": "true", "id": "n-a1", "mail": "NEW@acme.example", "groups": "Clerk", "office": "7", "room": "7", "floor": "",
	})
	require.NoError(t, err)
	require.Equal(t, identity.Comparison{Differs: []string{"mail"}, Hidden: []string{"groups", "office", "room"}}, got)
	_, err = c.Compare(t.Context(), "a2", nil)
	require.True(t, fault.Is(err, fault.NotFound))
}
