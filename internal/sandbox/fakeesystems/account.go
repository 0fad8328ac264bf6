package fakeesystems

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Account is an account as the Endpoint API gives it. Identifier, a national id number, is what newer servers add.
type Account struct {
	ID            string `json:"Id"`
	TenantID      link   `json:"TenantId"`
	Name          string
	FirstName     string
	LastName      string
	Phone         string
	PhoneVerified bool
	Email         string
	EmailVerified bool
	LanguageID    link `json:"LanguageId"`
	TimezoneID    link `json:"TimezoneId"`
	DateFormatID  link `json:"DateFormatId"`
	Username      string
	ExternalID    string `json:"ExternalId"`
	Identifier    string
	NotifyByEmail bool
	NotifyBySMS   bool
	IsActive      bool `json:"Is_Active"`
	ModifiedOn    time.Time
	CreatedOn     time.Time
}

// link is a foreign key. The vendor gives TenantId's Id as a number and the others' as text.
type link struct {
	ID         linkID `json:"Id"`
	ExternalID string `json:"ExternalId"`
	Name       string
	Type       string
}

// linkID is a number in JSON when it looks like one.
type linkID string

// MarshalJSON gives a number where it is one.
func (l linkID) MarshalJSON() ([]byte, error) {
	if n, err := strconv.ParseInt(string(l), 10, 64); err == nil {
		return json.Marshal(n)
	}
	return json.Marshal(string(l))
}

// UnmarshalJSON reads a number or text.
func (l *linkID) UnmarshalJSON(raw []byte) error {
	var n json.Number
	if err := json.Unmarshal(raw, &n); err == nil {
		*l = linkID(n)
		return nil
	}
	return json.Unmarshal(raw, (*string)(l))
}

// never is what the vendor writes for a time that has not been.
var never = time.Date(1900, 1, 1, 12, 0, 0, 0, time.UTC)

// field gives a field's value as text, by the vendor's name, with links followed: TenantId.Name.
func (a Account) field(name string) (string, bool) {
	plain := map[string]string{
		"Id": a.ID, "Name": a.Name, "FirstName": a.FirstName, "LastName": a.LastName, "Phone": a.Phone, "Email": a.Email, "Username": a.Username,
		"ExternalId": a.ExternalID, "Identifier": a.Identifier, "PhoneVerified": flag(a.PhoneVerified), "EmailVerified": flag(a.EmailVerified),
		"NotifyByEmail": flag(a.NotifyByEmail), "NotifyBySMS": flag(a.NotifyBySMS), "Is_Active": flag(a.IsActive),
		"ModifiedOn": stamp(a.ModifiedOn), "CreatedOn": stamp(a.CreatedOn),
	}
	if v, ok := plain[name]; ok {
		return v, true
	}
	links := map[string]link{"TenantId": a.TenantID, "LanguageId": a.LanguageID, "TimezoneId": a.TimezoneID, "DateFormatId": a.DateFormatID}
	key, of, _ := strings.Cut(name, ".")
	l, ok := links[key]
	if !ok {
		return "", false
	}
	v, ok := map[string]string{"": string(l.ID), "Id": string(l.ID), "ExternalId": l.ExternalID, "Name": l.Name, "Type": l.Type}[of]
	return v, ok
}

func flag(b bool) string { return map[bool]string{true: "True", false: "False"}[b] }

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }

// sorted gives all accounts in the order in which they were made.
func (t *Tenant) sorted() []Account {
	all := make([]Account, 0, len(t.accounts))
	for _, a := range t.accounts {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Account) int { return cmp.Or(a.CreatedOn.Compare(b.CreatedOn), strings.Compare(a.ID, b.ID)) })
	return all
}

// Accounts implements upstream.Controlled: all accounts, as GET /Accounts would list them.
func (t *Tenant) Accounts() any {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sorted()
}
