package fakeisc

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"accountops/internal/sandbox/upstream"
)

// list answers a list: filtered, sorted, one page, and the total when it was asked for.
func list[T any](t *Tenant, c call, all []T, fields map[string]field[T], sorts map[string]func(T) string) upstream.Answer {
	keep, err := parseFilter(c.Query.Get("filters"), fields)
	if err == nil {
		all = slices.DeleteFunc(all, func(v T) bool { return !keep(v) })
		err = sortBy(c.Query.Get("sorters"), all, sorts)
	}
	var p page
	if err == nil {
		p, err = pageOf(c.Query)
	}
	if err != nil {
		return t.refuse(http.StatusBadRequest, "%s", err.Error())
	}
	total := len(all)
	from := min(p.offset, total)
	a := reply(http.StatusOK, all[from:min(from+p.limit, total)])
	if p.count {
		a.Header.Set("X-Total-Count", strconv.Itoa(total))
	}
	return a
}

type page struct {
	limit, offset int
	count         bool
}

// pageOf reads limit (0 to 250, default 250), offset and count.
func pageOf(q url.Values) (p page, err error) {
	if p.limit, err = number(q, "limit", 250); err != nil {
		return p, err
	}
	if p.limit > 250 {
		return p, bad("The limit query parameter must be between 0 and 250.")
	}
	if p.offset, err = number(q, "offset", 0); err != nil {
		return p, err
	}
	p.count, err = boolean(q, "count")
	return p, err
}

func number(q url.Values, name string, otherwise int) (int, error) {
	if !q.Has(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 0 {
		return 0, bad("The %s query parameter is invalid: %q.", name, q.Get(name))
	}
	return n, nil
}

func boolean(q url.Values, name string) (bool, error) {
	switch strings.ToLower(q.Get(name)) {
	case "":
		return false, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, bad("The %s query parameter is invalid: %q.", name, q.Get(name))
}

// sortBy sorts by a list such as "name,-created".
func sortBy[T any](sorters string, all []T, sorts map[string]func(T) string) error {
	if sorters == "" {
		return nil
	}
	keys := strings.Split(sorters, ",")
	for _, key := range keys {
		if sorts[strings.TrimPrefix(strings.TrimSpace(key), "-")] == nil {
			return bad("Sorting by %q is not supported.", key)
		}
	}
	slices.SortStableFunc(all, func(a, b T) int {
		for _, key := range keys {
			field, down := strings.CutPrefix(strings.TrimSpace(key), "-")
			c := strings.Compare(sorts[field](a), sorts[field](b))
			if down {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	return nil
}
