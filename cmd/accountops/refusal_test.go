package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestARefusalIsInTheUpstreamsWordsOnTheCardInTheThreadAndForTheAssistant(t *testing.T) {
	t.Parallel()
	for system, c := range map[string]struct {
		tool       string
		input      object
		said, code string
	}{
		"isc":      {"remove_account", object{"account": "jane.doe", "source": "Payroll Vault"}, "cannot be performed on [Payroll Vault]", "400.1 Bad Request Content"},
		"esystems": {"delete_account", object{"account": "jane.doe", "system": "esystems"}, "Forbidden", "/Errors/Permission"},
	} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			if system == "esystems" {
				s.strike(system, "DELETE", "403")
			}
			a := modernHTTP(t, s)
			c.input["reason"], c.input["wait_seconds"] = "left", 0
			asked, text, isError := a.call(t, c.tool, c.input)
			require.False(t, isError, text)
			card := s.card("jane.doe")
			s.click("approver", card, card.button("approve"))
			var told object
			s.wait("the end", func() bool {
				told, text, _ = a.call(t, "get_request", object{"request_id": asked["request_id"], "wait_seconds": 5})
				return told["status"] == "failed"
			})
			ref := fmt.Sprint(told["reference"])
			require.Len(t, ref, 32)
			words := []string{c.said, c.code, ref}
			lines := s.thread(card, ref)
			for _, word := range words {
				require.Contains(t, text, word, "the tool's text")
				require.Contains(t, told["problem"], word, "the tool's structure")
				require.Contains(t, lines[len(lines)-1].raw, word, "the thread")
			}
			s.wait("the card", func() bool {
				card = s.messages(card.channel, card.TS)[0]
				return strings.Contains(card.raw, "Tracking id: ")
			})
			for _, word := range words {
				require.Contains(t, card.raw, word, "the card")
			}
		})
	}
}

func TestAReadThatIsRefusedIsQuotedToWhoeverAsked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.strike("isc", "GET", "403")
	got, text, isError := modernHTTP(t, s).call(t, "find_accounts", object{"account": "jane.doe"})
	require.True(t, isError)
	failure, _ := got["error"].(object)
	require.Equal(t, "403 Forbidden", failure["code"])
	require.Len(t, failure["ref"], 32)
	for _, word := range []any{failure["said"], failure["code"], failure["ref"]} {
		require.Contains(t, text, word)
	}
	s.command("requester", "find jane.doe")
	shown := s.told("requester", "Tracking id: ")
	for _, word := range []string{"refuses to authorize it", "403 Forbidden", "our client may not do that"} {
		require.Contains(t, shown, word)
	}
}

// strike switches a fault on for all calls of an upstream with this method.
func (s *site) strike(upstream, method, kind string) {
	s.t.Helper()
	status, answer := s.post("/sandbox/v1/upstream/"+upstream+"/faults", object{"method": method, "kind": kind})
	require.Equal(s.t, 200, status, "%v", answer)
}

// The second approver is Sven Lindqvist, whose confirmed address in Slack is that of the account's identity.
func TestTheOwnerOfAnAccountIsKnownByTheirAddressAndDoesNotDecideOnIt(t *testing.T) {
	t.Parallel()
	for system, target := range map[string]string{"isc": `sven.lindqvist source="Corporate AD"`, "esystems": "sven.lindqvist system=esystems"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			verb := map[string]string{"isc": "remove", "esystems": "delete"}[system]
			s.command("requester", verb+" "+target+` reason="HR-1042"`)
			card := s.card("sven.lindqvist")
			s.click("second_approver", card, card.button("approve"))
			require.Contains(t, s.told("second_approver", "your own account"), "another person has to decide")
			require.NotEmpty(t, s.card("sven.lindqvist").button("approve"), "the request still waits")
			s.click("approver", card, card.button("approve"))
			s.thread(card, "Done, verified")
		})
	}
}

func TestAnAssistantThatWritesOverAnAccountWaitsForAnotherPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := modernHTTP(t, s)
	asked, text, isError := a.call(t, "create_account", object{"account": "FL-100234", "source": "Finance Ledger", "update_existing": true,
		"attributes": object{"email": "somebody.else@acme.example"}, "reason": "HR-1042", "wait_seconds": 0})
	require.False(t, isError, text)
	require.Equal(t, "awaiting_approval", asked["status"], text)
	card := s.card("FL-100234")
	require.Contains(t, card.raw, "somebody.else@acme.example")
	require.Empty(t, s.changing("isc"), "nothing was sent")
	s.click("approver", card, card.button("approve"))
	s.thread(card, "Done, verified")
	require.Len(t, s.changing("isc"), 1)
}
