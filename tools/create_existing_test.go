package tools

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestAnAccountsOwnIDIsNeverTakenForANativeIdentity(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"HR file", "ERP"} { // the body's id may be SailPoint's own, of whichever source
		for _, update := range []bool{false, true} {
			s, d, _ := world()
			in := creating("a2", source, map[string]string{"department": "Sales"})
			in.UpdateExisting = update
			_, err := s.planCreate(t.Context(), in, "")
			f := refused(t, err, fault.Invalid)
			require.Equal(t, `"a2" is an account's id in SailPoint, not a native identity; that account has the native identity "1001" on the source "HR file".`+
				` Nothing was changed.`, f.Sentence)
			require.Equal(t, "account", f.Fields[0].Name)
			require.Empty(t, f.Insist, "nothing helps to go ahead")
			require.Empty(t, f.Choices)
			require.Empty(t, d.calls)
		}
	}
}

func TestAnUpdateDoesNotWriteTheNativeIdentityAnew(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	in := CreateAccountInput{Account: "MAX", Source: "ERP", UpdateExisting: true}
	_, err := s.planCreate(t.Context(), in, "")
	require.Equal(t, `The source writes this native identity "max", and it would be changed to "MAX"; give it as the source writes it. Nothing was changed.`,
		refused(t, err, fault.Invalid).Sentence)
	in.Account = "max"
	_, err = s.planCreate(t.Context(), in, "")
	require.NoError(t, err)
	require.Empty(t, d.calls)
}

func TestSeveralAccountsWithTheNativeIdentityOfferNoOtherCreation(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	d.accounts = append(d.accounts, identity.Account{ID: "a7", Name: "second", NativeIdentity: "1001", SourceID: "s-hr", Source: "HR file"})
	in := creating("1001", "s-hr", nil)
	in.UpdateExisting = true
	_, err := s.planCreate(t.Context(), in, "")
	f := refused(t, err, fault.Conflict)
	require.Equal(t, `SailPoint has several accounts there with the native identity "1001", or too many to tell, so nothing says which of them this `+
		`would change. Nothing was changed.`, f.Sentence)
	require.Empty(t, f.Choices)
	require.Empty(t, d.calls)
}

func TestACreationBesideAnAccountWithTheSameLoginIsWarnedOf(t *testing.T) {
	t.Parallel()
	const warning = `The source already has an account with the login "jdoe"; its native identity is "1001". This makes another one beside it.`
	s, d, _ := world()
	for _, in := range []CreateAccountInput{creating("jdoe", "HR file", nil), creating("2002", "s-hr", map[string]string{"userName": "jdoe"})} {
		p, err := s.planCreate(t.Context(), in, "")
		require.NoError(t, err)
		require.Equal(t, []string{warning}, p.Warnings)
	}
	for _, in := range []CreateAccountInput{creating("max.erp", "HR file", nil), creating("2002", "HR file", map[string]string{"manager": "jdoe"})} {
		p, err := s.planCreate(t.Context(), in, "")
		require.NoError(t, err)
		require.Empty(t, p.Warnings, "it is on another source, or it is somebody else who is named")
	}
	require.Empty(t, d.calls)
}
