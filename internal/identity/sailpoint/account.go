package sailpoint

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"accountops/internal/identity"
)

// account is an Account as ISC sends it. What is a pointer must be there; the rest may be null or absent.
type account struct {
	ID             string         `json:"id"`
	Name           string         `json:"name"`
	NativeIdentity string         `json:"nativeIdentity"`
	Created        string         `json:"created"`
	Modified       string         `json:"modified"`
	SourceID       string         `json:"sourceId"`
	SourceName     string         `json:"sourceName"`
	SourceOwner    *ref           `json:"sourceOwner"`
	IdentityID     string         `json:"identityId"`
	Identity       *ref           `json:"identity"`
	ConnectionType string         `json:"connectionType"`
	Features       string         `json:"features"`
	Attributes     map[string]any `json:"attributes"`
	Authoritative  bool           `json:"authoritative"`
	Disabled       *bool          `json:"disabled"`
	Locked         *bool          `json:"locked"`
	HasEntitlement bool           `json:"hasEntitlements"`
}

type ref struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Name string `json:"name"`
}

func (r *ref) name() string {
	if r == nil {
		return ""
	}
	return r.Name
}

// check refuses an account that lacks what every account has. Without it a missing "disabled" would read as enabled.
func (a account) check() error {
	switch {
	case a.ID == "":
		return errors.New("an account without an id")
	case a.Disabled == nil || a.Locked == nil:
		return errors.New("an account without disabled or locked")
	}
	return nil
}

// The account attributes that hold a display name, an e-mail address and a manager, the likeliest first.
var (
	displayNames = []string{"displayName", "cn"}
	emails       = []string{"mail", "email", "emailAddress"}
	managers     = []string{"manager", "managerName", "supervisor"}
)

func (a account) plain() identity.Account {
	return identity.Account{
		ID: a.ID, Name: a.Name, NativeIdentity: a.NativeIdentity,
		SourceID: a.SourceID, Source: a.SourceName, SourceOwner: a.SourceOwner.name(),
		IdentityID: a.owner(), Identity: a.Identity.name(),
		Disabled: *a.Disabled, Locked: *a.Locked, Direct: strings.EqualFold(a.ConnectionType, "direct"),
		Features: features(a.Features), HasEntitlement: a.HasEntitlement, Authoritative: a.Authoritative,
		DisplayName: a.first(displayNames), Email: a.first(emails), Manager: a.first(managers),
		CreatedAt: when(a.Created), ModifiedAt: when(a.Modified),
	}
}

// owner gives the id of the identity that has the account; empty when nobody has it.
func (a account) owner() string {
	if a.IdentityID == "" && a.Identity != nil {
		return a.Identity.ID
	}
	return a.IdentityID
}

// first gives the first of the named attributes that has a value. Attribute names count without case.
func (a account) first(names []string) string {
	for _, name := range names {
		for key, value := range a.Attributes {
			if s := plain(value); strings.EqualFold(key, name) && s != "" {
				return s
			}
		}
	}
	return ""
}

// plain gives a string or a number as text, and nothing for the rest.
func plain(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// features reads "ENABLE, PROVISIONING".
func features(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// when reads a time; zero when there is none or it cannot be read.
func when(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
