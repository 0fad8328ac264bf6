package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/schemas"
)

func TestWordsAreReadAsPeopleMeanThem(t *testing.T) {
	t.Parallel()
	type w = schemas.Word
	for text, want := range map[string]schemas.Words{
		"":        {},
		"  \t\n ": {},
		"Remove":  {Verb: "remove", Rest: []w{}},
		`remove jane.doe source="Corporate AD" reason="left on Friday, HR-1042"`: {Verb: "remove",
			Rest: []w{{"", "jane.doe"}, {"source", "Corporate AD"}, {"reason", "left on Friday, HR-1042"}}},
		"remove “Jane Doe” reason=‘gone for good’":      {Verb: "remove", Rest: []w{{"", "Jane Doe"}, {"reason", "gone for good"}}},
		`remove „Jane Doe“ reason=«parti»`:              {Verb: "remove", Rest: []w{{"", "Jane Doe"}, {"reason", "parti"}}},
		`remove “Jane Doe" reason="mixed up”`:           {Verb: "remove", Rest: []w{{"", "Jane Doe"}, {"reason", "mixed up"}}},
		`remove O'Brien reason='she's left'`:            {Verb: "remove", Rest: []w{{"", "O'Brien"}, {"reason", "she's left"}}},
		`remove ’Jane Doe’ reason=don’t`:                {Verb: "remove", Rest: []w{{"", "Jane Doe"}, {"reason", "don’t"}}},
		`remove "Jane” reason=“left"`:                   {Verb: "remove", Rest: []w{{"", "Jane"}, {"reason", "left"}}},
		"remove `jane.doe`":                             {Verb: "remove", Rest: []w{{"", "jane.doe"}}},
		`remove "the \"old\" one"`:                      {Verb: "remove", Rest: []w{{"", `the "old" one`}}},
		`remove "CORP\jane"`:                            {Verb: "remove", Rest: []w{{"", `CORP\jane`}}},
		`remove account=""`:                             {Verb: "remove", Rest: []w{{"account", ""}}},
		`remove account=abc==`:                          {Verb: "remove", Rest: []w{{"account", "abc=="}}},
		`remove "CN=Jane Doe,OU=x"`:                     {Verb: "remove", Rest: []w{{"", "CN=Jane Doe,OU=x"}}},
		`account=jane`:                                  {Rest: []w{{"account", "jane"}}},
		`show <mailto:jane@x.org|jane@x.org>`:           {Verb: "show", Rest: []w{{"", "jane@x.org"}}},
		`show account="<mailto:jane@x.org|jane@x.org>"`: {Verb: "show", Rest: []w{{"account", "jane@x.org"}}},
		`show <mailto:jane@x.org>`:                      {Verb: "show", Rest: []w{{"", "jane@x.org"}}},
		`show <https://jane.doe|jane.doe>`:              {Verb: "show", Rest: []w{{"", "jane.doe"}}},
		`show <https://x.org/a?b=c&amp;d>`:              {Verb: "show", Rest: []w{{"", "https://x.org/a?b=c&d"}}},
		`show <@U0REQUESTER|riley.park>`:                {Verb: "show", Rest: []w{{"", "riley.park"}}},
		`show <@U0REQUESTER>`:                           {Verb: "show", Rest: []w{{"", "@U0REQUESTER"}}},
		`show A&amp;B &lt;c&gt; &amp;lt;`:               {Verb: "show", Rest: []w{{"", "A&B"}, {"", "<c>"}, {"", "&lt;"}}},
		"show\u00a0jane":                                {Verb: "show", Rest: []w{{"", "jane"}}},
		`create x attributes.department=Sales`:          {Verb: "create", Rest: []w{{"", "x"}, {"attributes.department", "Sales"}}},
	} {
		got, err := schemas.ParseWords(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestAQuoteThatIsNotClosedIsNamed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`remove "jane doe`, `remove account="jane",reason="x y"`, "remove “jane", `remove 'jane doe`, "remove «jane"} {
		_, err := schemas.ParseWords(text)
		require.True(t, fault.Is(err, fault.Invalid), text)
		require.Contains(t, err.Error(), "jane", text)
		require.Contains(t, err.Error(), "not closed", text)
		require.True(t, strings.HasSuffix(err.Error(), "Nothing was changed."), text)
	}
	_, err := schemas.ParseWords("a\xff")
	require.True(t, fault.Is(err, fault.Invalid))
	_, err = schemas.ParseWords(strings.Repeat("a ", 64<<10))
	require.True(t, fault.Is(err, fault.Invalid))
}

func fill(t *testing.T, text string) (string, error) {
	t.Helper()
	words, err := schemas.ParseWords("verb " + text)
	require.NoError(t, err)
	raw, err := schemas.Of[sample]().FromWords(words.Rest)
	return string(raw), err
}

func TestWordsFillTheFieldsWithTheRightTypes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                            `{}`,
		`jane reason="left early"`:    `{"account":"jane","reason":"left early"}`,
		`reason=left jane`:            `{"account":"jane","reason":"left"}`,
		`Account=jane`:                `{"account":"jane"}`,
		`jane open`:                   `{"account":"jane","open":true}`,
		`open`:                        `{"open":true}`,
		`open=no limit=007`:           `{"open":false,"limit":7}`,
		`limit=ten`:                   `{"limit":"ten"}`,
		`open=perhaps`:                `{"open":"perhaps"}`,
		`system=SailPoint`:            `{"system":"sailpoint"}`,
		`external-verification-id=77`: `{"external_verification_id":"77"}`,
		`tags=a,b tags=c`:             `{"tags":["a","b","c"]}`,
		`attributes.department=Sales attribute.Title="Head of"`: `{"attributes":{"department":"Sales","Title":"Head of"}}`,
		`attributes.a.b=c`: `{"attributes":{"a.b":"c"}}`,
	} {
		got, err := fill(t, text)
		require.NoError(t, err, text)
		require.JSONEq(t, want, got, text)
	}
}

