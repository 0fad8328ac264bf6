package sailpoint

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestEachVerbIsOneCallWithTheBodyOfTheContract(t *testing.T) {
	t.Parallel()
	all := identity.Options{ExternalVerificationID: "v1", ForceProvisioning: true, Comments: "left on Friday"}
	const task, request = `{"id":"task-1"}`, `{"accountRequestId":"task-1"}`
	for name, test := range map[string]struct {
		do           func(context.Context, *Client) identity.Answer
		line, body   string
		answer, kind string
	}{
		"remove":           {func(x context.Context, c *Client) identity.Answer { return c.Remove(x, "a1") }, "POST /accounts/v1/a1/remove", "", `{"type":"TASK_RESULT","id":"task-1","name":null}`, ""},
		"delete a record":  {func(x context.Context, c *Client) identity.Answer { return c.DeleteRecord(x, "a1") }, "DELETE /accounts/v1/a1", "", task, ""},
		"disable":          {func(x context.Context, c *Client) identity.Answer { return c.Disable(x, "a1", identity.Options{}) }, "POST /accounts/v1/a1/disable", `{}`, task, "application/json"},
		"enable, with all": {func(x context.Context, c *Client) identity.Answer { return c.Enable(x, "a1", all) }, "POST /accounts/v1/a1/enable", `{"externalVerificationId":"v1","forceProvisioning":true}`, task, "application/json"},
		"unlock":           {func(x context.Context, c *Client) identity.Answer { return c.Unlock(x, "a1", identity.Options{}) }, "POST /accounts/v1/a1/unlock", `{}`, task, "application/json"},
		"request deletion": {func(x context.Context, c *Client) identity.Answer { return c.RequestDeletion(x, "a1", all) }, "POST /account-requests/v1/account/a1/delete", `{"comments":"left on Friday"}`, request, "application/json"},
		"… without words": {func(x context.Context, c *Client) identity.Answer {
			return c.RequestDeletion(x, "a1", identity.Options{})
		}, "POST /account-requests/v1/account/a1/delete", "", request, ""},
		"create": {func(x context.Context, c *Client) identity.Answer {
			return c.Create(x, "s1", map[string]string{"id": "jdoe", "mail": "j@acme.example"})
		}, "POST /accounts/v1", `{"attributes":{"id":"jdoe","mail":"j@acme.example","sourceId":"s1"}}`, task, "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]reply{test.line: {status: 202, body: test.answer}})
			a := test.do(t.Context(), connect(t, s))
			require.Equal(t, identity.Answer{Outcome: identity.Accepted, Task: "task-1", Status: 202}, a)
			require.Equal(t, []string{test.line}, s.lines())
			require.Equal(t, test.body, s.calls[0].body)
			require.Equal(t, test.kind, s.calls[0].r.Header.Get("Content-Type"))
		})
	}
}

func TestAnAnswerWithoutAUsableTaskIsUnclear(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `{}`, `null`, `[]`, `{"id":null}`, `{"id":""}`, `{"id":" "}`, `{"id":5}`, `{"id":"a","id":"b"}`, `{"id":"a\nb"}`, `{"accountRequestId":"x"}`, `{"id":"a"} x`} {
		s := serve(t, map[string]reply{"POST /accounts/v1/a1/remove": {status: 202, body: body}})
		a := connect(t, s).Remove(t.Context(), "a1")
		require.Equal(t, identity.Unclear, a.Outcome, body)
		require.Len(t, s.lines(), 1)
	}
	s := serve(t, map[string]reply{"POST /account-requests/v1/account/a1/delete": {status: 202, body: `{"id":"x"}`}})
	require.Equal(t, identity.Unclear, connect(t, s).RequestDeletion(t.Context(), "a1", identity.Options{}).Outcome)
}

func TestADeletionRequestThatIsForbiddenSaysThatItNeedsAUser(t *testing.T) {
	t.Parallel()
	forbidden := reply{status: 403, body: `{"detailCode":"403 Forbidden","trackingId":"t-9","messages":[{"text":"user context is required"}]}`}
	s := serve(t, map[string]reply{"POST /account-requests/v1/account/a1/delete": forbidden, "GET /account-requests/v1/deletion": forbidden})
	c := connect(t, s)
	a := c.RequestDeletion(t.Context(), "a1", identity.Options{})
	require.Equal(t, identity.Refused, a.Outcome)
	require.Contains(t, a.Err.Sentence, "personal access token")
	require.Contains(t, a.Err.Sentence, "Nothing was changed.")
	require.Equal(t, "t-9", a.Err.Ref)
	_, err := c.DeletionRequests(t.Context(), identity.Page{})
	require.ErrorContains(t, err, "personal access token")
}

func TestACreationForTwoSourcesIsNotSent(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	c := connect(t, s)
	for _, a := range []identity.Answer{
		c.Create(t.Context(), "s1", map[string]string{"sourceId": "s2"}), c.Create(t.Context(), "", map[string]string{"sourceId": "s2"}), c.Create(t.Context(), "", nil),
	} {
		require.Equal(t, identity.NotSent, a.Outcome)
		require.Equal(t, fault.Invalid, a.Err.Kind)
	}
	require.Empty(t, s.lines())
}
