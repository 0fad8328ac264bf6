package sailpoint

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

const (
	noSource   = "The source could not be read."
	sourceHint = "Reading sources needs more rights than HELPDESK has."
)

type source struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Type           string   `json:"type"`
	ConnectionType string   `json:"connectionType"`
	Owner          *ref     `json:"owner"`
	Features       []string `json:"features"`
}

func (s source) plain() identity.Source {
	return identity.Source{
		ID: s.ID, Name: s.Name, Type: s.Type, Owner: s.Owner.name(), Features: s.Features,
		Direct: strings.EqualFold(s.ConnectionType, "direct"),
	}
}

// iscID is what ISC's own ids look like: 32 hexadecimal digits, or a UUID.
var iscID = regexp.MustCompile(`^[0-9a-fA-F]{32}$|^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Source reads a source by id or exact name. fault.NotFound, or fault.Conflict with Choices when several have the name.
func (c *Client) Source(ctx context.Context, idOrName string) (identity.Source, error) {
	if bad := checkText(idOrName, "source"); bad != nil {
		return identity.Source{}, bad
	}
	named, _, bad := c.sourcesNamed(ctx, idOrName)
	switch {
	case bad != nil:
		return identity.Source{}, bad
	case len(named) == 1:
		return named[0], nil
	case len(named) > 1:
		return identity.Source{}, several(named)
	}
	src, status, bad := c.sourceByID(ctx, idOrName)
	switch {
	case bad == nil:
		return src, nil
	case bad.Kind == fault.NotFound || status == http.StatusBadRequest: // no id of ISC's form
		return identity.Source{}, fault.New(fault.NotFound, "SailPoint has no source with this id or name. Nothing was changed.")
	}
	return identity.Source{}, bad
}

func several(sources []identity.Source) *fault.Error {
	e := fault.New(fault.Conflict, "SailPoint has several sources with this name. Say which by its id. Nothing was changed.")
	for _, s := range sources {
		e.Choices = append(e.Choices, fault.Choice{Value: s.ID, Facts: []fault.Fact{
			{Label: "source", Value: s.Name}, {Label: "type", Value: s.Type}, {Label: "owner", Value: s.Owner},
		}})
	}
	return e
}

func (c *Client) sourceByID(ctx context.Context, id string) (identity.Source, int, *fault.Error) {
	var raw source
	a, bad := c.read(ctx, call{service: "sources", rest: "/{}", values: []string{id}, what: noSource, hint: sourceHint}, &raw)
	if bad == nil && raw.ID != id {
		bad = c.up.Odd(noSource, errors.New("another source than the one asked for"))
	}
	return raw.plain(), a.status, bad
}

func (c *Client) sourcesNamed(ctx context.Context, name string) ([]identity.Source, int, *fault.Error) {
	var raw []source
	query := url.Values{"filters": {"name eq " + quote(name)}}
	a, bad := c.read(ctx, call{service: "sources", query: query, what: noSource, hint: sourceHint}, &raw)
	if bad != nil {
		return nil, a.status, bad
	}
	var out []identity.Source
	for _, s := range raw {
		if s.ID != "" && strings.EqualFold(s.Name, name) {
			out = append(out, s.plain())
		}
	}
	return out, a.status, nil
}
