package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// journey is one operation, asked for by words in Slack or by arguments over MCP.
type journey struct {
	words    string
	tool     string
	input    object
	approves bool   // whether another person has to approve
	about    string // what its card or own copy is about
	system   string // whose recorder shows the call
	call     string // method and end of the path of the one call
}

var journeys = map[string]journey{
	"create account": {
		words: `create new.hire source="Finance Ledger" attributes.displayName="New Hire" attributes.email=new.hire@acme.example`,
		tool:  "create_account",
		input: object{"account": "new.hire", "source": "Finance Ledger", "attributes": object{"displayName": "New Hire", "email": "new.hire@acme.example"}},
		about: "new.hire", system: "isc", call: "POST /accounts/v1",
	},
	"disable account": {
		words: `disable jane.doe source="Corporate AD"`, tool: "disable_account",
		input: object{"account": "jane.doe", "source": "Corporate AD"}, about: "jane.doe", system: "isc", call: "POST /disable",
	},
	"enable account": {
		words: `enable noah.fischer source="Corporate AD"`, tool: "enable_account",
		input: object{"account": "noah.fischer", "source": "Corporate AD"}, about: "noah.fischer", system: "isc", call: "POST /enable",
	},
	"unlock account": {
		words: `unlock liam.oconnor source="Corporate AD"`, tool: "unlock_account",
		input: object{"account": "liam.oconnor", "source": "Corporate AD"}, about: "liam.oconnor", system: "isc", call: "POST /unlock",
	},
	"enable account on eSystems": {
		words: `enable noah.fischer system=esystems`, tool: "enable_account",
		input: object{"account": "noah.fischer", "system": "esystems"}, about: "noah.fischer", system: "esystems", call: "PUT ",
	},
	"remove account": {
		words: `remove jane.doe source="Corporate AD" reason="left"`, tool: "remove_account", approves: true,
		input: object{"account": "jane.doe", "source": "Corporate AD", "reason": "left"}, about: "jane.doe", system: "isc", call: "POST /remove",
	},
	"delete account": {
		words: `delete jane.doe source="Corporate AD" reason="left"`, tool: "delete_account", approves: true,
		input: object{"account": "jane.doe", "source": "Corporate AD", "reason": "left"}, about: "jane.doe", system: "isc", call: "POST /delete",
	},
	"delete account on eSystems by Username": {
		words: `delete jane.doe system=esystems match_by=username reason="left"`, tool: "delete_account", approves: true,
		input: object{"account": "jane.doe", "system": "esystems", "match_by": "username", "reason": "left"},
		about: "jane.doe", system: "esystems", call: "DELETE ",
	},
}

func TestEveryOperationGoesFromSlackToItsProof(t *testing.T) {
	t.Parallel()
	for name, j := range journeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.command("requester", j.words)
			if j.approves {
				card := s.card(j.about)
				_, answer := s.click("approver", card, card.button("approve"))
				require.Equal(t, true, answer["acked"], "%v", answer)
				s.thread(card, "Done, verified")
			} else {
				s.wait("the end in the requester's own thread", func() bool {
					for _, channel := range s.direct("requester") {
						for _, m := range s.messages(channel, "") {
							for _, line := range s.messages(channel, m.TS) {
								if strings.Contains(line.raw, "Done, verified") {
									return true
								}
							}
						}
					}
					return false
				})
			}
			j.sentOnce(t, s)
		})
	}
}

func TestEveryOperationGoesFromMCPToItsProof(t *testing.T) {
	t.Parallel()
	for name, j := range journeys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			a := modernHTTP(t, s)
			j.input["wait_seconds"] = 0
			asked, text, isError := a.call(t, j.tool, j.input)
			require.False(t, isError, text)
			if j.approves {
				require.Contains(t, text, "Nothing has been changed yet")
				card := s.card(j.about)
				_, answer := s.click("approver", card, card.button("approve"))
				require.Equal(t, true, answer["acked"], "%v", answer)
			}
			s.wait("done", func() bool {
				asked, text, _ = a.call(t, "get_request", object{"request_id": asked["request_id"], "wait_seconds": 5})
				return asked["status"] == "done"
			})
			require.Equal(t, "verified", asked["result"], text)
			j.sentOnce(t, s)
		})
	}
}

func (j journey) sentOnce(t *testing.T, s *site) {
	t.Helper()
	calls := s.changing(j.system)
	require.Len(t, calls, 1, "%v", calls)
	method, end, _ := strings.Cut(j.call, " ")
	require.Equal(t, method, calls[0].Method)
	require.True(t, strings.HasSuffix(calls[0].Path, end), calls[0].Path)
}

