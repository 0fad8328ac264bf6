package tools_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

func TestAnIDComesBackAsItWasSentDownToTheLastDigit(t *testing.T) {
	t.Parallel()
	const list = `{"jsonrpc":"2.0","id":%s,"method":"%s","params":{"uri":"accountops://none"}}`
	ids := []string{`12345678901234567890`, `9007199254740993`, `-9007199254740993`, `1.0`, `1e3`, `-5`, `"12345678901234567890"`, `"a"`}
	eachWay(t, func(t *testing.T, _ *world, streams serveStreams, _ executor.Door) {
		k := streams.talk(t)
		k.say(hello)
		k.hear()
		for _, id := range ids {
			for _, method := range []string{"tools/list", "no/such", "resources/read"} {
				k.say(fmt.Sprintf(list, id, method))
				require.Equal(t, id, string(k.hear().ID), method)
			}
		}
	})
	t.Run("HTTP", func(t *testing.T) {
		t.Parallel()
		url := newWorld(t).serve().URL
		session := post(t, url, hello).header.Get("Mcp-Session-Id")
		for _, id := range ids {
			for _, method := range []string{"tools/list", "no/such", "resources/read"} {
				require.Equal(t, id, string(post(t, url, fmt.Sprintf(list, id, method), "Mcp-Session-Id", session).body.ID), method)
				body := strings.Replace(modernBody(method, map[string]any{"uri": "accountops://none"}), `"id":7`, `"id":`+id, 1)
				r := post(t, url, body, "Mcp-Protocol-Version", modern, "Mcp-Method", method, "Mcp-Name", "accountops://none")
				require.Equal(t, id, string(r.body.ID), r.text)
			}
		}
	})
}

func TestACancellationOverHTTPFindsTheCallOfALargeID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	session := []string{"Mcp-Session-Id", post(t, url, hello).header.Get("Mcp-Session-Id")}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(fmt.Sprintf(legacyRemoval, "9007199254740993")))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(session[0], session[1])
	answers := make(chan string, 1)
	go func() {
		if resp, err := http.DefaultClient.Do(req); err == nil {
			text, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			answers <- string(text)
		}
	}()
	w.opened()
	require.Equal(t, 202, post(t, url, fmt.Sprintf(legacyCancel, "9007199254740992"), session...).status)
	require.Empty(t, answers, "that was another call's")
	require.Equal(t, 202, post(t, url, fmt.Sprintf(legacyCancel, "9007199254740993"), session...).status)
	select {
	case got := <-answers:
		require.Contains(t, got, `"id":9007199254740993,`)
	case <-time.After(20 * time.Second):
		require.Fail(t, "it waits on")
	}
}
