package tools_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnAnswerThatNobodyAskedForIsTakenInSilence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	session := post(t, url, hello).header.Get("Mcp-Session-Id")
	k := w.stdio().talk(t)
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":777,"result":{}}`, `{"jsonrpc":"2.0","id":777,"result":{"a":1}}`, `{"jsonrpc":"2.0","id":"x","result":{"a":1}}`,
		`{"jsonrpc":"2.0","id":777,"error":{"code":1,"message":"no"}}`, `{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"no"}}`,
	} {
		r := post(t, url, line, "Mcp-Session-Id", session)
		require.Equal(t, 202, r.status, line)
		require.Empty(t, r.text, line)
		k.say(line)
		k.say(`{"jsonrpc":"2.0","id":4,"method":"ping"}`)
		require.Equal(t, "4", string(k.hear().ID), line)
	}
	require.NotContains(t, w.logged.String(), session, "a session id lets in whoever has its token too")
	require.NotContains(t, w.logged.String(), "level=ERROR")
	require.NotContains(t, w.logged.String(), "level=WARN")
}
