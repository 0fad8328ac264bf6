package fakeesystems

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/upstream"
)

func TestAnAccountIsReadByEachKindOfID(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := account(t, r.call("GET", "/Account/jane.doe?Name=Username", ""))
	require.Equal(t, "Jane Doe", jane.Name)
	require.NotEmpty(t, jane.Identifier)
	require.True(t, jane.IsActive)
	for _, path := range []string{
		"/Account/" + jane.ID, "/Account/" + jane.ID + "?Name=Id", "/Account/" + coded(jane.ID), by("Username", "jane.doe"), by("Username", "JANE.DOE"),
		by("ExternalId", "E100234"), "/Account/E100234?Name=ExternalId",
	} {
		require.Equal(t, jane, account(t, r.call("GET", path, "")), path)
	}
	require.Equal(t, "Karl Eklund", account(t, r.call("GET", by("Username", "E100277"), "")).Name)
	require.Equal(t, "Omar Haddad", account(t, r.call("GET", by("ExternalId", "E100277"), "")).Name)
	require.Equal(t, "Night Operations", account(t, r.call("GET", by("Username", "ops/night 100%"), "")).Name)
	require.Equal(t, "Night Operations", account(t, r.call("GET", by("ExternalId", "OPS|1+1=2"), "")).Name)
	var raw map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.call("GET", "/Account/"+jane.ID, "").body), &raw))
	require.Len(t, raw, 20)
	tenant, _ := raw["TenantId"].(map[string]any)
	require.InDelta(t, 42, tenant["Id"], 0)
	require.Equal(t, "1900-01-01T12:00:00Z", raw["ModifiedOn"])
}

func TestAnAccountThatIsNotOneIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		problemOf(t, r.call(method, by("Id", "nobody"), "{}"), 404, "Not Found")
		problemOf(t, r.call(method, by("Username", ""), "{}"), 404, "Not Found")
		problemOf(t, r.call(method, by("ExternalId", "LEGACY-0042"), "{}"), 400, "Multible Rows")
		problemOf(t, r.call(method, by("Email", "jane.doe@acme.example"), "{}"), 400, "Bad Input")
		problemOf(t, r.call(method, "/Account/base64%7C!!", "{}"), 400, "Bad Input")
		problemOf(t, r.call(method, "/Account/base64%7Camfu", "{}"), 404, "Not Found")
		raw := r.call(method, "/Account/ops%2Fnight?Name=Username", "{}")
		require.Equal(t, 400, raw.status)
		require.Contains(t, raw.header.Get("Content-Type"), "text/html")
	}
	require.Len(t, r.es.Accounts(), len(people)+len(hostile))
	for path, status := range map[string]int{"/Account/": 404, "/Nothing": 404, "/Account/x/y": 404, "/account": 404} {
		problemOf(t, r.call("GET", path, ""), status, "Not Found")
	}
	require.Equal(t, 405, r.call("POST", "/Accounts", "{}").status)
	require.Equal(t, 405, r.call("GET", "/Account", "").status)
	require.Equal(t, 405, r.call("PATCH", "/Account/"+coded(r.es.sorted()[0].ID), "{}").status)
}

func TestDeletingAnswersWithTheDeletedAccountAndThenItIsGone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := account(t, r.call("GET", by("Username", "jane.doe"), ""))
	require.Equal(t, jane, account(t, r.call("DELETE", by("ExternalId", "E100234"), "")))
	problemOf(t, r.call("GET", by("Id", jane.ID), ""), 404, "Not Found")
	problemOf(t, r.call("DELETE", by("Id", jane.ID), ""), 404, "Not Found")
	r.reopen()
	problemOf(t, r.call("GET", by("Id", jane.ID), ""), 404, "Not Found")
	calls, err := r.es.Upstream().Calls()
	require.NoError(t, err)
	require.Equal(t, "/esystems/Endpoint/rest/api/v1/Account/"+coded("E100234"), calls[2].Path)
	require.Equal(t, "Name=ExternalId", calls[2].Query)
}

func TestCreatingKeepsUniqueFieldsUnique(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made := account(t, r.call("POST", "/Account", `{"FirstName":"New","LastName":"Hire","Username":"new.hire","TenantId":{"Value":7},"Unknown":1}`))
	require.Equal(t, "New Hire", made.Name)
	require.True(t, made.IsActive)
	require.Equal(t, linkID("7"), made.TenantID.ID)
	require.Equal(t, made, account(t, r.call("GET", by("Username", "new.hire"), "")))
	for _, field := range []string{`"Username":"Jane.Doe"`, `"ExternalId":"E100234"`, `"Email":"jane.doe@acme.example"`, `"Phone":"+358 50 555 0000"`, `"Id":"` + made.ID + `"`} {
		p := problemOf(t, r.call("POST", "/Account", `{"Name":"Other",`+field+`}`), 400, "Bad Input")
		require.Contains(t, p.Errors[0], "unique", field)
		require.Equal(t, "Bad Request", p.Title)
	}
	for _, bad := range []string{``, `[]`, `{`, `{"Name":5}`, `{}`, `{"Name":"x"} {}`} {
		problemOf(t, r.call("POST", "/Account", bad), 400, "Bad Input")
	}
}

