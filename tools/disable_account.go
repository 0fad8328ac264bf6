package tools

import (
	"accountops/internal/executor"
	"accountops/internal/identity"
)

const (
	callDisable    = "POST /accounts/v1/{id}/disable"
	callDeactivate = `PUT /Account/{id} {"Is_Active": false}`
)

func (s Systems) disabling() statusChange {
	return statusChange{
		Systems: s, verb: "disable", done: "disabled", feature: "ENABLE", call: callDisable, endpoint: callDeactivate, active: false,
		changes:     "The account is disabled: nobody can sign in with it. Its entitlements stay.",
		bare:        "The account is disabled: nobody can sign in with it.",
		consequence: "It stays disabled until somebody enables it again.",
		fits: "What fits depends on what is meant: to delete the account, or to remove it, " +
			"which only makes SailPoint forget its record of it.",
		is:     func(a identity.Account) bool { return a.Disabled },
		beware: func(identity.Account, bool) []string { return nil },
		isc:    identity.ISC.Disable,
	}
}

// DisableAccount is the operation disable_account.
func DisableAccount(s Systems) executor.Operation {
	c := s.disabling()
	return executor.Define(executor.Spec[StatusInput]{
		Name: "disable_account", Title: "Disable account", Word: "disable", Effect: executor.Change,
		Summary: "Disable one account, so that nobody can sign in with it. It keeps its entitlements and can be enabled again. " +
			"Needs no approval unless the policy asks for it.",
		Plan: c.plan, Send: c.send, Follow: s.follow, Batch: identity.SailPoint, Verify: c.verify,
	})
}
