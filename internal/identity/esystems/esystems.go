// Package esystems is a thin client of the eSystems Endpoint API. Every call is synchronous. Reads are repeated where that helps; a call
// that changes something leaves once. A national id and a phone number are never taken out of an answer.
package esystems

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

// Tuning is what may be set and need not be: times, attempts, budget, clock, randomness.
type Tuning = upstream.Tuning

// Config says which server to call and as whom.
type Config struct {
	BaseURL   string                 // https://{host}, without /Endpoint/…; plain http for loopback only
	ClientID  string                 // of the OAuth client
	Secret    func() (string, error) // read anew for each token, so that it can be rotated
	ScanPages int                    // how many pages of 500 accounts a look-up by name may read; default 20
	Tuning    Tuning
}

// Client calls one server. It is safe for concurrent use.
type Client struct {
	up    *upstream.Client
	pages int
}

var _ identity.Endpoint = (*Client)(nil)

// api is where the Endpoint API is, below the host.
const api = "/Endpoint/rest/api/v1"

// New makes a Client. The error is fault.Invalid with every mistake in its Fields.
func New(c Config) (*Client, error) {
	var wrong []fault.Field
	if strings.Contains(strings.ToLower(c.BaseURL), "/endpoint/rest/") {
		wrong = append(wrong, fault.Field{Name: "base_url", Sentence: "It must end before /Endpoint/rest/…."})
	}
	if c.ScanPages < 0 {
		wrong = append(wrong, fault.Field{Name: "scan_pages", Sentence: "It must not be negative."})
	}
	up, err := upstream.New(upstream.Config{
		System: "eSystems", BaseURL: c.BaseURL, TokenPath: "/oAuth/rest/v2/Token", ClientID: c.ClientID, Secret: c.Secret,
		Explain: explain, Tuning: c.Tuning,
	})
	if e, ok := errors.AsType[*fault.Error](err); ok {
		wrong = append(e.Fields, wrong...)
	}
	if len(wrong) > 0 {
		return nil, upstream.Invalid("eSystems", wrong)
	}
	if c.ScanPages == 0 {
		c.ScanPages = 20
	}
	return &Client{up: up, pages: c.ScanPages}, nil
}

// Name is identity.ESystems.
func (c *Client) Name() string { return identity.ESystems }

// BaseURL is where calls go.
func (c *Client) BaseURL() string { return c.up.Base.String() }

// fields are the fields that an account can be named by, as the parameter Name gives them.
var fields = map[identity.By]string{
	identity.ByID: "Id", identity.ByUsername: "Username", identity.ByExternalID: "ExternalId",
}

// locate builds the path and query of one account. The value goes as base64, since some characters are forbidden in the path.
func (c *Client) locate(by identity.By, value string) (*url.URL, url.Values, *fault.Error) {
	name, known := fields[by]
	if !known {
		return nil, nil, fault.New(fault.Invalid, "eSystems knows accounts by id, username or external id. Nothing was sent.")
	}
	err := upstream.CheckID(value)
	var path *url.URL
	if err == nil {
		path, err = c.up.Base.Path(api+"/Account/{}", "base64|"+base64.StdEncoding.EncodeToString([]byte(value)))
	}
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Invalid, "This cannot be the id of any account at eSystems. Nothing was sent.")
	}
	return path, url.Values{"Name": {name}}, nil
}
