package fakeesystems

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMalformedCallsAreRefusedInTheServersShapeAndChangeNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	before := r.control("GET", "/accounts", "")
	jane := by("Username", "jane.doe")
	for method, path := range map[string]string{"POST": "/Account", "PUT": jane} {
		for _, body := range []string{``, ` `, `{`, `[]`, `null`, `"x"`, `{"Name":5}`, `{"Is_Active":"true"}`, `{"Name":"x"} {}`, `{"TenantId":"Acme"}`, `{"CreatedOn":"yesterday"}`} {
			p := problemOf(t, r.call(method, path, body), 400, "Bad Input")
			require.Equal(t, "Bad Request", p.Title)
		}
		for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", ";"} {
			headers := http.Header{"Authorization": {"Bearer " + r.token}, "Content-Type": {kind}}
			a := r.send(method, "/esystems/Endpoint/rest/api/v1"+path, `{"Name":"Other"}`, headers)
			require.Contains(t, problemOf(t, a, 400, "Bad Input").Errors[0], "Content-Type", kind)
		}
	}
	for _, query := range []string{
		"PageSize=0.5", "PageSize=1001", "PageSize=-1", "CurrentPage=-1", "CurrentPage=x", "Fields=Nothing", "Orders=Name+SIDEWAYS", "Filters=(Name+%3D+x",
		"Filters=(Password+%3D+x)", "Filters=(Name+~+x)",
	} {
		problemOf(t, r.call("GET", "/Accounts?"+query, ""), 400, "Bad Input")
	}
	require.Equal(t, 400, r.call("GET", "/Accounts?Fields=%zz", "").status)
	require.JSONEq(t, before, r.control("GET", "/accounts", ""))
}