func TestUpdatingEmptiesWhatIsLeftOutUnlessTold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	path := by("Username", "jane.doe")
	was := r.call("GET", path, "")
	var whole map[string]any
	require.NoError(t, json.Unmarshal([]byte(was.body), &whole))
	whole["Is_Active"] = false
	body, err := json.Marshal(whole)
	require.NoError(t, err)
	want := account(t, was)
	want.IsActive, want.ModifiedOn = false, r.clock()
	require.Equal(t, want, account(t, r.call("PUT", path, string(body))), "writing all of it back changes the one field")

	r.control("POST", "/settings", `{"keep_omitted":true}`)
	require.Equal(t, "Jane Doe", account(t, r.call("PUT", path, `{"Is_Active":true}`)).Name)
	r.control("POST", "/settings", `{"keep_omitted":false}`)
	emptied := account(t, r.call("PUT", by("Username", "jane.doe"), `{"Name":"Jane","Username":"jane.doe"}`))
	require.Empty(t, emptied.Email)
	require.Empty(t, emptied.Identifier)
	require.False(t, emptied.IsActive)
	problemOf(t, r.call("PUT", path, `{"Is_Active":true}`), 400, "Bad Input")
	problemOf(t, r.call("PUT", path, `{"Name":"Jane","Id":"other"}`), 400, "Bad Input")
	problemOf(t, r.call("PUT", path, `{"Name":"Jane","Username":"john.smith"}`), 400, "Bad Input")
	vogel := r.call("GET", by("Username", "legacy.one"), "").body
	account(t, r.call("PUT", by("Username", "legacy.one"), vogel))
}

func TestAListIsFilteredOrderedPagedAndProjected(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	type page struct {
		Meta struct {
			TotalItems, CurrentPage, PageSize int
			Type                              string
		}
		Data []map[string]any
	}
	list := func(query string) page {
		a := r.call("GET", "/Accounts?"+query, "")
		require.Equal(t, 200, a.status, "%s: %s", query, a.body)
		var p page
		require.NoError(t, json.Unmarshal([]byte(a.body), &p))
		return p
	}
	for filter, want := range map[string]int{
		`Username = jane.doe`: 1, `(Username = JANE.DOE)`: 1, `(Name = John Smith)`: 2, `(Name = John Smith) AND (Username = john.smith2)`: 1,
		`(Username = jane.doe) OR (Username = bao.tran) AND (Is_Active = False)`: 1, `ExternalId In E100234;E100240; C900004`: 3,
		`Is_Active = False`: 1, `Username Like %.smith%`: 2, `Username NotIn jane.doe`: 26, `Name <> John Smith`: 25,
		`CreatedOn < 2024-05-06T09:00:00Z`: 2, `CreatedOn >= 2024-05-07`: 10, `TenantId.Name = Acme`: 27, `TenantId = 42`: 27, ``: 27, `Name = nobody`: 0,
	} {
		p := list("Filters=" + url.QueryEscape(filter))
		require.Equal(t, want, p.Meta.TotalItems, filter)
		require.Len(t, p.Data, want, filter)
	}
	p := list("Orders=Name%20DESC,CreatedOn%20ASC&PageSize=10&CurrentPage=2&Fields=Id,%20Name")
	require.Equal(t, 27, p.Meta.TotalItems)
	require.Equal(t, []int{2, 10}, []int{p.Meta.CurrentPage, p.Meta.PageSize})
	require.Len(t, p.Data, 7)
	require.Len(t, p.Data[0], 2)
	require.Empty(t, list("CurrentPage=3&PageSize=10").Data)
	vendors := list("fields=Name,ExternalId,Email&Filters=" + url.QueryEscape("(TenantId.ExternalId In ACME;DE002) AND (CreatedOn > 2022-01-01)") + "&Orders=Name%20ASC&PageSize=1000")
	require.Len(t, vendors.Data, 27)
	require.Len(t, vendors.Data[0], 3, "the vendor's own example writes fields for Fields")
	require.Equal(t, 50, list("PageSize=0").Meta.PageSize)
	require.Len(t, list("Fields=*").Data[0], 20)
	for _, bad := range []string{
		"PageSize=1001", "PageSize=-1", "PageSize=x", "CurrentPage=-1", "Orders=Secret", "Orders=Name%20UP", "Fields=Secret",
		"Filters=" + url.QueryEscape(`Secret = 1`), "Filters=" + url.QueryEscape(`Name`), "Filters=" + url.QueryEscape(`(Name = x`),
		"Filters=" + url.QueryEscape(`Name ~ x`), "Filters=" + url.QueryEscape(`(Name = x) AND (`),
	} {
		problemOf(t, r.call("GET", "/Accounts?"+bad, ""), 400, "Bad Input")
	}
}

func TestTokensAndScopesAreAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.form("sandbox-client", "sandbox-secret")
	require.Contains(t, a.body, `"expires_in":3600`)
	require.Contains(t, a.body, `"token_type":"Bearer"`)
	require.Equal(t, 401, r.form("sandbox-client", "wrong").status)
	require.Equal(t, 401, r.form("nobody", "sandbox-secret").status)
	require.Equal(t, 400, r.send("POST", "/esystems/oAuth/rest/v2/Token", "{}", http.Header{"Content-Type": {"application/json"}}).status)
	require.Equal(t, 405, r.send("GET", "/esystems/oAuth/rest/v2/Token", "", http.Header{}).status)
	r.control("POST", "/settings", `{"omit_expires_in":true,"token_life":"10s"}`)
	require.NotContains(t, r.form("sandbox-client", "sandbox-secret").body, "expires_in")

	r.login("sandbox-user")
	made := account(t, r.call("POST", "/Account", `{"Name":"New Hire"}`))
	require.Equal(t, 200, r.call("GET", by("Id", made.ID), "").status)
	account(t, r.call("PUT", by("Id", made.ID), `{"Name":"Newer Hire"}`))
	r.login("sandbox-updater")
	account(t, r.call("PUT", by("Id", made.ID), `{"Name":"New Hire"}`))
	require.Contains(t, problemOf(t, r.call("DELETE", by("Id", made.ID), ""), 403, "Permission").Errors[0], "AccessUser:Delete")
	r.login("sandbox-user")
	account(t, r.call("DELETE", by("Id", made.ID), ""))
	r.login("sandbox-reader")
	jane := account(t, r.call("GET", by("Username", "jane.doe"), ""))
	for method, path := range map[string]string{"DELETE": by("Id", jane.ID), "PUT": by("Id", jane.ID), "POST": "/Account"} {
		p := problemOf(t, r.call(method, path, "{}"), 403, "Permission")
		require.Equal(t, "Bad Request", p.Title)
	}
	r.pass(10 * time.Second)
	require.Equal(t, "Unauthorized", problemOf(t, r.call("GET", by("Id", jane.ID), ""), 401, "Unauthorized").Title)
	r.token = "nonsense"
	problemOf(t, r.call("GET", by("Id", jane.ID), ""), 401, "Unauthorized")
}

func TestFaultsSettingsAndEditsWorkHereToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control("POST", "/settings", `{"rate_calls":1}`)
	jane := account(t, r.call("GET", by("Username", "jane.doe"), ""))
	require.Equal(t, 429, r.call("GET", by("Username", "jane.doe"), "").status)
	r.control("POST", "/settings", `{"rate_calls":0}`)
	for _, status := range []int{403, 404, 500, 503} {
		r.control("POST", "/faults", fmt.Sprintf(`{"method":"DELETE","path_prefix":"/esystems/Endpoint","kind":"%d","times":1}`, status))
		a := r.call("DELETE", by("Id", jane.ID), "")
		require.Equal(t, status, a.status)
		require.Contains(t, a.body, `"/Errors/`)
	}
	refused := r.send("POST", "/sandbox/v1/upstream/esystems/faults", `{"kind":"task fails"}`, http.Header{})
	require.Equal(t, 400, refused.status)
	require.Contains(t, refused.body, "no tasks")
	require.Equal(t, 400, r.send("POST", "/sandbox/v1/upstream/esystems/aggregate", `{"source":"x"}`, http.Header{}).status)
	require.Equal(t, 400, r.send("POST", "/sandbox/v1/upstream/esystems/settings", `{"token_life":"0s"}`, http.Header{}).status)
	r.control("POST", "/accounts/"+jane.ID, `{"set":{"Is_Active":false}}`)
	require.False(t, account(t, r.call("GET", by("Id", jane.ID), "")).IsActive)
	r.control("DELETE", "/accounts/"+jane.ID, "")
	require.Equal(t, 404, r.call("GET", by("Id", jane.ID), "").status)
	require.NotContains(t, r.control("GET", "/accounts", ""), jane.ID)
	r.control("POST", "/revoke", "")
	require.Equal(t, 401, r.call("GET", by("Id", jane.ID), "").status)
}

func FuzzFiltersAndIDsDoNotPanic(f *testing.F) {
	f.Add("(Name = x) AND (Id In 1;2)", "base64%7CYQ%3D%3D")
	f.Add("((", "%2e%2e")
	t := &Tenant{accounts: map[string]Account{}}
	f.Fuzz(func(_ *testing.T, filter, segment string) {
		if keep, err := parseFilters(filter); err == nil {
			keep(Account{Name: "x"})
		}
		_, _ = t.value(upstream.Request{}, segment)
	})
}
