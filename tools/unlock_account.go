package tools

import (
	"accountops/internal/executor"
	"accountops/internal/identity"
)

const callUnlock = "POST /accounts/v1/{id}/unlock"

func (s Systems) unlocking() statusChange {
	return statusChange{
		Systems: s, verb: "unlock", done: "unlocked", feature: "UNLOCK", call: callUnlock,
		unknown: "eSystems does not lock accounts, so there is nothing to unlock: what fits there is to enable an account that is disabled. " +
			"Nothing was changed.",
		changes:     "The account is unlocked at its source, so that its owner can sign in with it again.",
		consequence: "It stays unlocked until the source locks it again, as after too many wrong passwords.",
		fits:        "Whoever runs the source can unlock it there.",
		is:          func(a identity.Account) bool { return !a.Locked },
		beware: func(a identity.Account, _ bool) []string {
			if !a.Disabled {
				return nil
			}
			return []string{"The account is disabled" + asWell(a.Locked) + ", and unlocking does not enable it: for that, ask to enable it."}
		},
		isc: identity.ISC.Unlock,
	}
}

// UnlockAccount is the operation unlock_account. It leaves out SailPoint's unlockIDNAccount: that would unlock the owner's way into
// SailPoint itself, which is another account than the one that is shown.
func UnlockAccount(s Systems) executor.Operation {
	c := s.unlocking()
	return executor.Define(executor.Spec[StatusInput]{
		Name: "unlock_account", Title: "Unlock account", Word: "unlock", Effect: executor.Change,
		Summary: "Unlock one account that its source has locked, as after too many wrong passwords. Cannot be undone. SailPoint only. " +
			"Needs no approval unless the policy asks for it.",
		Plan: c.plan, Send: c.send, Follow: s.follow, Batch: identity.SailPoint, Verify: c.verify,
	})
}
