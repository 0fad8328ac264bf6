package esystems

import (
	"context"
	"encoding/json"
	"errors"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

const notRead = "The account could not be read."

// Get reads one account by its Id.
func (c *Client) Get(ctx context.Context, id string) (identity.Account, error) {
	got, _, bad := c.exactly(ctx, id)
	if bad != nil {
		return identity.Account{}, bad
	}
	return got.plain(), nil
}

// exactly reads the account with this Id; another one is an odd answer.
func (c *Client) exactly(ctx context.Context, id string) (account, map[string]json.RawMessage, *fault.Error) {
	got, whole, bad := c.one(ctx, identity.ByID, id)
	if bad == nil && string(got.ID) != id {
		bad = c.up.Odd(notRead, errors.New("another account than the one asked for"))
	}
	return got, whole, bad
}

// Compare reads the account and compares fields, private ones as well.
func (c *Client) Compare(ctx context.Context, id string, attributes map[string]string) (identity.Comparison, error) {
	_, whole, bad := c.exactly(ctx, id)
	if bad != nil {
		return identity.Comparison{}, bad
	}
	return upstream.Compare(attributes, func(name string) (any, bool) {
		var value any
		err := json.Unmarshal(whole[name], &value) // fails for a field that is not there
		return value, err == nil
	}), nil
}

// one reads one account, and its fields as they were sent.
func (c *Client) one(ctx context.Context, by identity.By, value string) (account, map[string]json.RawMessage, *fault.Error) {
	path, query, bad := c.locate(by, value)
	if bad != nil {
		return account{}, nil, bad
	}
	a := c.up.Read(ctx, upstream.Read{Path: path, Query: query, What: notRead})
	var got account
	if bad := c.up.Decode(a, notRead, &got); bad != nil {
		return account{}, nil, bad
	}
	if err := got.check(); err != nil {
		return account{}, nil, c.up.Odd(notRead, err)
	}
	var whole map[string]json.RawMessage
	if bad := c.up.Decode(a, notRead, &whole); bad != nil {
		return account{}, nil, bad
	}
	return got, whole, nil
}
