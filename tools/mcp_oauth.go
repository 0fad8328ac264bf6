package tools

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/mark3labs/mcp-go/server"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// OAuth makes the handler an OAuth 2.1 resource server, besides its own tokens.
type OAuth struct {
	Resource string // the address of the MCP endpoint as clients know it, such as https://accountops.example/mcp (RFC 8707)
	Issuer   string // of the access tokens
	// Recognise tells who a token speaks for, and its scopes. fault.Denied when it is not good, fault.Upstream when nobody can tell.
	Recognise func(ctx context.Context, token string) (executor.Principal, []string, error)
}

// check finds what is wrong with it.
func (o *OAuth) check() error {
	if o == nil {
		return nil
	}
	u, err := url.Parse(o.Resource)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopbackHost(u.Hostname())) {
		return errors.New("the OAuth resource must be the https address of the MCP endpoint, such as https://accountops.example/mcp")
	}
	if o.Issuer == "" || o.Recognise == nil {
		return errors.New("OAuth needs an issuer, and how its tokens are recognised")
	}
	return nil
}

// MetadataPath is where Metadata has to be served: the well-known path of RFC 9728, with the resource's own at its end. Empty without OAuth.
func (h *MCPHandler) MetadataPath() string {
	if h.opts.OAuth == nil {
		return ""
	}
	return server.ProtectedResourceMetadataPath(h.opts.OAuth.Resource)
}

// Metadata serves the metadata of the protected resource (RFC 9728): from whom to get a token, and for what. It needs no token, and
// holds nothing that does.
func (h *MCPHandler) Metadata() http.Handler {
	if h.opts.OAuth == nil {
		return http.NotFoundHandler()
	}
	return server.NewProtectedResourceMetadataHandler(server.ProtectedResourceMetadataConfig{
		Resource: h.opts.OAuth.Resource, AuthorizationServers: []string{h.opts.OAuth.Issuer}, ScopesSupported: Scopes(),
		BearerMethodsSupported: []string{"header"}, ResourceName: "accountops",
	})
}

// challenge is a WWW-Authenticate (RFC 6750, RFC 9728 section 5.1). Its words are ours: quotation marks and backslashes are not among them.
func (h *MCPHandler) challenge(problem, description, scope string) string {
	parts := []string{`realm="accountops"`}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+`="`+value+`"`)
		}
	}
	add("error", problem)
	add("error_description", description)
	if h.opts.OAuth != nil {
		if u, err := url.Parse(h.opts.OAuth.Resource); err == nil {
			add("resource_metadata", (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: h.MetadataPath()}).String())
		}
		add("scope", scope)
	}
	return "Bearer " + strings.Join(parts, ", ")
}

// recognise takes an access token of the configured issuer. Without one, no token is known but our own.
func (h *MCPHandler) recognise(r *http.Request, token string) (caller, *refusal) {
	const advice = " Check the token that your client is configured with."
	if h.opts.OAuth == nil {
		return caller{}, &refusal{http.StatusUnauthorized, h.challenge("invalid_token", "", ""), "This token is not known here." + noChange + advice}
	}
	principal, scopes, err := h.opts.OAuth.Recognise(r.Context(), token)
	if err == nil && principal != "" {
		return caller{principal: principal, door: executor.DoorMCP, scopes: scopes}, nil
	}
	seen := fault.Shown(err, h.mcp.incident)
	h.mcp.log.WarnContext(r.Context(), "access token refused", "why", err, "incident", seen.Incident)
	if seen.Kind == fault.Upstream {
		return caller{}, &refusal{http.StatusServiceUnavailable, "", seen.Sentence + noChange}
	}
	return caller{}, &refusal{http.StatusUnauthorized, h.challenge("invalid_token", seen.Sentence, ScopeRead), seen.Sentence + noChange}
}
