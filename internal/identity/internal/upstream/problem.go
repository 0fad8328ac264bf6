package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"accountops/internal/fault"
)

// Problem is what an identity system's error body says. All but the kind is untrusted text.
type Problem struct {
	Said, Code, Ref string
	Known           bool       // the body has the shape of this system's errors, so that it is not some proxy's
	Kind            fault.Kind // NotFound or Conflict when the body says so, whatever the status
	Hint            string     // a sentence of ours that helps with just this problem
}

// Skim reads what it can of an error's body: a field of another type than ours is left out, not the whole body, since the others may say
// what went wrong. False when it is no JSON.
func Skim(body []byte, into any) bool {
	err := json.Unmarshal(body, into)
	_, mistyped := errors.AsType[*json.UnmarshalTypeError](err)
	return err == nil || mistyped
}

// The most, in bytes, that is kept of what an upstream says.
const (
	maxSaid = 2000
	maxRef  = 200
)

// refused makes the error of an answer that is not a success. what is a sentence about what did not happen.
func (c *Client) refused(status int, body []byte, what string, hide []string) *fault.Error {
	p := c.explain(status, body)
	kind, why := fault.Upstream, c.system+" refused it"
	switch {
	case p.Kind == fault.NotFound || status == http.StatusNotFound && p.Known:
		kind, why = fault.NotFound, c.system+" does not have it"
	case status == http.StatusNotFound:
		why = c.system + " answered 404 without saying what it does not have: the base URL or the path style may be wrong"
	case p.Kind == fault.Conflict:
		kind = fault.Conflict
	case status == http.StatusUnauthorized:
		why = c.system + " did not accept our credentials: somebody has to look at the client id and secret"
	case status == http.StatusForbidden:
		why = "our client may not do that at " + c.system
	case status == http.StatusTooManyRequests:
		why = c.system + " says that we called too often: try again in a minute"
	case status >= 500:
		why = c.system + " has a problem of its own"
	case status < 400:
		why = c.system + " sent an answer that it never promised"
	}
	sentence := fmt.Sprintf("%s: %s (%d).", strings.TrimSuffix(what, "."), why, status)
	if p.Hint != "" {
		sentence += " " + p.Hint
	}
	e := fault.New(kind, sentence)
	e.Said, e.Code, e.Ref = c.words(p.Said, maxSaid, hide), c.words(p.Code, maxRef, hide), c.words(p.Ref, maxRef, hide)
	return e
}

// words bounds an upstream's text and takes out what must not be in it.
func (c *Client) words(text string, most int, hide []string) string {
	text = c.tokens.mask(strings.ToValidUTF8(text, "\uFFFD"))
	for _, v := range hide {
		if v != "" {
			text = strings.ReplaceAll(text, v, "…")
		}
	}
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// lost makes the error of a call that got no usable answer.
func (c *Client) lost(err error, sentence string) *fault.Error {
	return fault.Wrap(c.clean(err), fault.Upstream, sentence)
}

// cause is an error for the log whose text has been cleaned. It can be asked what it is, but not unwrapped to the text
// that it was made of.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string        { return c.text }
func (c *cause) Is(target error) bool { return errors.Is(c.err, target) }

// clean takes the URL out of a transport's error (its query may name people), and secrets out of the rest.
func (c *Client) clean(err error) error {
	inner := err
	if e, ok := errors.AsType[*url.Error](err); ok {
		inner = e.Err
	}
	return &cause{text: c.words(inner.Error(), maxSaid, nil), err: err}
}

// reason tells in words why no answer came.
func (c *Client) reason(err error) string {
	_, dns := errors.AsType[*net.DNSError](err)
	netErr, isNet := errors.AsType[net.Error](err)
	switch {
	case dns:
		return "the name of " + c.system + " could not be resolved"
	case isNet && netErr.Timeout():
		return c.system + " did not answer in time"
	case errors.Is(err, context.Canceled):
		return "we stopped waiting for " + c.system
	case errors.Is(err, errRedirect):
		return c.system + " redirected us to somewhere else"
	}
	return c.system + " could not be reached, or broke off"
}
