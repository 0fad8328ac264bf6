package slackemu

import "slices"

// placed is an interactive element and the block it stands in.
type placed struct {
	block   block
	element map[string]any
}

func (p placed) actionID() string { return word(p.element, "action_id") }
func (p placed) blockID() string  { return word(p.block, "block_id") }
func (p placed) kind() string     { return word(p.element, "type") }

// word gives a string out of a JSON object, empty when it is none.
func word(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// object gives an object out of a JSON object; nil when it is none.
func object(m map[string]any, key string) map[string]any {
	o, _ := m[key].(map[string]any)
	return o
}

// objects gives a list of objects out of a JSON object.
func objects(m map[string]any, key string) []map[string]any {
	list, _ := m[key].([]any)
	out := make([]map[string]any, 0, len(list))
	for _, v := range list {
		if o, ok := v.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// elementsOf gives every interactive element, in the order in which they are shown.
func elementsOf(blocks []block) []placed {
	var out []placed
	for _, b := range blocks {
		var here []map[string]any
		switch word(b, "type") {
		case "actions", "context_actions":
			here = objects(b, "elements")
		case "section":
			here = []map[string]any{object(b, "accessory")}
		case "input":
			here = []map[string]any{object(b, "element")}
		}
		for _, e := range here {
			if word(e, "action_id") != "" {
				out = append(out, placed{block: b, element: e})
			}
		}
	}
	return out
}

// input says where an element's value stands: in the state and in an action, and what it begins with.
type input struct {
	field   string
	initial string
	choice  bool // the value is an option, or options, of the element's own
	many    bool
}

// inputs are the elements that hold a value. A button and an overflow menu hold none.
var inputs = map[string]input{
	"plain_text_input":           {field: "value", initial: "initial_value"},
	"email_text_input":           {field: "value", initial: "initial_value"},
	"url_text_input":             {field: "value", initial: "initial_value"},
	"number_input":               {field: "value", initial: "initial_value"},
	"rich_text_input":            {field: "rich_text_value", initial: "initial_value"},
	"datepicker":                 {field: "selected_date", initial: "initial_date"},
	"timepicker":                 {field: "selected_time", initial: "initial_time"},
	"datetimepicker":             {field: "selected_date_time", initial: "initial_date_time"},
	"users_select":               {field: "selected_user", initial: "initial_user"},
	"conversations_select":       {field: "selected_conversation", initial: "initial_conversation"},
	"channels_select":            {field: "selected_channel", initial: "initial_channel"},
	"multi_users_select":         {field: "selected_users", initial: "initial_users", many: true},
	"multi_conversations_select": {field: "selected_conversations", initial: "initial_conversations", many: true},
	"multi_channels_select":      {field: "selected_channels", initial: "initial_channels", many: true},
	"static_select":              {field: "selected_option", initial: "initial_option", choice: true},
	"external_select":            {field: "selected_option", initial: "initial_option", choice: true},
	"radio_buttons":              {field: "selected_option", initial: "initial_option", choice: true},
	"multi_static_select":        {field: "selected_options", initial: "initial_options", choice: true, many: true},
	"multi_external_select":      {field: "selected_options", initial: "initial_options", choice: true, many: true},
	"checkboxes":                 {field: "selected_options", initial: "initial_options", choice: true, many: true},
	"file_input":                 {field: "files", initial: "initial_files", many: true},
}

// initialState is what stands in the fields before anybody touched them: block id → action id → value.
func initialState(blocks []block) map[string]any {
	state := map[string]any{}
	for _, p := range elementsOf(blocks) {
		in, ok := inputs[p.kind()]
		if !ok {
			continue
		}
		begins := p.element[in.initial]
		if begins == nil && in.many {
			begins = []any{}
		}
		setState(state, p, in.field, begins)
	}
	return state
}

func setState(state map[string]any, p placed, field string, value any) {
	row, _ := state[p.blockID()].(map[string]any)
	if row == nil {
		row = map[string]any{}
		state[p.blockID()] = row
	}
	row[p.actionID()] = map[string]any{"type": p.kind(), field: value}
}

// optionsOf gives every option an element offers by itself.
func optionsOf(element map[string]any) []map[string]any {
	out := objects(element, "options")
	for _, g := range objects(element, "option_groups") {
		out = append(out, objects(g, "options")...)
	}
	return out
}

// pick finds an option by its value or by the words it shows.
func pick(options []map[string]any, wanted string) map[string]any {
	i := slices.IndexFunc(options, func(o map[string]any) bool { return word(o, "value") == wanted })
	if i < 0 {
		i = slices.IndexFunc(options, func(o map[string]any) bool { return word(object(o, "text"), "text") == wanted })
	}
	if i < 0 {
		return nil
	}
	return options[i]
}
