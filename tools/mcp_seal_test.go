package tools

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAQuestionIsTakenBackOnceByItsOwnCallWhileItIsFresh(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	q, err := newQuestions(func() time.Time { return now })
	require.NoError(t, err)
	digest := digestOf(json.RawMessage(`{"account":"jane"}`))
	seal := func() string {
		state, err := q.seal(question{Principal: "slack:T0:URILEY", Tool: "remove_account", Digest: digest, Field: "reason", Answers: map[string]string{"account": "secret-canary"}})
		require.NoError(t, err)
		return state
	}
	state := seal()
	raw, err := base64.RawURLEncoding.DecodeString(state)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "canary", "a client cannot read it")
	require.NotEqual(t, state, seal())

	asked, err := q.open(state, "slack:T0:URILEY", "remove_account", digest)
	require.NoError(t, err)
	require.Equal(t, "secret-canary", asked.Answers["account"])
	_, err = q.open(state, "slack:T0:URILEY", "remove_account", digest)
	require.ErrorIs(t, err, errNoQuestion, "a second time")
	_, err = q.open(seal(), "slack:T0:UBAO", "remove_account", digest)
	require.ErrorIs(t, err, errNoQuestion, "somebody else")
	_, err = q.open(seal(), "slack:T0:URILEY", "delete_account", digest)
	require.ErrorIs(t, err, errNoQuestion, "another tool")
	_, err = q.open(seal(), "slack:T0:URILEY", "remove_account", digestOf(json.RawMessage(`{"account":"bao"}`)))
	require.ErrorIs(t, err, errNoQuestion, "other arguments")

	late := seal()
	now = now.Add(questionLife - time.Second)
	_, err = q.open(state, "slack:T0:URILEY", "remove_account", digest)
	require.ErrorIs(t, err, errNoQuestion, "it is remembered as used for as long as it would be good")
	now = now.Add(time.Second)
	_, err = q.open(late, "slack:T0:URILEY", "remove_account", digest)
	require.ErrorIs(t, err, errNoQuestion, "too late")
	_, err = q.open(seal(), "slack:T0:URILEY", "remove_account", digest)
	require.NoError(t, err)
	require.Len(t, q.used, 1, "what nobody can use any more is forgotten")

	other, err := newQuestions(func() time.Time { return now })
	require.NoError(t, err)
	_, err = other.open(seal(), "slack:T0:URILEY", "remove_account", digest)
	require.ErrorIs(t, err, errNoQuestion, "another process")
}

func TestTheSameArgumentsHaveTheSameDigestHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	same := digestOf(json.RawMessage(`{"account":"jane","wait_seconds":5}`))
	require.Equal(t, same, digestOf(json.RawMessage(` { "wait_seconds" : 5, "account":"j\u0061ne" }`)))
	for _, other := range []string{`{"account":"jane"}`, `{"account":"Jane","wait_seconds":5}`, `{"account":"jane","wait_seconds":"5"}`, `[]`, ``} {
		require.NotEqual(t, same, digestOf(json.RawMessage(other)), other)
	}
}

func FuzzNoStateOfAClientOpens(f *testing.F) {
	q, err := newQuestions(time.Now)
	require.NoError(f, err)
	good, err := q.seal(question{Principal: "p", Tool: "t"})
	require.NoError(f, err)
	f.Add(good[:len(good)-2])
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, state string) {
		if strings.NewReplacer("\r", "", "\n", "").Replace(state) == good { // base 64 may be broken into lines
			return
		}
		_, err := q.open(state, "p", "t", [32]byte{})
		require.Error(t, err)
	})
}
