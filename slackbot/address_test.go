package slackbot

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/sandbox/slackemu"
)

func TestAnAddressIsTrustedOnlyWhenAFullMemberHasConfirmedIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, err := Connect(t.Context(), w.config())
	require.NoError(t, err)
	p, err := s.People().ByAddress(t.Context(), "amara.okafor@acme.example")
	require.NoError(t, err)
	require.Equal(t, principal(approver), p.Principal)
	require.True(t, p.Full)
	p, err = s.People().ByAddress(t.Context(), "gus.weber@acme.example")
	require.NoError(t, err)
	require.False(t, p.Full, "a guest")
	_, err = s.People().ByAddress(t.Context(), "nobody@acme.example")
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)

	w.through(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			rw.Header().Set("Content-Type", "application/json")
			_, _ = rw.Write([]byte(strings.ReplaceAll(answer.Body.String(), `"is_email_confirmed":true`, `"is_email_confirmed":false`)))
		})
	})
	p, err = s.People().ByAddress(t.Context(), "amara.okafor@acme.example")
	require.NoError(t, err)
	require.Equal(t, principal(approver), p.Principal)
	require.False(t, p.Full)
	require.Contains(t, p.Why, "not confirmed")
	w.through(nil)

	require.NoError(t, w.slack.AddFault(slackemu.Fault{Kind: slackemu.FaultServerError, Method: "users.lookupByEmail"}))
	_, err = s.People().ByAddress(t.Context(), "amara.okafor@acme.example")
	require.True(t, fault.Is(err, fault.Upstream), "what Slack does not say is not known")

	answering("users.lookupByEmail", "", `{"ok":false,"error":"missing_scope","needed":"users:read.email"}`)(w, nil, nil)
	_, err = s.People().ByAddress(t.Context(), "amara.okafor@acme.example")
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	require.ErrorContains(t, err, "An administrator has to add the scope users:read.email")
	require.NotContains(t, err.Error(), "try again")
}
