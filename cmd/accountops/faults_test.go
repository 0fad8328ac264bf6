package main

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// upstreamFaults are the kinds of the reliability bar, and how often the call may then stand in the upstream's record: a 401 is
// answered once with a new token.
var upstreamFaults = map[string]int{
	"name fails": 1, "refused": 1, "connect timeout": 1, "tls fails": 1, "reset before the answer": 1, "reset in the headers": 1,
	"reset in the body": 1, "one byte a second": 1, "timeout after it was applied": 1, "timeout before": 1, "429 seconds": 1, "429 date": 1,
	"429 no header": 1, "429 absurd": 1, "500": 1, "502": 1, "503": 1, "504": 1, "401": 2, "401 with a failing renewal": 1, "403": 1, "404": 1,
	"409": 1, "malformed json": 1, "truncated json": 1, "huge json": 1, "wrongly typed json": 1, "doubled-key json": 1,
	"task id missing": 1, "task id wrong": 1, "task fails": 1, "task disappears": 1,
}

// Each kind meets one approved removal of its own, all of them at the same time, on one upstream.
func TestEveryFaultOfAnUpstreamEndsInTheTruthAndNeverInASecondCall(t *testing.T) {
	t.Parallel()
	for system, c := range map[string]struct {
		upstream, tool, method string
		path                   func(id string) string
		targets                func(*site) []string
	}{
		"SailPoint": {"isc", "remove_account", "POST", func(id string) string { return "/accounts/v1/" + id + "/remove" }, targetsISC},
		"eSystems":  {"esystems", "delete_account", "DELETE", endpointPath, targetsEndpoint},
	} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			a := modernHTTP(t, s)
			targets := c.targets(s)
			requests := map[string]string{} // by target
			faults := map[string]string{}
			for kind := range upstreamFaults {
				if system == "eSystems" && strings.HasPrefix(kind, "task") || len(targets) == 0 {
					continue // its calls have no tasks; and it has fewer accounts than there are kinds
				}
				target := targets[0]
				targets = targets[1:]
				status, answer := s.post("/sandbox/v1/upstream/"+c.upstream+"/faults",
					object{"method": c.method, "path_prefix": c.path(target), "kind": kind, "times": 1})
				require.Equal(t, 200, status, "%v", answer)
				input := object{"account": target, "match_by": "id", "system": strings.ToLower(system), "reason": kind, "wait_seconds": 0}
				asked, text, isError := a.call(t, c.tool, input)
				require.False(t, isError, text)
				requests[target], faults[target] = fmt.Sprint(asked["request_id"]), kind
			}
			for target := range requests {
				card := s.card(target)
				s.wait("the click to be acknowledged", func() bool { // on a busy machine Slack may say "Try again?", and a second click is the first one
					_, answer := s.click("approver", card, card.button("approve"))
					return answer["acked"] == true
				})
			}
			for target, id := range requests {
				s.endsInTruth(t, a, id, c.upstream, target, c.path(target), faults[target])
			}
		})
	}
}

// endsInTruth waits for a request's end and compares it with the upstream: its record of calls, and whether the account is there.
func (s *site) endsInTruth(t *testing.T, a assistant, request, upstream, target, path, kind string) {
	t.Helper()
	var told object
	s.wait("the end after "+kind, func() bool {
		told, _, _ = a.call(t, "get_request", object{"request_id": request, "wait_seconds": 5})
		switch told["status"] {
		case "done", "failed", "unknown":
			return true
		}
		return false
	})
	calls := 0
	for _, c := range s.changing(upstream) {
		if strings.Contains(c.Path, path) {
			calls++
		}
	}
	t.Logf("%-30s %d calls, %v %v", kind, calls, told["status"], told["result"])
	if calls == 0 { // a 429 of another call had the client wait until this one's time was over
		require.Contains(t, told["summary"], "was not sent", kind)
	}
	require.LessOrEqual(t, calls, upstreamFaults[kind], "%s: %v", kind, told["summary"])
	there := false
	for _, account := range s.accounts(upstream) {
		there = there || fmt.Sprint(account["id"]) == target || fmt.Sprint(account["Id"]) == target
	}
	require.Equal(t, there, told["status"] == "failed", "%s: %v", kind, told["summary"])
	if told["status"] == "failed" {
		require.Contains(t, strings.ToLower(fmt.Sprint(told["summary"])), "nothing was changed", kind)
	} else {
		require.Equal(t, "verified", told["result"], "%s: %v", kind, told["summary"])
	}
}

// targetsISC gives ids of accounts on one source that anybody may remove.
// approversLogin is that of the approver's own accounts, on which the approver is not asked to decide.
const approversLogin = "amara.okafor"

func targetsISC(s *site) []string {
	var ids []string
	for _, account := range s.accounts("isc") {
		if account["sourceName"] == "Corporate AD" && account["name"] != approversLogin {
			ids = append(ids, fmt.Sprint(account["id"]))
		}
	}
	return ids
}

func targetsEndpoint(s *site) []string {
	var ids []string
	for _, account := range s.accounts("esystems") {
		if account["Username"] != approversLogin {
			ids = append(ids, fmt.Sprint(account["Id"]))
		}
	}
	return ids
}

// endpointPath is an account's path on the wire, by the contract: "base64|" and the id in base 64, as one segment.
func endpointPath(id string) string {
	return "/Endpoint/rest/api/v1/Account/" + url.QueryEscape("base64|"+base64.StdEncoding.EncodeToString([]byte(id)))
}
