package esystems

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

func TestAllMistakesOfAConfigurationAreToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Config{BaseURL: "ftp://host/Endpoint/rest/api/v1", ScanPages: -1})
	e, ok := err.(*fault.Error) //nolint:errorlint // New returns it bare
	require.True(t, ok)
	require.Equal(t, fault.Invalid, e.Kind)
	require.Len(t, e.Fields, 5)
}

func TestAnAccountIsReadWithoutItsPrivateFields(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{"GET " + at("42"): {body: acc("42", "jane.doe", false)}})
	got, err := connect(t, s).Get(t.Context(), "42")
	require.NoError(t, err)
	require.Equal(t, identity.Account{
		ID: "42", Name: "jane.doe", NativeIdentity: "HR-1042", DisplayName: "Jane Doe", Email: "jane@acme.example", SourceID: "9007199254740993", Source: "Acme",
		Disabled: true, Direct: true, CreatedAt: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC),
	}, got)
	require.Equal(t, []string{"GET " + at("42") + "?Name=Id"}, s.lines())
	noPrivate(t, got)
}

func TestAnAccountThatIsNotWhatWasPromisedIsNotRead(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"another": acc("43", "x", true), "no Id": `{"Is_Active":true}`, "no Is_Active": `{"Id":"42"}`, "Is_Active is text": `{"Id":"42","Is_Active":"true"}`,
		"Id is a fraction": `{"Id":4.2,"Is_Active":true}`, "doubled": `{"Id":"42","Is_Active":true,"Is_Active":false}`, "doubled in another case": `{"Id":"42","Is_Active":true,"is_active":false}`,
		"an error with 200": missing, "empty": ``, "null": `null`, "a list": `[]`,
	} {
		s := serve(t, map[string]reply{"GET " + at("42"): {body: body}})
		_, err := connect(t, s).Get(t.Context(), "42")
		require.True(t, fault.Is(err, fault.Upstream), "%s: %v", name, err)
		noPrivate(t, err)
	}
}

func TestErrorsAreJudgedByTheirTypeAndStatusNeverByTheirTitle(t *testing.T) {
	t.Parallel()
	problem := func(kind, title, status string) string {
		return `{"Errors":["First.","Second."],"Type":"` + kind + `","Title":"` + title + `","StatusCode":` + status + `,"Instance":"/x","RequestKey":"k-1"}`
	}
	const odd = `{"Errors":["First."],"Type":"/Errors/Not Found","Title":5,"StatusCode":"404","RequestKey":17}`
	for _, test := range []struct {
		status int
		body   string
		kind   fault.Kind
		words  string
	}{
		{400, problem("/Errors/Bad Input", "Not Found", "400"), fault.Upstream, "refused"},
		{400, problem("/errors/MULTIBLE ROWS", "Bad Request", "400"), fault.Conflict, "several accounts"},
		{401, problem("/Errors/Unauthorized", "x", "401"), fault.Upstream, "credentials"},
		{403, problem("/Errors/Permission", "Bad Request", "403"), fault.Upstream, "may not"},
		{404, problem("/Errors/Not Found", "x", "404"), fault.NotFound, "does not have it"},
		{500, problem("/Errors/Internal Server Error", "x", "500"), fault.Upstream, "problem of its own"},
		{404, odd, fault.NotFound, "does not have it"},
		{404, `<html>IIS</html>`, fault.Upstream, "base URL"},
		{404, ``, fault.Upstream, "base URL"},
	} {
		s := serve(t, map[string]reply{"GET " + at("42"): {status: test.status, body: test.body}})
		_, err := connect(t, s).Get(t.Context(), "42")
		e, ok := err.(*fault.Error) //nolint:errorlint // it is returned bare
		require.True(t, ok)
		require.Equal(t, test.kind, e.Kind, test.body)
		require.Contains(t, e.Sentence, test.words)
		if test.body == odd {
			require.Equal(t, "First.", e.Said, "what can be read is")
			continue
		}
		if strings.HasPrefix(test.body, "{") {
			require.Equal(t, "First. · Second.", e.Said)
			require.Equal(t, "k-1", e.Ref)
			require.NotContains(t, e.Sentence, "First")
		}
	}
}

