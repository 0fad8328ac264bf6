package tools

import "accountops/internal/executor"

// Catalogue lists what can be done, in the order in which faces show it. A new operation is its file and one line here.
func Catalogue(s Systems) []executor.Operation {
	s = s.settled()
	return []executor.Operation{
		FindAccounts(s),
		GetAccount(s),
		CreateAccount(s),
		DisableAccount(s),
		EnableAccount(s),
		UnlockAccount(s),
		RemoveAccount(s),
		DeleteAccount(s),
		ListDeletionRequests(s),
		GetRequest(),
		ListRequests(),
		WithdrawRequest(),
	}
}
