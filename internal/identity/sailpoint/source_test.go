package sailpoint

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

func TestASourceIsFoundByNameOrID(t *testing.T) {
	t.Parallel()
	const id = "2c9180835d2e5168015d32f890ca1581"
	one := `{"id":"` + id + `","name":"Corporate AD","type":"AD","connectionType":"direct"}`
	s := serve(t, map[string]reply{
		`GET /sources/v1?name eq "Corporate AD"`: {body: "[" + one + "]"}, "GET /sources/v1/" + id: {body: one},
		`GET /sources/v1?name eq "Twin"`: {body: `[{"id":"x1","name":"Twin","type":"AD"},{"id":"x2","name":"twin","type":"JDBC","owner":{"name":"O"}},{"id":"x3","name":"Twin 2"}]`},
		"GET /sources/v1":                {body: `[]`},
	})
	c := connect(t, s)
	for _, text := range []string{"Corporate AD", id} {
		got, err := c.Source(t.Context(), text)
		require.NoError(t, err)
		require.Equal(t, identity.Source{ID: id, Name: "Corporate AD", Type: "AD", Direct: true}, got)
	}
	_, err := c.Source(t.Context(), "Twin")
	e, _ := err.(*fault.Error) //nolint:errorlint // it is returned bare
	require.Equal(t, fault.Conflict, e.Kind)
	require.Contains(t, e.Sentence, `Say which by its id: x1 (type "AD", owner ""); x2 (type "JDBC", owner "O"). Nothing was changed.`)
	require.Empty(t, e.Choices, "faces offer choices in place of the account")
	_, err = c.Source(t.Context(), "Nowhere")
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = c.Source(t.Context(), "")
	require.True(t, fault.Is(err, fault.Invalid))
}

func TestSourcesAreListedByAPartOfTheirNameAndThoseThatBeginWithItFirst(t *testing.T) {
	t.Parallel()
	ad, crm := `{"id":"s1","name":"Corporate AD","type":"AD","owner":{"name":"Ines"}}`, `{"id":"s2","name":"Acme Corp CRM"}`
	odd := `{"id":"s3","name":"Nothing of the kind"}`
	s := serve(t, map[string]reply{
		`GET /sources/v1?name sw "corp"`: {body: "[" + ad + "]"}, `GET /sources/v1?name co "corp"`: {body: "[" + crm + "," + ad + "," + odd + "]"},
		"GET /sources/v1": {body: "[" + crm + "," + ad + "]"},
	})
	c := connect(t, s)
	first, second := identity.Source{ID: "s1", Name: "Corporate AD", Type: "AD", Owner: "Ines"}, identity.Source{ID: "s2", Name: "Acme Corp CRM"}
	got, err := c.Sources(t.Context(), "corp", 7)
	require.NoError(t, err)
	require.Equal(t, []identity.Source{first, second}, got, "each once, even if ISC should answer more than was asked for")
	require.Len(t, s.lines(), 2)
	for _, line := range s.lines() {
		require.Contains(t, line, "sorters=name")
		require.Contains(t, line, "limit=7")
	}
	got, err = c.Sources(t.Context(), "corp", 1)
	require.NoError(t, err)
	require.Equal(t, []identity.Source{first}, got)

	before := len(s.lines())
	got, err = c.Sources(t.Context(), "", 9)
	require.NoError(t, err)
	require.Equal(t, []identity.Source{second, first}, got)
	require.Equal(t, []string{"GET /sources/v1?limit=9&sorters=name"}, s.lines()[before:])
}

func TestSourcesThatMayNotBeReadAreToldFromSourcesThatFail(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]fault.Kind{403: fault.Denied, 400: fault.Upstream} {
		s := serve(t, map[string]reply{"GET /sources/v1": {status: status, body: `{}`}})
		_, err := connect(t, s).Sources(t.Context(), "corp", 7)
		require.Equal(t, kind, fault.KindOf(err), status)
	}
	s := serve(t, map[string]reply{`GET /sources/v1?name co "corp"`: {status: 403, body: `{}`}, "GET /sources/v1": {body: `[]`}})
	_, err := connect(t, s).Sources(t.Context(), "corp", 7)
	require.True(t, fault.Is(err, fault.Denied), "half a list is none")
	for _, part := range []string{"a\nb", "\xff", strings.Repeat("a", 513)} {
		_, err := connect(t, s).Sources(t.Context(), part, 7)
		require.True(t, fault.Is(err, fault.Invalid), "%q", part)
	}
	_, err = connect(t, s).Sources(t.Context(), `") or (id sw "`, 7)
	require.NoError(t, err)
	require.Contains(t, strings.Join(s.lines(), "\n"), url.PathEscape(`name co "\") or (id sw \""`), "a filter's string ends where it should")
}
