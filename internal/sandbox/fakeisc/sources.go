package fakeisc

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"accountops/internal/sandbox/upstream"
)

// source is a source as ISC describes it, and which attribute holds an account's id there.
type source struct {
	ID              string    `json:"id"`
	Name            string    `json:"name"`
	Description     string    `json:"description"`
	Owner           ref       `json:"owner"`
	Type            string    `json:"type"`
	Connector       string    `json:"connector"`
	ConnectorName   string    `json:"connectorName"`
	ConnectionType  string    `json:"connectionType"`
	Authoritative   bool      `json:"authoritative"`
	Features        []string  `json:"features"`
	Healthy         bool      `json:"healthy"`
	Status          string    `json:"status"`
	DeleteThreshold int       `json:"deleteThreshold"`
	Created         time.Time `json:"created"`
	Modified        time.Time `json:"modified"`
	NativeAttribute string    `json:"-"`
}

func (s source) can(feature string) bool { return slices.Contains(s.Features, feature) }

// native finds the account id among attributes.
func (s source) native(values map[string]string) string {
	return cmp.Or(values[s.NativeAttribute], values["nativeIdentity"], values["id"])
}

// account is an enabled, uncorrelated account on the source.
func (s source) account(native string, now time.Time) Account {
	owner := s.Owner
	return Account{
		Created: now, Modified: now, SourceID: s.ID, SourceName: s.Name, ConnectionType: new(s.ConnectionType),
		Attributes: map[string]any{s.NativeAttribute: native}, Authoritative: s.Authoritative, NativeIdentity: native,
		Uncorrelated: true, SourceOwner: &owner, Features: new(strings.Join(s.Features, ", ")),
	}
}

func (t *Tenant) sourceByID(id string) source {
	i := slices.IndexFunc(t.sources, func(s source) bool { return s.ID == id })
	if i < 0 || id == "" {
		return source{}
	}
	return t.sources[i]
}

// getSource answers GET /sources/v1/{id}.
func (t *Tenant) getSource(c call) upstream.Answer {
	s := t.sourceByID(c.id)
	if s.ID == "" {
		return t.Refuse(http.StatusNotFound)
	}
	return reply(http.StatusOK, s)
}

// listSources answers GET /sources/v1.
func (t *Tenant) listSources(c call) upstream.Answer {
	return list(t, c, slices.Clone(t.sources), sourceFields, sourceSorts)
}

// The fields that sources can be filtered and sorted by; the vendor has more.
var sourceFields = map[string]field[source]{
	"id":             {ops: []string{"eq", "in", "ge", "gt", "le", "lt", "ne", "isnull", "sw"}, text: func(s source) string { return s.ID }},
	"name":           {ops: []string{"co", "eq", "in", "sw", "ge", "gt", "ne", "isnull"}, anyCase: true, text: func(s source) string { return s.Name }},
	"type":           {ops: []string{"eq", "in", "ge", "gt", "ne", "isnull", "sw"}, text: func(s source) string { return s.Type }},
	"owner.id":       {ops: []string{"eq", "in", "ge", "gt", "le", "lt", "ne", "isnull", "sw"}, text: func(s source) string { return s.Owner.ID }},
	"description":    {ops: []string{"eq", "sw"}, text: func(s source) string { return s.Description }},
	"connectionType": {ops: []string{"eq", "ge", "gt", "in", "le", "lt", "ne", "isnull", "sw"}, text: func(s source) string { return s.ConnectionType }},
	"connectorName":  {ops: []string{"eq", "ge", "gt", "in", "ne", "isnull", "sw"}, text: func(s source) string { return s.ConnectorName }},
	"authoritative":  {ops: []string{"eq"}, flag: func(s source) bool { return s.Authoritative }},
}

var sourceSorts = map[string]func(source) string{
	"id":             func(s source) string { return s.ID },
	"name":           func(s source) string { return s.Name },
	"type":           func(s source) string { return s.Type },
	"owner.name":     func(s source) string { return s.Owner.Name },
	"connectorName":  func(s source) string { return s.ConnectorName },
	"connectionType": func(s source) string { return s.ConnectionType },
	"created":        func(s source) string { return s.Created.UTC().Format(sortable) },
}

// entitlement is one right, as ISC describes it.
type entitlement struct {
	ID                     string         `json:"id"`
	Name                   string         `json:"name"`
	Attribute              string         `json:"attribute"`
	Value                  string         `json:"value"`
	SourceSchemaObjectType string         `json:"sourceSchemaObjectType"`
	Description            *string        `json:"description"`
	Privileged             bool           `json:"privileged"`
	CloudGoverned          bool           `json:"cloudGoverned"`
	Requestable            bool           `json:"requestable"`
	Created                time.Time      `json:"created"`
	Modified               time.Time      `json:"modified"`
	Source                 ref            `json:"source"`
	Owner                  *ref           `json:"owner"`
	Attributes             map[string]any `json:"attributes"`
}

// listEntitlements answers GET /accounts/v1/{id}/entitlements.
func (t *Tenant) listEntitlements(c call) upstream.Answer {
	r, ok := t.accounts[c.id]
	if !ok {
		return t.Refuse(http.StatusNotFound)
	}
	c.Query.Del("filters")
	c.Query.Del("sorters")
	return list(t, c, append([]entitlement{}, r.Entitlements...), nil, nil)
}