func TestFindAsksByIDUsernameAndExternalID(t *testing.T) {
	t.Parallel()
	const text = "name@domain.com"
	require.Equal(t, "/Account/base64%7CbmFtZUBkb21haW4uY29t", at(text), "the vendor's example")
	s := serve(t, map[string]reply{
		"GET " + at(text) + "?Name=Username": {body: acc("42", text, true)}, "GET " + at(text) + "?Name=ExternalId": {body: acc(`"x-7"`, "other", true)},
	})
	got, err := connect(t, s).Find(t.Context(), identity.Query{Text: text})
	require.NoError(t, err)
	require.Len(t, got.Accounts, 2, "two accounts have that text: nobody picks one")
	require.Equal(t, []string{"GET " + at(text) + "?Name=Id", "GET " + at(text) + "?Name=Username", "GET " + at(text) + "?Name=ExternalId"}, s.lines())

	for by, name := range map[identity.By]string{identity.ByID: "Id", identity.ByUsername: "Username", identity.ByExternalID: "ExternalId"} {
		s := serve(t, nil)
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "jane", By: by})
		require.NoError(t, err)
		require.Empty(t, got.Accounts)
		require.Equal(t, []string{"GET " + at("jane") + "?Name=" + name}, s.lines())
	}
	_, err = connect(t, s).Find(t.Context(), identity.Query{Text: "jane", By: "Phone"})
	require.True(t, fault.Is(err, fault.Invalid), "any other name is refused")
}

func TestSeveralRowsAreAClearSentence(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{"GET /Accounts": {body: `{"Meta":{},"Data":[]}`}, "GET " + at("jane"): {status: 400, body: `{"Errors":["Multiple rows"],"Type":"/Errors/Multible Rows","Title":"Bad Request","StatusCode":400,"RequestKey":"k"}`}})
	_, err := connect(t, s).Find(t.Context(), identity.Query{Text: "jane", By: identity.ByUsername})
	require.True(t, fault.Is(err, fault.Conflict))
	require.ErrorContains(t, err, "Say which by its Id.", "when they cannot be listed")

	s.answers["GET /Accounts"] = reply{
		body: `{"Meta":{},"Data":[` + acc("1", "jane", true) + "," + acc("2", "Jane", true) + "," + acc("3", "bob", true) + `]}`, next: &reply{body: `{"Meta":{},"Data":[]}`},
	}
	got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "jane", By: identity.ByUsername})
	require.NoError(t, err)
	require.Len(t, got.Accounts, 2, "when they can, people see what tells them apart")

	text := "jane) OR (Id > 0"
	s.answers["GET "+at(text)] = s.answers["GET "+at("jane")]
	s.calls = nil
	_, err = connect(t, s).Find(t.Context(), identity.Query{Text: text, By: identity.ByUsername})
	require.Len(t, s.calls, 1)
	require.True(t, fault.Is(err, fault.Conflict), "a value that would need quoting is not filtered by")
}

func TestFindFiltersByEMailOnlyWhatNeedsNoQuoting(t *testing.T) {
	t.Parallel()
	page := func(accounts ...string) reply {
		return reply{body: `{"Meta":{"TotalItems":1,"CurrentPage":0,"PageSize":500,"Type":"x"},"Data":[` + strings.Join(accounts, ",") + `]}`}
	}
	empty := page()
	once := page(acc("42", "jane", true))
	once.next = &empty
	s := serve(t, map[string]reply{"GET /Accounts": once})
	got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "Jane@ACME.example"})
	require.NoError(t, err)
	require.Len(t, got.Accounts, 1)
	require.Equal(t, url.Values{"Filters": {"(Email = Jane@ACME.example)"}, "CurrentPage": {"0"}, "PageSize": {"500"}}, s.calls[3].query)

	for _, text := range []string{"jane doe", `x@y) OR (Id > 0`, "x@y OR 1", "x@y'", "@", "x@y\u202e"} {
		again := page(acc("42", "jane", true))
		again.next = &empty
		s := serve(t, map[string]reply{"GET /Accounts": again})
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: text})
		require.NoError(t, err)
		require.Equal(t, text == "jane doe", len(got.Accounts) == 1, "the name, without case, and nothing else")
		for _, call := range s.calls {
			require.Empty(t, call.query.Get("Filters"), text)
		}
		require.False(t, got.Cut)
	}

	s = serve(t, map[string]reply{"GET /Accounts": page(acc("42", "jane", true))}) // for ever
	got, err = connect(t, s).Find(t.Context(), identity.Query{Text: "Jane Doe"})
	require.NoError(t, err)
	require.True(t, got.Cut)
	require.Len(t, s.lines(), 3+3)
}

func TestLookingRoundTakesPrefixesOfTheFieldsThatWereAskedFor(t *testing.T) {
	t.Parallel()
	list := reply{body: `{"Meta":{},"Data":[` + acc("1", "jane.doe", true) + "," + acc("2", "bob", true) + `]}`, next: &reply{body: `{"Meta":{},"Data":[]}`}}
	s := serve(t, map[string]reply{"GET /Accounts": list})
	got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "JANE", By: identity.ByUsername, Prefix: true})
	require.NoError(t, err)
	require.Len(t, got.Accounts, 1)
	require.Equal(t, "1", got.Accounts[0].ID)
}

