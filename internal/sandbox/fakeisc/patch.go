package fakeisc

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"accountops/internal/sandbox/upstream"
)

// patch answers PATCH /accounts/v1/{id} with a JSON Patch: attributes of flat-file accounts, and the identity of any. The answer is
// 202 {} without a task, as the vendor's.
func (t *Tenant) patch(c call) upstream.Answer {
	r, ok := t.accounts[c.id]
	if !ok {
		return t.Refuse(http.StatusNotFound)
	}
	var ops []struct{ Op, Path, Value string }
	if json.Unmarshal(c.Body, &ops) != nil || len(ops) == 0 {
		return t.refuse(http.StatusBadRequest, "The request could not be parsed: the body is not a JSON Patch.")
	}
	r.Account.Attributes = maps.Clone(r.Account.Attributes)
	for _, op := range ops {
		key, isAttribute := strings.CutPrefix(op.Path, "/attributes/")
		known := op.Op == "add" || op.Op == "replace" || op.Op == "remove"
		switch {
		case known && op.Path == "/identityId":
			who := identityByID(op.Value)
			if op.Op != "remove" && who == nil {
				return t.refuse(http.StatusBadRequest, "There is no identity %s.", upstream.Clip(op.Value))
			}
			r.Account.Identity, r.Account.IdentityID, r.Account.Uncorrelated, r.Account.ManuallyCorrelated = nil, nil, true, false
			if op.Op != "remove" {
				r.Account.Identity, r.Account.IdentityID, r.Account.Uncorrelated, r.Account.ManuallyCorrelated = who, &who.ID, false, true
			}
		case known && isAttribute && t.sourceByID(r.Account.SourceID).Type == "DelimitedFile":
			if r.Account.Attributes[key] = op.Value; op.Op == "remove" {
				delete(r.Account.Attributes, key)
			}
		default:
			return t.refuse(http.StatusBadRequest, "The path %s cannot be patched.", upstream.Clip(op.Path))
		}
	}
	r.Account.Modified = t.now()
	if err := t.putAccount(r); err != nil {
		return t.broken(err)
	}
	return reply(http.StatusAccepted, struct{}{})
}

func identityByID(id string) *ref {
	for _, p := range people {
		if who := identityOf(p.login); who.ID == id {
			return who
		}
	}
	return nil
}
