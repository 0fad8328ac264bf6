package sailpoint

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

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

// Source reads a source by id or exact name. fault.NotFound, or fault.Conflict, which names their ids, when several have the name.
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

// Sources lists sources by a part of their name. Where there are many, those that begin with it are asked for as well: by name, they
// could come after all that ISC gives.
func (c *Client) Sources(ctx context.Context, part string, limit int) ([]identity.Source, error) {
	filters := []string{""}
	if part != "" {
		if bad := checkText(part, "source"); bad != nil {
			return nil, bad
		}
		filters = []string{"name sw " + quote(part), "name co " + quote(part)}
	}
	if limit < 1 || limit > pageSize {
		limit = pageSize
	}
	lists, statuses, bads := make([][]source, len(filters)), make([]int, len(filters)), make([]*fault.Error, len(filters))
	var wg sync.WaitGroup
	for i, filter := range filters { // together, since somebody who looks round is waiting for each letter
		wg.Go(func() { lists[i], statuses[i], bads[i] = c.sources(ctx, filter, limit) })
	}
	wg.Wait()
	for i, bad := range bads {
		if statuses[i] == http.StatusForbidden {
			bad.Kind = fault.Denied
		}
		if bad != nil {
			return nil, bad
		}
	}
	out, seen := []identity.Source{}, map[string]bool{}
	for _, s := range slices.Concat(lists...) {
		if s.ID != "" && !seen[s.ID] && len(out) < limit && strings.Contains(strings.ToLower(s.Name), strings.ToLower(part)) {
			seen[s.ID] = true
			out = append(out, s.plain())
		}
	}
	return out, nil
}

// sources reads the first sources by name; all are asked for by an empty filter.
func (c *Client) sources(ctx context.Context, filter string, limit int) (raw []source, status int, bad *fault.Error) {
	query := url.Values{"sorters": {"name"}, "limit": {strconv.Itoa(limit)}}
	if filter != "" {
		query.Set("filters", filter)
	}
	a, bad := c.read(ctx, call{service: "sources", query: query, what: "The sources could not be looked up.", hint: sourceHint}, &raw)
	return raw, a.status, bad
}

// several tells sources apart in words: a choice would be taken for an account, which is what is chosen everywhere else.
func several(sources []identity.Source) *fault.Error {
	const most = 10
	var each []string
	for _, s := range sources[:min(len(sources), most)] {
		each = append(each, fmt.Sprintf("%s (type %q, owner %q)", s.ID, s.Type, s.Owner))
	}
	return fault.Newf(fault.Conflict, "SailPoint has several sources with this name. Say which by its id: %s. Nothing was changed.", strings.Join(each, "; "))
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