func TestAGlanceLooksForTheOneAndAtTheFirstPageTogether(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		total, found int
		cut          bool
	}{"all of them": {2, 2, false}, "the first of many": {900, 2, true}} {
		list := fmt.Sprintf(`{"Meta":{"TotalItems":%d},"Data":[%s,%s]}`, test.total, acc("1", "jane.doe", true), acc("2", "bob", true)) // for ever
		s := serve(t, map[string]reply{"GET /Accounts": {body: list}, "GET " + at("jane") + "?Name=ExternalId": {body: acc("3", "jd", true)}})
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "jane", Prefix: true, Glance: true})
		require.NoError(t, err, name)
		var found []string
		for _, a := range got.Accounts {
			found = append(found, a.ID)
		}
		require.Equal(t, []string{"3", "1", "2"}, found, name)
		require.Equal(t, test.cut, got.Cut, name)
		require.Len(t, s.lines(), 4, name)
	}
}

func TestASourceNarrowsToOneTenantByItsIdOrName(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{"GET " + at("jane") + "?Name=Username": {body: acc("42", "jane", true)}, "GET /Accounts": {body: `{"Meta":{},"Data":[]}`}})
	for source, want := range map[string]int{"": 1, "acme": 1, "9007199254740993": 1, "Other": 0, "42": 0} {
		for _, by := range []identity.By{identity.ByAny, identity.ByUsername} {
			got, err := connect(t, s).Find(t.Context(), identity.Query{Text: "jane", By: by, Source: source})
			require.NoError(t, err)
			require.Len(t, got.Accounts, want, source)
		}
	}
}

func TestATextThatNobodyIsCalledIsNotSent(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, text := range []string{"", "a\nb", "\xff", strings.Repeat("a", 513)} {
		_, err := connect(t, s).Find(t.Context(), identity.Query{Text: text})
		require.True(t, fault.Is(err, fault.Invalid))
	}
	for _, text := range []string{".", "..", strings.Repeat("a", maxValue+1)} {
		s := serve(t, map[string]reply{"GET /Accounts": {body: `{"Meta":{},"Data":[]}`}})
		got, err := connect(t, s).Find(t.Context(), identity.Query{Text: text})
		require.NoError(t, err, "it may be somebody's name")
		require.Empty(t, got.Accounts)
		require.Len(t, s.calls, 1)
	}
	for _, id := range []string{"", ".", "..", "\x00", strings.Repeat("a", 513)} {
		_, err := connect(t, s).Get(t.Context(), id)
		require.True(t, fault.Is(err, fault.Invalid))
	}
	require.Empty(t, s.lines())
}

// FuzzPath proves that an id of any bytes is one segment of the wire's path, and that it is that id.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"42", "name@domain.com", "a/b", "??>", "~~~", "..", "\xff", strings.Repeat("é", 300), "base64|YQ=="} {
		f.Add(seed)
	}
	c, err := New(Config{BaseURL: "https://host.example", ClientID: "me", Secret: func() (string, error) { return "s", nil }})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id string) {
		u, query, bad := c.locate(identity.ByExternalID, id)
		require.Equal(t, upstream.CheckID(id) != nil || len(id) > maxValue, bad != nil)
		if bad != nil {
			return
		}
		u.RawQuery = query.Encode()
		req, err := http.NewRequest(http.MethodDelete, u.String(), nil)
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, req.Write(&b))
		got, err := http.ReadRequest(bufio.NewReader(&b))
		require.NoError(t, err)
		raw, _, _ := strings.Cut(got.RequestURI, "?")
		require.Equal(t, api+at(id), raw)
		require.Equal(t, path.Clean(raw), raw)
		require.Equal(t, "Name=ExternalId", got.URL.RawQuery)
	})
}

func TestAListThatIsNotWhatWasPromisedIsNoEmptyOne(t *testing.T) {
	t.Parallel()
	for body, good := range map[string]bool{
		`{"Meta":{"TotalItems":0},"Data":[]}`: true, `{"Meta":{},"Data":null}`: true, `{}`: false, `{"Data":[]}`: false, `null`: false, `[]`: false,
		`{"Meta":{"TotalItems":3},"Data":null}`: false, `{"Meta":{"TotalItems":1},"Data":[{}]}`: false, `{"Meta":{},"Data":[],"data":[]}`: false, missing: false,
	} {
		s := serve(t, map[string]reply{"GET /Accounts": {body: body}})
		_, err := connect(t, s).Find(t.Context(), identity.Query{Text: "Jane Doe"})
		require.Equal(t, good, err == nil, "%s: %v", body, err)
	}
}

func FuzzProblem(f *testing.F) {
	f.Add(400, []byte(`{"Errors":["x"],"Type":"/Errors/Multible Rows","Title":"Bad Request","StatusCode":400,"Instance":"/","RequestKey":"k"}`))
	f.Add(404, []byte(`{"Type":5}`))
	f.Add(500, []byte(missing))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		p := explain(status, body)
		if p.Kind != fault.Internal && !p.Known {
			t.Fatal("a body of no known shape said what happened")
		}
	})
}
