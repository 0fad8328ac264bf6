package fakeesystems

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"accountops/internal/sandbox/upstream"
)

// list answers GET /Accounts?Fields&Filters&Orders&CurrentPage&PageSize.
func (t *Tenant) list(req upstream.Request) upstream.Answer {
	all := t.sorted()
	keep, err := parseFilters(req.Query.Get("Filters"))
	if err == nil {
		all = slices.DeleteFunc(all, func(a Account) bool { return !keep(a) })
		err = order(all, req.Query.Get("Orders"))
	}
	var page, size int
	if err == nil {
		page, err = number(req, "CurrentPage", 0, 0, 1<<30)
	}
	if err == nil {
		size, err = number(req, "PageSize", 50, 1, 1000)
	}
	var rows []map[string]json.RawMessage
	if err == nil {
		from := min(page*size, len(all))
		rows, err = project(all[from:min(from+size, len(all))], req.Query.Get("Fields"))
	}
	if err != nil {
		return t.refuse(req, badInput, err.Error())
	}
	return reply(http.StatusOK, map[string]any{
		"Meta": map[string]any{"TotalItems": len(all), "CurrentPage": page, "PageSize": size, "Type": "Account"}, "Data": rows,
	})
}

// parameters are those of all calls.
var parameters = []string{"Name", "Fields", "Filters", "Orders", "CurrentPage", "PageSize"}

// named gives parameters their own names: their case does not matter, and the vendor's example has "fields" for Fields.
func named(query url.Values) url.Values {
	out := url.Values{}
	for key, values := range query {
		i := slices.IndexFunc(parameters, func(p string) bool { return strings.EqualFold(p, key) })
		if i >= 0 {
			out[parameters[i]] = append(out[parameters[i]], values...)
		}
	}
	return out
}

// number reads a number within bounds; absent, empty or 0 means otherwise.
func number(req upstream.Request, name string, otherwise, low, high int) (int, error) {
	text := req.Query.Get(name)
	if text == "" || text == "0" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, sentence(fmt.Sprintf("The %s must be between %d and %d.", name, low, high))
	}
	return n, nil
}

// project keeps the wanted fields; none or * keeps all.
func project(accounts []Account, fields string) ([]map[string]json.RawMessage, error) {
	rows := []map[string]json.RawMessage{}
	for _, a := range accounts {
		raw, err := json.Marshal(a)
		row := map[string]json.RawMessage{}
		if err == nil {
			err = json.Unmarshal(raw, &row)
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if fields = strings.TrimSpace(fields); fields == "" || fields == "*" {
		return rows, nil
	}
	var wanted []string
	for name := range strings.SplitSeq(fields, ",") {
		if wanted = append(wanted, strings.TrimSpace(name)); !known(wanted[len(wanted)-1]) {
			return nil, sentence("The field " + upstream.Clip(name) + " is not known.")
		}
	}
	for _, row := range rows {
		for name := range row {
			if !slices.Contains(wanted, name) {
				delete(row, name)
			}
		}
	}
	return rows, nil
}

// order sorts by a list such as "Name DESC, CreatedOn ASC".
func order(all []Account, orders string) error {
	if strings.TrimSpace(orders) == "" {
		return nil
	}
	type key struct {
		name string
		down bool
	}
	var keys []key
	for part := range strings.SplitSeq(orders, ",") {
		words := strings.Fields(part)
		if len(words) == 0 || len(words) > 2 || !known(words[0]) || len(words) == 2 && !strings.EqualFold(words[1], "ASC") && !strings.EqualFold(words[1], "DESC") {
			return sentence("The Orders are not valid: " + upstream.Clip(part))
		}
		keys = append(keys, key{words[0], len(words) == 2 && strings.EqualFold(words[1], "DESC")})
	}
	slices.SortStableFunc(all, func(a, b Account) int {
		for _, k := range keys {
			x, _ := a.field(k.name)
			y, _ := b.field(k.name)
			if c := strings.Compare(strings.ToLower(x), strings.ToLower(y)); c != 0 {
				return map[bool]int{false: c, true: -c}[k.down]
			}
		}
		return 0
	})
	return nil
}

func known(field string) bool {
	_, ok := Account{}.field(field)
	return ok
}

// sentence is an error that the server tells.
type sentence string

// Error gives the sentence.
func (s sentence) Error() string { return string(s) }
