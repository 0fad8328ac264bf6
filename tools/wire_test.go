package tools_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// bodies gives the bodies of the calls that change something, at the tenant's own record, in order.
func (s *stage) bodies() (out []string) {
	s.t.Helper()
	var record struct {
		Calls []struct{ Method, Path, Body string }
	}
	require.NoError(s.t, json.Unmarshal(s.script("GET", "/calls", ""), &record))
	for _, c := range record.Calls {
		if c.Method != http.MethodGet && !strings.Contains(strings.ToLower(c.Path), "/oauth/") {
			out = append(out, c.Body)
		}
	}
	return out
}

func TestOptionalInputsReachTheUpstreamAsTheyWereGivenAndAreAbsentOtherwise(t *testing.T) {
	t.Parallel()
	const plain, full = `{"account":%q,"source":"Corporate AD"}`, `{"account":%q,"source":"Corporate AD","external_verification_id":"HR/1042 \"x\"","force_provisioning":true}`
	for _, c := range []struct{ operation, input, account, body string }{
		{"disable_account", plain, "jane.doe", `{}`},
		{"enable_account", plain, "noah.fischer", `{}`},
		{"unlock_account", plain, "liam.oconnor", `{}`},
		{"disable_account", full, "jane.doe", `{"externalVerificationId":"HR/1042 \"x\"","forceProvisioning":true}`},
		{"enable_account", full, "noah.fischer", `{"externalVerificationId":"HR/1042 \"x\"","forceProvisioning":true}`},
		{"unlock_account", full, "liam.oconnor", `{"externalVerificationId":"HR/1042 \"x\"","forceProvisioning":true}`},
		{"delete_account", `{"account":%q,"source":"Corporate AD","reason":"not sent"}`, "jane.doe", ``},
		{"delete_account", `{"account":%q,"source":"Corporate AD","reason":"not sent","comments":"HR-1042, <b>"}`, "jane.doe", `{"comments":"HR-1042, <b>"}`},
	} {
		t.Run(c.operation+" "+c.body, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "sailpoint", "sandbox-client")
			r := s.begin(c.operation, fmt.Sprintf(c.input, c.account))
			forced := strings.Contains(c.input, "force_provisioning")
			require.Equal(t, forced, strings.Contains(strings.Join(r.Plan.Warnings, " "), "and adds an unlock"), "the side effect stands on the card")
			require.Equal(t, executor.Done, s.carry(r).State)
			bodies := s.bodies()
			require.Len(t, bodies, 1)
			if c.body == "" {
				require.Empty(t, bodies[0])
				return
			}
			require.JSONEq(t, c.body, bodies[0])
		})
	}
}

func TestAPlanShowsWhatTheAccountAPISaysAtThatMoment(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sailpoint", "sandbox-client")
	p := s.begin("remove_account", removeJane).Plan
	fact := func(label string) string {
		for _, f := range p.Facts {
			if f.Label == label {
				return f.Value
			}
		}
		return ""
	}
	require.Equal(t, []string{"Jane Doe", "enabled", "Corporate AD"}, []string{p.Account.Identity, p.Account.Status, p.Account.Source})
	require.NotEmpty(t, p.Account.Entitlements)
	require.Equal(t, fmt.Sprint(len(p.Account.Entitlements)), fact("Entitlements"))
	for label, want := range map[string]string{
		"Manager": "Mei Tanaka", "Source owner": "Sven Lindqvist", "Source type": "Active Directory - Direct", "Pending deletion requests": "none",
		"Features": "AUTHENTICATE, ENABLE, UNLOCK, PASSWORD, DELETE, PROVISIONING, SYNC_PROVISIONING", "E-mail": "jane.doe@acme.example",
	} {
		require.Equal(t, want, fact(label), label)
	}
	s.script("POST", "/accounts/"+p.Target, `{"set":{"locked":true},"entitlements":[{"name":"Domain Admins","privileged":true},{"name":"Staff","privileged":false}]}`)
	p = s.begin("disable_account", `{"account":"jane.doe","source":"Corporate AD"}`).Plan
	require.Equal(t, []string{"locked", "2", "Domain Admins"}, []string{p.Account.Status, fact("Entitlements"), fact("Privileged")})
	require.Contains(t, p.Warnings, "The account is privileged: Domain Admins.")
}

func TestDeletionRequestsAreListedInBothDocumentedShapesWithWhoDecidedAndWhy(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"true", "false"} {
		s := newStage(t, "sailpoint", "sandbox-client")
		s.script("POST", "/settings", `{"approval_details_as_object":`+shape+`,"sources":{"Corporate AD":{"deletion":"wait"},"Salesforce":{"deletion":"reject"}}}`)
		for _, source := range []string{"Corporate AD", "Salesforce"} {
			s.approve(s.begin("delete_account", `{"account":"Jane Doe","source":"`+source+`","reason":"left","comments":"HR-1042"}`))
			s.pass(10*time.Second, time.Second)
		}
		list := func(input string) (executor.Table, tools.DeletionRequests) {
			asked, err := s.ask("list_deletion_requests", input)
			require.NoError(t, err)
			data, ok := asked.Answer.Data.(tools.DeletionRequests)
			require.True(t, ok, "%T", asked.Answer.Data)
			return *asked.Answer.Table, data
		}
		table, all := list(`{"count":true}`)
		require.Len(t, all.Requests, 2)
		rejected, waits := all.Requests[0], all.Requests[1]
		require.Equal(t, "Lucia Moretti", rejected.Approver)
		require.Equal(t, "The account deletion request was rejected.", rejected.Error)
		require.NotNil(t, rejected.CompletedAt)
		require.Equal(t, []tools.DeletionPhase{{Name: "APPROVAL_PHASE", State: "REJECTED"}, {Name: "PROVISIONING_PHASE", State: "NOT_STARTED"}}, rejected.Phases)
		require.Equal(t, []string{"Sven Lindqvist", "HR-1042", "Accountops Integration"}, []string{waits.Approver, waits.Comments, waits.Requester})
		require.Equal(t, "SailPoint's own approval was refused by Lucia Moretti. The account deletion request was rejected.", table.Rows[0][3])
		require.Equal(t, waitsSven, table.Rows[1][3])
		require.Equal(t, []string{"Approver", "Phases"}, table.Columns[4:6])
		require.Equal(t, []string{"Lucia Moretti", "APPROVAL_PHASE REJECTED, PROVISIONING_PHASE NOT_STARTED"}, table.Rows[0][4:6])
		require.Equal(t, []string{"Sven Lindqvist", "APPROVAL_PHASE PENDING, PROVISIONING_PHASE NOT_STARTED"}, table.Rows[1][4:6])
		table, page := list(`{"limit":1,"offset":1,"count":true,"mine":true}`)
		require.Equal(t, all.Requests[1:], page.Requests)
		require.Equal(t, 2, *page.Total)
		require.Equal(t, 2, table.Total)
		require.Contains(t, string(s.script("GET", "/calls", "")), `"query":"count=true\u0026limit=1\u0026mine=true\u0026offset=1"`)
		_, page = list(`{"limit":1}`)
		require.Nil(t, page.Total)
		require.Equal(t, 1, *page.NextOffset)
	}
}
