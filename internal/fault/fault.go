// Package fault holds the kinds of error accountops knows and the sentences that people may see.
//
// Every sentence says what did not happen and, where it helps, what to do next. The cause of an error is
// for the log; it is never shown.
package fault

import (
	"errors"
	"fmt"
)

// Kind is what sort of error it is. The zero value is Internal: an error nobody classified is ours.
type Kind uint8

// The kinds. A face decides by kind how to show an error, never by its text.
const (
	Internal Kind = iota // a mistake of ours: shown only as an incident number
	Invalid              // the input is wrong: Fields says where
	NotFound             // there is no such thing, or not for this person
	Conflict             // it cannot be done as things stand: already decided, several matches, drift
	Denied               // this person may not
	Upstream             // SailPoint, eSystems or Slack refused or did not answer
)

var kindNames = [...]string{"internal", "invalid", "not_found", "conflict", "denied", "upstream"}

// String gives the kind's name in snake case, as it stands in results and logs.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return kindNames[Internal]
	}
	return kindNames[k]
}

// Error is an error with a kind and a sentence that people may see.
type Error struct {
	Kind     Kind
	Sentence string
	Fields   []Field  // for Invalid: every field that is wrong
	Choices  []Choice // for Conflict: the things it could have meant
	More     bool     // for Conflict: there may be more than Choices, so the right one may be missing there
	Next     string   // the operation that helps further, by name such as find_accounts; faces call it as they do
	Insist   string   // for Conflict: the field of the input that, when it is true, asks for it all the same
	Said     string   // for Upstream: the upstream's own words, untrusted
	Code     string   // for Upstream: its code, such as detailCode; untrusted
	Ref      string   // for Upstream: its trackingId or RequestKey, which its support asks for; untrusted
	Incident string   // for Internal: what ties the sentence to the log
	cause    error
}

// Field is one field of the input that is wrong, and why.
type Field struct {
	Name     string `json:"name"`
	Sentence string `json:"sentence"`
}

// Choice is one of several things the input could have meant. Value is what to say to mean just this one.
type Choice struct {
	Value string `json:"value"`
	Facts []Fact `json:"facts"`
}

// Fact is a label and a value. The value may be untrusted text.
type Fact struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Error gives the sentence and the cause. It is for logs; people see Sentence.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Sentence
	}
	return e.Sentence + " (" + e.cause.Error() + ")"
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// New makes an error of a kind with a sentence that people may see.
func New(kind Kind, sentence string) *Error { return &Error{Kind: kind, Sentence: sentence} }

// Newf is New with a format. Secrets and causes do not belong in it.
func Newf(kind Kind, format string, args ...any) *Error {
	return New(kind, fmt.Sprintf(format, args...))
}

// WithNext names the operation that helps further.
func (e *Error) WithNext(operation string) *Error {
	e.Next = operation
	return e
}

// Wrap gives a cause a kind and a sentence. The cause is logged, never shown.
func Wrap(cause error, kind Kind, sentence string) *Error {
	return &Error{Kind: kind, Sentence: sentence, cause: cause}
}

// KindOf gives the kind of an error; Internal when it has none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// Is tells whether err is of a kind. A nil error is of none.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Shown gives what a person may see of any error. For an internal one that is only the incident id, which
// newIncident makes and the caller logs together with err.
func Shown(err error, newIncident func() string) *Error {
	if e, ok := errors.AsType[*Error](err); ok && (e.Kind != Internal || e.Incident != "") {
		return e
	}
	id := newIncident()
	return &Error{
		Kind:     Internal,
		Sentence: "Something went wrong on our side; incident " + id + ". As far as we know nothing was changed by this call.",
		Incident: id,
		cause:    err,
	}
}
