package esystems

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

const notLookedUp = "The accounts could not be looked up."

// listSize is how many accounts are read in a page: eSystems allows 1,000, but an answer must stay below what we read.
const listSize = 500

// maxValue is the longest id, in bytes, whose base64|… is a path segment.
const maxValue = 378

// plainValue is what may stand in a filter: no quoting is documented, so nothing that could need it.
var plainValue = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$`)

// Find looks accounts up by Id, Username and ExternalId. Only when none has that text are e-mail addresses and names looked at, and
// e-mail addresses when one has it and it could be the address of another.
func (c *Client) Find(ctx context.Context, q identity.Query) (identity.Found, error) {
	if q.Text == "" || utf8.RuneCountInString(q.Text) > 512 || !utf8.ValidString(q.Text) || strings.ContainsFunc(q.Text, unicode.IsControl) {
		e := fault.New(fault.Invalid, "The account cannot be looked up. Nothing was changed.")
		e.Fields = []fault.Field{{Name: "account", Sentence: "It must have 1 to 512 characters, none of them a control character."}}
		return identity.Found{}, e
	}
	if q.Limit < 1 || q.Limit > 250 {
		q.Limit = 250
	}
	s := &search{client: c, query: q, seen: make(map[string]bool)}
	look := s.named
	if q.Glance {
		look = s.glanced
	}
	bad := look(ctx)
	if bad == nil && len(s.found.Accounts) == 1 && !s.found.Cut && q.By == identity.ByAny && !q.Prefix {
		bad = s.addressed(ctx)
	}
	if bad == nil && !q.Glance && len(s.found.Accounts) == 0 && (q.By == identity.ByAny || q.Prefix) {
		bad = s.listed(ctx)
	}
	if bad != nil {
		return identity.Found{}, bad
	}
	return s.found, nil
}

// search is one look-up under way.
type search struct {
	client *Client
	query  identity.Query
	seen   map[string]bool
	short  bool // there were more pages than we read
	found  identity.Found
}

// named asks for the one account by each of the fields that can name it.
func (s *search) named(ctx context.Context) *fault.Error {
	order := []identity.By{s.query.By}
	if s.query.By == identity.ByAny {
		order = []identity.By{identity.ByID, identity.ByUsername, identity.ByExternalID}
	}
	if s.query.Text == "." || s.query.Text == ".." || len(s.query.Text) > maxValue {
		return nil // no ids, but they may be names
	}
	type answer struct {
		account account
		bad     *fault.Error
	}
	ask := func(by identity.By) (a answer) {
		a.account, _, a.bad = s.client.one(ctx, by, s.query.Text)
		return a
	}
	answers := make([]answer, len(order))
	if s.query.Prefix { // somebody who looks round is waiting for each letter
		var wg sync.WaitGroup
		for i, by := range order {
			wg.Go(func() { answers[i] = ask(by) })
		}
		wg.Wait()
	}
	for i, by := range order {
		if !s.query.Prefix {
			answers[i] = ask(by)
		}
		got, bad := answers[i].account, answers[i].bad
		switch {
		case bad == nil:
			s.add(got)
		case bad.Kind == fault.Conflict && s.query.Glance:
			s.found.Cut = true // there are several, and to list them is one more call
		case bad.Kind == fault.Conflict:
			if bad = s.rows(ctx, by, bad); bad != nil {
				return bad
			}
		case bad.Kind != fault.NotFound:
			return bad
		}
	}
	return nil
}

// glanced looks for the one account that has the text and at the first page, both at once.
func (s *search) glanced(ctx context.Context) *fault.Error {
	page := &search{client: s.client, query: s.query, seen: make(map[string]bool)}
	var unlisted *fault.Error
	var wg sync.WaitGroup
	wg.Go(func() { unlisted = page.pages(ctx, "", page.matches) })
	bad := s.named(ctx)
	wg.Wait()
	if bad = cmp.Or(bad, unlisted); bad != nil {
		return bad
	}
	s.found.Cut = s.found.Cut || page.found.Cut
	for _, a := range page.found.Accounts {
		s.keep(a)
	}
	return nil
}

// rows lists the several accounts that have the text in one field, so that people can say which. Where it cannot list them, the
// refusal stands.
func (s *search) rows(ctx context.Context, by identity.By, refusal *fault.Error) *fault.Error {
	if !plainValue.MatchString(s.query.Text) {
		return refusal
	}
	before := len(s.found.Accounts)
	matches := func(a account) bool { return strings.EqualFold(a.named(by), s.query.Text) }
	bad := s.pages(ctx, "("+fields[by]+" = "+s.query.Text+")", matches)
	if bad == nil && s.query.Source == "" && len(s.found.Accounts) < before+2 && !s.found.Cut {
		return refusal
	}
	return bad
}

// listed looks at e-mail addresses, by a filter where the text is plain, and at names page by page.
func (s *search) listed(ctx context.Context) *fault.Error {
	if strings.Contains(s.query.Text, "@") && plainValue.MatchString(s.query.Text) && !s.query.Prefix {
		if bad := s.pages(ctx, "(Email = "+s.query.Text+")", s.matches); bad != nil || len(s.found.Accounts) > 0 {
			return bad
		}
	}
	return s.pages(ctx, "", s.matches)
}

// addressed looks at e-mail addresses as well although one account was found: the login of one may be the address of another, and
// nobody picks one. By a filter where the text is plain, and otherwise page by page; too many to read is told apart from Cut.
func (s *search) addressed(ctx context.Context) *fault.Error {
	if !strings.Contains(s.query.Text, "@") {
		return nil
	}
	filter := ""
	if plainValue.MatchString(s.query.Text) {
		filter = "(Email = " + s.query.Text + ")"
	}
	bad := s.pages(ctx, filter, s.matches)
	if s.short {
		s.found.Cut, s.found.Uncompared = false, true
	}
	return bad
}

// list is a page of accounts.
type list struct {
	Meta *struct {
		TotalItems int `json:"TotalItems"`
	} `json:"Meta"`
	Data []account `json:"Data"`
}

func (s *search) pages(ctx context.Context, filter string, matches func(account) bool) *fault.Error {
	c := s.client
	path, err := c.up.Base.Path(api + "/Accounts")
	if err != nil {
		return fault.Wrap(err, fault.Internal, notLookedUp)
	}
	most := c.pages
	if s.query.Glance {
		most = 1
	}
	for page := range most {
		query := url.Values{"CurrentPage": {strconv.Itoa(page)}, "PageSize": {strconv.Itoa(listSize)}}
		if filter != "" {
			query.Set("Filters", filter)
		}
		var raw list
		a := c.up.Read(ctx, upstream.Read{Path: path, Query: query, What: notLookedUp})
		if bad := c.up.Decode(a, notLookedUp, &raw); bad != nil {
			return bad
		}
		switch {
		case raw.Meta == nil || raw.Data == nil && raw.Meta.TotalItems > 0:
			return c.up.Odd(notLookedUp, errors.New("a list without Meta or Data"))
		case len(raw.Data) == 0:
			return nil
		}
		for _, got := range raw.Data {
			if err := got.check(); err != nil {
				return c.up.Odd(notLookedUp, err)
			}
			if matches(got) && !s.add(got) {
				return nil
			}
		}
		if s.query.Glance && raw.Meta.TotalItems == len(raw.Data) {
			return nil // that was all
		}
	}
	s.found.Cut, s.short = true, true
	return nil
}

func (s *search) matches(a account) bool {
	values := []string{a.named(s.query.By)}
	if s.query.By == identity.ByAny {
		values = []string{string(a.ID), a.Username, a.ExternalID, a.Email, a.plain().DisplayName}
	}
	text := strings.ToLower(s.query.Text)
	return slices.ContainsFunc(values, func(v string) bool {
		return v != "" && (strings.EqualFold(v, s.query.Text) || s.query.Prefix && strings.HasPrefix(strings.ToLower(v), text))
	})
}

// add keeps an account if it is of the tenant that was asked for. It tells whether there is room for another.
func (s *search) add(a account) bool {
	plain := a.plain()
	if want := s.query.Source; want != "" && want != plain.SourceID && !strings.EqualFold(want, plain.Source) {
		return true
	}
	return s.keep(plain)
}

func (s *search) keep(a identity.Account) bool {
	if s.seen[a.ID] {
		return true
	}
	if len(s.found.Accounts) >= s.query.Limit {
		s.found.Cut = true
		return false
	}
	s.seen[a.ID] = true
	s.found.Accounts = append(s.found.Accounts, a)
	return true
}
