package sailpoint

import (
	"net/http"
	"regexp"
	"strings"

	"accountops/internal/fault"
	"accountops/internal/identity/internal/upstream"
)

// problem is an error's body: the long form, the 401's, and the 429's.
type problem struct {
	DetailCode string `json:"detailCode"`
	TrackingID string `json:"trackingId"`
	Messages   []text `json:"messages"`
	Causes     []text `json:"causes"`
	Error      string `json:"error"`
	Message    string `json:"message"`
}

type text struct {
	Text string `json:"text"`
}

// noAccount are the words with which a 400 says that there is no such account: remove declares no 404.
var noAccount = regexp.MustCompile(`(?i)\baccount\b.{0,200}\b(not found|does not exist|could not be found|no longer exists)\b`)

// explain reads an error's body. Without one of the known shapes it was not ISC that answered.
func explain(status int, body []byte) upstream.Problem {
	var p problem
	if !upstream.Skim(body, &p) {
		return upstream.Problem{}
	}
	out := upstream.Problem{Code: p.DetailCode, Ref: p.TrackingID, Known: p.DetailCode != "" || p.TrackingID != ""}
	var said []string
	for _, t := range append(p.Messages, p.Causes...) {
		if t.Text != "" && (len(said) == 0 || said[len(said)-1] != t.Text) {
			said = append(said, t.Text)
		}
	}
	for _, s := range []string{p.Error, p.Message} {
		if s = strings.TrimSpace(s); s != "" {
			said = append(said, s)
		}
	}
	out.Said = strings.Join(said, " · ")
	if status == http.StatusBadRequest && out.Known && (strings.HasPrefix(p.DetailCode, "404") || noAccount.MatchString(out.Said)) {
		out.Kind = fault.NotFound
	}
	return out
}
