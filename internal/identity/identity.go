// Package identity is what accountops needs of an identity system. sailpoint and esystems implement it.
package identity

import (
	"context"
	"time"

	"accountops/internal/fault"
)

// The systems' names, as inputs and plans give them.
const (
	SailPoint = "sailpoint"
	ESystems  = "esystems"
)

// System is the reading side of an identity system. Reads may be repeated freely.
type System interface {
	// Name is SailPoint or ESystems.
	Name() string
	// BaseURL is where calls go, without secrets.
	BaseURL() string
	// Get reads one account by its immutable id, entitlements included where the system tells them. fault.NotFound when there is none.
	Get(ctx context.Context, id string) (Account, error)
	// Find looks accounts up by what people call them. None is not an error. Entitlements are not filled in.
	Find(ctx context.Context, q Query) (Found, error)
	// Compare reads one account and tells which of these attributes it does not show as they are here. fault.NotFound when there is none.
	Compare(ctx context.Context, id string, attributes map[string]string) (Comparison, error)
}

// Comparison names attributes, sorted. Their values stay in the client, since some are private.
type Comparison struct {
	Differs []string // the account shows another value
	Hidden  []string // it shows none that could be compared
}

// Query says which accounts to find: Text is an id, login, native identity, e-mail, display name or employee number, and matches
// whole, without case. Source narrows to a source's id or name. By narrows to one kind of id.
type Query struct {
	Text   string
	Source string
	By     By
	Prefix bool // also logins and names that begin with Text: for looking round, never for acting
	Glance bool // with Prefix: only what calls tell that are made together, since somebody waits for each letter. Cut when that is not all
	Limit  int  // 1 to 250
}

// By says which field Text is. The zero value tries them all.
type By string

// The kinds of id. On SailPoint, Username is the login and ExternalID the native identity. ByIdentity finds the accounts of the
// identity with this id; eSystems has no identities.
const (
	ByAny        By = ""
	ByID         By = "id"
	ByUsername   By = "username"
	ByExternalID By = "external_id"
	ByIdentity   By = "identity"
)

// Found is what Find found. Cut means that there were more than could be looked at, so that one match proves nothing. Uncompared means
// that one account was found by its login or the like, and that the text may also be the e-mail address of others: those could not all be read.
type Found struct {
	Accounts   []Account
	Cut        bool
	Uncompared bool
}

// Account is one account as its system describes it. Strings are untrusted text. National ids and phone numbers never leave the clients.
type Account struct {
	ID             string // immutable
	Name           string // the login
	NativeIdentity string // its key at the source
	DisplayName    string
	Email          string
	SourceID       string
	Source         string // the source's name
	SourceOwner    string
	Manager        string // as the account's attributes name them
	IdentityID     string
	Identity       string // the identity's name
	Disabled       bool
	Locked         bool
	Direct         bool     // on a live, connected source; false for a delimited file
	SourceType     string   // such as "DelimitedFile", where known
	Features       []string // such as ENABLE, DELETE
	HasEntitlement bool
	Entitlements   []Entitlement // nil when they were not read, or the system does not tell them
	Authoritative  bool
	Uncompared     bool      // it was looked up, and Found said so
	CreatedAt      time.Time // zero when never or not known
	ModifiedAt     time.Time
}

// Entitlement is one right of an account.
type Entitlement struct {
	ID         string
	Name       string
	Privileged bool
}

// Outcome is how a writing call ended. The zero value is Unclear: closed when in doubt.
type Outcome uint8

// The outcomes of a writing call.
const (
	Unclear  Outcome = iota // anything but the rest
	Accepted                // 200, 202, with the body the contract promises
	Refused                 // answered, and did not do it: 4xx, or a 5xx that says so by contract (none does)
	NotSent                 // provably not sent: name, connect or TLS failed before the first byte
)

// Answer is what became of one writing call. A writing call leaves at most once (a 401 may be repeated once, with a new token).
type Answer struct {
	Outcome Outcome
	Task    string       // the task or request id to follow; empty when synchronous
	Status  int          // HTTP status; 0 when none came
	Err     *fault.Error // unless Accepted: a sentence, and the upstream's words
}

