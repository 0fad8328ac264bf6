package sailpoint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func ids(f identity.Found) []string {
	var out []string
	for _, a := range f.Accounts {
		out = append(out, a.ID)
	}
	return out
}

// filterless answers lists by filter; a list that was not written down is empty.
func filterless(t *testing.T, lists map[string]string) *tenant {
	t.Helper()
	answers := map[string]reply{"GET /accounts/v1": {body: `[]`}, "GET /sources/v1": {body: `[]`}}
	for filter, list := range lists {
		answers["GET /accounts/v1?"+filter] = reply{body: list, next: &reply{body: `[]`}}
	}
	return serve(t, answers)
}

func TestFindFiltersByEachOfTheNamesThatISCKnows(t *testing.T) {
	t.Parallel()
	a1, a2, a3, a4 := acc("a1", `,"name":"jane"`), acc("a2", `,"name":"JANE"`), acc("a3", `,"identity":{"name":"Jane"}`), acc("a4", `,"name":"janet"`)
	native := strings.Replace(acc("a5", ""), "n-a5", "jane", 1)
	s := filterless(t, map[string]string{
		`name eq "jane"`: "[" + a1 + "," + a2 + "," + a4 + "]", `nativeIdentity eq "jane"`: "[" + native + "," + a1 + "]", `identity.name eq "jane"`: "[" + a3 + "]",
	})
	got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "jane"})
	require.NoError(t, err)
	require.Equal(t, []string{"a1", "a2", "a5", "a3"}, ids(got), "whole, without case, each once; janet is somebody else")
	require.False(t, got.Cut)
	for _, line := range s.lines() {
		require.Contains(t, line, "sorters=id")
		require.Contains(t, line, "limit=250")
	}

	s = filterless(t, map[string]string{`id eq "a1"`: "[" + a1 + "]", `name eq "a1"`: "[" + acc("a9", `,"name":"a1"`) + "]"})
	got, err = connect(t, s).Find(t.Context(), identity.Query{Text: "a1"})
	require.NoError(t, err)
	require.Equal(t, []string{"a1"}, ids(got), "an id means one account")

	for by, filter := range map[identity.By]string{identity.ByID: `id eq "x"`, identity.ByUsername: `name eq "x"`, identity.ByExternalID: `nativeIdentity eq "x"`,
		identity.ByIdentity: `identityId eq "x"`} {
		s = filterless(t, nil)
		got, err = connect(t, s).Find(t.Context(), identity.Query{Text: "x", By: by})
		require.NoError(t, err)
		require.Empty(t, got.Accounts)
		require.Len(t, s.lines(), 1, "one kind of id is one call, and no reading through all accounts")
		require.Equal(t, filter, s.calls[0].r.URL.Query().Get("filters"))
	}
}

func TestFindLooksAtAllAccountsOfWhoeverWasFound(t *testing.T) {
	t.Parallel()
	const mail = "jane@acme.example"
	crm := acc("a1", `,"name":"jane@acme.example","identityId":"i1"`)
	ad := strings.NewReplacer(`"s1"`, `"s2"`, "Corporate AD", "AD 2").Replace(acc("a2", `,"name":"jdoe","identityId":"i1","attributes":{"mail":"jane@acme.example"}`))
	hr := acc("a3", `,"name":"1042","identityId":"i1"`)
	lists := map[string]string{`name eq "` + mail + `"`: "[" + crm + "]", `identityId eq "i1"`: "[" + crm + "," + ad + "," + hr + "]"}
	got, err := connect(t, filterless(t, lists)).Find(t.Context(), identity.Query{Text: mail})
	require.NoError(t, err)
	require.Equal(t, []string{"a1", "a2"}, ids(got), "the login of one is the address of another: nobody picks one")
	got, err = connect(t, filterless(t, lists)).Find(t.Context(), identity.Query{Text: mail, Source: "AD 2"})
	require.NoError(t, err)
	require.Equal(t, []string{"a2"}, ids(got), "the owner is known from an account of another source")
	lists[""] = "[" + strings.Replace(acc("a4", `,"attributes":{"mail":"jane@acme.example"}`), "Corporate AD", "AD 3", 1) + "]"
	got, err = connect(t, filterless(t, lists)).Find(t.Context(), identity.Query{Text: mail, Source: "AD 3"})
	require.NoError(t, err)
	require.Equal(t, []string{"a4"}, ids(got), "somebody else's account is still looked for")
	got, err = connect(t, filterless(t, lists)).Find(t.Context(), identity.Query{Text: mail, By: identity.ByUsername})
	require.NoError(t, err)
	require.Equal(t, []string{"a1"}, ids(got), "a login is a login")
}

