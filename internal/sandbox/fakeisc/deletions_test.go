package fakeisc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// deletionsOf lists deletion requests.
func (r *rig) deletionsOf(query string) []actionRequest {
	r.t.Helper()
	a := r.call("GET", "/account-requests/v1/deletion"+query, "")
	require.Equal(r.t, 200, a.status, a.body)
	var all []actionRequest
	a.into(r.t, &all)
	return all
}

func states(a actionRequest) [2]string { return [2]string{a.Phases[0].State, a.Phases[1].State} }

func TestADeletionRequestIsApprovedThenProvisionedAndThenTheAccountIsGoneForGood(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	id := r.started(r.call("POST", "/account-requests/v1/account/"+jane.ID+"/delete", `{"comments":"left"}`))
	first := r.deletionsOf("")[0]
	require.Equal(t, id, first.AccountRequestID)
	require.Equal(t, [2]string{"PENDING", "NOT_STARTED"}, states(first))
	require.Equal(t, "left", first.RequesterComments)
	require.Equal(t, "Accountops Integration", first.Requester.Name)
	require.Equal(t, "Jane Doe", first.Identity.Name)
	require.Equal(t, jane.ID, first.AccountDetails["accountId"])
	require.Nil(t, first.CompletedAt)
	require.IsType(t, []any{}, first.ApprovalDetails)

	r.pass(5 * time.Second)
	require.Equal(t, [2]string{"APPROVED", "PENDING"}, states(r.deletionsOf("")[0]))
	require.Equal(t, 200, r.call("GET", "/accounts/v1/"+jane.ID, "").status)
	r.pass(3 * time.Second)
	last := r.deletionsOf("")[0]
	require.Equal(t, [2]string{"APPROVED", "PASSED"}, states(last))
	require.NotNil(t, last.CompletedAt)
	require.Nil(t, last.ErrorDetails)
	require.Equal(t, 404, r.call("GET", "/accounts/v1/"+jane.ID, "").status)
	r.control("POST", "/aggregate", `{"source":"Corporate AD"}`)
	require.Equal(t, 404, r.call("GET", "/accounts/v1/"+jane.ID, "").status)
	require.Equal(t, "[]", r.call("GET", "/accounts/v1?filters=nativeIdentity%20eq%20%22"+"CN%3DJane%20Doe%2COU%3DFinance%2COU%3DPeople%2CDC%3Dcorp%2CDC%3Dexample%22", "").body)
}

func TestADeletionRequestEndsAsItsSourcesApproverWants(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string][2]string{
		"reject": {"REJECTED", "NOT_STARTED"}, "cancel": {"CANCELLED", "NOT_STARTED"}, "wait": {"PENDING", "NOT_STARTED"},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.control("POST", "/settings", `{"sources":{"Salesforce":{"deletion":"`+outcome+`"}},"approval_details_as_object":true}`)
			jane := r.account("jane.doe@acme.example", Salesforce)
			r.started(r.call("POST", "/account-requests/v1/account/"+jane.ID+"/delete", ""))
			r.pass(2 * 24 * time.Hour)
			r.token = r.login("sandbox-client")
			got := r.deletionsOf("")[0]
			require.Equal(t, want, states(got))
			require.Equal(t, outcome == "wait", got.CompletedAt == nil)
			require.Equal(t, outcome == "wait", got.ErrorDetails == nil)
			require.IsType(t, map[string]any{}, got.ApprovalDetails)
			require.Equal(t, 200, r.call("GET", "/accounts/v1/"+jane.ID, "").status)
		})
	}
}

func TestAnApproverDecidesAtTheSandboxsControl(t *testing.T) {
	t.Parallel()
	for decision, want := range map[string][2]string{"approve": {"APPROVED", "PENDING"}, "reject": {"REJECTED", "NOT_STARTED"}, "cancel": {"CANCELLED", "NOT_STARTED"}} {
		for _, outcome := range []string{"wait", "approve"} {
			r := newRig(t)
			r.control("POST", "/settings", `{"sources":{"Corporate AD":{"deletion":"`+outcome+`"}}}`)
			jane := r.account("jane.doe", CorporateAD)
			id := r.started(r.call("POST", "/account-requests/v1/account/"+jane.ID+"/delete", ""))
			r.pass(4 * time.Second)
			var seen struct{ Deletions []actionRequest }
			r.control("GET", "/deletions", "").into(t, &seen)
			require.Equal(t, r.deletionsOf(""), seen.Deletions)
			require.Equal(t, [2]string{"PENDING", "NOT_STARTED"}, states(seen.Deletions[0]))
			r.control("POST", "/deletions/"+id, `{"decision":"`+decision+`","comments":"Seen by me."}`)
			got := r.deletionsOf("")[0]
			require.Equal(t, want, states(got), "%s %s", decision, outcome)
			details, _ := got.ApprovalDetails.([]any)
			first, _ := details[0].(map[string]any)
			require.Equal(t, "Seen by me.", first["approverComments"])
			require.Equal(t, want[0], first["status"])
			r.pass(time.Minute)
			require.Equal(t, decision == "approve", r.call("GET", "/accounts/v1/"+jane.ID, "").status == 404)
			for _, bad := range []string{`{"decision":"approve"}`, `{"decision":"maybe"}`, `{}`, `{"decision":"approve","by":"me"}`} {
				require.Contains(t, r.refused("/deletions/"+id, bad), "nothing was", bad)
			}
			require.Contains(t, r.refused("/deletions/nobody", `{"decision":"approve"}`), "no deletion request")
			r.reopen()
			require.Equal(t, want[0], r.deletionsOf("")[0].Phases[0].State)
		}
	}
}

