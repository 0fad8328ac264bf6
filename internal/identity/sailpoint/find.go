package sailpoint

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

const notLookedUp = "The accounts could not be looked up."

// quote makes a filter's string: a backslash and a quote are escaped by a backslash.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// checkText refuses what nobody calls an account or a source.
func checkText(s, field string) *fault.Error {
	if s != "" && utf8.RuneCountInString(s) <= 512 && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) {
		return nil
	}
	e := fault.New(fault.Invalid, "The "+field+" cannot be looked up. Nothing was changed.")
	e.Fields = []fault.Field{{Name: field, Sentence: "It must have 1 to 512 characters, none of them a control character."}}
	return e
}

// Find looks accounts up. What ISC can filter by comes first: id, login, native identity, identity's name. An e-mail address or an employee
// number of one account is often the login of another of the same person, so that all accounts of whoever was found are looked at as well.
// Only when there is still none are accounts read page by page for an e-mail address, display name or employee number, since ISC cannot
// filter by those; and when there is one and the text could be the e-mail address of somebody else. At a glance nothing is read one
// after the other.
func (c *Client) Find(ctx context.Context, q identity.Query) (identity.Found, error) {
	if bad := checkText(q.Text, "account"); bad != nil {
		return identity.Found{}, bad
	}
	if q.Source != "" {
		if bad := checkText(q.Source, "source"); bad != nil {
			return identity.Found{}, bad
		}
	}
	if q.Limit < 1 || q.Limit > pageSize {
		q.Limit = pageSize
	}
	s := &search{client: c, query: q, seen: make(map[string]bool)}
	exact, bad := s.filtered(ctx)
	widen := !exact && q.By == identity.ByAny && !q.Glance
	if bad == nil && widen && !q.Prefix {
		bad = s.related(ctx)
	}
	if bad == nil && widen && !q.Prefix && len(s.found.Accounts) == 1 && !s.found.Cut {
		bad = s.addressed(ctx)
	}
	if bad == nil && widen && len(s.found.Accounts) == 0 && !s.found.Cut {
		bad = s.scanned(ctx)
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
	short  bool     // there were more pages than we read
	owners []string // the ids of the identities that an account matched for, of whatever source
	found  identity.Found
}

// field is what ISC can filter by, and how to read the same from an account.
type field struct {
	name   string
	prefix bool
	value  func(account) string
}

var filterable = map[identity.By][]field{
	identity.ByID:         {byID},
	identity.ByUsername:   {byName},
	identity.ByExternalID: {byNative},
	identity.ByIdentity:   {byOwner},
	identity.ByAny:        {byID, byName, byNative, byIdentity},
}

var (
	byID       = field{"id", false, func(a account) string { return a.ID }}
	byName     = field{"name", true, func(a account) string { return a.Name }}
	byNative   = field{"nativeIdentity", true, func(a account) string { return a.NativeIdentity }}
	byOwner    = field{"identityId", false, account.owner}
	byIdentity = field{"identity.name", true, func(a account) string { return a.Identity.name() }}
)

// filtered asks by each filter. exact tells that the text is an id, which means one account and nothing else.
func (s *search) filtered(ctx context.Context) (exact bool, bad *fault.Error) {
	if s.query.Prefix {
		return s.together(ctx)
	}
	for _, f := range filterable[s.query.By] {
		if bad := s.by(ctx, f); bad != nil {
			return false, bad
		}
		if f.name == "id" && len(s.found.Accounts) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// telling is from how many letters on the beginning of a native identity is asked for: on a directory all of them begin alike, as with CN=,
// and would stand before what is meant. Where nothing else begins so they are found all the same, by reading through.
const telling = 3

// by asks by one filter.
func (s *search) by(ctx context.Context, f field) *fault.Error {
	op := "eq"
	if s.query.Prefix && f.prefix && (f.name != byNative.name || utf8.RuneCountInString(s.query.Text) >= telling) {
		op = "sw"
	}
	filter := f.name + " " + op + " " + quote(s.query.Text)
	if s.query.Glance && iscID.MatchString(s.query.Source) {
		filter += " and sourceId eq " + quote(s.query.Source) // the one page is all of that source
	}
	return s.pages(ctx, filter, func(a account) bool { return s.matches(f.value(a), op == "sw") })
}

// together asks by all filters at once, since somebody who looks round is waiting for each letter. What is found stands in the
// filters' order, as if they had been asked one after the other.
func (s *search) together(ctx context.Context) (exact bool, bad *fault.Error) {
	fields := filterable[s.query.By]
	parts, bads := make([]*search, len(fields)), make([]*fault.Error, len(fields))
	var wg sync.WaitGroup
	for i, f := range fields {
		parts[i] = &search{client: s.client, query: s.query, seen: make(map[string]bool)}
		wg.Go(func() { bads[i] = parts[i].by(ctx, f) })
	}
	wg.Wait()
	for i, f := range fields {
		if bads[i] != nil {
			return false, bads[i]
		}
		s.found.Cut = s.found.Cut || parts[i].found.Cut
		for _, a := range parts[i].found.Accounts {
			s.keep(a)
		}
		if f.name == "id" && len(s.found.Accounts) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// mostOwners bounds of how many identities all accounts are looked at.
const mostOwners = 5

// related looks at all accounts of whoever was found.
func (s *search) related(ctx context.Context) *fault.Error {
	for i, id := range s.owners {
		if s.found.Cut = s.found.Cut || i == mostOwners; s.found.Cut {
			return nil
		}
		if bad := s.pages(ctx, "identityId eq "+quote(id), s.anyName); bad != nil {
			return bad
		}
	}
	return nil
}

// scanned reads accounts page by page, of one source where it can be told which.
func (s *search) scanned(ctx context.Context) *fault.Error {
	filter := ""
	if s.query.Source != "" {
		sources, bad := s.client.sourceIDs(ctx, s.query.Source)
		if bad != nil {
			return bad
		}
		if len(sources) == 1 {
			filter = "sourceId eq " + quote(sources[0])
		}
	}
	return s.pages(ctx, filter, s.anyName)
}

// addressed reads accounts for an e-mail address as well although one account was found: the login of one may be the address of another,
// and nobody picks one. Too many to read is told apart from Cut, or else no login with an @ could be acted on in a large tenant.
func (s *search) addressed(ctx context.Context) *fault.Error {
	if !strings.Contains(s.query.Text, "@") {
		return nil
	}
	bad := s.scanned(ctx)
	if s.short {
		s.found.Cut, s.found.Uncompared = false, true
	}
	return bad
}

// anyName tells whether the text is anything that the account is called.
func (s *search) anyName(a account) bool {
	for _, name := range slices.Concat(emails, displayNames, []string{s.client.number}) {
		if s.matches(a.first([]string{name}), s.query.Prefix) {
			return true
		}
	}
	return s.matches(a.Name, s.query.Prefix) || s.matches(a.NativeIdentity, s.query.Prefix) || s.matches(a.Identity.name(), s.query.Prefix)
}

// pages reads pages until an empty one: a short page may be followed by more.
func (s *search) pages(ctx context.Context, filter string, matches func(account) bool) *fault.Error {
	offset, most := 0, s.client.pages
	if s.query.Glance {
		most = 1
	}
	for range most {
		query := url.Values{"sorters": {"id"}, "limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}}
		if filter != "" {
			query.Set("filters", filter)
		}
		var raw []account
		if _, bad := s.client.read(ctx, call{service: "accounts", query: query, what: notLookedUp}, &raw); bad != nil {
			return bad
		}
		if len(raw) == 0 {
			return nil
		}
		for _, a := range raw {
			if err := a.check(); err != nil {
				return s.client.up.Odd(notLookedUp, err)
			}
			if !matches(a) {
				continue
			}
			if owner := a.owner(); owner != "" && !slices.Contains(s.owners, owner) {
				s.owners = append(s.owners, owner)
			}
			if s.ofSource(a) && !s.add(a) {
				return nil
			}
		}
		offset += len(raw)
		if s.query.Glance && len(raw) < pageSize && len(s.found.Accounts) > 0 {
			return nil // what there is to choose from is never said to be all
		}
	}
	s.found.Cut, s.short = true, true
	return nil
}

// add keeps an account. It tells whether there is room for another.
func (s *search) add(a account) bool { return s.keep(a.plain()) }

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

func (s *search) matches(value string, prefix bool) bool {
	if prefix {
		return len(value) > 0 && strings.HasPrefix(strings.ToLower(value), strings.ToLower(s.query.Text))
	}
	return value != "" && strings.EqualFold(value, s.query.Text)
}

func (s *search) ofSource(a account) bool {
	return s.query.Source == "" || a.SourceID == s.query.Source || strings.EqualFold(a.SourceName, s.query.Source)
}

// sourceIDs gives the ids that a source's id or name stands for; none when our client may not read sources, or there is none: then every
// account's own source is compared instead.
func (c *Client) sourceIDs(ctx context.Context, idOrName string) ([]string, *fault.Error) {
	if iscID.MatchString(idOrName) {
		return []string{idOrName}, nil
	}
	named, status, bad := c.sourcesNamed(ctx, idOrName)
	if status == http.StatusForbidden {
		return nil, nil
	}
	var out []string
	for _, src := range named {
		out = append(out, src.ID)
	}
	return out, bad
}