func TestFindNarrowsToASourceByIDOrName(t *testing.T) {
	t.Parallel()
	ad := acc("a1", `,"name":"jane"`)
	sap := strings.NewReplacer(`"s1"`, `"s2"`, "Corporate AD", "SAP").Replace(acc("a2", `,"name":"jane"`))
	for source, want := range map[string][]string{"": {"a1", "a2"}, "s2": {"a2"}, "corporate ad": {"a1"}, "Nowhere": nil} {
		s := filterless(t, map[string]string{`name eq "jane"`: "[" + ad + "," + sap + "]"})
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "jane", Source: source, By: identity.ByUsername})
		require.NoError(t, err)
		require.Equal(t, want, ids(got), source)
	}
}

func TestFindReadsPageByPageForWhatISCCannotFilterBy(t *testing.T) {
	t.Parallel()
	all := []string{
		acc("a1", `,"attributes":{"mail":"Jane.Doe@acme.example"}`), acc("a2", `,"attributes":{"displayName":"Jane Doe"}`),
		acc("a3", `,"attributes":{"employeeNumber":"1042"}`), acc("a4", `,"attributes":{"other":"1042"}`),
	}
	for text, want := range map[string]string{"jane.doe@ACME.example": "a1", "jane doe": "a2", "1042": "a3"} {
		// Pages may be short, and still not be the last.
		s := serve(t, map[string]reply{"GET /sources/v1": {body: `[]`}})
		empty := reply{body: `[]`}
		for _, f := range []string{"id", "name", "nativeIdentity", "identity.name"} {
			s.answers[fmt.Sprintf(`GET /accounts/v1?%s eq "%s"`, f, text)] = empty
		}
		s.answers["GET /accounts/v1"] = reply{body: "[" + all[0] + "," + all[1] + "]", next: &reply{body: "[" + all[2] + "]", next: &reply{body: "[" + all[3] + "]", next: &empty}}}
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: text})
		require.NoError(t, err)
		require.Equal(t, []string{want}, ids(got))
		require.False(t, got.Cut)
		lines := s.lines()
		require.Equal(t, []string{
			"GET /accounts/v1?limit=250&offset=0&sorters=id", "GET /accounts/v1?limit=250&offset=2&sorters=id",
			"GET /accounts/v1?limit=250&offset=3&sorters=id", "GET /accounts/v1?limit=250&offset=4&sorters=id",
		}, lines[4:], "on from what was read, until an empty page")
	}
}

func TestAnEmployeeNumberIsLookedForInTheConfiguredAttribute(t *testing.T) {
	t.Parallel()
	all := "[" + acc("a1", `,"attributes":{"employeeNumber":"1042"}`) + "," + acc("a2", `,"attributes":{"PersonnelNo":1042}`) + "]"
	for attribute, want := range map[string]string{"": "a1", "employeeNumber": "a1", "personnelNo": "a2"} {
		s := filterless(t, map[string]string{"": all})
		got, err := connect(t, s, func(c *Config) { c.NumberAttribute = attribute }).Find(t.Context(), identity.Query{Text: "1042"})
		require.NoError(t, err)
		require.Equal(t, []string{want}, ids(got), attribute)
	}
}

func TestFindReadsOneSourceOnlyWhenItCanTellWhich(t *testing.T) {
	t.Parallel()
	mail := acc("a1", `,"attributes":{"mail":"j@acme.example"}`)
	for name, test := range map[string]struct {
		sources reply
		filter  string
	}{
		"it can":        {reply{body: `[{"id":"s1","name":"Corporate AD"}]`}, `sourceId eq "s1"`},
		"it may not":    {reply{status: 403, body: `{}`}, ""},
		"there are two": {reply{body: `[{"id":"s1","name":"Corporate AD"},{"id":"s2","name":"corporate ad"}]`}, ""},
	} {
		s := filterless(t, map[string]string{test.filter: "[" + mail + "]"})
		s.answers["GET /sources/v1"] = test.sources
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "j@acme.example", Source: "Corporate AD"})
		require.NoError(t, err, name)
		require.Equal(t, []string{"a1"}, ids(got), name)
	}
}

func TestFindSaysWhenItCouldNotLookAtAll(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{"GET /accounts/v1": {body: "[" + acc("a1", `,"attributes":{"mail":"x@y.example"}`) + "]"}}) // for ever
	got, err := connect(t, s, func(c *Config) { c.ScanPages = 3 }).Find(t.Context(), identity.Query{Text: "x@y.example", By: identity.ByUsername})
	require.NoError(t, err)
	require.True(t, got.Cut)
	require.Len(t, s.lines(), 3)

	s = filterless(t, map[string]string{`name eq "x"`: "[" + acc("a1", `,"name":"x"`) + "," + acc("a2", `,"name":"x"`) + "]"})
	got, err = connect(t, s).Find(t.Context(), identity.Query{Text: "x", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"a1"}, ids(got))
	require.True(t, got.Cut, "one of two is not the one")
}

