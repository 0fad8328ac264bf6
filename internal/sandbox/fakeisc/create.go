package fakeisc

import (
	"cmp"
	"maps"
	"net/http"
	"strings"

	"accountops/internal/sandbox/upstream"
)

// create answers POST /accounts/v1: it writes the ISC record only. If the body carries the account id of an existing account,
// be it ISC's id or the native identity, that account is updated.
func (t *Tenant) create(c call) upstream.Answer {
	var body struct {
		ID         string         `json:"id"`
		Attributes map[string]any `json:"attributes"`
	}
	if a := t.body(c, &body, true); a != nil {
		return *a
	}
	if body.Attributes == nil {
		return t.refuse(http.StatusBadRequest, "Required attribute is missing: attributes.")
	}
	values := map[string]string{}
	for key, v := range body.Attributes {
		s, ok := v.(string)
		if !ok {
			return t.refuse(http.StatusBadRequest, "The attribute %s must be a string.", upstream.Clip(key))
		}
		values[key] = s
	}
	s := t.sourceByID(values["sourceId"])
	if s.ID == "" {
		return t.refuse(http.StatusBadRequest, "Required attribute is missing or is not the id of a source: sourceId.")
	}
	delete(values, "sourceId")
	r, ok := t.existing(s, cmp.Or(body.ID, values["id"]), s.native(values))
	if !ok {
		if s.native(values) == "" {
			return t.refuse(http.StatusBadRequest, "Required attribute is missing: %s, the account id on the source %s.", s.NativeAttribute, s.Name)
		}
		r = t.fresh(s, values)
	}
	r = t.write(r, values)
	return t.begin(c, t.onSource(task{Verb: "create", Account: r.Account.ID, Name: deref(r.Account.Name), New: &r}, r))
}

// existing finds the account that the body carries the id of.
func (t *Tenant) existing(s source, id, native string) (record, bool) {
	for _, r := range t.accounts {
		if r.Account.SourceID == s.ID && (r.Account.ID == id || native != "" && strings.EqualFold(r.Account.NativeIdentity, native)) {
			r.Account.Attributes = maps.Clone(r.Account.Attributes)
			return r, true
		}
	}
	return record{}, false
}

// merged gives the account as it shall be when the task ends: another task may have made or changed it meanwhile.
func (t *Tenant) merged(wanted record) record {
	for _, r := range t.accounts {
		if r.Account.ID == wanted.Account.ID || r.liveKey() == wanted.liveKey() {
			r.Account.Attributes, r.Account.Name, r.Account.Modified = wanted.Account.Attributes, wanted.Account.Name, wanted.Account.Modified
			return r
		}
	}
	return wanted
}

// fresh is a new account with nothing on it yet.
func (t *Tenant) fresh(s source, values map[string]string) record {
	r := record{Account: s.account(s.native(values), t.now())}
	r.Account.ID, r.Account.Origin = upstream.NewID(), new("PROVISIONED")
	return r
}

// write puts the values on the account, and correlates it by e-mail or employee number.
func (t *Tenant) write(r record, values map[string]string) record {
	for key, v := range values {
		r.Account.Attributes[key] = v
	}
	login := cmp.Or(values["name"], values["sAMAccountName"], values["login"], values["userName"], deref(r.Account.Name), r.Account.NativeIdentity)
	r.Account.Name, r.Account.Modified = &login, t.now()
	if r.Account.Identity == nil {
		who := personBy(values)
		r.Account.Identity, r.Account.Uncorrelated = who, who == nil
		if who != nil {
			r.Account.IdentityID = &who.ID
		}
	}
	return r
}
