package slackemu

import (
	"regexp"
	"slices"
)

// The places an element can stand in.
const (
	inSection        = "section"
	inActions        = "actions"
	inInput          = "input"
	inContext        = "context"
	inContextActions = "context_actions"
)

// widget is an element: where it may stand, and its properties.
type widget struct {
	in    []string
	props shape
}

// element is a rule for an element in a place.
func element(place string) rule {
	return func(k *checker, v any, at string) { k.element(v, at, place) }
}

func (k *checker) element(v any, at, place string) {
	o, ok := v.(map[string]any)
	if !ok {
		k.problem(at, "must provide an object")
		return
	}
	kind, _ := o["type"].(string)
	w, known := widgets[kind]
	if !known || !slices.Contains(w.in, place) {
		k.problem(at+"/type", "unsupported type: %s", kind)
		return
	}
	if kind == "file_input" && k.surface == inMessage {
		k.problem(at+"/type", "unsupported type: %s", kind)
		return
	}
	k.object(o, at, w.props)
	if kind != "image" {
		identify(o, "action_id", 4)
	}
	if yes, _ := o["focus_on_load"].(bool); yes {
		if k.focused {
			k.problem(at+"/focus_on_load", "only one element may have `focus_on_load`")
		}
		k.focused = true
	}
	k.choices(o, kind, at)
}

// choices checks the options of elements that have them, by kind.
func (k *checker) choices(o map[string]any, kind, at string) {
	rich := kind == "checkboxes" || kind == "radio_buttons"
	switch kind {
	case "overflow":
		k.options(o, at, 1, 5, rich)
	case "checkboxes", "radio_buttons":
		k.options(o, at, 1, 10, rich)
	case "static_select", "multi_static_select":
		if (o["options"] == nil) == (o["option_groups"] == nil) {
			k.problem(at, "must provide either `options` or `option_groups`")
			return
		}
		k.options(o, at, 1, 100, rich)
	case "image":
		if (o["image_url"] == nil) == (o["slack_file"] == nil) {
			k.problem(at, "must provide either `image_url` or `slack_file`")
		}
		return
	default:
		return
	}
	k.initial(o, at)
}

// options checks "options" and "option_groups" of an object.
func (k *checker) options(o map[string]any, at string, low, high int, rich bool) {
	item := func(k *checker, v any, at string) { k.option(v, at, rich) }
	if v, there := o["options"]; there {
		k.list(v, at+"/options", low, high, item)
	}
	if v, there := o["option_groups"]; there {
		k.list(v, at+"/option_groups", low, 100, objectOf(shape{
			"label": must(plainText(75)), "options": must(listOf(low, 100, item)),
		}))
	}
}

func (k *checker) option(v any, at string, rich bool) {
	words := plainText(75)
	if rich {
		words = anyText(75)
	}
	k.object(v, at, shape{
		"text": must(words), "value": must(chars(1, 150)), "description": may(words), "url": may(chars(1, 3000)),
	})
}

// initial refuses an initial option that is not among the options.
func (k *checker) initial(o map[string]any, at string) {
	have := optionsOf(o)
	known := func(v any) bool {
		chosen, _ := v.(map[string]any)
		return slices.ContainsFunc(have, func(h map[string]any) bool { return word(h, "value") == word(chosen, "value") })
	}
	if v, there := o["initial_option"]; there && !known(v) {
		k.problem(at+"/initial_option", "must be one of the provided options")
	}
	list, _ := o["initial_options"].([]any)
	for _, v := range list {
		if !known(v) {
			k.problem(at+"/initial_options", "must be one of the provided options")
			return
		}
	}
}

// confirm is the dialog Slack shows before it takes an action.
var confirm = objectOf(shape{
	"title": must(plainText(100)), "text": must(anyText(300)), "confirm": must(plainText(30)), "deny": must(plainText(30)),
	"style": may(oneOf("primary", "danger")),
})

var (
	date     = matching(`^\d{4}-\d{2}-\d{2}$`, "must be a date like 2026-01-31")
	clockAt  = matching(`^\d{2}:\d{2}$`, "must be a time like 13:45")
	dispatch = objectOf(shape{
		"trigger_actions_on": may(listOf(1, 2, oneOf("on_enter_pressed", "on_character_entered"))),
	})
	ids      = listOf(0, 100, chars(1, 255))
	rawItems = listOf(0, 100, anything)
)

func matching(pattern, words string) rule {
	re := regexp.MustCompile(pattern)
	return func(k *checker, v any, at string) {
		if s, ok := v.(string); !ok || !re.MatchString(s) {
			k.problem(at, "%s", words)
		}
	}
}

// with makes an element's shape: what all have, and its own.
func with(own shape) shape {
	own["type"], own["action_id"] = must(anything), may(chars(0, 255))
	return own
}

// asking adds what elements have that one fills in.
func asking(own shape) shape {
	own["placeholder"], own["focus_on_load"] = may(plainText(150)), may(boolean)
	return with(own)
}

// choosing adds a confirm dialog to that.
func choosing(own shape) shape {
	own["confirm"] = may(confirm)
	return asking(own)
}

var (
	acting   = []string{inSection, inActions}
	anyPlace = []string{inSection, inActions, inInput}
	typing   = []string{inInput}
)

