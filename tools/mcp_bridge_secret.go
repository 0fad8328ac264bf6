package tools

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// shortestSecret is how long a token has to be to be kept out of what is passed on. To take out a shorter one would garble what is said, and
// anybody can guess it.
const shortestSecret = 8

// secret is the bridge's token. Whoever is asked may echo it, and a model reads what is passed on.
type secret string

func (s secret) kept() bool { return len(s) >= shortestSecret }

// hiddenIn gives a text without the token.
func (s secret) hiddenIn(text string) string {
	if !s.kept() {
		return text
	}
	return strings.ReplaceAll(text, string(s), "…")
}

var jsonText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// hiddenInJSON gives a message without the token, however that is escaped.
func (s secret) hiddenInJSON(message []byte) []byte {
	if !s.kept() {
		return message
	}
	message = bytes.ReplaceAll(message, []byte(s), []byte("…"))
	if !bytes.ContainsRune(message, '\\') {
		return message
	}
	return jsonText.ReplaceAllFunc(message, func(escaped []byte) []byte {
		var text string
		if json.Unmarshal(escaped, &text) != nil || !strings.Contains(text, string(s)) {
			return escaped
		}
		without, _ := json.Marshal(s.hiddenIn(text)) // a string always marshals
		return without
	})
}
