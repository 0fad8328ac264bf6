package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const removeJane = `remove jane.doe source="Corporate AD" reason="left on Friday, HR-1042"`

func TestARemovalAskedInSlackIsApprovedSentOnceAndVerified(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.command("requester", removeJane)
	card := s.card("jane.doe")
	for _, fact := range []string{"Remove account", "Corporate AD", "jane.doe", "Jane Doe", "enabled", "aggregation", "left on Friday, HR-1042", "confirm"} {
		require.Contains(t, card.raw, fact)
	}
	require.NotEmpty(t, card.button("deny"))

	s.click("requester", card, card.button("approve"))
	s.told("requester", "another person has to decide")
	require.Empty(t, s.changing("isc"), "nothing leaves on the requester's own click")

	status, answer := s.click("approver", card, card.button("approve"))
	require.Equal(t, 200, status, "%v", answer)
	require.Equal(t, true, answer["acked"])
	lines := s.thread(card, "verified")
	require.Contains(t, lines[len(lines)-1].raw, "verified")

	calls := s.changing("isc")
	require.Len(t, calls, 1)
	require.Equal(t, "POST", calls[0].Method)
	require.True(t, strings.HasSuffix(calls[0].Path, "/remove"), calls[0].Path)
	require.Empty(t, calls[0].Body)
	s.wait("the card without buttons", func() bool {
		for _, m := range s.approvals() {
			if m.TS == card.TS {
				return len(m.buttons()) == 0
			}
		}
		return false
	})
	_, answer = s.click("second_approver", card, card.button("approve"))
	require.Equal(t, true, answer["acked"], "a screen that lags behind still has the button")
	s.told("second_approver", "Your click changed nothing")
	require.Len(t, s.changing("isc"), 1)
	for _, a := range s.accounts("isc") {
		require.False(t, a["name"] == "jane.doe" && a["sourceName"] == "Corporate AD", "the account is gone")
	}
}

func TestARequestIsWithdrawnDeniedOrExpiresAndEverybodyIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)

	s.command("requester", removeJane)
	card := s.card("jane.doe")
	_, answer := s.click("approver", card, card.button("deny"))
	require.Equal(t, true, answer["acked"], "%v", answer)
	s.fillReason("approver", "wrong Jane")
	s.thread(card, "wrong Jane")
	s.quiet()

	s.command("requester", removeJane)
	second := s.card("jane.doe")
	require.NotEqual(t, card.TS, second.TS)
	own := s.ownCopy("jane.doe")
	_, answer = s.click("requester", own, own.button("withdraw"))
	require.Equal(t, true, answer["acked"], "%v", answer)
	s.fillReason("requester", "she stays")
	s.thread(second, "she stays")
	s.quiet()

	s.command("requester", removeJane)
	third := s.card("jane.doe")
	status, _ := s.post("/sandbox/v1/clock", object{"advance": "25h"})
	require.Equal(t, 200, status)
	s.thread(third, "Expired")
	_, _ = s.click("approver", third, "approve")
	require.Empty(t, s.changing("isc"), "nothing was sent for any of them")
}

// quiet waits until no copy of any card has a button: the line in a thread may come before the card is drawn again.
func (s *site) quiet() {
	s.t.Helper()
	s.wait("cards without buttons", func() bool {
		all := s.approvals()
		for _, channel := range s.direct("requester") {
			all = append(all, s.messages(channel, "")...)
		}
		for _, m := range all {
			if len(m.buttons()) > 0 {
				return false
			}
		}
		return true
	})
}

// fillReason fills in the open form that asks for a reason.
func (s *site) fillReason(role, reason string) {
	s.t.Helper()
	var answer struct {
		Views []struct {
			ID     string
			Blocks []struct {
				BlockID string `json:"block_id"`
				Element struct {
					ActionID string `json:"action_id"`
				}
			}
		}
	}
	s.wait("a form", func() bool {
		s.get("/sandbox/v1/slack/views?user="+s.who[role], &answer)
		return len(answer.Views) > 0
	})
	view := answer.Views[len(answer.Views)-1]
	values := object{}
	for _, b := range view.Blocks {
		if b.Element.ActionID != "" {
			values[b.BlockID] = object{b.Element.ActionID: reason}
		}
	}
	status, result := s.post("/sandbox/v1/slack/view_submissions", object{"user": s.who[role], "view_id": view.ID, "values": values})
	require.Equal(s.t, 200, status, "%v", result)
}

// ownCopy waits for the requester's own copy of a card, in their direct messages with the app.
func (s *site) ownCopy(word string) message {
	s.t.Helper()
	var found message
	s.wait("the requester's own copy", func() bool {
		for _, channel := range s.direct("requester") {
			for _, m := range s.messages(channel, "") {
				if strings.Contains(m.raw, word) && m.button("withdraw") != "" {
					found = m
					return true
				}
			}
		}
		return false
	})
	return found
}

// direct gives the ids of somebody's direct messages.
func (s *site) direct(role string) []string {
	s.t.Helper()
	var answer struct{ Channels []struct{ ID string } }
	s.get("/sandbox/v1/slack/dms?user="+s.who[role], &answer)
	out := make([]string, 0, len(answer.Channels))
	for _, c := range answer.Channels {
		out = append(out, c.ID)
	}
	return out
}
