package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// form is one way in which somebody may be named in a link. A link that names nobody keeps nobody from deciding on their own account, so
// that what cannot be meant is refused, with what to write instead.
type form struct {
	prefix string
	fits   *regexp.Regexp // what follows the prefix
	says   string
}

const isHex = ` has 32 characters, 0 to 9 and a to f in small letters: it is no login, e-mail address or name. `

var forms = []form{
	{"slack:", regexp.MustCompile(`^[TE][A-Z0-9]+:[UW][A-Z0-9]+$`), "A Slack member is written slack:T…:U…. " + whereSlack},
	{"local:", regexp.MustCompile(`^\S(.*\S)?$`), "A user of this machine is written local:NAME, with no space before or after the name."},
	{"oauth:", regexp.MustCompile(`^https?://[^\s#]+#\S+$`), "The subject of a token is written oauth:ISSUER#SUBJECT: the issuer just as MCP_OAUTH_ISSUER has it, " +
		"and the subject as sub stands in the token."},
	{"sailpoint:identity:", regexp.MustCompile(`^[0-9a-f]{32}$`), "The id of an identity in SailPoint" + isHex +
		"find_accounts tells it as identity_id of the person's account, and it stands in the address of the person's page in SailPoint."},
	{"sailpoint:account:", regexp.MustCompile(`^[0-9a-f]{32}$`), "The id of an account in SailPoint" + isHex + "find_accounts tells it as id."},
	{"esystems:account:", regexp.MustCompile(`^[A-Za-z0-9-]{0,40}[0-9][A-Za-z0-9-]{0,40}$`), "The id of an account in eSystems is its Id, not its Username, " +
		"ExternalId or e-mail address. find_accounts tells it as id."},
	{"esystems:identity:", regexp.MustCompile(`^$`), "eSystems has accounts only and does not tell whose they are, so this would mean nothing. Write esystems:account:ID."},
}

const whereSlack = "In Slack: their profile, ⋮, Copy member ID; accountops slack doctor tells the team's id."

const longestIdentity = 512

// malformed says what is wrong with how somebody is named; nil when that may be linked.
func malformed(identity string) *fault.Error {
	at := slices.IndexFunc(forms, func(f form) bool { return strings.HasPrefix(identity, f.prefix) })
	unseen := strings.ContainsFunc(identity, func(r rune) bool { return !unicode.IsPrint(r) })
	switch {
	case at < 0 || unseen || len(identity) > longestIdentity:
		return fault.New(fault.Invalid, "This is no identity that can be linked: write slack:T…:U…, local:NAME, oauth:ISSUER#SUBJECT, "+
			"sailpoint:identity:ID, sailpoint:account:ID or esystems:account:ID. Nothing was linked.")
	case !forms[at].fits.MatchString(strings.TrimPrefix(identity, forms[at].prefix)):
		return fault.New(fault.Invalid, forms[at].says+" Nothing was linked.")
	}
	return nil
}

// wellFormed are links of which those count for their person that name somebody. What was linked before forms were checked may name
// nobody, and would make its person one who is known in a system.
type wellFormed struct{ linkTable }

type linkTable = executor.Links

// Links leaves out what names nobody.
func (w wellFormed) Links(ctx context.Context, of executor.Principal) ([]executor.Link, error) {
	links, err := w.linkTable.Links(ctx, of)
	return slices.DeleteFunc(links, func(l executor.Link) bool { return malformed(string(l.Identity)) != nil }), err
}
