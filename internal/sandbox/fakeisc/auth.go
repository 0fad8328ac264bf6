package fakeisc

import (
	"net/http"
	"strings"
	"time"

	"accountops/internal/sandbox/upstream"
)

// client is an API client.
type client struct {
	id       string
	identity *ref // the user of a personal access token; none for an application client
	helpdesk bool // HELPDESK instead of ORG_ADMIN
}

// clients are: a personal access token with ORG_ADMIN, an application client with ORG_ADMIN (no user), and a personal access token with
// HELPDESK.
var clients = map[string]client{
	"sandbox-client":   {id: "sandbox-client", identity: identityOf("accountops.bot")},
	"sandbox-app":      {id: "sandbox-app"},
	"sandbox-helpdesk": {id: "sandbox-helpdesk", identity: identityOf("priya.raman"), helpdesk: true},
}

func (c client) name() string {
	if c.identity == nil {
		return c.id
	}
	return c.identity.Name
}

// token answers POST /oauth/token: client_credentials, in a form body, or as the vendor's examples also do it, in the query.
func (t *Tenant) token(req upstream.Request) upstream.Answer {
	if req.Method != http.MethodPost {
		return t.Refuse(http.StatusMethodNotAllowed)
	}
	form := req.Query
	if len(req.Body) > 0 {
		parsed, err := upstream.Form(req)
		if err != nil {
			return oauthError(http.StatusBadRequest, "invalid_request", "The token request must be a form.")
		}
		form = parsed
	}
	id, right := t.up.Credentials(req, form)
	who, known := clients[id]
	switch {
	case form.Get("grant_type") != "client_credentials":
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type: "+form.Get("grant_type"))
	case !known || !right:
		return oauthError(http.StatusUnauthorized, "invalid_client", "Bad client credentials")
	}
	return t.issue(who)
}

func (t *Tenant) issue(who client) upstream.Answer {
	life := time.Duration(t.current().TokenLife)
	token, err := t.up.Tokens.Issue(who.id, life)
	if err != nil {
		return t.broken(err)
	}
	answer := map[string]any{
		"access_token": token, "token_type": "bearer", "expires_in": int(life / time.Second), "scope": "sp:scopes:all",
		"tenant_id": identityID("tenant"), "pod": "sandbox", "org": "sandbox", "internal": false, "strong_auth_supported": false,
		"claims_supported": false, "jti": upstream.NewID(),
	}
	if who.identity != nil {
		answer["identity_id"], answer["user_id"] = who.identity.ID, who.identity.ID
	}
	a := reply(http.StatusOK, answer)
	a.Header.Set("Cache-Control", "no-store")
	return a
}

func oauthError(status int, code, text string) upstream.Answer {
	return reply(status, map[string]string{"error": code, "error_description": text})
}

// authenticate finds out who calls, and whether they may call again already.
func (t *Tenant) authenticate(req upstream.Request) (client, *upstream.Answer) {
	kind, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	id, known, live := t.up.Tokens.Client(strings.TrimSpace(token))
	if !strings.EqualFold(kind, "Bearer") || !live {
		why := "JWT is required"
		switch {
		case known:
			why = "JWT is expired"
		case token != "":
			why = "JWT is invalid"
		}
		a := reply(http.StatusUnauthorized, map[string]string{"error": "JWT validation failed: " + why})
		return client{}, &a
	}
	s := t.current()
	return clients[id], t.up.Limited(id+" "+version(req.Path), s.RateCalls, time.Duration(s.RatePer))
}
