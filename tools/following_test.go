package tools_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

const (
	removeJane = `{"account":"jane.doe","source":"Corporate AD","reason":"left"}`
	waitsSven  = "waiting for SailPoint's own approval by Sven Lindqvist."
)

func TestAStrangeTaskIsDecidedByReadingBackAndSentOnce(t *testing.T) {
	t.Parallel()
	for kind, says := range map[string]string{
		"task flips":      "The task itself ended badly.",
		"task disappears": "nothing tells how it ended. SailPoint: no longer knows the task.",
		"task id wrong":   "nothing tells how it ended. SailPoint: no longer knows the task.",
		"task id missing": "No clear answer came from SailPoint.",
	} {
		for operation, suffix := range map[string]string{"remove_account": "/remove", "delete_account": "/delete"} {
			t.Run(operation+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, "sailpoint", "sandbox-client")
				s.strike(kind, "POST", suffix)
				end := s.carry(s.begin(operation, removeJane))
				require.Equal(t, executor.Done, end.State, end.Problem)
				require.Equal(t, executor.Verified, end.Result)
				require.Contains(t, s.lines(end.ID), says)
				require.Equal(t, 1, s.writes())
			})
		}
	}
}

func TestADeletionRequestThatSailPointEndsIsFailedWithTheReason(t *testing.T) {
	t.Parallel()
	for setting, says := range map[string]string{
		`"deletion":"reject"`: "SailPoint's own approval was refused by Sven Lindqvist.",
		`"deletion":"cancel"`: "It was cancelled at SailPoint.",
		`"tasks":"fail"`:      "The connector of Corporate AD did not answer.",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "sailpoint", "sandbox-client")
			s.script("POST", "/settings", `{"sources":{"Corporate AD":{`+setting+`}}}`)
			end := s.carry(s.begin("delete_account", removeJane))
			require.Equal(t, executor.Failed, end.State)
			require.Contains(t, end.Problem, says)
			require.Contains(t, end.Problem, "SailPoint still has the account.")
			require.Contains(t, s.lines(end.ID), "SailPoint: "+waitsSven)
			require.Equal(t, 1, s.writes())
		})
	}
}

func TestADeletionRequestMayWaitForDaysAndEndsWhenItIsApproved(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sailpoint", "sandbox-client")
	s.script("POST", "/settings", `{"deletion_approval":"72h"}`)
	r := s.begin("delete_account", removeJane)
	s.approve(r)
	s.pass(20*time.Minute, time.Minute)
	require.Contains(t, s.lines(r.ID), "It is followed on. SailPoint: "+waitsSven)
	looks := func() int {
		return strings.Count(string(s.script("GET", "/calls", "")), "/account-requests/v1/deletion\"")
	}
	before := looks()
	require.NotZero(t, before)
	s.pass(5*time.Minute, 5*time.Second)
	require.InDelta(t, 5, looks()-before, 1, "looks in five minutes: people take their time")
	s.pass(48*time.Hour, 4*time.Hour)
	require.Equal(t, executor.Following, s.show(r.ID).State)
	require.Contains(t, s.exec.Receipt(s.show(r.ID)).Summary, strings.TrimSuffix(waitsSven, "."))
	s.pass(30*time.Hour, time.Hour)
	end := s.show(r.ID)
	require.Equal(t, executor.Done, end.State)
	require.Equal(t, executor.Verified, end.Result)
	require.Equal(t, 1, s.writes())
}

func TestASecondDeletionRequestIsWarnedOfByWhoeverAsksNext(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sailpoint", "sandbox-client")
	s.script("POST", "/settings", `{"sources":{"Corporate AD":{"deletion":"wait"}}}`)
	s.approve(s.begin("delete_account", removeJane))
	s.pass(time.Minute, time.Second)
	asked := s.begin("remove_account", removeJane)
	require.Contains(t, strings.Join(asked.Plan.Warnings, " "), "SailPoint has a deletion request for this account already")
	require.Contains(t, asked.Plan.Facts, executor.Fact{Label: "Manager", Value: "Mei Tanaka"})
	require.Contains(t, asked.Plan.Facts, executor.Fact{Label: "Source owner", Value: "Sven Lindqvist"})
}

func TestWhoMayNotReadDeletionRequestsStillPlansWithAWarning(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sailpoint", "sandbox-app")
	end := s.carry(s.begin("remove_account", removeJane))
	require.Contains(t, strings.Join(end.Plan.Warnings, " "), "is not known: our client may not read them")
	require.Equal(t, executor.Verified, end.Result)
}

func TestAChangeOfStatusThatDidNotHappenIsFailedWhateverTheTaskSays(t *testing.T) {
	t.Parallel()
	for operation, c := range map[string]struct{ account, undo, is string }{
		"disable_account": {"jane.doe", `{"set":{"disabled":false}}`, "enabled"},
		"enable_account":  {"noah.fischer", `{"set":{"disabled":true}}`, "disabled"},
		"unlock_account":  {"liam.oconnor", `{"set":{"locked":true}}`, "locked"},
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "sailpoint", "sandbox-client")
			r := s.begin(operation, `{"account":"`+c.account+`","source":"Corporate AD"}`)
			for range 60 {
				if s.show(r.ID).State == executor.Verifying {
					break
				}
				s.pass(time.Second, time.Second)
			}
			s.script("POST", "/accounts/"+r.Plan.Target, c.undo)
			end := s.carry(r)
			require.Equal(t, executor.Failed, end.State)
			require.Contains(t, end.Problem, "SailPoint says that it succeeded, but reading the account back shows that it did not happen. The account is still "+c.is+".")
		})
	}
}

func TestDisablingInESystemsWritesEverythingBackButTheOneField(t *testing.T) {
	t.Parallel()
	s := newStage(t, "esystems", "")
	want := s.endpointAccount("jane.doe")
	for i, operation := range []string{"disable_account", "enable_account"} {
		require.Equal(t, executor.Verified, s.carry(s.begin(operation, `{"account":"jane.doe"}`)).Result)
		want["Is_Active"] = operation == "enable_account"
		require.Equal(t, want, s.endpointAccount("jane.doe"), "no other field was changed or lost")
		require.Equal(t, i+1, s.writes())
	}
}

func TestNationalIdsAndPhoneNumbersNeverReachARequest(t *testing.T) {
	t.Parallel()
	s := newStage(t, "esystems", "")
	r := s.begin("delete_account", `{"account":"E100234","match_by":"external_id","reason":"left"}`)
	for _, secret := range []string{"010190-9", "+358 50"} {
		require.Contains(t, string(s.script("GET", "/accounts", "")), secret, "the tenant has it")
		require.NotContains(t, plainly(t, r), secret)
	}
}

// endpointAccount is an eSystems account as the server has it, without the time of its last change.
func (s *stage) endpointAccount(username string) map[string]any {
	s.t.Helper()
	var listed struct{ Accounts []map[string]any }
	require.NoError(s.t, json.Unmarshal(s.script("GET", "/accounts", ""), &listed))
	for _, a := range listed.Accounts {
		if a["Username"] == username {
			delete(a, "ModifiedOn")
			return a
		}
	}
	require.Fail(s.t, "no such account", username)
	return nil
}

// plainly is all that is kept of a request.
func plainly(t *testing.T, r executor.Request) string {
	t.Helper()
	raw, err := json.Marshal(r)
	require.NoError(t, err)
	return string(raw)
}
