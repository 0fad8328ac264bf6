package tools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

const helloAndAsk = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"raw","version":"1"}}}`

// removal is a call without a reason.
const removal = `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"remove_account","arguments":{"account":"jane","wait_seconds":0}}}`

func TestOverStreamsAQuestionIsAskedByTheNewProtocol(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *world, streams serveStreams, _ executor.Door) {
		k := streams.talk(t)
		p := map[string]any{"name": "remove_account", "arguments": map[string]any{"account": "jane", "wait_seconds": 0}, "_meta": map[string]any{
			"io.modelcontextprotocol/protocolVersion": modern, "io.modelcontextprotocol/clientInfo": map[string]string{"name": "s", "version": "1"},
			"io.modelcontextprotocol/clientCapabilities": map[string]any{"elicitation": form}}}
		k.say(modernBody("tools/call", p))
		var asked struct{ ResultType, RequestState string }
		require.NoError(t, json.Unmarshal(k.hear().Result, &asked))
		require.Equal(t, "input_required", asked.ResultType)
		p["requestState"], p["inputResponses"] = asked.RequestState, map[string]any{"answer": honest("reason", nil)}
		k.say(modernBody("tools/call", p))
		got := k.hear().result(t)
		require.Equal(t, "awaiting_approval", got.StructuredContent.Status, got.text())
		require.Equal(t, "left", got.StructuredContent.Reason)
		require.Zero(t, w.up.sent())
	})
}

// A server in the client's own process has no way back to it in the old protocol; a bridge has the server's.
func TestOverStreamsTheOldProtocolAsksWhereThereIsAWay(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *world, streams serveStreams, door executor.Door) {
		k := streams.talk(t)
		k.say(helloAndAsk)
		k.hear()
		k.say(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
		k.say(removal)
		if door == executor.DoorStdio {
			tellsWhatLacks(t, k.hear().result(t))
			return
		}
		line, err := k.out.ReadString('\n')
		require.NoError(t, err)
		var question struct {
			ID     json.RawMessage
			Method string
			Params elicitation
		}
		require.NoError(t, json.Unmarshal([]byte(line), &question))
		require.Equal(t, "elicitation/create", question.Method)
		field, _ := question.Params.asks(t)
		require.Equal(t, "reason", field)
		k.say(strings.Replace(`{"jsonrpc":"2.0","id":ID,"result":{"action":"accept","content":{"reason":"left"}}}`, "ID", string(question.ID), 1))
		got := k.hear().result(t)
		require.Equal(t, "awaiting_approval", got.StructuredContent.Status, got.text())
		require.Zero(t, w.up.sent())
	})
}

// tellsWhatLacks checks that an error says what to do differently, and that nothing has happened.
func tellsWhatLacks(t *testing.T, got result) {
	t.Helper()
	require.True(t, got.IsError)
	require.Equal(t, "invalid", got.StructuredContent.Error.Kind)
	require.Contains(t, got.text(), "- reason: ")
	require.Contains(t, got.text(), "Nothing was changed.")
}

func TestOverStreamsAClientThatCannotBeAskedIsToldWhatLacksAndWhatThereIs(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, w *world, streams serveStreams, _ executor.Door) {
		k := streams.talk(t)
		k.say(hello)
		k.hear()
		k.say(removal)
		tellsWhatLacks(t, k.hear().result(t))
		k.say(strings.Replace(removal, `"account":"jane"`, `"account":"several","reason":"left"`, 1))
		got := k.hear().result(t)
		require.True(t, got.IsError)
		require.Equal(t, "conflict", got.StructuredContent.Error.Kind)
		require.Contains(t, got.text(), `- "a1": name "jane\u{a}`, "the candidates, each with what tells it apart")
		_, n, err := w.exec.List(t.Context(), executor.Actor{Principal: riley}, false, 10, 0)
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

// An answer goes to the session that was asked, and to nobody else's.
func TestAnAnswerFromAnotherSessionIsNotHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := w.serve().URL
	theirs := post(t, url, hello, "Authorization", "Bearer "+baosToken).header.Get("Mcp-Session-Id")
	for id := range 5 {
		body := strings.Replace(`{"jsonrpc":"2.0","id":ID,"result":{"action":"accept","content":{"reason":"left"}}}`, "ID", string(rune('0'+id)), 1)
		require.Equal(t, 202, post(t, url, body, "Authorization", "Bearer "+baosToken, "Mcp-Session-Id", theirs).status, "nothing is told about what waits")
		require.Equal(t, 404, post(t, url, body, "Authorization", "Bearer "+rileysToken, "Mcp-Session-Id", theirs).status)
	}
}
