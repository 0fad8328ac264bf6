package fakeisc

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"accountops/internal/sandbox/upstream"
)

// Account is an account as ISC describes it. Whatever may be null is a pointer.
type Account struct {
	ID                 string         `json:"id"`
	Name               *string        `json:"name"`
	Created            time.Time      `json:"created"`
	Modified           time.Time      `json:"modified"`
	SourceID           string         `json:"sourceId"`
	SourceName         string         `json:"sourceName"`
	IdentityID         *string        `json:"identityId,omitempty"`
	ConnectionType     *string        `json:"connectionType"`
	IsMachine          bool           `json:"isMachine"`
	Attributes         map[string]any `json:"attributes"`
	Authoritative      bool           `json:"authoritative"`
	Description        *string        `json:"description"`
	Disabled           bool           `json:"disabled"`
	Locked             bool           `json:"locked"`
	NativeIdentity     string         `json:"nativeIdentity"`
	SystemAccount      bool           `json:"systemAccount"`
	Uncorrelated       bool           `json:"uncorrelated"`
	UUID               *string        `json:"uuid"`
	ManuallyCorrelated bool           `json:"manuallyCorrelated"`
	HasEntitlements    bool           `json:"hasEntitlements"`
	Identity           *ref           `json:"identity,omitempty"`
	SourceOwner        *ref           `json:"sourceOwner"`
	Features           *string        `json:"features"`
	Origin             *string        `json:"origin"`
	OwnerIdentity      *ref           `json:"ownerIdentity,omitempty"`
}

// ref is a reference to another object.
type ref struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// record is an account and its entitlements, as kept on disk.
type record struct {
	Account      Account
	Entitlements []entitlement
}

func (r record) liveKey() string { return r.Account.SourceID + "/" + r.Account.NativeIdentity }

func (t *Tenant) putAccount(r record) error {
	t.accounts[r.Account.ID] = r
	return t.cfg.Disk.Put("isc/accounts", r.Account.ID, r)
}

func (t *Tenant) dropAccount(id string) error {
	delete(t.accounts, id)
	return t.cfg.Disk.Delete("isc/accounts", id)
}

func (t *Tenant) putLive(r record) error {
	t.live[r.liveKey()] = r
	return t.cfg.Disk.Put("isc/live", r.liveKey(), r)
}

func (t *Tenant) dropLive(key string) error {
	delete(t.live, key)
	return t.cfg.Disk.Delete("isc/live", key)
}

// getAccount answers GET /accounts/v1/{id}.
func (t *Tenant) getAccount(c call) upstream.Answer {
	r, ok := t.accounts[c.id]
	if !ok {
		return t.Refuse(http.StatusNotFound)
	}
	return reply(http.StatusOK, r.Account)
}

// listAccounts answers GET /accounts/v1.
func (t *Tenant) listAccounts(c call) upstream.Answer {
	return list(t, c, t.sorted(), accountFields, accountSorts)
}

// sorted gives all accounts in the order in which they were made.
func (t *Tenant) sorted() []Account {
	all := make([]Account, 0, len(t.accounts))
	for _, r := range t.accounts {
		all = append(all, r.Account)
	}
	slices.SortFunc(all, func(a, b Account) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.SourceID+a.NativeIdentity, b.SourceID+b.NativeIdentity)
	})
	return all
}

// Accounts implements upstream.Controlled: all accounts, as GET /accounts/v1 would list them.
func (t *Tenant) Accounts() any {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.settle(); err != nil {
		return []Account{}
	}
	return t.sorted()
}

// The operators that the vendor's documents name for fields of one kind.
var (
	ofText = []string{"eq", "in", "sw"}
	ofTime = []string{"eq", "ge", "gt", "le", "lt"}
)

// The fields that accounts can be filtered by, with their operators, and how they are read. disabled and locked are not among them. Left
// out of what the vendor documents: entitlements, whose values it does not say.
var accountFields = map[string]field[Account]{
	"id":                     {ops: ofText, text: func(a Account) string { return a.ID }},
	"identityId":             {ops: ofText, text: func(a Account) string { return deref(a.IdentityID) }},
	"name":                   {ops: ofText, anyCase: true, text: func(a Account) string { return deref(a.Name) }},
	"nativeIdentity":         {ops: ofText, anyCase: true, text: func(a Account) string { return a.NativeIdentity }},
	"sourceId":               {ops: ofText, text: func(a Account) string { return a.SourceID }},
	"identity.name":          {ops: ofText, anyCase: true, text: func(a Account) string { return name(a.Identity) }},
	"uncorrelated":           {ops: []string{"eq"}, flag: func(a Account) bool { return a.Uncorrelated }},
	"hasEntitlements":        {ops: []string{"eq"}, flag: func(a Account) bool { return a.HasEntitlements }},
	"manuallyCorrelated":     {ops: []string{"eq"}, flag: func(a Account) bool { return a.ManuallyCorrelated }},
	"identity.correlated":    {ops: []string{"eq"}, flag: func(a Account) bool { return !a.Uncorrelated }},
	"source.authoritative":   {ops: []string{"eq"}, flag: func(a Account) bool { return a.Authoritative }},
	"origin":                 {ops: []string{"eq", "in"}, text: func(a Account) string { return deref(a.Origin) }},
	"source.displayableName": {ops: []string{"eq", "in"}, anyCase: true, text: func(a Account) string { return a.SourceName }},
	"source.connectionType":  {ops: []string{"eq", "in"}, text: func(a Account) string { return deref(a.ConnectionType) }},
	"identity.identityState": {ops: []string{"eq", "in"}, text: func(a Account) string { return map[bool]string{true: "ACTIVE"}[a.Identity != nil] }},
	"recommendation.method":  {ops: []string{"eq", "in", "isnull"}, text: func(Account) string { return "" }},
	"created":                {ops: ofTime, time: func(a Account) time.Time { return a.Created }},
	"modified":               {ops: ofTime, time: func(a Account) time.Time { return a.Modified }},
}

// The fields that accounts can be sorted by.
var accountSorts = map[string]func(Account) string{
	"id":                 func(a Account) string { return a.ID },
	"name":               func(a Account) string { return deref(a.Name) },
	"created":            func(a Account) string { return a.Created.UTC().Format(sortable) },
	"modified":           func(a Account) string { return a.Modified.UTC().Format(sortable) },
	"sourceId":           func(a Account) string { return a.SourceID },
	"identityId":         func(a Account) string { return deref(a.IdentityID) },
	"identity.id":        func(a Account) string { return deref(a.IdentityID) },
	"nativeIdentity":     func(a Account) string { return a.NativeIdentity },
	"uuid":               func(a Account) string { return deref(a.UUID) },
	"manuallyCorrelated": func(a Account) string { return strconv.FormatBool(a.ManuallyCorrelated) },
	"identity.name":      func(a Account) string { return name(a.Identity) },
	"origin":             func(a Account) string { return deref(a.Origin) },

	"identity.correlated":    func(a Account) string { return strconv.FormatBool(!a.Uncorrelated) },
	"source.displayableName": func(a Account) string { return a.SourceName },
	"source.authoritative":   func(a Account) string { return strconv.FormatBool(a.Authoritative) },
	"source.connectionType":  func(a Account) string { return deref(a.ConnectionType) },
}

const sortable = "2006-01-02T15:04:05.000000000"

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func name(r *ref) string {
	if r == nil {
		return ""
	}
	return r.Name
}
