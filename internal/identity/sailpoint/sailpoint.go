// Package sailpoint is a thin client of SailPoint Identity Security Cloud (ISC). Reads are repeated where that helps; a call that
// changes something leaves once.
package sailpoint

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

// Tuning is what may be set and need not be: times, attempts, budget, clock, randomness.
type Tuning = upstream.Tuning

// Config says which tenant to call and as whom.
type Config struct {
	BaseURL   string                 // https://{tenant}.api.identitynow.com; plain http for loopback only
	PathStyle string                 // v1 (default), v2024, v2025, v2026
	ClientID  string                 // of a personal access token, or of an application client
	Secret    func() (string, error) // read anew for each token, so that it can be rotated

	NumberAttribute string // the account attribute that holds an employee number; default employeeNumber
	ScanPages       int    // how many pages of 250 accounts a look-up by name may read; default 20
	Tuning          Tuning
}

// Client calls one tenant. It is safe for concurrent use.
type Client struct {
	up     *upstream.Client
	style  string
	number string
	pages  int
}

var _ identity.ISC = (*Client)(nil)

// New makes a Client. The error is fault.Invalid with every mistake in its Fields.
func New(c Config) (*Client, error) {
	var wrong []fault.Field
	if c.PathStyle == "" {
		c.PathStyle = "v1"
	}
	if c.PathStyle == "v3" {
		wrong = append(wrong, fault.Field{Name: "path_style", Sentence: "The v3 API has neither remove, nor task status, nor deletion requests. Use v1."})
	} else if !slices.Contains([]string{"v1", "v2024", "v2025", "v2026"}, c.PathStyle) {
		wrong = append(wrong, fault.Field{Name: "path_style", Sentence: "It must be v1, v2024, v2025 or v2026."})
	}
	if c.ScanPages < 0 {
		wrong = append(wrong, fault.Field{Name: "scan_pages", Sentence: "It must not be negative."})
	}
	up, err := upstream.New(upstream.Config{
		System: "SailPoint", BaseURL: c.BaseURL, TokenPath: "/oauth/token", ClientID: c.ClientID, Secret: c.Secret,
		// Some tenants need it, and on the others it is harmless.
		Header: map[string]string{"X-SailPoint-Experimental": "true"}, Explain: explain, Tuning: c.Tuning,
	})
	if e, ok := errors.AsType[*fault.Error](err); ok {
		wrong = append(e.Fields, wrong...)
	}
	if len(wrong) > 0 {
		return nil, upstream.Invalid("SailPoint", wrong)
	}
	return &Client{up: up, style: c.PathStyle, number: cmp.Or(c.NumberAttribute, "employeeNumber"), pages: cmp.Or(c.ScanPages, 20)}, nil
}

// Name is identity.SailPoint.
func (c *Client) Name() string { return identity.SailPoint }

// BaseURL is where calls go.
func (c *Client) BaseURL() string { return c.up.Base.String() }

// path builds a service's path in the tenant's style: /accounts/v1/… or /v2026/accounts/….
func (c *Client) path(service, rest string, values ...string) (*url.URL, *fault.Error) {
	template := "/" + service + "/v1" + rest
	if c.style != "v1" {
		template = "/" + c.style + "/" + service + rest
	}
	u, err := c.up.Base.Path(template, values...)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "This cannot be the id of anything at SailPoint. Nothing was sent.")
	}
	return u, nil
}

// call is one read of a service.
type call struct {
	service string
	rest    string // below the service, with {} for each value
	values  []string
	query   url.Values
	what    string // what did not happen if it fails
	hint    string // for a 403
}

// answered is what came of a call besides its JSON.
type answered struct {
	status int
	header http.Header
}

// read gets JSON from a service.
func (c *Client) read(ctx context.Context, r call, into any) (answered, *fault.Error) {
	path, bad := c.path(r.service, r.rest, r.values...)
	if bad != nil {
		return answered{}, bad
	}
	a := c.up.Read(ctx, upstream.Read{Path: path, Query: r.query, What: r.what, Hint: r.hint})
	return answered{a.Status, a.Header}, c.up.Decode(a, r.what, into)
}
