package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

// maxWritten is the largest answer to a write, in bytes.
const maxWritten = 1 << 20

// Write is a call that changes something. It leaves once, and once more with a new token if a 401 refused it.
type Write struct {
	Method string
	Path   *url.URL
	Query  url.Values
	Body   []byte // nil: no body
	What   string // what did not happen if it fails: "The account was not removed."
	Want   int    // the status that means yes
	// Task reads the promised body and gives what to follow, empty when the call is synchronous. An error makes the outcome unclear.
	Task func(body []byte) (string, error)
	Hint string   // added for a 403
	Hide []string // values that no error may hold
}

// Write sends it. Its outcome is NotSent or Refused only on proof; anything else is Unclear.
func (c *Client) Write(ctx context.Context, w Write) identity.Answer {
	for second := false; ; second = true {
		token, err := c.tokens.get(ctx)
		if err != nil {
			a := identity.Answer{Outcome: identity.NotSent, Err: c.noToken(err, w.What).Err}
			if second { // the 401 before it was an answer
				a.Outcome, a.Status = identity.Refused, http.StatusUnauthorized
			}
			return a
		}
		a := c.writeOnce(ctx, w, token)
		if a.Status != http.StatusUnauthorized || second {
			return a
		}
		c.tokens.reject(token)
	}
}

func (c *Client) writeOnce(ctx context.Context, w Write, token string) identity.Answer {
	done, err := c.budget.write(ctx)
	if err != nil {
		return c.notSent(err, w, "there was no time left to send it")
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, c.tuning.WriteTimeout)
	defer cancel()
	// A request is written to a connection that is there: name, connect and TLS have succeeded once this is true.
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := c.request(ctx, w.Method, w.Path, w.Query, body(w.Body), token)
	if err != nil {
		return c.notSent(err, w, "it could not be put together")
	}
	req.GetBody = nil // nobody can send it again
	if w.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.writing.Do(req)
	switch {
	case err != nil && !connected.Load():
		return c.notSent(err, w, c.reason(err))
	case err != nil:
		return c.unclear(0, c.reason(err), err)
	}
	defer func() { _ = res.Body.Close() }()
	return c.judge(res, w)
}

func body(b []byte) io.Reader {
	if b == nil {
		return nil
	}
	return bytes.NewReader(b)
}

// judge tells the outcome of an answer. A redirect never reached the handler as far as we know; but nobody promised it, so
// it proves nothing. Neither does a 5xx, nor a 408, which a gateway may send when it has passed the call on.
func (c *Client) judge(res *http.Response, w Write) identity.Answer {
	status := res.StatusCode
	switch {
	case status == w.Want:
		return c.accepted(res, w)
	case status >= 400 && status < 500 && status != http.StatusRequestTimeout:
		text, _ := io.ReadAll(io.LimitReader(res.Body, maxProblem))
		c.heed(res)
		e := c.refused(status, text, w.What, w.Hide)
		if status == http.StatusForbidden && w.Hint != "" {
			e.Sentence += " " + w.Hint
		}
		e.Sentence += " Nothing was changed."
		return identity.Answer{Outcome: identity.Refused, Status: status, Err: e}
	}
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxProblem))
	c.heed(res)
	why := fmt.Sprintf("%s answered %d, which it never promised", c.system, status)
	if status >= 400 {
		why = fmt.Sprintf("%s answered with an error of its own (%d)", c.system, status)
	}
	a := c.unclear(status, why, nil)
	p := c.explain(status, text)
	a.Err.Said, a.Err.Code, a.Err.Ref = c.words(p.Said, maxSaid, w.Hide), c.words(p.Code, maxRef, w.Hide), c.words(p.Ref, maxRef, w.Hide)
	return a
}

func (c *Client) accepted(res *http.Response, w Write) identity.Answer {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxWritten+1))
	switch {
	case err != nil:
		return c.unclear(res.StatusCode, c.system+" broke off in the middle of its answer", err)
	case len(text) > maxWritten:
		return c.unclear(res.StatusCode, c.system+" answered more than we read", nil)
	case !isJSON(res.Header):
		return c.unclear(res.StatusCode, c.system+" did not answer in JSON", nil)
	}
	task, err := w.Task(text)
	if err != nil {
		return c.unclear(res.StatusCode, c.system+" said yes in a way that we do not understand", err)
	}
	return identity.Answer{Outcome: identity.Accepted, Task: task, Status: res.StatusCode}
}

func (c *Client) notSent(err error, w Write, why string) identity.Answer {
	e := c.lost(err, sentence(w.What, why)+" Nothing was sent, and nothing was changed.")
	return identity.Answer{Outcome: identity.NotSent, Err: e}
}

func (c *Client) unclear(status int, why string, err error) identity.Answer {
	if err == nil {
		err = errors.New("unclear answer")
	}
	e := c.lost(err, "Whether it was done is not known: "+why+". It was sent once and will not be sent again before somebody knows.")
	return identity.Answer{Outcome: identity.Unclear, Status: status, Err: e}
}

// NotSent is the answer for a write that was given up before anything was sent.
func NotSent(e *fault.Error) identity.Answer {
	return identity.Answer{Outcome: identity.NotSent, Err: e}
}
