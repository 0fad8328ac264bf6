package tools_test

import (
	"fmt"
	"testing"
	"time"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

// ended makes steps until the request has ended, however long it stays in doubt.
func (s *stage) ended(r executor.Request) executor.Request {
	s.t.Helper()
	for range 60 {
		s.pass(time.Minute, time.Minute)
		if r = s.show(r.ID); !r.Open() {
			return r
		}
	}
	require.Fail(s.t, "it never ended", "%s %q", r.State, s.lines(r.ID))
	return r
}

// lose spoils the answer of the next creation, which takes effect or does not.
func (s *stage) lose(applied bool) {
	s.t.Helper()
	s.script("POST", "/faults", fmt.Sprintf(`{"kind":"reset before the answer","method":"POST","path_prefix":"/accounts","times":1,"applied":%t}`, applied))
}

func TestAnUpdateIsVerifiedByWhatWasWrittenAndNotByThatSomebodyChangedTheAccount(t *testing.T) {
	t.Parallel()
	for applied, want := range map[bool]executor.State{true: executor.Done, false: executor.Unknown} {
		t.Run(fmt.Sprint(applied), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "sailpoint", "sandbox-client")
			s.lose(applied)
			r := s.begin("create_account", `{"account":"FL-100234","source":"Finance Ledger","attributes":{"title":"Not Written"},"update_existing":true,"reason":"HR-1"}`)
			s.approve(r)
			s.pass(time.Second, time.Second)
			s.script("POST", "/accounts/"+r.Plan.Target, `{"set":{"description":"by somebody else","modified":"2026-11-23T09:00:01Z"}}`)
			end := s.ended(r)
			require.Equal(t, want, end.State, s.lines(r.ID))
			if applied {
				require.Equal(t, executor.Verified, end.Result)
			} else {
				require.Contains(t, end.Problem, "it does not have all that was sent: title differs. It is not known whether anything was changed.")
			}
			require.Equal(t, 1, s.writes())
		})
	}
}

func TestAnAccountThatSomebodyElseMadeIsNotSaidToBeTheOneThatWasCreated(t *testing.T) {
	t.Parallel()
	for attributes, says := range map[string]string{
		`{"displayName":"Seven"}`: "displayName differs",
		`{"room":"7"}`:            "does not show all that was sent, so nothing tells whether it was written: room",
		`{}`:                      "somebody else may have made it",
	} {
		t.Run(attributes, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, "sailpoint", "sandbox-client")
			s.lose(false)
			r := s.begin("create_account", `{"account":"FL-7","source":"Finance Ledger","attributes":`+attributes+`}`)
			s.pass(time.Second, time.Second)
			s.script("POST", "/accounts/"+s.ids2("Finance Ledger")[0], `{"set":{"nativeIdentity":"FL-7","attributes":{"id":"FL-7","displayName":"Other"}}}`)
			end := s.ended(r)
			require.Equal(t, executor.Unknown, end.State, s.lines(r.ID))
			require.Contains(t, end.Problem, says)
		})
	}
}

func TestAnUpdateThatWasTakenAndDoesNotShowIsUnverified(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sailpoint", "sandbox-client")
	r := s.begin("create_account", `{"account":"FL-100234","source":"Finance Ledger","attributes":{"mail":"NEW@acme.example"},"update_existing":true,"reason":"HR-1"}`)
	s.approve(r)
	s.pass(time.Second, time.Second)
	s.strike("500", "GET", "/accounts/v1/"+r.Plan.Target) // nobody reads it back before it is written in another way
	s.pass(20*time.Second, 5*time.Second)
	s.script("POST", "/accounts/"+r.Plan.Target, `{"set":{"attributes":{"id":"FL-100234","mail":"new@acme.example"}}}`)
	s.script("DELETE", "/faults", "")
	end := s.ended(r)
	require.Equal(t, executor.Unverified, end.Result, s.lines(r.ID))
	require.Contains(t, s.lines(r.ID), "Done, unverified: SailPoint says that it did it. The account exists; its id is "+r.Plan.Target+
		". But it does not have all that was sent: mail differs. Please look at the account.")
	require.Equal(t, 1, s.writes())
}
