package tools

import (
	"accountops/internal/executor"
	"accountops/internal/identity"
)

const (
	callEnable   = "POST /accounts/v1/{id}/enable"
	callActivate = `PUT /Account/{id} {"Is_Active": true}`
)

func (s Systems) enabling() statusChange {
	return statusChange{
		Systems: s, verb: "enable", done: "enabled", feature: "ENABLE", call: callEnable, endpoint: callActivate, active: true,
		changes:     "The account is enabled: whoever has its credentials can sign in with it again, with all its entitlements.",
		bare:        "The account is enabled: whoever has its credentials can sign in with it again.",
		consequence: "It stays enabled until somebody disables it again.",
		fits:        "Whoever runs the source can enable it there.",
		is:          func(a identity.Account) bool { return !a.Disabled },
		beware: func(a identity.Account, forced bool) []string {
			if !a.Locked || forced { // what is forced unlocks, and says so
				return nil
			}
			return []string{"The account is locked" + asWell(a.Disabled) + ", and enabling does not unlock it: for that, ask to unlock it."}
		},
		isc: identity.ISC.Enable,
	}
}

// EnableAccount is the operation enable_account.
func EnableAccount(s Systems) executor.Operation {
	c := s.enabling()
	return executor.Define(executor.Spec[StatusInput]{
		Name: "enable_account", Title: "Enable account", Word: "enable", Effect: executor.Change,
		Summary: "Enable one disabled account, so that its owner can sign in with it again. It can be disabled again. " +
			"Needs no approval unless the policy asks for it.",
		Plan: c.plan, Send: c.send, Follow: s.follow, Batch: identity.SailPoint, Verify: c.verify,
	})
}
