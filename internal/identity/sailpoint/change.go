package sailpoint

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"unicode"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

// change is one call that changes something.
type change struct {
	method  string
	service string
	rest    string
	values  []string
	body    any    // nil: no body
	what    string // what did not happen if it fails
	hint    string // for a 403
	task    func([]byte) (string, error)
}

func (c *Client) write(ctx context.Context, w change) identity.Answer {
	path, bad := c.path(w.service, w.rest, w.values...)
	if bad != nil {
		return upstream.NotSent(bad)
	}
	var body []byte
	if w.body != nil {
		var err error
		if body, err = json.Marshal(w.body); err != nil {
			return upstream.NotSent(fault.Wrap(err, fault.Invalid, w.what+" It could not be written as JSON. Nothing was sent."))
		}
	}
	if w.task == nil {
		w.task = taskID
	}
	return c.up.Write(ctx, upstream.Write{
		Method: w.method, Path: path, Body: body, What: w.what, Hint: w.hint, Want: http.StatusAccepted, Task: w.task,
	})
}

// taskID reads {"id": "…"}, as 202 promises it.
func taskID(body []byte) (string, error) {
	var raw struct {
		ID string `json:"id"`
	}
	if err := upstream.Decode(body, &raw); err != nil {
		return "", err
	}
	return usable(raw.ID)
}

// usable refuses a handle that could not be asked about later.
func usable(id string) (string, error) {
	if strings.TrimSpace(id) == "" || len(id) > 128 || strings.ContainsFunc(id, unicode.IsControl) {
		return "", errors.New("no id that could be followed")
	}
	return id, nil
}

// Create writes an account record. It needs a source; an attribute that says another is refused before anything is sent.
func (c *Client) Create(ctx context.Context, sourceID string, attributes map[string]string) identity.Answer {
	const what = "The account was not created."
	if other, given := attributes["sourceId"]; sourceID == "" || given && other != sourceID {
		return upstream.NotSent(fault.New(fault.Invalid, what+" It needs exactly one source. Nothing was sent."))
	}
	all := map[string]string{"sourceId": sourceID}
	maps.Copy(all, attributes)
	return c.write(ctx, change{
		method: http.MethodPost, service: "accounts", body: map[string]any{"attributes": all}, what: what,
		hint: "Creating accounts needs ORG_ADMIN.",
	})
}

// options is the body of disable, enable and unlock. It is always sent, be it empty.
type options struct {
	ExternalVerificationID string `json:"externalVerificationId,omitempty"`
	ForceProvisioning      bool   `json:"forceProvisioning,omitempty"`
}

// Disable disables the account at its source.
func (c *Client) Disable(ctx context.Context, id string, o identity.Options) identity.Answer {
	return c.toggle(ctx, id, "/disable", "The account was not disabled.", o)
}

// Enable enables it.
func (c *Client) Enable(ctx context.Context, id string, o identity.Options) identity.Answer {
	return c.toggle(ctx, id, "/enable", "The account was not enabled.", o)
}

// Unlock unlocks it.
func (c *Client) Unlock(ctx context.Context, id string, o identity.Options) identity.Answer {
	return c.toggle(ctx, id, "/unlock", "The account was not unlocked.", o)
}

func (c *Client) toggle(ctx context.Context, id, verb, what string, o identity.Options) identity.Answer {
	return c.write(ctx, change{
		method: http.MethodPost, service: "accounts", rest: "/{}" + verb, values: []string{id}, what: what,
		body: options{ExternalVerificationID: o.ExternalVerificationID, ForceProvisioning: o.ForceProvisioning},
	})
}

// Remove forgets ISC's record of the account. It has no body.
func (c *Client) Remove(ctx context.Context, id string) identity.Answer {
	return c.write(ctx, change{
		method: http.MethodPost, service: "accounts", rest: "/{}/remove", values: []string{id},
		what: "The account was not removed.", hint: "Removing needs ORG_ADMIN.",
	})
}

// DeleteRecord deletes a flat-file account.
func (c *Client) DeleteRecord(ctx context.Context, id string) identity.Answer {
	return c.write(ctx, change{
		method: http.MethodDelete, service: "accounts", rest: "/{}", values: []string{id}, what: "The account was not deleted.",
	})
}

// needsUser is what a 403 on deletion requests usually means.
const needsUser = "Deletion requests need a personal access token (PAT), which has a user; SailPoint refuses them to an application client."

// RequestDeletion asks ISC to delete the account at its source. The answer's Task is the accountRequestId.
func (c *Client) RequestDeletion(ctx context.Context, id string, o identity.Options) identity.Answer {
	w := change{
		method: http.MethodPost, service: "account-requests", rest: "/account/{}/delete", values: []string{id},
		what: "The deletion was not requested.", hint: needsUser, task: accountRequestID,
	}
	if o.Comments != "" {
		w.body = map[string]string{"comments": o.Comments}
	}
	return c.write(ctx, w)
}

func accountRequestID(body []byte) (string, error) {
	var raw struct {
		ID string `json:"accountRequestId"`
	}
	if err := upstream.Decode(body, &raw); err != nil {
		return "", err
	}
	return usable(raw.ID)
}
