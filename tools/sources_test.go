package tools

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

func TestASourceThatThereIsNotIsToldWithTheOneThatWasProbablyMeant(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	look := map[string]func(source string) error{
		"show": func(source string) error {
			_, err := s.show(t.Context(), GetAccountInput{AccountInput{Account: "jane.doe", Source: source}}, executor.Call{})
			return err
		},
		"find": func(source string) error {
			_, err := s.find(t.Context(), FindAccountsInput{Account: "jane.doe", Source: source}, executor.Call{})
			return err
		},
		"remove": func(source string) error {
			_, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: AccountInput{Account: "jane.doe", Source: source}, Reason: "left"}, "")
			return err
		},
		"create": func(source string) error {
			_, err := s.planCreate(t.Context(), creating("new.one", source, nil), "")
			return err
		},
	}
	for name, ask := range look {
		f := refused(t, ask("Corprate AD"), fault.Invalid)
		require.Equal(t, `SailPoint has no source "Corprate AD". Did you mean "Corporate AD"? Nothing was changed.`, f.Sentence, name)
		require.Equal(t, "source", f.Fields[0].Name)
		require.Empty(t, f.Next, "to look round on that source finds nothing")
		f = refused(t, ask("Somewhere else"), fault.Invalid)
		require.Equal(t, `SailPoint has no source "Somewhere else". Give its name as it stands there, or its id. Nothing was changed.`, f.Sentence, name)
	}
	d.noSources = true // as for HELPDESK: nothing is known of the source
	require.Contains(t, refused(t, look["show"]("Corprate AD"), fault.NotFound).Sentence, `SailPoint has no account "jane.doe" on source "Corprate AD".`)
	require.NoError(t, look["find"]("Corprate AD"))
	_, err := s.find(t.Context(), FindAccountsInput{Account: "jane.doe", Source: "Corprate AD"}, executor.Call{Glance: true})
	require.NoError(t, err)
}

func TestASourceGivenByItsIDIsCalledByItsName(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	_, err := AccountInput{Account: "nobody", Source: "s-erp"}.account(t.Context(), s.ISC, "")
	require.Contains(t, refused(t, err, fault.NotFound).Sentence, `no account "nobody" on source "ERP".`)
	for account, summary := range map[string]string{
		"nobody": `No account in SailPoint is or begins with "nobody" on source "ERP".`, "max": `1 account in SailPoint for "max" on source "ERP".`,
	} {
		got, err := s.find(t.Context(), FindAccountsInput{Account: account, Source: "s-erp"}, executor.Call{})
		require.NoError(t, err)
		require.Equal(t, summary, got.Summary)
	}
	d.accounts[2].DisplayName, d.accounts[1].DisplayName, d.accounts[1].SourceID, d.accounts[1].Source = "Twin", "Twin", "s-erp", "ERP"
	_, err = AccountInput{Account: "twin", Source: "s-erp"}.account(t.Context(), s.ISC, "")
	require.Contains(t, refused(t, err, fault.Conflict).Sentence, `match "twin" on source "ERP".`)
}
