package sailpoint

import (
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestAllMistakesOfAConfigurationAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Config{BaseURL: "http://acme.api.identitynow.com", PathStyle: "v3", ScanPages: -1})
	e, ok := err.(*fault.Error) //nolint:errorlint // New returns it bare
	require.True(t, ok)
	require.Equal(t, fault.Invalid, e.Kind)
	said := map[string]string{}
	for _, f := range e.Fields {
		said[f.Name] = f.Sentence
	}
	require.Len(t, said, 5)
	require.Contains(t, said["base_url"], "https")
	require.Contains(t, said["path_style"], "neither remove, nor task status, nor deletion requests")
	require.Contains(t, said, "client_id")
	require.Contains(t, said, "client_secret")
	require.Contains(t, said, "scan_pages")
}

func TestAPathStyleIsOneThatISCHas(t *testing.T) {
	t.Parallel()
	for style, good := range map[string]bool{"": true, "v1": true, "v2024": true, "v2025": true, "v2026": true, "v2": false, "V1": false, "v2023": false, "../v1": false} {
		_, err := New(Config{BaseURL: "https://a.example", PathStyle: style, ClientID: "c", Secret: func() (string, error) { return "s", nil }})
		require.Equal(t, good, err == nil, style)
	}
}

func TestEveryPathFollowsTheStyle(t *testing.T) {
	t.Parallel()
	const id, enc = "a/.. b+|=é", "a%2F..%20b%2B%7C%3D%C3%A9"
	for style, want := range map[string][]string{
		"v1": {
			"GET /accounts/v1/" + enc, "POST /accounts/v1/" + enc + "/remove", "POST /accounts/v1/" + enc + "/disable",
			"POST /account-requests/v1/account/" + enc + "/delete", "GET /account-requests/v1/deletion?limit=250&offset=0",
			"GET /task-status/v1?filters=id%20in%20%28%22t1%22%29&limit=250", "GET /sources/v1?filters=name%20eq%20%22x%20y%22",
		},
		"v2026": {
			"GET /v2026/accounts/" + enc, "POST /v2026/accounts/" + enc + "/remove", "POST /v2026/accounts/" + enc + "/disable",
			"POST /v2026/account-requests/account/" + enc + "/delete", "GET /v2026/account-requests/deletion?limit=250&offset=0",
			"GET /v2026/task-status?filters=id%20in%20%28%22t1%22%29&limit=250", "GET /v2026/sources?filters=name%20eq%20%22x%20y%22",
		},
	} {
		s := serve(t, nil)
		c := connect(t, s, func(cfg *Config) { cfg.PathStyle = style })
		ctx := t.Context()
		_, err := c.Get(ctx, id)
		require.True(t, fault.Is(err, fault.NotFound))
		require.Equal(t, identity.Refused, c.Remove(ctx, id).Outcome)
		require.Equal(t, identity.Refused, c.Disable(ctx, id, identity.Options{}).Outcome)
		require.Equal(t, identity.Refused, c.RequestDeletion(ctx, id, identity.Options{}).Outcome)
		_, err = c.DeletionRequests(ctx, identity.Page{})
		require.Error(t, err)
		_, err = c.Tasks(ctx, []string{"t1"})
		require.Error(t, err)
		_, err = c.Source(ctx, "x y")
		require.Error(t, err)
		require.Equal(t, want, s.lines()[:len(want)])
		for _, call := range s.calls {
			require.Equal(t, "true", call.r.Header.Get("X-SailPoint-Experimental"))
			require.Equal(t, "Bearer canary-token", call.r.Header.Get("Authorization"))
		}
	}
}

func TestAnIDThatIsNoSegmentIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	c := connect(t, s)
	for _, id := range []string{"", ".", "..", "a\n", "\x00"} {
		_, err := c.Get(t.Context(), id)
		require.True(t, fault.Is(err, fault.Invalid))
		for _, a := range []identity.Answer{
			c.Remove(t.Context(), id), c.DeleteRecord(t.Context(), id), c.Disable(t.Context(), id, identity.Options{}),
			c.Enable(t.Context(), id, identity.Options{}), c.Unlock(t.Context(), id, identity.Options{}), c.RequestDeletion(t.Context(), id, identity.Options{}),
		} {
			require.Equal(t, identity.NotSent, a.Outcome)
			require.Equal(t, fault.Invalid, a.Err.Kind)
		}
	}
	require.Empty(t, s.lines())
}

