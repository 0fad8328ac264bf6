package upstream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"accountops/internal/fault"
)

// maxRead is the largest answer to a read, in bytes.
const maxRead = 8 << 20

// Read is a GET. It changes nothing and may be repeated.
type Read struct {
	Path  *url.URL
	Query url.Values
	What  string // what did not happen if it fails: "The account could not be read."
	Hint  string // added for a 403
}

// Answer is the answer to a read. Err is nil only for a 200 with JSON.
type Answer struct {
	Status int // 0 when none came
	Header http.Header
	Body   []byte
	Err    *fault.Error

	again bool          // it may be tried again
	after time.Duration // but not before
}

// Read gets something: tried again on 429, on 5xx and when the connection failed, as long as the context allows.
func (c *Client) Read(ctx context.Context, r Read) Answer {
	renewed := false
	for n := 1; ; n++ {
		token, err := c.tokens.get(ctx)
		if err != nil {
			a := c.noToken(err, r.What)
			if !a.again || n >= c.tuning.Attempts || c.pause(ctx, n, a.after) != nil {
				return a
			}
			continue
		}
		a := c.readOnce(ctx, r, token)
		switch {
		case a.Err == nil:
			return a
		case a.Status == http.StatusUnauthorized && !renewed:
			renewed = true
			c.tokens.reject(token)
			n--
		case !a.again || n >= c.tuning.Attempts || c.pause(ctx, n, a.after) != nil:
			return a
		}
	}
}

// pause waits before attempt n+1: twice as long each time, at random so that many callers do not come back at once.
func (c *Client) pause(ctx context.Context, n int, after time.Duration) error {
	most := min(250*time.Millisecond<<(n-1), 5*time.Second)
	return sleep(ctx, after+time.Duration(c.tuning.Rand()*float64(most)))
}

func (c *Client) readOnce(ctx context.Context, r Read, token string) Answer {
	done, err := c.budget.read(ctx)
	if err != nil {
		return Answer{Err: c.lost(err, r.What+" There was no time left to ask.")}
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, c.tuning.ReadTimeout)
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, r.Path, r.Query, nil, token)
	if err != nil {
		return Answer{Err: c.lost(err, r.What)}
	}
	res, err := c.reading.Do(req)
	if err != nil {
		return Answer{
			Err:   c.lost(err, sentence(r.What, c.reason(err))),
			again: !errors.Is(err, errRedirect),
		}
	}
	defer func() { _ = res.Body.Close() }()
	defer drain(res.Body)
	return c.understand(res, r)
}

func (c *Client) understand(res *http.Response, r Read) Answer {
	a := Answer{Status: res.StatusCode, Header: res.Header}
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(res.Body, maxProblem))
		a.Err = c.refused(res.StatusCode, body, r.What, nil)
		if res.StatusCode == http.StatusForbidden && r.Hint != "" {
			a.Err.Sentence += " " + r.Hint
		}
		a.again = mayPass(res.StatusCode)
		a.after = c.heed(res)
		return a
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxRead+1))
	switch {
	case err != nil:
		a.Err, a.again = c.lost(err, sentence(r.What, c.system+" broke off in the middle of its answer")), true
	case len(body) > maxRead:
		a.Err = fault.New(fault.Upstream, sentence(r.What, c.system+" sent more than we read"))
	case !isJSON(res.Header):
		a.Err = fault.New(fault.Upstream, sentence(r.What, c.system+" did not answer in JSON"))
	default:
		a.Body = body
	}
	return a
}

// Decode reads the answer's JSON. The error says that it could not be read. A null is none of the answers that are promised, and must not
// pass for an empty list.
func (c *Client) Decode(a Answer, what string, into any) *fault.Error {
	if a.Err != nil {
		return a.Err
	}
	if string(bytes.TrimSpace(a.Body)) == "null" {
		return c.Odd(what, errors.New("it is null"))
	}
	if err := Decode(a.Body, into); err != nil {
		return c.Odd(what, err)
	}
	return nil
}

// Odd is the error for an answer that is not what was promised.
func (c *Client) Odd(what string, err error) *fault.Error {
	return c.lost(err, sentence(what, c.system+" answered something that we do not understand"))
}

func (c *Client) request(ctx context.Context, method string, path *url.URL, query url.Values, body io.Reader, token string) (*http.Request, error) {
	u := *path
	// A plus sign means a space in forms only; %20 means it everywhere.
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if !sameOrigin(req.URL, &c.Base.url) {
		return nil, errors.New("upstream: not our upstream")
	}
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "accountops")
	req.Header.Set("Authorization", "Bearer "+token)
	return req, nil
}

// maxProblem is how much of an error's body is read, in bytes.
const maxProblem = 64 << 10

func mayPass(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// isJSON is lenient: no content type is none that lies.
func isJSON(h http.Header) bool {
	if h.Get("Content-Type") == "" {
		return true
	}
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json"))
}

// drain lets a connection be used again if little is left to read.
func drain(body io.Reader) { _, _ = io.Copy(io.Discard, io.LimitReader(body, 4<<10)) }

func sentence(what, why string) string { return strings.TrimSuffix(what, ".") + ": " + why + "." }
