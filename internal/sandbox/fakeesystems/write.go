package fakeesystems

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"accountops/internal/sandbox/upstream"
)

// data is AccountData, the body of POST and PUT. Absent fields are nil. Foreign keys come as {"Value","Name"}, or as they were given.
type data struct {
	ID            *string `json:"Id"`
	Name          *string
	FirstName     *string
	LastName      *string
	Phone         *string
	PhoneVerified *bool
	Email         *string
	EmailVerified *bool
	Username      *string
	ExternalID    *string `json:"ExternalId"`
	Identifier    *string
	NotifyByEmail *bool
	NotifyBySMS   *bool
	IsActive      *bool      `json:"Is_Active"`
	TenantID      *foreign   `json:"TenantId"`
	LanguageID    *foreign   `json:"LanguageId"`
	TimezoneID    *foreign   `json:"TimezoneId"`
	DateFormatID  *foreign   `json:"DateFormatId"`
	CreatedOn     *time.Time // ignored, like ModifiedOn: accepted because people write back what they read
	ModifiedOn    *time.Time
}

// foreign is a foreign key in a body.
type foreign struct {
	link
	Value *linkID
}

// body reads AccountData; the sentence says why it cannot be read.
func body(req upstream.Request) (data, string) {
	var d data
	kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	trimmed := strings.TrimSpace(string(req.Body))
	switch {
	case trimmed == "":
		return d, "The request body is missing."
	case err != nil || kind != "application/json":
		return d, "The Content-Type must be application/json."
	case trimmed[0] != '{' || json.Unmarshal(req.Body, &d) != nil:
		return d, "The request body is not a valid Account."
	}
	return d, ""
}

// create answers POST /Account.
func (t *Tenant) create(req upstream.Request) upstream.Answer {
	d, wrong := body(req)
	if wrong != "" {
		return t.refuse(req, badInput, wrong)
	}
	a := d.onto(Account{ID: upstream.NewID(), IsActive: true, ModifiedOn: never, CreatedOn: t.now(), TenantID: acme, LanguageID: english, TimezoneID: utc, DateFormatID: iso})
	if d.ID != nil && *d.ID != "" {
		a.ID = *d.ID
	}
	if a.Name == "" {
		a.Name = strings.TrimSpace(a.FirstName + " " + a.LastName)
	}
	var errs []string
	if a.Name == "" {
		errs = append(errs, "Name is mandatory.")
	}
	if _, taken := t.accounts[a.ID]; taken {
		errs = append(errs, "Id must be unique.")
	}
	return t.save(req, a, append(errs, t.taken(a)...))
}

// update answers PUT /Account/{Id}.
func (t *Tenant) update(req upstream.Request, was Account) upstream.Answer {
	d, wrong := body(req)
	if wrong != "" {
		return t.refuse(req, badInput, wrong)
	}
	a := was
	if !t.settings.KeepOmitted {
		a = Account{ID: was.ID, CreatedOn: was.CreatedOn, TenantID: was.TenantID}
	}
	a = d.onto(a)
	a.ModifiedOn = t.now()
	var errs []string
	if d.ID != nil && *d.ID != "" && *d.ID != was.ID {
		errs = append(errs, "Id cannot be changed.")
	}
	if a.Name == "" {
		errs = append(errs, "Name is mandatory.")
	}
	return t.save(req, a, append(errs, t.taken(a)...))
}

func (t *Tenant) save(req upstream.Request, a Account, errs []string) upstream.Answer {
	if len(errs) > 0 {
		return t.refuse(req, badInput, errs...)
	}
	if err := t.put(a); err != nil {
		return t.broken(req, err)
	}
	return reply(http.StatusOK, a)
}

// taken says which of the unique fields others have already. A value that the account has had all along is not taken.
func (t *Tenant) taken(a Account) (errs []string) {
	was := t.accounts[a.ID]
	for _, name := range []string{"Username", "ExternalId", "Email", "Phone"} {
		v, _ := a.field(name)
		had, _ := was.field(name)
		for id, other := range t.accounts {
			if theirs, _ := other.field(name); v != "" && id != a.ID && !strings.EqualFold(v, had) && strings.EqualFold(theirs, v) {
				errs = append(errs, fmt.Sprintf("%s must be unique.", name))
				break
			}
		}
	}
	return errs
}

// onto writes what the body has over an account.
func (d data) onto(a Account) Account {
	set(&a.Name, d.Name)
	set(&a.FirstName, d.FirstName)
	set(&a.LastName, d.LastName)
	set(&a.Phone, d.Phone)
	set(&a.PhoneVerified, d.PhoneVerified)
	set(&a.Email, d.Email)
	set(&a.EmailVerified, d.EmailVerified)
	set(&a.Username, d.Username)
	set(&a.ExternalID, d.ExternalID)
	set(&a.Identifier, d.Identifier)
	set(&a.NotifyByEmail, d.NotifyByEmail)
	set(&a.NotifyBySMS, d.NotifyBySMS)
	set(&a.IsActive, d.IsActive)
	for to, from := range map[*link]*foreign{
		&a.TenantID: d.TenantID, &a.LanguageID: d.LanguageID, &a.TimezoneID: d.TimezoneID, &a.DateFormatID: d.DateFormatID,
	} {
		if from == nil {
			continue
		}
		if *to = from.link; from.Value != nil {
			*to = link{ID: *from.Value}
		}
	}
	return a
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// now is the server's time, in seconds as it gives it.
func (t *Tenant) now() time.Time { return t.cfg.Clock().UTC().Truncate(time.Second) }
