package tools_test

import (
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

func TestEveryCompletionStatusHasItsEndAndReadingBackDecides(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]struct {
		state executor.State
		says  []string
	}{
		"task warns": {executor.Done, []string{"SailPoint says the task succeeded. SailPoint: It ended with a warning.", "Done, verified: The account is disabled."}},
		"task terminated": {executor.Failed, []string{"The task did not succeed. SailPoint: TERMINATED. The task was terminated before it was through.",
			"Failed: Reading the account back shows that nothing was changed. The account is still enabled. SailPoint: TERMINATED."}},
		"task temperror": {executor.Failed, []string{"The task did not succeed. SailPoint: TEMPERROR. The source could not be reached for now.",
			"Failed: Reading the account back shows that nothing was changed. The account is still enabled. SailPoint: TEMPERROR."}},
		"task fails": {executor.Failed, []string{"The task did not succeed. SailPoint: ERROR.", "The account is still enabled."}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "sailpoint", "sandbox-client")
			s.strike(kind, "POST", "/disable")
			end := s.carry(s.begin("disable_account", `{"account":"jane.doe","source":"Corporate AD"}`))
			require.Equal(t, want.state, end.State, end.Problem)
			for _, says := range want.says {
				require.Contains(t, s.lines(end.ID), says)
			}
			require.Equal(t, 1, s.writes(), "a temporary error is not sent again either")
		})
	}
}

func TestATaskWhoseStatusIsNotFoundIsFollowedUntilItIsThereAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sailpoint", "sandbox-client")
	r := s.begin("disable_account", `{"account":"jane.doe","source":"Corporate AD"}`)
	s.strike("404", "GET", "/task-status/v1")
	s.pass(20*time.Minute, 30*time.Second)
	require.Equal(t, executor.Following, s.show(r.ID).State, "that it cannot be read does not say that it has ended")
	require.Equal(t, 1, strings.Count(s.lines(r.ID), "How far it is at SailPoint, which took it at 23 Nov 2026 09:00 UTC"))
	s.script("DELETE", "/faults", "")
	end := s.carry(r)
	require.Equal(t, executor.Verified, end.Result)
	require.Equal(t, 1, s.writes())
}

func TestWhatMayNotBeReadIsToldInTheUpstreamsWordsWithItsReference(t *testing.T) {
	t.Parallel()
	const quoted = `: our client may not do that at SailPoint \(403\)\. It said: .+ \(code 403 Forbidden, reference .+\)`
	s := newStage(t, "sailpoint", "sandbox-client")
	r := s.begin("disable_account", `{"account":"jane.doe","source":"Corporate AD"}`)
	s.strike("403", "GET", "/task-status/v1")
	s.pass(20*time.Minute, 30*time.Second)
	require.Regexp(t, `It is followed on\. How far the tasks are could not be read`+quoted, s.lines(r.ID))
	s.script("DELETE", "/faults", "")
	s.strike("403", "GET", r.Plan.Target)
	end := s.carry(r)
	require.Equal(t, executor.Unverified, end.Result)
	require.Regexp(t, `The account could not be read back\. The account could not be read`+quoted+` Please look at the account\.`, end.Problem)
}
