package fakeisc

import (
	"fmt"
	"net/http"

	"accountops/internal/sandbox/upstream"
)

// problem is ISC's error body.
type problem struct {
	DetailCode string        `json:"detailCode"`
	TrackingID string        `json:"trackingId"`
	Messages   []problemText `json:"messages"`
	Causes     []problemText `json:"causes"`
}

type problemText struct {
	Locale       string `json:"locale"`
	LocaleOrigin string `json:"localeOrigin"`
	Text         string `json:"text"`
}

var detailCodes = map[int]string{
	400: "400.1 Bad Request Content", 403: "403 Forbidden", 404: "404 Not found", 405: "405 Method not allowed", 409: "409.1 Conflict",
	413: "413 Payload too large", 415: "415 Unsupported media type", 500: "500.0 Internal Fault", 502: "502 Bad Gateway",
	503: "503 Service Unavailable", 504: "504 Gateway Timeout",
}

var standardTexts = map[int]string{
	400: "The request was syntactically correct but its content is semantically invalid.",
	403: "The server understood the request but refuses to authorize it.",
	404: "The server did not find a current representation for the target resource.",
	405: "The request method is not supported for the target resource.",
	409: "The request could not be completed due to a conflict with the current state of the target resource.",
	413: "The request content is larger than the server is willing to process.",
	415: "The content is in a format that is not supported for the target resource.",
	500: "An internal fault occurred.",
	502: "The server received an invalid response from an upstream server.",
	503: "The server is currently unable to handle the request.",
	504: "The server did not receive a timely response from an upstream server.",
}

// Refuse implements upstream.Tenant.
func (t *Tenant) Refuse(status int) upstream.Answer {
	switch status {
	case http.StatusUnauthorized:
		return reply(status, map[string]string{"error": "JWT validation failed: JWT is expired"})
	case http.StatusTooManyRequests:
		return reply(status, map[string]string{"message": " Rate Limit Exceeded "})
	}
	return t.refuse(status, "%s", standardTexts[status])
}

// refuse answers with ISC's error body and the text.
func (t *Tenant) refuse(status int, format string, args ...any) upstream.Answer {
	text := fmt.Sprintf(format, args...)
	messages := []problemText{{Locale: "und", LocaleOrigin: "REQUEST", Text: text}, {Locale: "en-US", LocaleOrigin: "DEFAULT", Text: text}}
	return reply(status, problem{DetailCode: detailCodes[status], TrackingID: upstream.NewID(), Messages: messages, Causes: messages[1:]})
}

// broken answers for the sandbox's own mistakes, such as a full disk.
func (t *Tenant) broken(err error) upstream.Answer {
	return t.refuse(http.StatusInternalServerError, "The sandbox failed: %v", err)
}

// reply answers with v as JSON.
func reply(status int, v any) upstream.Answer {
	return upstream.JSON(status, "application/json;charset=utf-8", v)
}
