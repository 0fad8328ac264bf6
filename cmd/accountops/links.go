package main

import (
	"fmt"
	"slices"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/oauth"
	"accountops/tools"
)

// shortestToken keeps a guessable token from being configured.
const shortestToken = 20

// link is one entry key=person of a list: whose a token or an OAuth subject is. What follows the person are scopes.
type link struct {
	key    string
	person executor.Principal
	scopes []string
}

// links reads a list of entries, by comma or line; a bare Slack user id is of our own team. Mistakes tell an entry by its place, since
// its key may be secret. what is what people call the key.
func links(name, raw, what, team string) ([]link, mistakes) {
	var out []link
	var m mistakes
	for i, entry := range strings.FieldsFunc(raw, func(r rune) bool { return r == ',' || r == '\n' }) {
		// A token in base 64 may end in "="; a person has none.
		entry = strings.TrimSpace(entry)
		end := strings.LastIndex(entry, "=")
		words := strings.Fields(entry[end+1:])
		l := link{key: entry[:max(end, 0)]}
		switch {
		case end < 0 || len(words) == 0:
			m = append(m, fmt.Sprintf("%s: entry %d must be %s=person", name, i+1, what))
			continue
		case !personal(words[0]):
			m = append(m, fmt.Sprintf("%s: the person of entry %d must be a Slack user id (U…), or slack:T…:U…", name, i+1))
		case slices.ContainsFunc(out, func(o link) bool { return o.key == l.key }):
			m = append(m, fmt.Sprintf("%s: the %s of entry %d stands there twice", name, what, i+1))
		}
		l.person, l.scopes = executor.Principal(words[0]), words[1:]
		if slackUser.MatchString(words[0]) {
			l.person = executor.SlackPrincipal(team, words[0])
		}
		out = append(out, l)
	}
	return out, m
}

// tokens gives the bearer tokens with the people behind them.
func (c config) tokens(team string) ([]tools.Token, mistakes) {
	raw, err := c.MCPTokens.read()
	if err != nil {
		return nil, mistakes{"MCP_TOKENS: " + err.Error()}
	}
	found, m := links("MCP_TOKENS", raw, "token", team)
	var out []tools.Token
	for i, l := range found {
		if len(l.key) < shortestToken {
			m = append(m, fmt.Sprintf("MCP_TOKENS: the token of entry %d is shorter than %d characters", i+1, shortestToken))
		}
		if slices.ContainsFunc(l.scopes, func(s string) bool { return !slices.Contains(tools.Scopes(), s) }) {
			m = append(m, fmt.Sprintf("MCP_TOKENS: the scopes of entry %d must be among %s", i+1, strings.Join(tools.Scopes(), ", ")))
		}
		out = append(out, tools.Token{Secret: l.key, Principal: l.person, Scopes: l.scopes})
	}
	return out, m
}

// oauth gives the OAuth resource server, or nil without an issuer. load has refused what is wrong with it.
func (c config) oauth(team string) *tools.OAuth {
	if c.OAuthIssuer == "" {
		return nil
	}
	raw, _ := c.OAuthPeople.read()
	found, _ := links("MCP_OAUTH_PEOPLE", raw, "subject", team)
	people := map[string]executor.Principal{}
	for _, l := range found {
		people[l.key] = l.person
	}
	audience := c.OAuthAudience
	if audience == "" {
		audience = c.OAuthResource
	}
	issuer := oauth.New(oauth.Config{Issuer: c.OAuthIssuer, Audience: audience, People: people})
	return &tools.OAuth{Resource: c.OAuthResource, Issuer: c.OAuthIssuer, Recognise: issuer.Recognise}
}

func (c config) checkOAuth() (m mistakes) {
	raw, err := c.OAuthPeople.read()
	if err != nil {
		m = append(m, "MCP_OAUTH_PEOPLE: "+err.Error())
	}
	found, bad := links("MCP_OAUTH_PEOPLE", raw, "subject", "T")
	m = append(m, bad...)
	if slices.ContainsFunc(found, func(l link) bool { return len(l.scopes) > 0 || l.key == "" }) {
		m = append(m, "MCP_OAUTH_PEOPLE: an entry is subject=person; the scopes come with the token")
	}
	if c.OAuthIssuer == "" {
		if c.OAuthResource != "" || c.OAuthAudience != "" || raw != "" {
			m = append(m, "MCP_OAUTH_ISSUER: is needed with MCP_OAUTH_RESOURCE, MCP_OAUTH_AUDIENCE and MCP_OAUTH_PEOPLE")
		}
		return m
	}
	m = append(m, mustBeSafe("MCP_OAUTH_ISSUER", c.OAuthIssuer)...)
	return append(m, mustBeSafe("MCP_OAUTH_RESOURCE", c.OAuthResource)...)
}
