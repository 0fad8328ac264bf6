package fakeesystems

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"accountops/internal/sandbox/upstream"
)

// one answers GET, PUT and DELETE of /Account/{Id}?Name=.
func (t *Tenant) one(req upstream.Request, segment string) upstream.Answer {
	value, refusal := t.value(req, segment)
	if refusal != nil {
		return *refusal
	}
	found, refusal := t.find(req, req.Query.Get("Name"), value)
	if refusal != nil {
		return *refusal
	}
	switch req.Method {
	case http.MethodGet:
		return reply(http.StatusOK, found)
	case http.MethodPut:
		return t.update(req, found)
	case http.MethodDelete:
		if err := t.drop(found.ID); err != nil {
			return t.broken(req, err)
		}
		return reply(http.StatusOK, found)
	}
	return t.refuse(req, problem{http.StatusMethodNotAllowed, "Bad Input", "Method Not Allowed"}, "The method is not allowed.")
}

// value decodes the {Id} segment: base64| and standard base64, or plain text without the characters that the server forbids.
func (t *Tenant) value(req upstream.Request, segment string) (string, *upstream.Answer) {
	refused := func(why string) (string, *upstream.Answer) { a := t.refuse(req, badInput, why); return "", &a }
	value, err := url.PathUnescape(segment)
	if err != nil {
		return refused("The Id is not valid in a path.")
	}
	if coded, ok := strings.CutPrefix(value, "base64|"); ok {
		raw, err := base64.StdEncoding.DecodeString(coded)
		if err != nil {
			return refused("The Id is not valid base64.")
		}
		return string(raw), nil
	}
	if strings.ContainsAny(value, `<>*%&:\?/`) {
		a := upstream.Answer{Status: http.StatusBadRequest, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}}
		a.Body = []byte("<html><body><h1>Bad Request</h1>A potentially dangerous Request.Path value was detected from the client.</body></html>")
		return "", &a
	}
	return value, nil
}

// find finds the one account whose field is the value. An empty name means Id.
func (t *Tenant) find(req upstream.Request, name, value string) (Account, *upstream.Answer) {
	refused := func(p problem, why string) (Account, *upstream.Answer) {
		a := t.refuse(req, p, why)
		return Account{}, &a
	}
	if name == "" {
		name = "Id"
	}
	if name != "Id" && name != "Username" && name != "ExternalId" {
		return refused(badInput, "The Name must be Id, Username or ExternalId.")
	}
	var found []Account
	for _, a := range t.sorted() {
		if v, _ := a.field(name); value != "" && strings.EqualFold(v, value) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 0:
		return refused(notFound, "The Account was not found.")
	case 1:
		return found[0], nil
	}
	return refused(multipleRows, "The Account was matched multiple times.")
}