func TestErrorBodiesKeepTheirCodeAndTrackingID(t *testing.T) {
	t.Parallel()
	const long = `{"detailCode":"400.1 Bad Request Content","trackingId":"b21b1f7c","messages":[{"locale":"en-US","localeOrigin":"DEFAULT","text":"The request was wrong."}],"causes":[{"locale":"en-US","localeOrigin":"DEFAULT","text":"Because."}]}`
	for _, test := range []struct {
		status          int
		body            string
		kind            fault.Kind
		said, code, ref string
	}{
		{400, long, fault.Upstream, "The request was wrong. · Because.", "400.1 Bad Request Content", "b21b1f7c"},
		{403, `{"detailCode":"403 Forbidden","trackingId":"x","messages":[{"text":"You shall not."}]}`, fault.Upstream, "You shall not.", "403 Forbidden", "x"},
		{404, `{"detailCode":"404 Not found","trackingId":"x","messages":[{"text":"gone"}],"causes":[]}`, fault.NotFound, "gone", "404 Not found", "x"},
		{404, ``, fault.Upstream, "", "", ""},
		{404, `<html>nginx</html>`, fault.Upstream, "", "", ""},
		{404, `{"error":"No route"}`, fault.Upstream, "No route", "", ""},
		{400, `{"detailCode":"400.1","trackingId":"x","messages":[{"text":"Account a1 was not found."}]}`, fault.NotFound, "Account a1 was not found.", "400.1", "x"},
		{400, `{"detailCode":"400.1","trackingId":"x","messages":[{"text":"Action \"Remove Source Accounts\" cannot be performed on [x]"}]}`, fault.Upstream, `Action "Remove Source Accounts" cannot be performed on [x]`, "400.1", "x"},
		{400, `{"detailCode":"400.1","trackingId":"x","messages":"odd","causes":[{"text":"Because."}],"error":{"code":5}}`, fault.Upstream, "Because.", "400.1", "x"},
		{401, `{"error":"JWT validation failed: JWT is expired"}`, fault.Upstream, "JWT validation failed: JWT is expired", "", ""},
		{429, `{"message":" Rate Limit Exceeded "}`, fault.Upstream, "Rate Limit Exceeded", "", ""},
		{500, `{"detailCode":"500.0 Internal Fault","trackingId":"z","messages":[]}`, fault.Upstream, "", "500.0 Internal Fault", "z"},
	} {
		s := serve(t, map[string]reply{"POST /accounts/v1/a1/remove": {status: test.status, body: test.body}, "GET /accounts/v1/a1": {status: test.status, body: test.body}})
		c := connect(t, s)
		_, err := c.Get(t.Context(), "a1")
		got, ok := err.(*fault.Error) //nolint:errorlint // it is returned bare
		require.True(t, ok)
		for _, e := range []*fault.Error{got, c.Remove(t.Context(), "a1").Err} {
			want := []any{test.said, test.code, test.ref}
			require.Equal(t, want, []any{e.Said, e.Code, e.Ref}, test.body)
			if test.said != "" {
				require.NotContains(t, e.Sentence, test.said, "the upstream's words are not ours")
			}
		}
		require.Equal(t, test.kind, got.Kind, test.body)
	}
}

func FuzzProblem(f *testing.F) {
	f.Add(400, []byte(`{"detailCode":"400.1","trackingId":"x","messages":[{"text":"a"}],"causes":null}`))
	f.Add(404, []byte(`{"messages":"x"}`))
	f.Add(500, []byte(`[`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		p := explain(status, body)
		if p.Kind == fault.NotFound && !p.Known {
			t.Fatal("a body of no known shape said that something is not there")
		}
	})
}
