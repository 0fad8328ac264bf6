package slackbot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/slackemu"
)

// installed installs the app as its manifest says, with its shortcuts.
func installed(t *testing.T) func(*slackemu.Seed) {
	return func(s *slackemu.Seed) {
		var err error
		s.App, _, err = slackemu.Install(s.App, Manifest(newSystem().operations()))
		require.NoError(t, err)
	}
}

// form waits until somebody has a form open that has a field, and gives it.
func (w *world) form(user, field string) map[string]any {
	w.t.Helper()
	var form map[string]any
	w.until("the form is open at "+field, func() bool {
		for _, v := range w.read("views", map[string][]string{"user": {user}}) {
			if strings.Contains(mustJSON(w.t, v["blocks"]), `"block_id":"`+field+`"`) {
				form = v
				return true
			}
		}
		return false
	})
	return form
}

// submits presses a form's button.
func (w *world) submits(user string, form, values map[string]any) slackemu.SubmissionResult {
	w.t.Helper()
	out, err := w.slack.Submit(slackemu.SubmissionInput{User: user, ViewID: form["id"].(string), Values: values})
	require.NoError(w.t, err)
	return out
}

// suggested types into a field of a form and gives the options: value, text and the line under it.
func (w *world) suggested(user string, form map[string]any, field, typed string) [][3]string {
	w.t.Helper()
	got, err := w.slack.Suggest(slackemu.SuggestionInput{User: user, ViewID: form["id"].(string), ActionID: field, Value: typed})
	require.NoError(w.t, err)
	require.True(w.t, got.Acked)
	require.Empty(w.t, got.Error)
	var out [][3]string
	for _, o := range got.Response["options"].([]any) {
		option := o.(map[string]any)
		row := [3]string{option["value"].(string), option["text"].(map[string]any)["text"].(string)}
		if under, ok := option["description"].(map[string]any); ok {
			row[2] = under["text"].(string)
		}
		out = append(out, row)
	}
	return out
}

// fieldOn gives the block of a field, and what it is filled in with.
func fieldOn(t testing.TB, form map[string]any, field string) (block, element map[string]any) {
	t.Helper()
	for _, b := range form["blocks"].([]any) {
		if block := b.(map[string]any); block["block_id"] == field {
			return block, block["element"].(map[string]any)
		}
	}
	t.Fatalf("there is no field %s", field)
	return nil, nil
}

// anyMap is a map as JSON sees it.
func anyMap(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return v
	case map[string]string:
		out := map[string]any{}
		for k, s := range v {
			out[k] = s
		}
		return out
	}
	return nil
}
