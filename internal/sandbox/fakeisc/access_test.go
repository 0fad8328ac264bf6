package fakeisc

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestATokenIsGivenForTheRightFormOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	form := func(grant, id, pass string) string {
		return url.Values{"grant_type": {grant}, "client_id": {id}, "client_secret": {pass}}.Encode()
	}
	kind := "Content-Type: application/x-www-form-urlencoded"
	parts := func(pairs ...string) string {
		var b strings.Builder
		for i := 0; i < len(pairs); i += 2 {
			b.WriteString("--xyz\r\nContent-Disposition: form-data; name=\"" + pairs[i] + "\"\r\n\r\n" + pairs[i+1] + "\r\n")
		}
		return b.String() + "--xyz--\r\n"
	}
	multipart := "Content-Type: multipart/form-data; boundary=xyz"
	for _, c := range []struct {
		name, method, query, body, kind string
		status                          int
		says                            string
	}{
		{"right", "POST", "", form("client_credentials", "sandbox-client", "sandbox-secret"), kind, 200, `"token_type":"bearer"`},
		{"in the query", "POST", "?" + form("client_credentials", "sandbox-client", "sandbox-secret"), "", kind, 200, `"expires_in":749`},
		{"multipart", "POST", "", parts("grant_type", "client_credentials", "client_id", "sandbox-client", "client_secret", "sandbox-secret"), multipart, 200, `"expires_in":749`},
		{"multipart, wrong", "POST", "", parts("grant_type", "client_credentials", "client_id", "sandbox-client", "client_secret", "x"), multipart, 401, "invalid_client"},
		{"multipart, torn", "POST", "", "--xyz\r\nContent-Disp", multipart, 400, "invalid_request"},
		{"wrong secret", "POST", "", form("client_credentials", "sandbox-client", "no"), kind, 401, "invalid_client"},
		{"unknown client", "POST", "", form("client_credentials", "nobody", "sandbox-secret"), kind, 401, "invalid_client"},
		{"wrong grant", "POST", "", form("password", "sandbox-client", "sandbox-secret"), kind, 400, "unsupported_grant_type"},
		{"JSON", "POST", "", `{"grant_type":"client_credentials"}`, "Content-Type: application/json", 400, "invalid_request"},
		{"GET", "GET", "?" + form("client_credentials", "sandbox-client", "sandbox-secret"), "", kind, 405, "405"},
	} {
		a := r.call(c.method, "/oauth/token"+c.query, c.body, c.kind, "Authorization: ")
		require.Equal(t, c.status, a.status, c.name)
		require.Contains(t, a.body, c.says, c.name)
	}
}

func TestATokenEndsWhenItSaidItWould(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control("POST", "/settings", `{"token_life":"60s"}`)
	r.token = r.login("sandbox-client")
	r.pass(59 * time.Second)
	require.Equal(t, 200, r.call("GET", "/accounts/v1?limit=1", "").status)
	r.pass(time.Second)
	a := r.call("GET", "/accounts/v1?limit=1", "")
	require.Equal(t, 401, a.status)
	require.JSONEq(t, `{"error":"JWT validation failed: JWT is expired"}`, a.body)
	require.Equal(t, 401, r.call("GET", "/accounts/v1", "", "Authorization: ").status)
	require.Equal(t, 401, r.call("GET", "/accounts/v1", "", "Authorization: Bearer nonsense").status)

	r.token = r.login("sandbox-client")
	r.control("POST", "/revoke", "")
	require.Equal(t, 401, r.call("GET", "/accounts/v1", "").status)
}

func TestTheHundredAndFirstCallIn10SecondsIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 100 {
		require.Equal(t, 200, r.call("GET", "/accounts/v1?limit=1", "").status)
		r.pass(50 * time.Millisecond)
	}
	a := r.call("GET", "/accounts/v1?limit=1", "")
	require.Equal(t, 429, a.status)
	require.JSONEq(t, `{"message":" Rate Limit Exceeded "}`, a.body)
	require.Equal(t, "5", a.header.Get("Retry-After"))
	require.Equal(t, 200, r.call("GET", "/v2025/accounts?limit=1", "").status, "another API version has its own budget")
	r.token = r.login("sandbox-helpdesk")
	require.Equal(t, 200, r.call("GET", "/accounts/v1?limit=1", "").status, "another client has its own budget")
	r.token = r.login("sandbox-client")
	r.pass(5 * time.Second)
	require.Equal(t, 200, r.call("GET", "/accounts/v1?limit=1", "").status)
}

func TestRolesAndUsersAreAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	r.token = r.login("sandbox-helpdesk")
	for _, denied := range [][2]string{
		{"POST", "/accounts/v1/" + jane.ID + "/remove"}, {"POST", "/accounts/v1"}, {"GET", "/sources/v1"}, {"GET", "/sources/v1/" + jane.SourceID},
		{"DELETE", "/accounts/v1/" + jane.ID}, {"PATCH", "/accounts/v1/" + jane.ID},
	} {
		a := r.call(denied[0], denied[1], "")
		require.Equal(t, 403, a.status, denied)
		require.Contains(t, problemOf(t, a).Messages[0].Text, "ORG_ADMIN")
	}
	for _, verb := range []string{"disable", "enable", "unlock"} {
		require.Equal(t, 202, r.call("POST", "/accounts/v1/"+jane.ID+"/"+verb, "{}").status)
	}
	require.Equal(t, 200, r.call("GET", "/task-status/v1", "").status)
	require.Equal(t, 202, r.call("POST", "/account-requests/v1/account/"+jane.ID+"/delete", "").status, "the vendor lets every user ask for it")
	r.token = r.login("sandbox-app")
	require.Equal(t, 202, r.call("POST", "/accounts/v1/"+jane.ID+"/remove", "").status, "without a user, but ORG_ADMIN")
	for _, denied := range [][2]string{
		{"GET", "/account-requests/v1/deletion"}, {"POST", "/account-requests/v1/account/" + jane.ID + "/delete"},
	} {
		a := r.call(denied[0], denied[1], "")
		require.Equal(t, 403, a.status, denied)
		require.Contains(t, problemOf(t, a).Messages[0].Text, "user context")
	}
}

func TestBothPathStylesLeadToTheSameAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	for _, path := range []string{"/accounts/v1/", "/v2024/accounts/", "/v2025/accounts/", "/v2026/accounts/", "/v3/accounts/"} {
		var got Account
		r.call("GET", path+jane.ID, "").into(t, &got)
		require.Equal(t, jane, got, path)
	}
	noHeader := "X-SailPoint-Experimental: "
	a := r.call("POST", "/v2025/accounts/"+jane.ID+"/remove", "", noHeader)
	require.Equal(t, 400, a.status)
	require.Contains(t, a.body, "X-SailPoint-Experimental")
	require.Equal(t, 404, r.call("POST", "/v3/accounts/"+jane.ID+"/remove", "").status)
	require.Equal(t, 404, r.call("GET", "/v3/task-status/1", "").status)
	require.Equal(t, 202, r.call("POST", "/v2025/accounts/"+jane.ID+"/remove", "").status)
	require.Equal(t, 202, r.call("POST", "/accounts/v1/"+r.account("gus.weber", CorporateAD).ID+"/remove", "", noHeader).status)
	r.control("POST", "/settings", `{"require_experimental":true}`)
	require.Equal(t, 400, r.call("GET", "/task-status/v1", "", noHeader).status)
}

func TestUnknownRoutesAndMethodsAreRefusedInISCsShape(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for path, status := range map[string]int{
		"GET /accounts": 404, "GET /accounts/v2": 404, "GET /v2023/accounts": 404, "GET /accounts/v1/": 404, "GET /identities/v1": 404,
		"GET /accounts/v1/x/remove": 405, "PUT /accounts/v1/x": 405, "GET /": 404, "GET /accounts/v1/x/y/z": 404, "DELETE /accounts/v1": 405,
		"POST /accounts/v1/%2e%2e/remove": 404, "POST /accounts/v1/..%2F..%2Fsources/remove": 404,
	} {
		method, path, _ := strings.Cut(path, " ")
		a := r.call(method, path, "")
		require.Equal(t, status, a.status, path)
		problemOf(t, a)
	}
}

func TestAnEscapedIDIsOneSegment(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	escaped := "%" + strings.ToUpper(string("0123456789abcdef"[jane.ID[0]>>4])+string("0123456789abcdef"[jane.ID[0]&15])) + jane.ID[1:]
	require.Equal(t, 200, r.call("GET", "/accounts/v1/"+escaped, "").status)
	require.Equal(t, 404, r.call("GET", "/accounts/v1/"+jane.ID+"%2Fentitlements", "").status)
	require.Equal(t, 404, r.call("GET", "/accounts/v1/x%2F%2F..%2F"+jane.ID, "").status)
	calls, err := r.isc.Upstream().Calls()
	require.NoError(t, err)
	require.Equal(t, "/isc/accounts/v1/x%2F%2F..%2F"+jane.ID, calls[len(calls)-1].Path)
}

func TestMalformedBodiesAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.account("jane.doe", CorporateAD).ID
	for _, verb := range []string{"disable", "enable", "unlock"} {
		path := "/accounts/v1/" + id + "/" + verb
		for body, status := range map[string]int{
			"": 400, "{": 400, "[]": 400, "null": 400, `{"forceProvisioning":"yes"}`: 400, `{"externalVerificationId":5}`: 400, "{} {}": 400,
			`{"forceProvisioning":true,"externalVerificationId":"x","unknown":1}`: 202,
		} {
			require.Equal(t, status, r.call("POST", path, body).status, "%s %s", verb, body)
		}
		require.Equal(t, 415, r.call("POST", path, "{}", "Content-Type: text/plain").status)
		require.Equal(t, 404, r.call("POST", "/accounts/v1/nothing/"+verb, "{}").status)
		r.pass(time.Minute)
	}
	require.Equal(t, 413, r.call("POST", "/accounts/v1/"+id+"/disable", `{"x":"`+strings.Repeat("y", 1<<20)+`"}`).status)
	require.Equal(t, 404, r.call("POST", "/accounts/v1/nothing/remove", "").status)
	require.Equal(t, 404, r.call("DELETE", "/accounts/v1/nothing", "").status)
}

func TestSettingsThatAreWrongChangeNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	before := r.control("GET", "/settings", "").body
	for _, bad := range []string{
		`{"task_queued":"soon"}`, `{"task_queued":"-1s"}`, `{"unknown":1}`, `{"rate_calls":-1}`, `{"token_life":"1ms"}`, `[]`, ``,
		`{"sources":{"Nowhere":{}}}`, `{"sources":{"Workday":{"deletion":"maybe"}}}`, `{"hold":5}`,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.base+"/sandbox/v1/upstream/isc/settings", strings.NewReader(bad))
		require.NoError(t, err)
		a := do(req)
		require.Equal(t, 400, a.status, bad)
		var v map[string]string
		require.NoError(t, json.Unmarshal([]byte(a.body), &v))
		require.NotEmpty(t, v["error"])
	}
	require.Equal(t, before, r.control("GET", "/settings", "").body)
	r.control("POST", "/settings", `{"task_running":"7s","hold":"1s"}`)
	r.reopen()
	after := r.control("GET", "/settings", "").body
	require.Contains(t, after, `"task_running":"7s"`)
	require.Contains(t, after, `"hold":"1s"`)
}
