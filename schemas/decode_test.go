package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/schemas"
)

func decode(raw string) (sample, *fault.Error) {
	var into sample
	err := schemas.Of[sample]().Decode(json.RawMessage(raw), &into)
	if err == nil {
		return into, nil
	}
	return into, err.(*fault.Error) //nolint:errorlint // Decode promises exactly this type
}

func TestAGoodInputIsReadAsItIs(t *testing.T) {
	t.Parallel()
	got, err := decode(`{"account":" jane doe ","reason":"left\non Friday","limit":5.0,"open":true,"tags":["a"],"attributes":{"dn":"CN=x","empty":""}}`)
	require.Nil(t, err)
	require.Equal(t, sample{where: where{Account: " jane doe "}, Reason: "left\non Friday", Limit: 5, Open: true, Tags: []string{"a"},
		Attributes: map[string]string{"dn": "CN=x", "empty": ""}}, got)
}

func TestEveryProblemIsToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := decode(`{"reasn":"x","approved":true,"system":"sailpont","limit":900,"open":"yes","tags":"a","attributes":{"a":1}}`)
	require.Equal(t, fault.Invalid, err.Kind)
	require.Equal(t, []fault.Field{
		{Name: "approved", Sentence: "There is no such field."},
		{Name: "reasn", Sentence: "There is no such field; did you mean reason?"},
		{Name: "account", Sentence: "This is required."},
		{Name: "system", Sentence: "This must be one of sailpoint, esystems; did you mean sailpoint?"},
		{Name: "reason", Sentence: "This is required."},
		{Name: "limit", Sentence: "This must be between 1 and 250."},
		{Name: "open", Sentence: "This must be true or false, not a text."},
		{Name: "tags", Sentence: "This must be a list of texts, not a text."},
		{Name: "attributes", Sentence: "Every value must be a text without control characters: write numbers in quotes."},
	}, err.Fields)
	require.Equal(t, "approved: there is no such field. reasn: there is no such field; did you mean reason? account: this is required. "+
		"system: this must be one of sailpoint, esystems; did you mean sailpoint? reason: this is required. limit: this must be between 1 and 250. "+
		"open: this must be true or false, not a text. tags: this must be a list of texts, not a text. "+
		"attributes: every value must be a text without control characters: write numbers in quotes. "+
		"The fields are account, system, reason, external_verification_id, limit, open, tags, attributes. Nothing was changed.", err.Sentence)
}

