package sailpoint

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

const jane = `{"id":"a1","name":"jane.doe","created":"2024-01-02T03:04:05.678Z","modified":"2026-02-03T04:05:06Z","sourceId":"s1","sourceName":"Corporate AD",
 "identityId":"i1","connectionType":"direct","attributes":{"MAIL":"jane.doe@acme.example","displayName":"Jane Doe","Manager":"Mei Tanaka","employeeNumber":1042},"authoritative":false,
 "description":null,"disabled":true,"locked":true,"nativeIdentity":"CN=Jane Doe","systemAccount":false,"uncorrelated":false,"uuid":null,
 "manuallyCorrelated":false,"hasEntitlements":true,"identity":{"id":"i1","type":"IDENTITY","name":"Jane Doe (HR)"},
 "sourceOwner":{"id":"o1","type":"IDENTITY","name":"Olga Owner"},"features":"ENABLE, PROVISIONING","origin":null,"isMachine":false,"ownerIdentity":null}`

func TestAnAccountIsReadWithItsEntitlementsAndItsSource(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{
		"GET /accounts/v1/a1": {body: jane},
		"GET /accounts/v1/a1/entitlements": {body: `[{"id":"e1","name":"Domain Admins","privileged":true,"attribute":"memberOf"},{"id":"e2","value":"VPN"},
			{"id":"e3","name":"Payroll","privilegeLevel":{"direct":"NONE","effective":"HIGH"}}]`},
		"GET /sources/v1/s1": {body: `{"id":"s1","name":"Corporate AD","type":"Active Directory - Direct","connectionType":"direct","owner":{"name":"Olga"},"features":["ENABLE"]}`},
	})
	got, err := connect(t, s).Get(t.Context(), "a1")
	require.NoError(t, err)
	require.Equal(t, identity.Account{
		ID: "a1", Name: "jane.doe", NativeIdentity: "CN=Jane Doe", DisplayName: "Jane Doe", Email: "jane.doe@acme.example", Manager: "Mei Tanaka", SourceID: "s1",
		Source: "Corporate AD", SourceOwner: "Olga Owner", IdentityID: "i1", Identity: "Jane Doe (HR)", Disabled: true, Locked: true, Direct: true,
		SourceType: "Active Directory - Direct", Features: []string{"ENABLE", "PROVISIONING"}, HasEntitlement: true,
		Entitlements: []identity.Entitlement{{ID: "e1", Name: "Domain Admins", Privileged: true}, {ID: "e2", Name: "VPN"}, {ID: "e3", Name: "Payroll", Privileged: true}},
		CreatedAt:    time.Date(2024, 1, 2, 3, 4, 5, 678e6, time.UTC), ModifiedAt: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
	}, got)
}

func TestASourceThatMayNotBeReadLeavesItsFactsUnknown(t *testing.T) {
	t.Parallel()
	for status, good := range map[int]bool{403: true, 404: true, 400: false, 500: false} {
		s := serve(t, map[string]reply{
			"GET /accounts/v1/a1": {body: jane}, "GET /accounts/v1/a1/entitlements": {body: `[]`}, "GET /sources/v1/s1": {status: status, body: ``},
		})
		got, err := connect(t, s).Get(t.Context(), "a1")
		require.Equal(t, good, err == nil, status)
		require.Empty(t, got.SourceType)
		require.Equal(t, good, got.Source == "Corporate AD")
	}
}

func TestAnAccountIsNotReadWithoutAllOfItsEntitlements(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]reply{
		"forbidden": {status: 403, body: `{}`}, "no id": {body: `[{"name":"x"}]`}, "an object": {body: `{}`}, "half": {body: `[{"id":"e1"},`},
	} {
		s := serve(t, map[string]reply{"GET /accounts/v1/a1": {body: jane}, "GET /accounts/v1/a1/entitlements": answer})
		_, err := connect(t, s).Get(t.Context(), "a1")
		require.ErrorContains(t, err, "entitlements could not be read", name)
	}
	page := func(from, to int) string {
		var all []string
		for i := from; i < to; i++ {
			all = append(all, fmt.Sprintf(`{"id":"e%d"}`, i))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	s := serve(t, map[string]reply{
		"GET /accounts/v1/a1":              {body: jane},
		"GET /accounts/v1/a1/entitlements": {body: page(0, 250), next: &reply{body: page(250, 300)}},
	})
	got, err := connect(t, s).Get(t.Context(), "a1")
	require.NoError(t, err)
	require.Len(t, got.Entitlements, 300)
	require.Equal(t, "GET /accounts/v1/a1/entitlements?limit=250&offset=250", s.lines()[2])
}

func TestAnAccountThatLacksWhatEveryAccountHasIsNotRead(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no disabled": `{"id":"a1","locked":false}`, "no locked": `{"id":"a1","disabled":false}`, "null": `{"id":"a1","disabled":null,"locked":false}`,
		"text": `{"id":"a1","disabled":"false","locked":false}`, "another": `{"id":"a2","disabled":false,"locked":false}`, "no id": `{"disabled":false,"locked":false}`,
		"doubled": `{"id":"a1","disabled":true,"locked":false,"disabled":false}`, "doubled in another case": `{"id":"a1","disabled":true,"locked":false,"Disabled":false}`,
		"null itself": `null`, "a list": `[]`, "empty": ``,
	} {
		s := serve(t, map[string]reply{"GET /accounts/v1/a1": {body: body}, "GET /accounts/v1/a1/entitlements": {body: `[]`}})
		_, err := connect(t, s).Get(t.Context(), "a1")
		require.True(t, fault.Is(err, fault.Upstream), "%s: %v", name, err)
		require.ErrorContains(t, err, "could not be read")
	}
}

func TestWhatMayBeNullOrAbsentMayBe(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{
		"GET /accounts/v1/a1":              {body: acc("a1", `,"name":null,"identity":null,"sourceOwner":null,"features":null,"attributes":null,"connectionType":null,"identityId":null`)},
		"GET /accounts/v1/a1/entitlements": {body: `[]`},
		"GET /sources/v1/s1":               {body: `{"id":"s1","type":"DelimitedFile","connectionType":"file","owner":{"name":"Olga"},"features":["DELETE"]}`},
	})
	got, err := connect(t, s).Get(t.Context(), "a1")
	require.NoError(t, err)
	require.Equal(t, identity.Account{
		ID: "a1", NativeIdentity: "n-a1", SourceID: "s1", Source: "Corporate AD", SourceOwner: "Olga", SourceType: "DelimitedFile", Features: []string{"DELETE"}, Entitlements: []identity.Entitlement{},
	}, got)
}

// FuzzAccount proves that an account that is taken has an id, and is enabled only where that is said.
func FuzzAccount(f *testing.F) {
	f.Add([]byte(jane))
	f.Add([]byte(acc("a1", `,"attributes":{"mail":5,"displayName":[]},"features":",, ,"`)))
	f.Add([]byte(`{"id":"a","disabled":null,"locked":false}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var raw account
		if upstream.Decode(body, &raw) != nil || raw.check() != nil {
			return
		}
		got := raw.plain()
		require.NotEmpty(t, got.ID)
		require.Equal(t, *raw.Disabled, got.Disabled)
		require.NotContains(t, got.Features, "")
	})
}
