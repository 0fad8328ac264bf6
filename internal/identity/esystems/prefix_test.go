package esystems

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
)

func TestAFewLettersFindNoExternalIDsByTheirBeginning(t *testing.T) {
	t.Parallel()
	const everybody = 2 // has an ExternalId that begins with HR-
	for text, found := range map[string]int{"hr": 0, "hr-": everybody, "HR-1042": everybody, "bo": 1, "ja": everybody} {
		s := serve(t, map[string]reply{"GET /Accounts": {
			body: `{"Meta":{},"Data":[` + acc("1", "jane.doe", true) + "," + acc("2", "bob", true) + `]}`, next: &reply{body: `{"Meta":{},"Data":[]}`},
		}})
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: text, Prefix: true})
		require.NoError(t, err)
		require.Len(t, got.Accounts, found, text)
	}
}
