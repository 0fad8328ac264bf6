package fakeisc

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"accountops/internal/sandbox/upstream"
)

// call is a request that has found its route.
type call struct {
	upstream.Request
	who    client
	id     string // the id in the path, unescaped
	handle func(*Tenant, call) upstream.Answer
}

// route is one row of the API. The pattern is without version; {} stands for one segment.
type route struct {
	method, pattern string
	handle          func(*Tenant, call) upstream.Answer
	admin           bool // ORG_ADMIN only
	user            bool // needs a client with a user
	experimental    bool // yearly paths want X-SailPoint-Experimental: true, and v3 does not have it
}

func routes() []route {
	return []route{
		{method: "GET", pattern: "accounts", handle: (*Tenant).listAccounts},
		{method: "POST", pattern: "accounts", handle: (*Tenant).create, admin: true},
		{method: "GET", pattern: "accounts/{}", handle: (*Tenant).getAccount},
		{method: "PATCH", pattern: "accounts/{}", handle: (*Tenant).patch, admin: true},
		{method: "DELETE", pattern: "accounts/{}", handle: (*Tenant).deleteRecord, admin: true},
		{method: "GET", pattern: "accounts/{}/entitlements", handle: (*Tenant).listEntitlements},
		{method: "POST", pattern: "accounts/{}/disable", handle: (*Tenant).disable},
		{method: "POST", pattern: "accounts/{}/enable", handle: (*Tenant).enable},
		{method: "POST", pattern: "accounts/{}/unlock", handle: (*Tenant).unlock},
		{method: "POST", pattern: "accounts/{}/remove", handle: (*Tenant).remove, admin: true, experimental: true},
		{method: "POST", pattern: "account-requests/account/{}/delete", handle: (*Tenant).requestDeletion, user: true, experimental: true},
		{method: "GET", pattern: "account-requests/deletion", handle: (*Tenant).listDeletions, user: true, experimental: true},
		{method: "GET", pattern: "task-status", handle: (*Tenant).listTasks, experimental: true},
		{method: "GET", pattern: "task-status/{}", handle: (*Tenant).getTask, experimental: true},
		{method: "GET", pattern: "sources", handle: (*Tenant).listSources, admin: true},
		{method: "GET", pattern: "sources/{}", handle: (*Tenant).getSource, admin: true},
	}
}

var yearly = regexp.MustCompile(`^v(3|2024|2025|2026)$`)

// version gives the API version that a path asks for, in either style; empty when it asks for none.
func version(path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case yearly.MatchString(segments[0]):
		return segments[0]
	case len(segments) > 1 && segments[1] == "v1":
		return "v1"
	}
	return ""
}

// route finds what answers the request, or the refusal.
func (t *Tenant) route(req upstream.Request, who client) (call, *upstream.Answer) {
	refused := func(a upstream.Answer) (call, *upstream.Answer) { return call{}, &a }
	v := version(req.Path)
	segments := strings.Split(strings.TrimPrefix(req.Path, "/"), "/")
	switch v {
	case "":
		return refused(t.Refuse(http.StatusNotFound))
	case "v1":
		segments = slices.Delete(segments, 1, 2)
	default:
		segments = segments[1:]
	}
	status := http.StatusNotFound
	for _, r := range routes() {
		id, ok := match(r.pattern, segments)
		if !ok || v == "v3" && r.experimental {
			continue
		}
		if r.method != req.Method {
			status = http.StatusMethodNotAllowed
			continue
		}
		if a := t.allowed(r, v, req, who); a != nil {
			return call{}, a
		}
		return call{Request: req, who: who, id: id, handle: r.handle}, nil
	}
	return refused(t.Refuse(status))
}

// match compares segments as they came with a pattern, and gives the unescaped segment that stands for {}.
func match(pattern string, segments []string) (id string, ok bool) {
	want := strings.Split(pattern, "/")
	if len(want) != len(segments) {
		return "", false
	}
	for i, w := range want {
		got, err := url.PathUnescape(segments[i])
		switch {
		case err != nil || got == "":
			return "", false
		case w == "{}":
			id = got
		case w != got:
			return "", false
		}
	}
	return id, true
}

func (t *Tenant) allowed(r route, version string, req upstream.Request, who client) *upstream.Answer {
	refused := func(status int, text string) *upstream.Answer { a := t.refuse(status, "%s", text); return &a }
	needsHeader := r.experimental && (version != "v1" || t.settings.RequireExperimental)
	switch {
	case needsHeader && !strings.EqualFold(req.Header.Get("X-SailPoint-Experimental"), "true"):
		return refused(http.StatusBadRequest, "This API is experimental. To use it set the X-SailPoint-Experimental header to true.")
	case r.admin && who.helpdesk:
		return refused(http.StatusForbidden, "The server understood the request but refuses to authorize it: ORG_ADMIN is required.")
	case r.user && who.identity == nil:
		return refused(http.StatusForbidden, "The server understood the request but refuses to authorize it: user context is required.")
	}
	return nil
}
