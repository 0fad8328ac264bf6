package esystems

import (
	"net/http"
	"strings"

	"accountops/internal/fault"
	"accountops/internal/identity/internal/upstream"
)

// problem is an error's body. Its title is not to be trusted: a 403 is titled "Bad Request".
type problem struct {
	Errors     []string `json:"Errors"`
	Type       string   `json:"Type"`
	StatusCode int      `json:"StatusCode"`
	RequestKey string   `json:"RequestKey"`
}

// The types of errors, in lower case; the spelling is theirs.
const (
	typeMultiple = "/errors/multible rows"
	typeNotFound = "/errors/not found"
)

// explain reads an error's body by its type and its status code.
func explain(_ int, body []byte) upstream.Problem {
	var p problem
	if !upstream.Skim(body, &p) || p.Type == "" && p.StatusCode == 0 {
		return upstream.Problem{}
	}
	out := upstream.Problem{Said: strings.Join(p.Errors, " · "), Code: p.Type, Ref: p.RequestKey, Known: true}
	switch kind := strings.ToLower(p.Type); {
	case kind == typeMultiple:
		out.Kind = fault.Conflict
		out.Hint = "eSystems has several accounts with this value. Say which by its Id."
	case kind == typeNotFound || p.StatusCode == http.StatusNotFound:
		out.Kind = fault.NotFound
	}
	return out
}
