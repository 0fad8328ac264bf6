package esystems

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"accountops/internal/identity"
)

// account is what we take of an Account. Phone and Identifier are left out on purpose. What is a pointer must be there.
type account struct {
	ID         number `json:"Id"`
	Tenant     *ref   `json:"TenantId"`
	Name       string `json:"Name"`
	FirstName  string `json:"FirstName"`
	LastName   string `json:"LastName"`
	Email      string `json:"Email"`
	Username   string `json:"Username"`
	ExternalID string `json:"ExternalId"`
	Active     *bool  `json:"Is_Active"`
	ModifiedOn string `json:"ModifiedOn"`
	CreatedOn  string `json:"CreatedOn"`
}

type ref struct {
	ID         number `json:"Id"`
	ExternalID string `json:"ExternalId"`
	Name       string `json:"Name"`
}

// number is an id that may be sent as a string or as an integer of 64 bits; as text it loses nothing.
type number string

// UnmarshalJSON reads either.
func (n *number) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		*n = number(text)
		return nil
	}
	var digits json.Number
	if err := json.Unmarshal(raw, &digits); err != nil || strings.ContainsAny(digits.String(), ".eE") {
		return errors.New("an id that is neither text nor an integer")
	}
	*n = number(digits)
	return nil
}

// check refuses an account that lacks what every account has. Without it a missing Is_Active would read as disabled.
func (a account) check() error {
	if a.ID == "" || a.Active == nil {
		return errors.New("an account without Id or Is_Active")
	}
	return nil
}

func (a account) plain() identity.Account {
	out := identity.Account{
		ID: string(a.ID), Name: a.Username, NativeIdentity: a.ExternalID, DisplayName: a.Name, Email: a.Email,
		Disabled: !*a.Active, Direct: true, CreatedAt: when(a.CreatedOn), ModifiedAt: when(a.ModifiedOn),
	}
	if out.DisplayName == "" {
		out.DisplayName = strings.TrimSpace(a.FirstName + " " + a.LastName)
	}
	if a.Tenant != nil {
		out.SourceID, out.Source = string(a.Tenant.ID), a.Tenant.Name
	}
	return out
}

// named gives the value of one of the fields that can name an account.
func (a account) named(by identity.By) string {
	return map[identity.By]string{identity.ByID: string(a.ID), identity.ByUsername: a.Username, identity.ByExternalID: a.ExternalID}[by]
}

// when reads a time; zero when it cannot be read, or is the 1900-01-01 that means never.
func when(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() <= 1900 {
		return time.Time{}
	}
	return t.UTC()
}
