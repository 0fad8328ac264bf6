package upstream

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJSONThatTwoReadersCouldUnderstandDifferentlyIsRefused(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		`{}`, `[]`, `null`, `"x"`, ` {"a":{"b":1},"b":[{"a":1},{"a":2}]} `, `{"attributes":{"Mail":"a","mail":"b"}}`, `{"a":[[],[{}]],"b":"a"}`,
		strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
	} {
		var v any
		require.NoError(t, Decode([]byte(good), &v), good)
	}
	for _, bad := range []string{
		``, ` `, `{`, `{"a":1}}`, `{"a":1}x`, `{"a":1} {}`, `{"a":1,"a":1}`, `{"a":1,"A":1}`, `{"\u0061":1,"a":1}`, `{"s":1,"ſ":1}`, `[{"x":{"a":1,"a":1}}]`,
		`{"attributes":{"a":1,"a":2}}`, `{"a":1,}`, `{'a':1}`, `NaN`, `{"a":01}`, strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
		"{\"a\":\"\n\"}", `{"a" "b"}`,
	} {
		var v any
		require.Error(t, Decode([]byte(bad), &v), bad)
	}
	var typed struct{ Phone string }
	err := Decode([]byte(`{"Phone":4915112345678}`), &typed)
	require.ErrorContains(t, err, "Phone")
	require.NotContains(t, err.Error(), "4915", "an error never holds a value")
}

// FuzzDecode proves that what is accepted has one meaning: it survives being written and read again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"id":"a"}`, `{"id":"a","ID":"b"}`, `[1,2,{"a":null}]`, `{"a":{"a":{"a":[]}}}`, `"\ud800"`, `{"attributes":{"a":1}}`, `[[[`, `1e400`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v any
		if Decode(body, &v) != nil {
			return
		}
		require.True(t, json.Valid(body))
		again, err := json.Marshal(v)
		require.NoError(t, err)
		var w any
		require.NoError(t, Decode(again, &w))
		require.Equal(t, v, w)
	})
}
