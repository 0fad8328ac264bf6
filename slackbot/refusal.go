package slackbot

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/slack-go/slack"

	"accountops/internal/fault"
)

// fatal are the answers of Slack that no waiting mends, and how to mend each.
var fatal = map[string]string{
	"invalid_auth":            "Slack does not know this token.",
	"not_authed":              "No token reached Slack.",
	"account_inactive":        "The token belongs to an app or a person that was removed. Install the app again.",
	"token_revoked":           "The token was revoked. Install the app again and configure the new token.",
	"token_expired":           "The token has expired. Configure a new one.",
	"not_allowed_token_type":  "This is the wrong type of token: the bot token begins with xoxb-, the app token with xapp-.",
	"missing_scope":           "The app lacks a scope. Compare its manifest with what accountops slack manifest prints, and install it again.",
	"org_login_required":      "The workspace moved to an organisation. Install the app again there.",
	"team_access_not_granted": "The app was not granted this workspace. Install it there.",
}

// refused gives an error of Slack its sentence.
func refused(method string, err error) *fault.Error {
	e, ok := errors.AsType[slack.SlackErrorResponse](err)
	if !ok {
		return fault.Wrap(err, fault.Upstream, "Slack did not answer "+method+" as it should: "+hint(err)+". accountops will not go on without it.")
	}
	which := "SLACK_BOT_TOKEN"
	if method == "apps.connections.open" {
		which = "SLACK_APP_TOKEN"
	}
	sentence := fmt.Sprintf("Slack refused %s: %s.", method, visible(e.Err))
	if mend, known := fatal[e.Err]; known {
		sentence = fmt.Sprintf("Slack refused %s with %s (%s). %s", which, e.Err, method, mend)
	}
	if e.Needed != "" {
		sentence += " Needed: " + visible(e.Needed) + "."
	}
	if method == "apps.connections.open" && e.Err == "missing_scope" {
		sentence += " The app token needs connections:write."
	}
	return fault.Wrap(err, fault.Invalid, sentence+" accountops does not run without it; nothing was changed.")
}

// isFatal tells whether an error says that trying again is of no use.
func isFatal(err error) bool {
	if _, known := fatal[code(err)]; known {
		return true
	}
	status, ok := errors.AsType[slack.StatusCodeError](err)
	return ok && status.Code == http.StatusNotFound
}

// longestWait bounds what Slack, or something in front of it, can make us wait.
const longestWait = 5 * time.Minute

// askedToWait gives how long Slack asked to be left alone, when it did.
func askedToWait(err error) (time.Duration, bool) {
	if e, ok := errors.AsType[*slack.RateLimitedError](err); ok {
		return min(max(e.RetryAfter, time.Second), longestWait), true
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok && status.Code == http.StatusTooManyRequests {
		return 5 * time.Second, true // without a header
	}
	switch code(err) {
	case "ratelimited", "rate_limited": // by any other status it has no header either
		return 5 * time.Second, true
	}
	return 0, false
}

// unreachable tells whether an error says that somebody can be told nothing in their direct messages, however often it is tried.
// account_inactive is not among them: it is the token's, whoever is written to.
// https://docs.slack.dev/reference/methods/chat.postMessage#errors
func unreachable(err error) bool {
	switch code(err) {
	case "user_not_found", "user_disabled", "cannot_dm_bot", "messages_tab_disabled":
		return true
	}
	return closed(err)
}

// said tells whether Slack itself refused, so that nothing was posted. What it calls its own failure may have happened all the same:
// "It's possible some aspect of the operation succeeded before the error was raised."
// https://docs.slack.dev/reference/methods/chat.postMessage#errors
func said(err error) bool {
	switch code(err) {
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout":
		return false
	}
	_, waiting := askedToWait(err)
	return waiting || code(err) != ""
}
