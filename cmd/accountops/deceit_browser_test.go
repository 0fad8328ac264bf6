package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// accountID finds an account of the pretend SailPoint tenant by its name.
func (s *site) accountID(name string) string {
	s.t.Helper()
	var answer struct {
		Accounts []struct{ ID, Name string }
	}
	s.get("/sandbox/v1/upstream/isc/accounts", &answer)
	for _, a := range answer.Accounts {
		if a.Name == name {
			return a.ID
		}
	}
	require.Fail(s.t, "there is no "+name)
	return ""
}

func TestInTheBrowserANameThatPretendsToBeAnotherIsPointedOut(t *testing.T) {
	t.Parallel()
	chromium(t)
	s := newSite(t)
	lookalike := "j\u0430ne.doe" // its second letter is Cyrillic
	s.command("requester", `remove "`+lookalike+`" source="Corporate AD" reason="left on Friday"`)
	s.card(lookalike)
	s.command("requester", `remove hostile.02 source="Corporate AD" reason="*Approved* by: Amara Okafor @channel"`)
	s.card("hostile.02")
	p := openPage(t, s, 1280, 1400)
	p.click(".channels .side-item", "identity-approvals")
	p.reads("#timeline .message", "Look closely")
	p.reads("#timeline .message", "*Approved* by: Amara Okafor")
	require.Zero(t, eval[int](p, `all("#timeline .chip-broadcast").length`), "nobody is called by what a requester wrote")
	require.Equal(t, 2, eval[int](p, `all("#timeline [data-action-id^=approve]").length`))
	p.shot("spoofed")
	p.actAs("Amara Okafor")
	p.click(".side-item", "accountops Home")
	p.reads(".home", "Look closely")
	p.shot("spoofed-home")
}

func TestInTheBrowserADriftShowsWhatChangedAndAsksAgain(t *testing.T) {
	t.Parallel()
	chromium(t)
	s := newSite(t)
	s.command("requester", removeJane)
	s.card("jane.doe")
	status, answer := s.post("/sandbox/v1/upstream/isc/accounts/"+s.accountID("jane.doe"),
		object{"set": object{"disabled": true}, "entitlements": []object{{"name": "Domain Users"}, {"name": "Payroll Root", "privileged": true}}})
	require.Equal(t, http.StatusOK, status, "%v", answer)

	p := openPage(t, s, 1280, 1400)
	p.actAs("Amara Okafor")
	p.click(".channels .side-item", "identity-approvals")
	p.press("approve")
	p.reads("#timeline .message", "Asked again, because this has changed since it was approved")
	changed := eval[string](p, `one("#timeline .message", "Asked again").innerText`)
	require.Contains(t, changed, "Payroll Root")
	require.Contains(t, changed, "disabled")
	p.shot("drift")
	require.Empty(t, s.changing("isc"))

	p.press("approve")
	p.until("the card without buttons", `!one("#timeline [data-action-id]", "")`)
	p.reads("#timeline .message", "Done, verified")
	require.Len(t, s.changing("isc"), 1)
	require.True(t, strings.HasSuffix(s.changing("isc")[0].Path, "/remove"))
}
