package slackemu

import (
	"strconv"

	"accountops/internal/fault"
)

// offeredKey names what an app offered for an external select.
func offeredKey(place, actionID string) string { return place + "\x00" + actionID }

// entered turns what a script or the page gives for an element into the element's own field. It takes the simple
// form ("remove", true, ["a","b"]) and the full one ({"selected_option": {…}}, {"value": "…"}).
func (w *Workspace) entered(p placed, place string, given any) (field string, value any, err error) {
	in, ok := inputs[p.kind()]
	if !ok {
		return "", nil, fault.Newf(fault.Invalid, "A %s holds no value, so nothing was entered.", p.kind())
	}
	if full, isObject := given.(map[string]any); isObject {
		if v, has := full[in.field]; has {
			return in.field, v, nil
		}
		if !in.choice || full["value"] == nil {
			return "", nil, fault.Newf(fault.Invalid, "The value of %q has no %s, so nothing was entered.", p.actionID(), in.field)
		}
		return in.field, full, nil // one option as it is
	}
	if given == nil {
		if in.many {
			return in.field, []any{}, nil
		}
		return in.field, nil, nil
	}
	if in.many {
		return w.enteredMany(p, in, place, given)
	}
	if !in.choice {
		return in.field, plain(p.kind(), given), nil
	}
	o, err := w.option(p, place, given)
	return in.field, o, err
}

func (w *Workspace) enteredMany(p placed, in input, place string, given any) (string, any, error) {
	list, ok := given.([]any)
	if !ok {
		list = []any{given}
	}
	out := make([]any, 0, len(list))
	for _, g := range list {
		if !in.choice {
			out = append(out, g)
			continue
		}
		o, err := w.option(p, place, g)
		if err != nil {
			return "", nil, err
		}
		out = append(out, o)
	}
	return in.field, out, nil
}

// option finds the option that was chosen. In an external select it may be any the app could have offered.
func (w *Workspace) option(p placed, place string, given any) (map[string]any, error) {
	if o, ok := given.(map[string]any); ok {
		return o, nil
	}
	wanted := text(given)
	options := optionsOf(p.element)
	external := p.kind() == "external_select" || p.kind() == "multi_external_select"
	if external {
		options = w.offered[offeredKey(place, p.actionID())]
	}
	if o := pick(options, wanted); o != nil {
		return o, nil
	}
	if external {
		return map[string]any{"text": map[string]any{"type": "plain_text", "text": wanted, "emoji": true}, "value": wanted}, nil
	}
	return nil, fault.Newf(fault.Invalid, "%q offers no option %q, so nothing was chosen.", p.actionID(), wanted)
}

// plain is a value as Slack's client sends it: text, except for a moment, which is a number.
func plain(kind string, given any) any {
	if kind == "datetimepicker" || kind == "rich_text_input" {
		return given
	}
	return text(given)
}

// text gives a JSON scalar as text.
func text(v any) string { return args{"v": v}.text("v") }

// lengthProblem is what Slack's client says about a text that is too short or too long; empty when it is neither.
func lengthProblem(element map[string]any, value string) string {
	n := len([]rune(value))
	if low, ok := element["min_length"].(float64); ok && n < int(low) {
		return "Please enter at least " + strconv.Itoa(int(low)) + " characters."
	}
	if high, ok := element["max_length"].(float64); ok && n > int(high) {
		return "Please enter no more than " + strconv.Itoa(int(high)) + " characters."
	}
	return ""
}
