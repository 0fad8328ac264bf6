package fakeesystems

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"accountops/internal/sandbox/upstream"
)

// parseFilters reads the documented grammar: (Field op value) AND (Field op value) OR …, where one comparison may go without its
// parentheses. The operators are = <> > >= < <= In Like NotIn. Values are not quoted; those of In and NotIn are separated by ; or a
// comma; % in Like stands for anything. AND binds closer than OR. Nothing keeps everything.
func parseFilters(text string) (func(Account) bool, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return func(Account) bool { return true }, nil
	}
	parts, joins, err := split(text)
	if err != nil {
		return nil, err
	}
	var either [][]func(Account) bool
	for i, part := range parts {
		test, err := comparison(part)
		if err != nil {
			return nil, err
		}
		if i == 0 || joins[i-1] == "OR" {
			either = append(either, nil)
		}
		either[len(either)-1] = append(either[len(either)-1], test)
	}
	return func(a Account) bool {
		return slices.ContainsFunc(either, func(all []func(Account) bool) bool {
			return !slices.ContainsFunc(all, func(test func(Account) bool) bool { return !test(a) })
		})
	}, nil
}

var join = regexp.MustCompile(`(?i)^\)\s*(AND|OR)\s*\(`)

// split cuts (a) AND (b) into its comparisons and what joins them.
func split(text string) (parts, joins []string, err error) {
	if text[0] != '(' {
		return []string{text}, nil, nil
	}
	for rest := text[1:]; ; {
		end, width := -1, 0
		for i := range rest {
			if rest[i] != ')' {
				continue
			}
			if m := join.FindStringSubmatch(rest[i:]); m != nil {
				end, width, joins = i, len(m[0]), append(joins, strings.ToUpper(m[1]))
				break
			}
		}
		if end < 0 {
			last, ok := strings.CutSuffix(strings.TrimSpace(rest), ")")
			if !ok {
				return nil, nil, sentence("The Filters are not valid: a parenthesis does not end.")
			}
			return append(parts, last), joins, nil
		}
		parts, rest = append(parts, rest[:end]), rest[end+width:]
	}
}

var comparing = regexp.MustCompile(`(?is)^\s*([A-Za-z_.]+)\s*(<>|>=|<=|=|>|<|\bIn\b|\bLike\b|\bNotIn\b)\s*(.*?)\s*$`)

func comparison(text string) (func(Account) bool, error) {
	m := comparing.FindStringSubmatch(text)
	if m == nil {
		return nil, sentence("The Filters are not valid: " + upstream.Clip(text))
	}
	name, op, value := m[1], strings.ToLower(m[2]), m[3]
	if !known(name) {
		return nil, sentence("The field " + upstream.Clip(name) + " is not known.")
	}
	field := func(a Account) string { v, _ := a.field(name); return v }
	switch op {
	case "in", "notin":
		var values []string
		for _, v := range strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ',' }) {
			values = append(values, strings.ToLower(strings.TrimSpace(v)))
		}
		return func(a Account) bool { return slices.Contains(values, strings.ToLower(field(a))) == (op == "in") }, nil
	case "like":
		quoted := strings.Split(value, "%")
		for i := range quoted {
			quoted[i] = regexp.QuoteMeta(quoted[i])
		}
		pattern, err := regexp.Compile("(?is)^" + strings.Join(quoted, ".*") + "$")
		if err != nil {
			return nil, sentence("The Filters are not valid: " + upstream.Clip(text))
		}
		return func(a Account) bool { return pattern.MatchString(field(a)) }, nil
	}
	return func(a Account) bool { return holds(op, compare(field(a), value)) }, nil
}

// compare compares as times or numbers where both are, and else as text without case.
func compare(a, b string) int {
	if x, err := strconv.ParseInt(a, 10, 64); err == nil {
		if y, err := strconv.ParseInt(b, 10, 64); err == nil {
			return cmp.Compare(x, y)
		}
	}
	if x, err := time.Parse(time.RFC3339, a); err == nil {
		for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", time.DateTime} {
			if y, err := time.Parse(layout, b); err == nil {
				return x.Compare(y)
			}
		}
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

func holds(op string, c int) bool {
	return map[string]bool{"=": c == 0, "<>": c != 0, ">": c > 0, ">=": c >= 0, "<": c < 0, "<=": c <= 0}[op]
}