func TestLookingRoundTakesPrefixesAndActingDoesNot(t *testing.T) {
	t.Parallel()
	list := "[" + acc("a1", `,"name":"jane"`) + "," + acc("a2", `,"name":"Janet"`) + "]"
	s := filterless(t, map[string]string{`name sw "jan"`: list, `name eq "jan"`: list})
	got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "jan", Prefix: true})
	require.NoError(t, err)
	require.Equal(t, []string{"a1", "a2"}, ids(got))
	s = filterless(t, map[string]string{`name sw "jan"`: list, `name eq "jan"`: list})
	got, err = connect(t, s).Find(t.Context(), identity.Query{Text: "jan", By: identity.ByUsername})
	require.NoError(t, err)
	require.Empty(t, got.Accounts, "even if ISC should answer more than was asked for")
}

func TestAFewLettersFindNativeIdentitiesOnlyWhereNothingElseBeginsSo(t *testing.T) {
	t.Parallel()
	native := func(id string) string { return strings.Replace(acc(id, ""), "n-"+id, "CN=Jane", 1) }
	carl := acc("a1", `,"name":"carl"`)
	for text, want := range map[string][]string{"c": {"a1"}, "cn": {"a2"}, "cn=": {"a2"}, "CN=Jane": {"a2"}} {
		lists := map[string]string{`name sw "c"`: "[" + carl + "]", "": "[" + native("a2") + "]"}
		for _, op := range []string{"sw", "eq"} {
			lists[fmt.Sprintf(`nativeIdentity %s "%s"`, op, text)] = "[" + native("a2") + "]"
		}
		got, err := connect(t, filterless(t, lists)).Find(t.Context(), identity.Query{Text: text, Prefix: true})
		require.NoError(t, err)
		require.Equal(t, want, ids(got), text)
	}
}

func TestAGlanceMakesItsCallsTogetherAndNoneAfterThem(t *testing.T) {
	t.Parallel()
	const id = "2c9180835d2e5168015d32f890ca1581"
	jane := "[" + acc("a1", `,"name":"jane"`) + "]"
	full := "[" + strings.TrimSuffix(strings.Repeat(acc("a1", `,"name":"jane"`)+",", pageSize), ",") + "]"
	for name, test := range map[string]struct {
		list, source string
		found        int
		cut          bool
	}{
		"a hit": {jane, "", 1, false}, "a miss": {`[]`, "", 0, false}, "a miss on a source by its name": {`[]`, "Corporate AD", 0, false},
		"a hit on another source":      {jane, "Nowhere", 0, true}, // what a short page has not, another one may
		"a page that may be followed":  {full, "", 1, true},
		"a hit on a source by its id":  {jane, "s1", 1, false},
		"a miss on a source by its id": {`[]`, id, 0, false},
	} {
		and := ""
		if test.source == id {
			and = ` and sourceId eq "` + id + `"`
		}
		s := filterless(t, map[string]string{`name sw "jan"` + and: test.list})
		s.answers["GET /accounts/v1?"+`name sw "jan"`+and] = reply{body: test.list} // for ever
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "jan", Source: test.source, Prefix: true, Glance: true})
		require.NoError(t, err, name)
		require.Len(t, got.Accounts, test.found, name)
		require.Equal(t, test.cut, got.Cut, name)
		var filters []string
		for _, call := range s.calls {
			require.Contains(t, call.line, "offset=0", name)
			filters = append(filters, call.r.URL.Query().Get("filters"))
		}
		require.ElementsMatch(t, []string{`id eq "jan"` + and, `name sw "jan"` + and, `nativeIdentity sw "jan"` + and, `identity.name sw "jan"` + and}, filters, name)
	}
}

func TestATextThatNobodyIsCalledIsNotSent(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, q := range []identity.Query{{Text: ""}, {Text: "a\nb"}, {Text: "\xff"}, {Text: strings.Repeat("a", 513)}, {Text: "a", Source: "b\x00"}} {
		_, err := connect(t, s).Find(t.Context(), q)
		require.True(t, fault.Is(err, fault.Invalid), "%q", q)
	}
	require.Empty(t, s.lines())
}

// FuzzFilter proves that a filter's string ends where it should, whatever is in it.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{`jane`, `"`, `\`, `\"`, `x" or id pr`, `a\\"b`, "é\u202e", `") or (id sw "`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted := quote(text)
		plain, end := strings.Builder{}, 0
		for i := 1; i < len(quoted); i++ {
			if quoted[i] == '"' {
				end = i
				break
			}
			if quoted[i] == '\\' {
				i++
			}
			plain.WriteByte(quoted[i])
		}
		require.Equal(t, len(quoted)-1, end, "the first bare quote is the last byte")
		require.Equal(t, text, plain.String())
	})
}
