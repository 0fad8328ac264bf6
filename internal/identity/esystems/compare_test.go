package esystems

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestWhatWasSentIsComparedInTheClientSoThatPrivateValuesStayThere(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{"GET " + at("7") + "?Name=Id": {body: acc("7", "jane.doe", true)}})
	c := connect(t, s)
	got, err := c.Compare(t.Context(), "7", map[string]string{
		"Username": "jane.doe", "Phone": "+49 151 555-PHONE", "Is_Active": "true", "NotifyBySMS": "false", "FirstName": "Janet", "Identifier": "else", "Nickname": "J", "Middle": "",
	})
	require.NoError(t, err)
	require.Equal(t, identity.Comparison{Differs: []string{"FirstName", "Identifier"}, Hidden: []string{"Nickname"}}, got)
	noPrivate(t, got)
	_, err = c.Compare(t.Context(), "8", nil)
	require.True(t, fault.Is(err, fault.NotFound))
}