func TestApprovalDetailsAreAnArrayOfTheSchemaOrTheObjectOfTheExample(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control("POST", "/settings", `{"sources":{"Corporate AD":{"deletion":"wait"}},"approval_details_as_object":true}`)
	id := r.started(r.call("POST", "/account-requests/v1/account/"+r.account("jane.doe", CorporateAD).ID+"/delete", ""))
	object, _ := r.deletionsOf("")[0].ApprovalDetails.(map[string]any)
	require.Nil(t, object["actionedBy"])
	r.control("POST", "/deletions/"+id, `{"decision":"reject","comments":"She still works here."}`)
	object, _ = r.deletionsOf("")[0].ApprovalDetails.(map[string]any)
	require.Equal(t, "She still works here.", object["comments"])
	require.NotContains(t, object, "approverComments")
	who, _ := object["actionedBy"].(map[string]any)
	require.Equal(t, "Sven Lindqvist", who["name"])
}

func TestADeletionRequestIsRefusedWhereTheSourceCannotDelete(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, s := range []string{Workday, FinanceLedger, PayrollVault} {
		a := r.call("POST", "/account-requests/v1/account/"+r.account("jane.doe", s).ID+"/delete", "")
		require.Equal(t, 400, a.status)
		require.Contains(t, problemOf(t, a).Messages[0].Text, s)
	}
	id := r.account("jane.doe", CorporateAD).ID
	require.Equal(t, 404, r.call("POST", "/account-requests/v1/account/nothing/delete", "").status)
	require.Equal(t, 400, r.call("POST", "/account-requests/v1/account/"+id+"/delete", `{"comments":5}`).status)
	require.Equal(t, 415, r.call("POST", "/account-requests/v1/account/"+id+"/delete", "x", "Content-Type: text/plain").status)
}

func TestDeletionRequestsArePagedCountedAndMine(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, login := range []string{"jane.doe", "john.smith", "gus.weber"} {
		r.started(r.call("POST", "/account-requests/v1/account/"+r.account(login, CorporateAD).ID+"/delete", ""))
		r.pass(time.Second)
	}
	require.Len(t, r.deletionsOf(""), 3)
	require.Equal(t, "Gus Weber", r.deletionsOf("?limit=1")[0].Identity.Name)
	require.Equal(t, "Jane Doe", r.deletionsOf("?limit=1&offset=2")[0].Identity.Name)
	require.Empty(t, r.deletionsOf("?offset=3"))
	require.Equal(t, "3", r.call("GET", "/account-requests/v1/deletion?count=true&limit=0", "").header.Get("X-Total-Count"))
	require.Equal(t, 400, r.call("GET", "/account-requests/v1/deletion?mine=some", "").status)
	require.Equal(t, 400, r.call("GET", "/account-requests/v1/deletion?limit=300", "").status)
	require.Len(t, r.deletionsOf("?mine=true"), 3)
	r.token = r.login("sandbox-helpdesk")
	require.Empty(t, r.deletionsOf("?mine=true"))
	require.Len(t, r.deletionsOf("?mine=false"), 3)
}

func TestASecondDeletionRequestFailsWhenTheFirstIsThrough(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	r.started(r.call("POST", "/account-requests/v1/account/"+jane.ID+"/delete", ""))
	r.pass(time.Second)
	r.started(r.call("POST", "/account-requests/v1/account/"+jane.ID+"/delete", ""))
	r.pass(time.Minute)
	all := r.deletionsOf("")
	require.Equal(t, [2]string{"APPROVED", "FAILED"}, states(all[0]))
	require.Contains(t, *all[0].ErrorDetails, "not found")
	require.Equal(t, [2]string{"APPROVED", "PASSED"}, states(all[1]))
}
