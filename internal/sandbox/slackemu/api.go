package slackemu

import (
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// call is one call of a Web API method, with the lock held while it runs.
type call struct {
	method string
	args   args
}

// answer is the body of a method's answer, without "ok".
type answer map[string]any

// method is one of the Web API's methods.
type method struct {
	scope    string // what the token needs; empty for none
	appToken bool   // it takes the app-level token
	run      func(*Workspace, *call) (answer, error)
}

// methods is every method we know; any other is unknown_method.
var methods = map[string]method{
	"api.test":              {run: apiTest},
	"auth.test":             {run: authTest},
	"apps.connections.open": {scope: "connections:write", appToken: true, run: connectionsOpen},
	"chat.postMessage":      {scope: "chat:write", run: chatPostMessage},
	"chat.postEphemeral":    {scope: "chat:write", run: chatPostEphemeral},
	"chat.update":           {scope: "chat:write", run: chatUpdate},
	"chat.delete":           {scope: "chat:write", run: chatDelete},
	"chat.getPermalink":     {run: chatGetPermalink},
	"conversations.info":    {run: conversationsInfo},
	"conversations.open":    {scope: "im:write", run: conversationsOpen},
	"conversations.history": {run: conversationsHistory},
	"conversations.replies": {run: conversationsReplies},
	"conversations.list":    {run: conversationsList},
	"conversations.members": {run: conversationsMembers},
	"users.info":            {scope: "users:read", run: usersInfo},
	"users.list":            {scope: "users:read", run: usersList},
	"users.lookupByEmail":   {scope: "users:read.email", run: usersLookupByEmail},
	"usergroups.list":       {scope: "usergroups:read", run: usergroupsList},
	"usergroups.users.list": {scope: "usergroups:read", run: usergroupsUsersList},
	"team.info":             {scope: "team:read", run: teamInfo},
	"views.open":            {run: viewsOpen},
	"views.push":            {run: viewsPush},
	"views.update":          {run: viewsUpdate},
	"views.publish":         {run: viewsPublish},
}

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	started := time.Now()
	c := &call{method: path.Base(r.URL.Path)}
	e := &Entry{Kind: "api", Method: c.method, Status: http.StatusOK}
	token, warning, err := c.read(rw, r)
	if done := w.playAPIFault(rw, c.method, e); done != nil {
		done()
		w.finish(e, c, nil, started)
		return
	}
	var out answer
	if err == nil {
		out, err = w.do(c, token)
	}
	body := w.bodyOf(out, err, warning)
	e.OK, _ = body["ok"].(bool)
	e.Error, _ = body["error"].(string)
	w.finish(e, c, body, started)
	if e.Fault == FaultAnswerLost {
		hangUp(rw)
		return
	}
	w.writeAPI(rw, c.method, body)
}

// do checks the token, and runs the method.
func (w *Workspace) do(c *call, token string) (answer, error) {
	m, known := methods[c.method]
	if !known {
		return nil, refuse("unknown_method")
	}
	if err := w.authorise(m, c.method, token); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return m.run(w, c)
}

// authorise checks a token by Slack's rules, in Slack's order.
func (w *Workspace) authorise(m method, name, token string) error {
	switch {
	case token == "" && name == "api.test":
		return nil
	case token == "":
		return refuse("not_authed")
	case token == w.app.AppToken:
		if !m.appToken && name != "auth.test" && name != "api.test" {
			return refuse("not_allowed_token_type")
		}
		return nil
	case token != w.app.BotToken:
		return refuse("invalid_auth")
	case m.appToken:
		return refuse("not_allowed_token_type")
	}
	return w.needs(m.scope)
}

// needs tells whether the bot's token has a scope.
func (w *Workspace) needs(scope string) error {
	if scope == "" || slices.Contains(w.cfg.Scopes, scope) {
		return nil
	}
	return &apiError{code: "missing_scope", needed: scope}
}

func (w *Workspace) bodyOf(out answer, err error, warning string) map[string]any {
	body := map[string]any{"ok": true}
	if err != nil {
		refused, ok := errors.AsType[*apiError](err)
		if !ok {
			w.cfg.Logger.Error("a Web API call failed", "error", err)
			refused = refuse("internal_error")
		}
		body = refused.body(w.cfg.Scopes)
	}
	for k, v := range out {
		body[k] = v
	}
	if warning != "" {
		body["warning"] = warning
		meta, _ := body["response_metadata"].(map[string]any)
		if meta == nil {
			meta = map[string]any{}
		}
		meta["warnings"] = []string{warning}
		body["response_metadata"] = meta
	}
	return body
}

func (w *Workspace) writeAPI(rw http.ResponseWriter, name string, body map[string]any) {
	h := rw.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Slack-Req-Id", secret(16))
	if m := methods[name]; m.appToken {
		h.Set("X-Oauth-Scopes", "connections:write")
	} else {
		h.Set("X-Oauth-Scopes", strings.Join(w.cfg.Scopes, ","))
	}
	if scope := methods[name].scope; scope != "" {
		h.Set("X-Accepted-Oauth-Scopes", scope)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		http.Error(rw, "the answer could not be written", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(raw)))
	_, _ = rw.Write(raw)
}

func (w *Workspace) finish(e *Entry, c *call, body any, started time.Time) {
	e.ElapsedMS = time.Since(started).Milliseconds()
	e.Request = shown(c.args.withoutToken())
	if body != nil {
		e.Response = shown(body)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(e)
}
