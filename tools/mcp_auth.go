package tools

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"

	"accountops/internal/executor"
)

// Token is a bearer token and whose it is. Printing it does not show it.
type Token struct {
	Secret    string
	Principal executor.Principal // the person behind it; who asks with it cannot approve as the same person
	Name      string             // as people know them
	Scopes    []string           // what it is meant for; empty: all
}

// String hides the secret.
func (t Token) String() string { return "a token of " + string(t.Principal) }

// GoString hides the secret.
func (t Token) GoString() string { return t.String() }

// LogValue hides the secret.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// tokenKey is a token as the server keeps it.
type tokenKey struct {
	digest [sha256.Size]byte
	caller caller
}

// keysOf checks tokens, all mistakes at once. Errors tell a token by its place in the list.
func keysOf(tokens []Token) ([]tokenKey, error) {
	var keys []tokenKey
	var wrong []error
	seen := map[[sha256.Size]byte]int{}
	for i, t := range tokens {
		digest := sha256.Sum256([]byte(t.Secret))
		switch before, twice := seen[digest]; {
		case t.Secret == "" || strings.ContainsFunc(t.Secret, func(r rune) bool { return r <= ' ' || r > '~' }):
			wrong = append(wrong, fmt.Errorf("MCP token %d is empty or holds spaces or characters outside ASCII", i+1))
		case t.Principal == "":
			wrong = append(wrong, fmt.Errorf("MCP token %d names no principal", i+1))
		case slices.ContainsFunc(t.Scopes, func(s string) bool { return !slices.Contains(Scopes(), s) }):
			wrong = append(wrong, fmt.Errorf("MCP token %d has a scope that is none of %s", i+1, strings.Join(Scopes(), ", ")))
		case twice:
			wrong = append(wrong, fmt.Errorf("MCP tokens %d and %d are the same", before, i+1))
		}
		seen[digest] = i + 1
		scopes := t.Scopes
		if len(scopes) == 0 {
			scopes = Scopes()
		}
		keys = append(keys, tokenKey{digest: digest, caller: caller{principal: t.Principal, name: t.Name, door: executor.DoorMCP, scopes: scopes}})
	}
	return keys, errors.Join(wrong...)
}

// refusal is an HTTP answer to a request that goes no further.
type refusal struct {
	status    int
	challenge string // for WWW-Authenticate
	sentence  string
}

const noChange = " Nothing was asked for, and nothing has been changed."

// authenticate tells who makes a request. A token that is wrong is never taken for no token.
func (h *MCPHandler) authenticate(r *http.Request) (caller, *refusal) {
	query := r.URL.Query()
	if query.Has("access_token") || query.Has("token") {
		return caller{}, &refusal{http.StatusBadRequest, "", "A token does not belong into the URL, where logs keep it: send it as Authorization: Bearer." + noChange}
	}
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return h.withoutToken(r)
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	secret = strings.TrimSpace(secret)
	if len(headers) != 1 || !strings.EqualFold(scheme, "Bearer") || secret == "" {
		sentence := "The Authorization header must be given once, as Bearer and a token."
		return caller{}, &refusal{http.StatusUnauthorized, h.challenge("invalid_token", sentence, ScopeRead), sentence + noChange}
	}
	if c, ok := h.match(secret); ok {
		return c, nil
	}
	return h.recognise(r, secret)
}

// match looks a token up in a time that does not depend on it.
func (h *MCPHandler) match(secret string) (caller, bool) {
	digest := sha256.Sum256([]byte(secret))
	at := -1
	for i := range h.keys {
		at = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(digest[:], h.keys[i].digest[:]), i, at)
	}
	if at < 0 {
		return caller{}, false
	}
	return h.keys[at].caller, true
}

// proxied are headers that a proxy adds. What comes through one is not known to come from this machine.
var proxied = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"}

// withoutToken lets the local person in: only where the listener, the peer and the name that was called are all this machine, and no
// OAuth issuer says who people are.
func (h *MCPHandler) withoutToken(r *http.Request) (caller, *refusal) {
	refused := &refusal{http.StatusUnauthorized, h.challenge("", "", ScopeRead),
		"A bearer token is needed here." + noChange + " Ask whoever runs accountops for one, and send it as Authorization: Bearer."}
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || h.opts.OAuth != nil || !h.opts.Loopback || h.opts.Local.Principal == "" || !loopbackHost(peer) || !loopbackHost(hostname(r.Host)) {
		return caller{}, refused
	}
	for _, name := range proxied {
		if len(r.Header.Values(name)) > 0 {
			return caller{}, refused
		}
	}
	return caller{principal: h.opts.Local.Principal, name: h.opts.Local.Name, door: executor.DoorMCP, scopes: Scopes()}, nil
}

// loopbackHost tells whether a host name or address is this machine's own.
func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// hostname takes the port off a Host header, and the brackets off an IPv6 address.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}
