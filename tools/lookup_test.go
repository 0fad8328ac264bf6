package tools

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestOneMatchIsReadWholeEntitlementsIncluded(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	for _, in := range []AccountInput{
		named1("a1"), named1(" jane.doe "), named1("JANE@example.org"), {Account: "Jane Doe", Source: "Corporate AD"}, {Account: "jane doe", Source: "s-ad"},
		{Account: "CN=Jane Doe", MatchBy: "external_id"}, {Account: "a1", MatchBy: "id"},
	} {
		a, err := in.account(t.Context(), s.ISC, "")
		require.NoError(t, err)
		require.Equal(t, "a1", a.ID)
		require.Len(t, a.Entitlements, 2)
	}
}

func TestNoMatchSaysWhereToLook(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	_, err := AccountInput{Account: "nobody", Source: "ERP", MatchBy: "external_id"}.account(t.Context(), s.ISC, "")
	f := refused(t, err, fault.NotFound)
	require.Equal(t, `SailPoint has no account "nobody" (as external id) on source "ERP". Nothing was changed. The operation “Find accounts” also takes `+
		`the beginning of a login or name.`, f.Sentence)
	require.Equal(t, "find_accounts", f.Next)
}

func TestSeveralMatchesAreToldApartAndNoneIsPicked(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	_, err := named1("jane doe").account(t.Context(), s.ISC, "")
	f := refused(t, err, fault.Conflict)
	require.Equal(t, `Several accounts in SailPoint match "jane doe". Say which one: give its source, or its id with match_by=id. Nothing was changed.`, f.Sentence)
	require.Len(t, f.Choices, 2)
	require.False(t, f.More)
	require.Equal(t, fault.Choice{Value: "a2", Facts: []fault.Fact{{Label: "Source", Value: "HR file"}, {Label: "Login", Value: "jdoe"},
		{Label: "Native identity", Value: "1001"}, {Label: "Identity", Value: "Jane Doe"}, {Label: "Status", Value: "enabled"}, {Label: "Id", Value: "a2"}}}, f.Choices[1])
}

func TestASourceIsAskedForOnlyWhereItTellsAccountsApart(t *testing.T) {
	t.Parallel()
	s, d, e := world()
	d.accounts[0].DisplayName, d.accounts[4].DisplayName = "Twin", "Twin" // both on Corporate AD
	e.accounts = append(e.accounts, identity.Account{ID: "e-2", Name: "jane.d", DisplayName: "Jane Doe", SourceID: "9", Source: "Other tenant"})
	const byID = "Say which one: give its id with match_by=id. Nothing was changed."
	_, err := named1("twin").account(t.Context(), s.ISC, "")
	require.Equal(t, `Several accounts in SailPoint match "twin". `+byID, refused(t, err, fault.Conflict).Sentence)
	_, err = AccountInput{Account: "twin", Source: "Corporate AD"}.account(t.Context(), s.ISC, "")
	require.Equal(t, `Several accounts in SailPoint match "twin" on source "Corporate AD". `+byID, refused(t, err, fault.Conflict).Sentence)
	_, err = named1("jane doe").account(t.Context(), s.Endpoint, "")
	require.Equal(t, `Several accounts in eSystems match "jane doe". `+byID, refused(t, err, fault.Conflict).Sentence)
	d.cut = true
	_, err = named1("nobody").account(t.Context(), s.ISC, "")
	require.Contains(t, refused(t, err, fault.NotFound).Sentence, "To say which one it is, give its source, or its id with match_by=id.")
	_, err = AccountInput{Account: "nobody", Source: "ERP"}.account(t.Context(), s.ISC, "")
	require.Contains(t, refused(t, err, fault.NotFound).Sentence, "To say which one it is, give its id with match_by=id.")
	_, err = named1("jane.doe").account(t.Context(), s.ISC, "")
	require.Contains(t, refused(t, err, fault.Conflict).Sentence, "To be sure, give its source, or its id with match_by=id.")
}

func TestAVeryAmbiguousNameListsTenAndSaysThereAreMore(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	for range 30 {
		d.accounts = append(d.accounts, identity.Account{ID: "x", DisplayName: "Many"})
	}
	_, err := named1("many").account(t.Context(), s.ISC, "")
	f := refused(t, err, fault.Conflict)
	require.Len(t, f.Choices, 10)
	require.Contains(t, f.Sentence, "More than 10 accounts")
	require.True(t, f.More)
}

func TestWhatAnUnfinishedSearchFoundIsNotTakenForAll(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	d.cut = true
	_, err := named1("jane.doe").account(t.Context(), s.ISC, "")
	f := refused(t, err, fault.Conflict)
	require.Contains(t, f.Sentence, "may not be the only one")
	require.Len(t, f.Choices, 1)
	_, err = named1("jane doe").account(t.Context(), s.ISC, "")
	f = refused(t, err, fault.Conflict)
	require.Contains(t, f.Sentence, "At least 2 accounts")
	require.True(t, f.More)
	_, err = named1("nobody").account(t.Context(), s.ISC, "")
	require.Contains(t, refused(t, err, fault.NotFound).Sentence, "too many accounts")
}

func TestWithATargetOnlyThatAccountCounts(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	a, err := named1("jane doe").account(t.Context(), s.ISC, "a2")
	require.NoError(t, err)
	require.Equal(t, "a2", a.ID, "although the words match several")
	d.drop("a2")
	_, err = named1("jane doe").account(t.Context(), s.ISC, "a2")
	refused(t, err, fault.NotFound)
}

func TestASystemThatIsNotConfiguredSaysSo(t *testing.T) {
	t.Parallel()
	for _, s := range []Systems{{}, {ISC: (*nilISC)(nil)}} {
		_, err := s.settled().named("")
		require.Equal(t, "SailPoint is not configured here; whoever runs accountops has to set its address and credentials. Nothing was changed.",
			refused(t, err, fault.Invalid).Sentence)
		_, err = s.settled().named("esystems")
		require.Contains(t, refused(t, err, fault.Invalid).Sentence, "eSystems is not configured")
	}
}

// nilISC is a client that was declared and never made: a nil pointer in an interface.
type nilISC struct{ isc }

func TestTheDefaultSystemIsTheOneThereIs(t *testing.T) {
	t.Parallel()
	full, _, _ := world()
	system, err := full.named("")
	require.NoError(t, err)
	require.Equal(t, identity.SailPoint, system.Name())
	system, err = Systems{Endpoint: full.Endpoint}.settled().named("")
	require.NoError(t, err)
	require.Equal(t, identity.ESystems, system.Name())
	system, err = Systems{ISC: full.ISC, Endpoint: full.Endpoint, Default: identity.ESystems}.settled().named("")
	require.NoError(t, err)
	require.Equal(t, identity.ESystems, system.Name())
	_, err = full.named("okta")
	refused(t, err, fault.Invalid)
}
