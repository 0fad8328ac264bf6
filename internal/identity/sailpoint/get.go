package sailpoint

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

// pageSize is the most that one page holds, and ISC's default.
const pageSize = 250

// maxEntitlementPages bounds how many entitlements of one account are read.
const maxEntitlementPages = 40

// Get reads one account with its entitlements, and its source where our client may read sources.
func (c *Client) Get(ctx context.Context, id string) (identity.Account, error) {
	raw, bad := c.one(ctx, id)
	if bad != nil {
		return identity.Account{}, bad
	}
	out := raw.plain()
	out.Entitlements, bad = c.entitlements(ctx, id)
	if bad != nil {
		return identity.Account{}, bad
	}
	if bad = c.addSource(ctx, &out); bad != nil {
		return identity.Account{}, bad
	}
	return out, nil
}

// Compare reads the account and compares attributes. The native identity is no attribute on every source, and is sent as one.
func (c *Client) Compare(ctx context.Context, id string, attributes map[string]string) (identity.Comparison, error) {
	raw, bad := c.one(ctx, id)
	if bad != nil {
		return identity.Comparison{}, bad
	}
	return upstream.Compare(attributes, func(name string) (any, bool) {
		for key, value := range raw.Attributes {
			if strings.EqualFold(key, name) {
				return value, true
			}
		}
		if strings.EqualFold(name, "id") || strings.EqualFold(name, "nativeIdentity") {
			return raw.NativeIdentity, true
		}
		return nil, false
	}), nil
}

func (c *Client) one(ctx context.Context, id string) (account, *fault.Error) {
	const what = "The account could not be read."
	var raw account
	if _, bad := c.read(ctx, call{service: "accounts", rest: "/{}", values: []string{id}, what: what}, &raw); bad != nil {
		return account{}, bad
	}
	if err := raw.check(); err != nil {
		return account{}, c.up.Odd(what, err)
	}
	if raw.ID != id {
		return account{}, c.up.Odd(what, errors.New("another account than the one asked for"))
	}
	return raw, nil
}

// entitlement is tolerant: the vendor's documents show a flag and, in newer ones, a level.
type entitlement struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	Value          string `json:"value"`
	Privileged     bool   `json:"privileged"`
	PrivilegeLevel struct {
		Direct    string `json:"direct"`
		Effective string `json:"effective"`
	} `json:"privilegeLevel"`
}

func (e entitlement) privileged() bool {
	return e.Privileged || strings.EqualFold(e.PrivilegeLevel.Direct, "HIGH") || strings.EqualFold(e.PrivilegeLevel.Effective, "HIGH")
}

// entitlements reads all of them: what an approval is bound to must be whole.
func (c *Client) entitlements(ctx context.Context, id string) ([]identity.Entitlement, *fault.Error) {
	const what = "The account's entitlements could not be read."
	out := []identity.Entitlement{} // none is not the same as not told
	seen := make(map[string]bool)
	for page := range maxEntitlementPages {
		query := url.Values{}
		if page > 0 {
			query = url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(page * pageSize)}}
		}
		var raw []entitlement
		if _, bad := c.read(ctx, call{service: "accounts", rest: "/{}/entitlements", values: []string{id}, query: query, what: what}, &raw); bad != nil {
			return nil, bad
		}
		fresh := 0
		for _, e := range raw {
			if e.ID == "" {
				return nil, c.up.Odd(what, errors.New("an entitlement without an id"))
			}
			if seen[e.ID] {
				continue
			}
			seen[e.ID] = true
			fresh++
			if e.Name == "" {
				e.Name = e.Value
			}
			out = append(out, identity.Entitlement{ID: e.ID, Name: e.Name, Privileged: e.privileged()})
		}
		if len(raw) < pageSize || fresh == 0 {
			return out, nil
		}
	}
	return nil, c.up.Odd(what, errors.New("more entitlements than we read"))
}

// addSource fills in what only the source tells. HELPDESK may not read sources, and a source may be gone: then it stays unknown.
func (c *Client) addSource(ctx context.Context, a *identity.Account) *fault.Error {
	if a.SourceID == "" {
		return nil
	}
	src, status, bad := c.sourceByID(ctx, a.SourceID)
	if status == http.StatusForbidden || status == http.StatusNotFound {
		return nil
	}
	if bad != nil {
		return bad
	}
	a.SourceType = src.Type
	if a.SourceOwner == "" {
		a.SourceOwner = src.Owner
	}
	if len(a.Features) == 0 {
		a.Features = src.Features
	}
	a.Direct = a.Direct || src.Direct
	return nil
}
