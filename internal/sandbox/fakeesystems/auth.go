package fakeesystems

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"accountops/internal/sandbox/upstream"
)

// scopes says what each client may do. The vendor has each right in two scopes, of which either is enough.
var scopes = map[string][]string{
	"sandbox-client":  {"AccessManager:Read", "AccessManager:Create", "AccessManager:Update", "AccessManager:Delete"},
	"sandbox-user":    {"AccessUser:Read", "AccessUser:Create", "AccessUser:Update", "AccessUser:Delete"},
	"sandbox-reader":  {"AccessManager:Read"},
	"sandbox-updater": {"AccessUser:Read", "AccessUser:Update"},
}

// token answers POST /oAuth/rest/v2/Token, a form.
func (t *Tenant) token(req upstream.Request) upstream.Answer {
	form, err := upstream.Form(req)
	switch {
	case req.Method != http.MethodPost:
		return t.refuse(req, problem{http.StatusMethodNotAllowed, "Bad Input", "Method Not Allowed"}, "The method is not allowed.")
	case err != nil:
		return t.refuse(req, badInput, "The token request must be a form.")
	case form.Get("grant_type") != "client_credentials":
		return t.refuse(req, badInput, "The grant_type must be client_credentials.")
	}
	id, right := t.up.Credentials(req, form)
	if scopes[id] == nil || !right {
		return t.refuse(req, unauthorized, "The client credentials are invalid.")
	}
	s := t.current()
	token, err := t.up.Tokens.Issue(id, time.Duration(s.TokenLife))
	if err != nil {
		return t.broken(req, err)
	}
	answer := map[string]any{"token_type": "Bearer", "access_token": token}
	if !s.OmitExpiresIn {
		answer["expires_in"] = int(time.Duration(s.TokenLife) / time.Second)
	}
	return reply(http.StatusOK, answer)
}

// broken answers for the sandbox's own mistakes, such as a full disk.
func (t *Tenant) broken(req upstream.Request, err error) upstream.Answer {
	return t.refuse(req, problem{http.StatusInternalServerError, "Internal Server Error", "Internal Server Error"}, "The sandbox failed: "+err.Error())
}

// rights are the part of a scope after the colon.
var rights = map[string]string{
	http.MethodGet: "Read", http.MethodPost: "Create", http.MethodPut: "Update", http.MethodDelete: "Delete",
}

// authorize says why the call may not be made; nil when it may.
func (t *Tenant) authorize(req upstream.Request) *upstream.Answer {
	refused := func(p problem, why string) *upstream.Answer { a := t.refuse(req, p, why); return &a }
	kind, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	id, _, live := t.up.Tokens.Client(strings.TrimSpace(token))
	if !strings.EqualFold(kind, "Bearer") || !live {
		return refused(unauthorized, "The access token is missing, invalid or expired.")
	}
	s := t.current()
	if a := t.up.Limited(id, s.RateCalls, time.Duration(s.RatePer)); a != nil {
		return a
	}
	has := func(scope string) bool { return slices.Contains(scopes[id], scope) }
	if right, ok := rights[req.Method]; ok && !has("AccessManager:"+right) && !has("AccessUser:"+right) {
		return refused(permission, "The scope AccessManager:"+right+" or AccessUser:"+right+" is needed.")
	}
	return nil
}