func TestReadingAnswersAtOnceByBothDoors(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := modernHTTP(t, s)
	_, text, isError := a.call(t, "find_accounts", object{"account": "jane.doe"})
	require.False(t, isError, text)
	require.Contains(t, text, "Corporate AD")
	got, text, isError := a.call(t, "get_account", object{"account": "jane.doe", "source": "Corporate AD"})
	require.False(t, isError, text)
	require.Contains(t, fmt.Sprint(got), "jane.doe")
	for _, page := range []object{{}, {"limit": 1, "offset": 0, "count": true}, {"mine": true}} {
		_, text, isError = a.call(t, "list_deletion_requests", page)
		require.False(t, isError, text)
	}
	_, text, isError = a.call(t, "list_requests", object{})
	require.False(t, isError, text)
	for words, shown := range map[string]string{
		"find jane.doe": "Corporate AD", `show jane.doe source="Corporate AD"`: "Jane Doe", "deletions mine": "deletion", "requests": "request", "help": "remove",
	} {
		answer := s.command("requester", words)
		if !strings.Contains(fmt.Sprint(answer["response"]), shown) {
			s.told("requester", shown)
		}
	}
	require.Empty(t, s.changing("isc"))
}

func TestBadInputChangesNothingAndSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	a := modernHTTP(t, s)
	for name, c := range map[string]struct {
		tool  string
		input object
		says  string
	}{
		"unknown field":     {"remove_account", object{"account": "jane.doe", "reason": "x", "sauce": "Corporate AD"}, "sauce"},
		"missing field":     {"remove_account", object{"account": "jane.doe"}, "reason"},
		"wrong type":        {"remove_account", object{"account": 7, "reason": "x"}, "account"},
		"unknown account":   {"remove_account", object{"account": "nobody.here", "reason": "x"}, "nobody.here"},
		"several accounts":  {"remove_account", object{"account": "jane.doe", "reason": "x"}, "Corporate AD"},
		"wrong verb":        {"remove_account", object{"account": "jane.doe", "system": "esystems", "reason": "x"}, "delete_account"},
		"no such verb":      {"unlock_account", object{"account": "jane.doe", "system": "esystems"}, "enable_account"},
		"unknown request":   {"get_request", object{"request_id": "req_nothing"}, "no request"},
		"unknown system":    {"find_accounts", object{"account": "jane.doe", "system": "okta"}, "system"},
		"withdraw unknown":  {"withdraw_request", object{"request_id": "req_nothing"}, "no request"},
		"forged approval":   {"remove_account", object{"account": "jane.doe", "reason": "x", "approver": "U0APPROVER1"}, "approver"},
		"unfitting waiting": {"remove_account", object{"account": "jane.doe", "reason": "x", "wait_seconds": 4000}, "wait_seconds"},
	} {
		t.Run(name, func(t *testing.T) {
			_, text, isError := a.call(t, c.tool, c.input)
			require.True(t, isError, text)
			require.Contains(t, text, c.says)
			require.Regexp(t, "(?i)nothing (was|has been) changed", text)
		})
	}
	for words, says := range map[string]string{
		"remvoe jane.doe": "remove", `remove jane.doe sauce=x reason=y`: "sauce", `remove "jane.doe`: "quot", "status req_nothing": "no request",
	} {
		answer := s.command("requester", words)
		if shown := fmt.Sprint(answer["response"]); !strings.Contains(shown, says) {
			s.told("requester", says)
		}
	}
	s.command("requester", "remove jane.doe")
	s.wait("the form that asks for the reason", func() bool {
		var open object
		s.get("/sandbox/v1/slack/views?user="+s.who["requester"], &open)
		return strings.Contains(fmt.Sprint(open), "reason")
	})
	require.Empty(t, s.changing("isc"))
	require.Empty(t, s.changing("esystems"))
	require.Empty(t, s.approvals())
}

func TestStrangersDecideNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.command("requester", removeJane)
	card := s.card("jane.doe")
	for role, says := range map[string]string{"bystander": "not one of", "guest": "guest"} {
		s.click(role, card, card.button("approve"))
		s.told(role, says)
	}
	require.Empty(t, s.changing("isc"))
	s.command("guest", removeJane)
	s.told("guest", "full members")
	require.Len(t, s.approvals(), 1)
}

func TestTheDoorIsClosedToOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for name, c := range map[string]struct {
		headers map[string]string
		status  int
	}{
		"a wrong token":    {map[string]string{"Authorization": "Bearer nonsense-nonsense-nonsense"}, http.StatusUnauthorized},
		"a foreign origin": {map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		"a foreign host":   {map[string]string{"Host": "evil.example"}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`))
			require.NoError(t, err)
			req.Header.Set("Content-Type", "application/json")
			for k, v := range c.headers {
				req.Header.Set(k, v)
			}
			if host := c.headers["Host"]; host != "" {
				req.Host = host
			}
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, c.status, res.StatusCode)
		})
	}
}