func TestWrongInputsAreRefusedWithASentence(t *testing.T) {
	t.Parallel()
	ok := `"account":"jane","reason":"left"`
	for name, c := range map[string]struct{ raw, sentence string }{
		"null":             {`null`, "The input must be a JSON object, not null (leave it out instead)."},
		"a list":           {`[]`, "The input must be a JSON object, not a list."},
		"a text":           {`"jane"`, "The input must be a JSON object, not a text."},
		"broken":           {`{"account":`, "The input is not one JSON object (at byte 11)."},
		"trailing":         {`{} {}`, "The input is not one JSON object (at byte 4)."},
		"not UTF-8":        {"{\"account\":\"\xff\"}", "The input is not UTF-8 text."},
		"too large":        {`{"account":"` + strings.Repeat("a", 65<<10) + `"}`, "The input is larger than 64 KiB."},
		"too deep":         {`{"account":[[[[[1]]]]]}`, "The input is nested too deeply."},
		"doubled":          {`{"account":"a","account":"b","reason":"left"}`, "account: this is given twice."},
		"doubled inside":   {`{` + ok + `,"attributes":{"a":"1","a":"2"}}`, "attributes.a: this is given twice."},
		"another case":     {`{` + ok + `,"Account":"b"}`, "Account: there is no such field; did you mean account?"},
		"a null field":     {`{` + ok + `,"limit":null}`, "limit: this must be a whole number, not null (leave it out instead)."},
		"a number":         {`{` + ok + `,"system":7}`, "system: this must be text, not a number."},
		"a number in text": {`{` + ok + `,"limit":"1"}`, "limit: this must be a whole number, not a text."},
		"a fraction":       {`{` + ok + `,"limit":1.5}`, "limit: this must be a whole number."},
		"a huge number":    {`{` + ok + `,"limit":1e300}`, "limit: this must be a whole number."},
		"only spaces":      {`{"account":" \t ","reason":"left"}`, "account: this is required."},
		"too short":        {`{"account":"jane","reason":"x"}`, "reason: this must have at least 3 characters."},
		"too long":         {`{"account":"` + strings.Repeat("ü", 21) + `","reason":"left"}`, "account: this may have at most 20 characters; it has 21."},
		"a control":        {`{"account":"a\u0000b","reason":"left"}`, "account: this holds a control character or one that could not be read."},
		"an escape":        {`{"account":"a\u001b[1mb","reason":"left"}`, "account: this holds a control character or one that could not be read."},
		"half a pair":      {`{"account":"a\ud800b","reason":"left"}`, "account: this holds a control character or one that could not be read."},
		"an empty entry":   {`{` + ok + `,"tags":["a"," "]}`, "tags: every entry must be a text that is not empty."},
		"an empty name":    {`{` + ok + `,"attributes":{"":"x"}}`, "attributes: a name in it is empty, too long or holds a control character."},
		"a hostile field":  {`{` + ok + `,"a\nb":1}`, "a?b: there is no such field."},
	} {
		_, err := decode(c.raw)
		require.NotNil(t, err, name)
		require.Equal(t, fault.Invalid, err.Kind, name)
		require.True(t, strings.HasPrefix(err.Sentence, c.sentence), "%s: %s", name, err.Sentence)
		require.True(t, strings.HasSuffix(err.Sentence, "Nothing was changed."), name)
	}
}

func TestNothingCountsAsAnEmptyObject(t *testing.T) {
	t.Parallel()
	_, err := decode("")
	require.Equal(t, "account: this is required. reason: this is required. Nothing was changed.", err.Sentence)
}

func TestALongListOfProblemsIsCutShort(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range 200 {
		many[strings.Repeat("x", i+70)] = "y"
	}
	raw, err := json.Marshal(many)
	require.NoError(t, err)
	_, problem := decode(string(raw))
	require.LessOrEqual(t, len(problem.Fields), 12)
	require.Less(t, len(problem.Sentence), 3000)
}

func TestAnOptionalFieldThatIsEmptyCountsAsNotGiven(t *testing.T) {
	t.Parallel()
	got, err := decode(`{"account":"jane","reason":"left","system":"","tags":[],"attributes":{}}`)
	require.Nil(t, err)
	require.Equal(t, sample{where: where{Account: "jane"}, Reason: "left"}, got)
}

func TestTheClosestWordIsTheOneThatWasMeant(t *testing.T) {
	t.Parallel()
	among := []string{"remove", "delete", "disable", "deletions", "show", "status", "find"}
	for word, want := range map[string]string{
		"remvoe": "remove", "Remove": "remove", "rm": "", "dele": "", "disabel": "disable", "shwo": "show", "stat": "status", "zzzzzz": "", "x": "", "": "",
	} {
		require.Equal(t, want, schemas.Closest(word, among), word)
	}
}

func FuzzDecode(f *testing.F) {
	s := schemas.Of[sample]()
	for _, seed := range []string{`{"account":"jane","reason":"left"}`, `{"limit":1e2}`, `[`, `{"attributes":{"a":"b"}}`, `{"a":{"b":{"c":{"d":{"e":1}}}}}`, "{\"\\ud800\":0}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var into sample
		err := s.Decode(raw, &into)
		if err == nil {
			require.NotEmpty(t, strings.TrimSpace(into.Account))
			return
		}
		require.True(t, fault.Is(err, fault.Invalid), "%v", err)
		require.True(t, strings.HasSuffix(err.(*fault.Error).Sentence, "Nothing was changed.")) //nolint:errorlint // Decode promises exactly this type
	})
}
