package fakeisc

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"accountops/internal/sandbox/upstream"
)

// toggle is the body of disable, enable and unlock. Unknown fields are ignored, as the vendor does.
type toggle struct {
	ExternalVerificationID *string `json:"externalVerificationId"`
	ForceProvisioning      *bool   `json:"forceProvisioning"`
	UnlockIDNAccount       *bool   `json:"unlockIDNAccount"`
}

func (t *Tenant) disable(c call) upstream.Answer { return t.toggle(c, "disable", "ENABLE") }
func (t *Tenant) enable(c call) upstream.Answer  { return t.toggle(c, "enable", "ENABLE") }
func (t *Tenant) unlock(c call) upstream.Answer  { return t.toggle(c, "unlock", "UNLOCK") }

// toggle queues a change of the account's state. On a source without the feature the task fails, as provisioning would.
func (t *Tenant) toggle(c call, verb, feature string) upstream.Answer {
	var body toggle
	if a := t.body(c, &body, true); a != nil {
		return *a
	}
	r, ok := t.accounts[c.id]
	if !ok {
		return t.Refuse(http.StatusNotFound)
	}
	k := task{Verb: verb, Account: c.id, Name: deref(r.Account.Name)}
	if s := t.sourceByID(r.Account.SourceID); !s.can(feature) {
		k.Fails = "The source " + s.Name + " does not support the operation " + verb + "."
	}
	return t.begin(c, t.onSource(k, r))
}

// onSource makes the task behave as the settings of its source say.
func (t *Tenant) onSource(k task, r record) task {
	k.Source = ref{Type: "SOURCE", ID: r.Account.SourceID, Name: r.Account.SourceName}
	tasks := t.settings.Sources[r.Account.SourceName].Tasks
	if tasks == "fail" && k.Fails == "" {
		k.Fails = "The connector of " + r.Account.SourceName + " did not answer."
	}
	k.Fault = taskSettings[tasks]
	return k
}

// remove answers POST /accounts/v1/{id}/remove: the ISC record goes when the task ends, the account at the source stays.
func (t *Tenant) remove(c call) upstream.Answer {
	r, ok := t.accounts[c.id]
	if !ok {
		return t.Refuse(http.StatusNotFound)
	}
	if t.settings.Sources[r.Account.SourceName].RefuseRemove {
		return t.refuse(http.StatusBadRequest, `Action "Remove Source Accounts" cannot be performed on [%s]`, r.Account.SourceName)
	}
	return t.begin(c, t.onSource(task{Verb: "remove", Account: c.id, Name: deref(r.Account.Name)}, r))
}

// deleteRecord answers DELETE /accounts/v1/{id}, which is for flat files only.
func (t *Tenant) deleteRecord(c call) upstream.Answer {
	r, ok := t.accounts[c.id]
	if !ok {
		return t.Refuse(http.StatusNotFound)
	}
	if s := t.sourceByID(r.Account.SourceID); s.Type != "DelimitedFile" {
		return t.refuse(http.StatusBadRequest, "Accounts of the source %s of type %s cannot be deleted: only those of type DelimitedFile can.", s.Name, s.Type)
	}
	return t.begin(c, t.onSource(task{Verb: "delete", Account: c.id, Name: deref(r.Account.Name)}, r))
}

// body reads a JSON object; an empty body is refused when one is needed.
func (t *Tenant) body(c call, into any, needed bool) *upstream.Answer {
	refused := func(a upstream.Answer) *upstream.Answer { return &a }
	if len(strings.TrimSpace(string(c.Body))) == 0 {
		if needed {
			return refused(t.refuse(http.StatusBadRequest, "Required request body is missing."))
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refused(t.Refuse(http.StatusUnsupportedMediaType))
	}
	if trimmed := strings.TrimSpace(string(c.Body)); trimmed[0] != '{' || json.Unmarshal(c.Body, into) != nil {
		return refused(t.refuse(http.StatusBadRequest, "The request could not be parsed: the body is not the JSON object that is expected here."))
	}
	return nil
}
