package esystems

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

// What a created account may be given, by the kind of value.
var (
	textFields = []string{"Name", "FirstName", "LastName", "Phone", "Email", "Username", "ExternalId"}
	boolFields = []string{"NotifyByEmail", "NotifyBySMS", "Is_Active"}
)

// Create makes an account. Username, ExternalId, Email and Phone are unique; eSystems refuses one that is taken.
func (c *Client) Create(ctx context.Context, attributes map[string]string) identity.Answer {
	const what = "The account was not created."
	fields, wrong := typed(attributes)
	if len(wrong) > 0 {
		e := fault.New(fault.Invalid, what+" Its attributes have mistakes. Nothing was sent.")
		e.Fields = wrong
		return upstream.NotSent(e)
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return upstream.NotSent(fault.Wrap(err, fault.Invalid, what+" It could not be written as JSON. Nothing was sent."))
	}
	path, err := c.up.Base.Path(api + "/Account")
	if err != nil {
		return upstream.NotSent(fault.Wrap(err, fault.Internal, what+" Nothing was sent."))
	}
	return c.up.Write(ctx, upstream.Write{
		Method: http.MethodPost, Path: path, Body: body, What: what, Want: http.StatusOK, Hide: []string{attributes["Phone"]},
		Hint: "Creating needs the scope AccessManager:Create or AccessUser:Create.",
		Task: func(body []byte) (string, error) {
			got, err := promised(body)
			if err == nil && attributes["Username"] != "" && got.Username != attributes["Username"] {
				err = errors.New("another account than the one created")
			}
			return "", err
		},
	})
}

// typed gives attributes their types. What is not known is refused: a misspelt field would be lost without a word.
func typed(attributes map[string]string) (map[string]any, []fault.Field) {
	out := make(map[string]any, len(attributes))
	var wrong []fault.Field
	for name, value := range attributes {
		switch {
		case slices.Contains(textFields, name):
			out[name] = value
		case slices.Contains(boolFields, name) && (value == "true" || value == "false"):
			out[name] = value == "true"
		case slices.Contains(boolFields, name):
			wrong = append(wrong, fault.Field{Name: "attributes." + name, Sentence: "It must be true or false."})
		default:
			known := strings.Join(slices.Concat(textFields, boolFields), ", ")
			wrong = append(wrong, fault.Field{Name: "attributes." + name, Sentence: "eSystems has no such field. It has " + known + "."})
		}
	}
	slices.SortFunc(wrong, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return out, wrong
}

// promised reads the account that a success promises.
func promised(body []byte) (account, error) {
	var got account
	if err := upstream.Decode(body, &got); err != nil {
		return account{}, err
	}
	return got, got.check()
}

// SetActive reads the account, changes Is_Active and writes all of it back: whether fields that are left out are kept is not documented.
// An account that is already so is not written.
func (c *Client) SetActive(ctx context.Context, id string, active bool) identity.Answer {
	what := "The account was not disabled."
	if active {
		what = "The account was not enabled."
	}
	got, whole, bad := c.exactly(ctx, id)
	if bad != nil {
		bad.Sentence = what + " " + bad.Sentence + " Nothing was sent."
		return upstream.NotSent(bad)
	}
	if *got.Active == active {
		return identity.Answer{Outcome: identity.Accepted, Status: http.StatusOK}
	}
	whole["Is_Active"] = json.RawMessage("false")
	if active {
		whole["Is_Active"] = json.RawMessage("true")
	}
	body, err := json.Marshal(whole)
	path, query, bad := c.locate(identity.ByID, id)
	if err != nil || bad != nil {
		return upstream.NotSent(fault.Wrap(err, fault.Internal, what+" Nothing was sent."))
	}
	return c.up.Write(ctx, upstream.Write{
		Method: http.MethodPut, Path: path, Query: query, Body: body, What: what, Want: http.StatusOK,
		Hint: "Changing needs the scope AccessManager:Update or AccessUser:Update.", Hide: private(whole),
		Task: func(body []byte) (string, error) {
			after, err := promised(body)
			if err == nil && (string(after.ID) != id || *after.Active != active) {
				err = errors.New("an account that is not as it was to be")
			}
			return "", err
		},
	})
}

// private gives the values that no error may repeat.
func private(whole map[string]json.RawMessage) []string {
	var out []string
	for _, name := range []string{"Phone", "Identifier"} {
		var value number
		if raw := whole[name]; len(raw) > 0 && string(raw) != "null" && value.UnmarshalJSON(raw) == nil {
			out = append(out, string(value))
		}
	}
	return out
}

// Delete deletes the account with this Id, at once. The answer is the deleted account; another one's proves nothing.
func (c *Client) Delete(ctx context.Context, id string) identity.Answer {
	path, query, bad := c.locate(identity.ByID, id)
	if bad != nil {
		return upstream.NotSent(bad)
	}
	return c.up.Write(ctx, upstream.Write{
		Method: http.MethodDelete, Path: path, Query: query, What: "The account was not deleted.", Want: http.StatusOK,
		Hint: "Deleting needs the scope AccessManager:Delete or AccessUser:Delete.",
		Task: func(body []byte) (string, error) {
			got, err := promised(body)
			if err == nil && string(got.ID) != id {
				err = errors.New("another account than the one to be deleted")
			}
			return "", err
		},
	})
}
