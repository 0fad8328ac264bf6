package slackemu

import "strings"

// apiError is what the Web API answers with "ok": false.
type apiError struct {
	code     string
	needed   string   // for missing_scope
	messages []string // for invalid_blocks and invalid_arguments, without the [ERROR] in front
}

func (e *apiError) Error() string { return e.code }

func refuse(code string) *apiError { return &apiError{code: code} }

// The errors that more than one place gives.
var (
	errMessageNotFound = refuse("message_not_found")
	errChannelNotFound = refuse("channel_not_found")
	errNotInChannel    = refuse("not_in_channel")
	errUserNotFound    = refuse("user_not_found")
	errNoText          = refuse("no_text")
)

// missing says which argument is not there, the way Slack does.
func missing(name string) *apiError {
	return &apiError{code: "invalid_arguments", messages: []string{"missing required field: " + name}}
}

// body is the error as Slack writes it.
func (e *apiError) body(scopes []string) map[string]any {
	out := map[string]any{"ok": false, "error": e.code}
	if e.needed != "" {
		out["needed"], out["provided"] = e.needed, strings.Join(scopes, ",")
	}
	if len(e.messages) > 0 {
		marked := make([]string, len(e.messages))
		for i, m := range e.messages {
			marked[i] = "[ERROR] " + m
		}
		out["response_metadata"] = map[string]any{"messages": marked}
		if e.code == "invalid_blocks" {
			out["errors"] = e.messages
		}
	}
	return out
}