// TaskState is how far a task is. The zero value is Running.
type TaskState uint8

// The states of tasks.
const (
	Running TaskState = iota
	Succeeded
	Failed
	Ended // it is over, and nothing tells how: reading back decides
)

// Task is how far one task is. Note is the upstream's words.
type Task struct {
	State   TaskState
	Note    string
	Waiting bool // it runs, and waits for people, for days if need be: there is no hurry to look again
}

// Options are sent along with a change. Empty ones are not sent.
type Options struct {
	ExternalVerificationID string
	ForceProvisioning      bool
	Comments               string
}

// ISC is what only SailPoint Identity Security Cloud can do. Only operations in tools may hold one.
type ISC interface {
	System
	// Source reads a source by id or exact name. fault.NotFound, or fault.Conflict, which names their ids, when several have the name.
	Source(ctx context.Context, idOrName string) (Source, error)
	// Sources lists at most limit (1 to 250) sources whose name has part in it, those that begin with it first and then by name;
	// any for an empty part. None is not an error. fault.Denied when our client may not read sources.
	Sources(ctx context.Context, part string, limit int) ([]Source, error)
	// Create writes an account record: POST /accounts/v1.
	Create(ctx context.Context, sourceID string, attributes map[string]string) Answer
	// Disable, Enable, Unlock: POST /accounts/v1/{id}/disable, enable, unlock.
	Disable(ctx context.Context, id string, o Options) Answer
	Enable(ctx context.Context, id string, o Options) Answer
	Unlock(ctx context.Context, id string, o Options) Answer
	// Remove forgets the ISC record: POST /accounts/v1/{id}/remove, no body.
	Remove(ctx context.Context, id string) Answer
	// DeleteRecord deletes a flat-file account: DELETE /accounts/v1/{id}.
	DeleteRecord(ctx context.Context, id string) Answer
	// RequestDeletion asks for deletion at the source: POST /account-requests/v1/account/{id}/delete. Task is the accountRequestId.
	RequestDeletion(ctx context.Context, id string, o Options) Answer
	// DeletionRequests lists deletion requests. fault.Denied when our client may not read them: that needs a user.
	DeletionRequests(ctx context.Context, p Page) (Deletions, error)
	// Tasks reads tasks in one batch. A task missing from the answer is unknown to SailPoint. With an error, what is in the answer
	// counts all the same, and what is missing was not read.
	Tasks(ctx context.Context, ids []string) (map[string]Task, error)
	// DeletionTasks reads deletion requests by accountRequestId, in one batch, as Tasks does.
	DeletionTasks(ctx context.Context, ids []string) (map[string]Task, error)
}

// Source is a place that accounts come from.
type Source struct {
	ID, Name, Type, Owner string
	Direct                bool
	Features              []string
}

// Page says which part of a list. Count asks for the total; Mine for one's own.
type Page struct {
	Limit, Offset int
	Count, Mine   bool
}

// Deletions is a page of deletion requests. Total is −1 unless it was asked for.
type Deletions struct {
	Requests []Deletion
	Total    int
}

// Deletion is one deletion request. Strings are untrusted text.
type Deletion struct {
	ID, Type, Status    string // Status is free text, for people only
	AccountID, Account  string
	Source, Identity    string
	Requester, Comments string
	Approver            string
	Phases              []Phase
	Error               string
	Task                Task // how far it is, as DeletionTasks says it
	CreatedAt           time.Time
	CompletedAt         time.Time // zero while it runs
}

// Phase is one phase of a deletion request.
type Phase struct{ Name, State string }

// Endpoint is what only the eSystems Endpoint API can do. Only operations in tools may hold one.
type Endpoint interface {
	System
	// Create makes an account: POST /Account. The answer's Task is empty; calls are synchronous.
	Create(ctx context.Context, attributes map[string]string) Answer
	// SetActive reads the account, changes Is_Active and writes it back: PUT /Account/{id}.
	SetActive(ctx context.Context, id string, active bool) Answer
	// Delete deletes the account with this Id: DELETE /Account/{id}?Name=Id.
	Delete(ctx context.Context, id string) Answer
}
