package upstream

import (
	"maps"
	"slices"
	"strconv"

	"accountops/internal/identity"
)

// Compare tells which attributes an account does not show as they were sent, all as texts. shown gives what it shows of one.
func Compare(sent map[string]string, shown func(name string) (any, bool)) identity.Comparison {
	var out identity.Comparison
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		value, there := shown(name)
		text, comparable := asText(value)
		switch {
		case there && comparable && text == sent[name]:
		case there && comparable:
			out.Differs = append(out.Differs, name)
		case sent[name] != "": // what was sent empty need not be shown
			out.Hidden = append(out.Hidden, name)
		}
	}
	return out
}

// asText gives a value of JSON as the text that it would be sent as. Lists, objects and null are none.
func asText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
