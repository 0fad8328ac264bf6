package fakeesystems

import (
	"net/http"

	"accountops/internal/sandbox/upstream"
)

// errorBody is the server's error body. Field names begin with capitals.
type errorBody struct {
	Errors     []string
	Type       string
	Title      string
	StatusCode int
	Instance   string
	RequestKey string
}

// problem is a kind of error: 403 is titled "Bad Request", and "Multible Rows" is spelled like that, as by the vendor.
type problem struct {
	status      int
	kind, title string
}

var (
	badInput     = problem{http.StatusBadRequest, "Bad Input", "Bad Request"}
	multipleRows = problem{http.StatusBadRequest, "Multible Rows", "Bad Request"}
	unauthorized = problem{http.StatusUnauthorized, "Unauthorized", "Unauthorized"}
	permission   = problem{http.StatusForbidden, "Permission", "Bad Request"}
	notFound     = problem{http.StatusNotFound, "Not Found", "Not Found"}
)

// Refuse implements upstream.Tenant. Statuses that the vendor does not document get the shape of the server error.
func (t *Tenant) Refuse(status int) upstream.Answer {
	p := problem{status, "Internal Server Error", http.StatusText(status)}
	for _, known := range []problem{badInput, unauthorized, permission, notFound} {
		if known.status == status {
			p = known
		}
	}
	return t.refuse(upstream.Request{Path: base + "Account"}, p, http.StatusText(status))
}

func (t *Tenant) refuse(req upstream.Request, p problem, sentences ...string) upstream.Answer {
	return reply(p.status, errorBody{
		Errors: sentences, Type: "/Errors/" + p.kind, Title: p.title, StatusCode: p.status, Instance: req.Path, RequestKey: upstream.NewID(),
	})
}

// reply answers with v as JSON.
func reply(status int, v any) upstream.Answer {
	return upstream.JSON(status, "application/json; charset=utf-8", v)
}
