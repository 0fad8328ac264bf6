package tools_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

// rest ends the input and gives all that is said until everything under way has ended.
func (k *talk) rest() string {
	k.t.Helper()
	require.NoError(k.t, k.in.Close())
	text, err := io.ReadAll(k.out)
	require.NoError(k.t, err)
	require.NoError(k.t, <-k.done)
	return string(text)
}

const (
	legacyRemoval = `{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"remove_account","arguments":{"account":"jane","reason":"left","wait_seconds":45}}}`
	legacyCancel  = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s}}`
	modernCancel  = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`
)

func TestACancelledCallIsNotAnsweredAndItsRequestStays(t *testing.T) {
	t.Parallel()
	modernRemoval := modernBody("tools/call", map[string]any{"name": "remove_account", "arguments": map[string]any{
		"account": "jane", "reason": "left", "wait_seconds": 45}})
	for era, c := range map[string]struct{ call, cancel string }{
		"legacy": {fmt.Sprintf(legacyRemoval, "7"), fmt.Sprintf(legacyCancel, "7")}, "named": {fmt.Sprintf(legacyRemoval, `"a"`), fmt.Sprintf(legacyCancel, `"a"`)},
		"modern": {modernRemoval, modernCancel},
	} {
		t.Run(era, func(t *testing.T) {
			t.Parallel()
			eachWay(t, func(t *testing.T, w *world, streams serveStreams, _ executor.Door) {
				k := streams.talk(t)
				k.say(hello)
				k.hear()
				k.say(c.call)
				id := w.opened()
				k.say(c.cancel)
				require.Empty(t, k.rest(), "it waits no longer, and is not answered")
				r, err := w.exec.Show(t.Context(), id)
				require.NoError(t, err)
				require.Equal(t, executor.Pending, r.State, "what was asked for is withdrawn, not cancelled")
			})
		})
	}
}

func TestACancellationOfAnotherCallDropsNoAnswer(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *world, streams serveStreams, _ executor.Door) {
		k := streams.talk(t)
		k.say(hello)
		k.hear()
		k.say(fmt.Sprintf(legacyRemoval, "7"))
		id := w.opened()
		for _, other := range []string{"8", "70", `"other"`} {
			k.say(fmt.Sprintf(legacyCancel, other))
		}
		w.approve(id)
		answer := k.hear()
		require.Equal(t, "7", string(answer.ID))
		require.Contains(t, string(answer.Result), `"verified"`)
		k.say(fmt.Sprintf(legacyCancel, "7")) // too late
		k.say(`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"find_accounts","arguments":{}}}`)
		require.Contains(t, k.rest(), `"id":7`, "the id is used again, and the old cancellation is not for it")
	})
}

// A server may answer all the same: it need not have heard of the cancellation yet.
func TestTheBridgeDropsAnAnswerThatComesAfterTheCancellation(t *testing.T) {
	t.Parallel()
	arrived, told := make(chan struct{}), make(chan string, 1)
	url := serveAny(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if strings.Contains(string(body), "notifications/cancelled") {
			rw.WriteHeader(http.StatusAccepted)
			told <- string(body)
			return
		}
		if err == nil {
			close(arrived)
			<-r.Context().Done()
		}
		_, _ = io.WriteString(rw, `{"jsonrpc":"2.0","id":7,"result":{}}`)
	}))
	k := bridgeTo(url, "").talk(t)
	k.say(fmt.Sprintf(legacyRemoval, "7"))
	<-arrived
	k.say(fmt.Sprintf(legacyCancel, "7"))
	require.Contains(t, <-told, `"requestId":7`, "a server of the older protocol hears it by the notification")
	require.Empty(t, k.rest())
}
