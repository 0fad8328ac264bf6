package slackbot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
	"accountops/tools"
)

// unasked is a SailPoint that falls over when it is asked anything.
type unasked struct{ identity.ISC }

func (unasked) Name() string { return identity.SailPoint }

// creating has accounts created as the product does, with a SailPoint that must not be asked.
func (w *world) creating() {
	w.ops = append(w.sys.operations(), tools.CreateAccount(tools.Systems{Default: identity.SailPoint, ISC: unasked{}}))
}

func TestACreationWithSomethingMissingOpensTheFormThatSaysWhat(t *testing.T) {
	t.Parallel()
	const noAccount, noSource = "⚠ The new account needs its native identity (in eSystems its Username).", "⚠ In SailPoint an account needs a source, by id or name."
	account, _ := tools.CreateAccount(tools.Systems{}).Input.Field("account")
	about := account.Description
	for typed, want := range map[string]struct{ field, hint string }{
		"create":                               {"account:text", about}, // nothing was said yet, so nothing is wrong
		`create source="Corporate AD"`:         {"account:text", noAccount},
		"create newperson":                     {"source:pick", noSource},
		"create attributes.userName=newperson": {"source:pick", noSource},
	} {
		w := newWorld(t)
		w.creating()
		w.start()
		require.Empty(t, w.types(requester, typed).Response, typed)
		form := w.form(requester, want.field)
		block, _ := fieldOn(t, form, want.field)
		require.Equal(t, want.hint, block["hint"].(map[string]any)["text"], typed)
		if _, account := fieldOn(t, form, "account:text"); strings.HasSuffix(typed, " newperson") {
			require.Equal(t, "newperson", account["initial_value"])
		}
		if _, source := fieldOn(t, form, "source:pick"); strings.Contains(typed, "source") {
			require.Equal(t, "Corporate AD", source["initial_option"].(map[string]any)["value"])
		}
		require.Empty(t, w.ephemerals(requester))
	}
}

func TestWhatACreationLacksStandsAtItsFieldAndTheFormStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.creating()
	w.start()
	w.types(requester, "create")
	form := w.form(requester, "account:text")
	typed := map[string]any{"account:text": "newperson", "attributes:lines": "givenName=New\nfamilyName=Person"}
	out := w.submits(requester, form, typed)
	require.Equal(t, "errors", out.Outcome)
	require.Equal(t, map[string]any{"source:pick": "In SailPoint an account needs a source, by id or name."}, anyMap(out.Response["errors"]))
	typed["account:text"], typed["attributes:lines"] = "", "clientSecret=x"
	require.Contains(t, anyMap(w.submits(requester, form, typed).Response["errors"])["account:text"], "needs its native identity")
	require.Empty(t, w.ephemerals(requester))
}

func TestWhatNoFieldCanMendIsSaidWithoutAForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ops = append(w.sys.operations(), tools.CreateAccount(tools.Systems{Default: identity.SailPoint}))
	w.start()
	require.Contains(t, mustJSON(t, w.types(requester, "create").Response), "SailPoint is not configured here")
}