func TestWordsThatFitNowhereAreNamedWithTheValidFields(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`reasn=x colour=red`:           `reasn: there is no such field; did you mean reason? colour: there is no such field. If colour=red is one word of yours, put it in quotes. The fields are account, system, reason, external_verification_id, limit, open, tags, attributes. Nothing was changed.`,
		`Jane Doe`:                     `Doe: there is no field for this word. Put words that belong together in quotes: "Jane Doe". Nothing was changed.`,
		`account=Jane Doe`:             `Doe: there is account=… already; put words that belong together in quotes, such as reason="two words". Nothing was changed.`,
		`limit=1 limit=2`:              `limit: this is given twice. Nothing was changed.`,
		`attributes=x`:                 `attributes: give its entries one by one, as attributes.name=value. Nothing was changed.`,
		`attributes.a=1 attribute.a=2`: `attributes.a: this is given twice. Nothing was changed.`,
	} {
		_, err := fill(t, text)
		require.True(t, fault.Is(err, fault.Invalid), text)
		require.Equal(t, want, err.Error(), text)
	}
}

func TestWhatWordsCannotSayIsLeftToDecode(t *testing.T) {
	t.Parallel()
	raw, err := fill(t, `jane reason="left early" limit=ten`)
	require.NoError(t, err)
	_, problem := decode(raw)
	require.Equal(t, "limit: this must be a whole number, not a text. Nothing was changed.", problem.Sentence)
}

func FuzzParseWords(f *testing.F) {
	s := schemas.Of[sample]()
	for _, seed := range []string{`remove jane reason="a b"`, "“a ”", `<mailto:a|b>`, `a='`, `x attributes.a=b open limit=3`, "&amp;lt;", "\"\\\"\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, err := schemas.ParseWords(text)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid))
			return
		}
		raw, err := s.FromWords(words.Rest)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid))
			return
		}
		require.True(t, json.Valid(raw))
		var into sample
		if err := s.Decode(raw, &into); err != nil {
			require.True(t, fault.Is(err, fault.Invalid))
		}
	})
}