// widgets is every element we know.
var widgets = map[string]widget{
	"button": {in: acting, props: with(shape{
		"text": must(plainText(75)), "value": may(chars(0, 2000)), "url": may(chars(1, 3000)), "confirm": may(confirm),
		"style": may(oneOf("primary", "danger")), "accessibility_label": may(chars(0, 75)),
		"agent_prompt": may(anything), "agent_prompt_display": may(anything), "visible_to_user_ids": may(ids),
	})},
	"workflow_button": {in: acting, props: with(shape{
		"text": must(plainText(75)), "workflow": must(anything), "style": may(oneOf("primary", "danger")),
		"accessibility_label": may(chars(0, 75)),
	})},
	"image": {in: []string{inSection, inContext}, props: shape{
		"type": must(anything), "image_url": may(chars(1, 3000)), "slack_file": may(objectOf(slackFile)),
		"alt_text": must(chars(1, 2000)),
	}},
	"overflow":      {in: acting, props: with(shape{"options": must(anything), "confirm": may(confirm)})},
	"checkboxes":    {in: anyPlace, props: boxes(shape{"initial_options": may(rawItems), "visible_to_user_ids": may(ids)})},
	"radio_buttons": {in: anyPlace, props: boxes(shape{"initial_option": may(anything)})},
	"datepicker":    {in: anyPlace, props: choosing(shape{"initial_date": may(date)})},
	"timepicker":    {in: anyPlace, props: choosing(shape{"initial_time": may(clockAt), "timezone": may(chars(1, 255))})},
	"datetimepicker": {in: []string{inActions, inInput}, props: with(shape{
		"initial_date_time": may(whole(1_000_000_000, 9_999_999_999)), "confirm": may(confirm), "focus_on_load": may(boolean),
	})},
	"static_select": {in: anyPlace, props: choosing(shape{
		"options": may(anything), "option_groups": may(anything), "initial_option": may(anything),
	})},
	"external_select": {in: anyPlace, props: choosing(shape{
		"initial_option": may(anOption), "min_query_length": may(whole(0, 3000)),
	})},
	"users_select": {in: anyPlace, props: choosing(shape{"initial_user": may(chars(1, 255))})},
	"conversations_select": {in: anyPlace, props: choosing(shape{
		"initial_conversation": may(chars(1, 255)), "default_to_current_conversation": may(boolean),
		"response_url_enabled": may(boolean), "filter": may(anything),
	})},
	"channels_select": {in: anyPlace, props: choosing(shape{
		"initial_channel": may(chars(1, 255)), "response_url_enabled": may(boolean),
	})},
	"multi_static_select": {in: anyPlace, props: several(shape{
		"options": may(anything), "option_groups": may(anything), "initial_options": may(rawItems),
	})},
	"multi_external_select": {in: anyPlace, props: several(shape{
		"initial_options": may(listOf(0, 100, anOption)), "min_query_length": may(whole(0, 3000)),
	})},
	"multi_users_select": {in: anyPlace, props: several(shape{"initial_users": may(ids)})},
	"multi_conversations_select": {in: anyPlace, props: several(shape{
		"initial_conversations": may(ids), "default_to_current_conversation": may(boolean), "filter": may(anything),
	})},
	"multi_channels_select": {in: anyPlace, props: several(shape{"initial_channels": may(ids)})},
	"plain_text_input": {in: typing, props: asking(shape{
		"initial_value": may(chars(0, 3000)), "multiline": may(boolean), "min_length": may(whole(0, 3000)),
		"max_length": may(whole(1, 3000)), "dispatch_action_config": may(dispatch),
	})},
	"email_text_input": {in: typing, props: asking(shape{"initial_value": may(chars(0, 3000)), "dispatch_action_config": may(dispatch)})},
	"url_text_input":   {in: typing, props: asking(shape{"initial_value": may(chars(0, 3000)), "dispatch_action_config": may(dispatch)})},
	"number_input": {in: typing, props: asking(shape{
		"is_decimal_allowed": must(boolean), "initial_value": may(chars(0, 255)), "min_value": may(chars(0, 255)),
		"max_value": may(chars(0, 255)), "dispatch_action_config": may(dispatch),
	})},
	"rich_text_input": {in: typing, props: asking(shape{
		"initial_value": may(anything), "dispatch_action_config": may(dispatch), "min_lines": may(whole(1, 1000)),
		"max_lines": may(whole(1, 1000)),
	})},
	"file_input":       {in: typing, props: with(shape{"filetypes": may(ids), "max_files": may(whole(1, 10))})},
	"feedback_buttons": {in: []string{inContextActions}, props: with(shape{"positive_button": must(anything), "negative_button": must(anything)})},
	"icon_button": {in: []string{inContextActions}, props: with(shape{
		"icon": must(chars(1, 255)), "text": must(plainText(75)), "value": may(chars(0, 2000)), "confirm": may(confirm),
		"accessibility_label": may(chars(0, 75)), "visible_to_user_ids": may(ids),
	})},
}

func anOption(k *checker, v any, at string) { k.option(v, at, false) }

// boxes is what checkboxes and radio buttons have in common.
func boxes(own shape) shape {
	own["options"], own["confirm"], own["focus_on_load"] = must(anything), may(confirm), may(boolean)
	return with(own)
}

// several is what multi-selects have in common.
func several(own shape) shape {
	own["max_selected_items"] = may(whole(1, 1000))
	return choosing(own)
}
