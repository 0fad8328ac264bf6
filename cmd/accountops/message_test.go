package main

import (
	"encoding/json"
	"strings"
)

// message is a Slack message with its raw JSON, for looking for words in it.
type message struct {
	TS      string
	Text    string
	Blocks  json.RawMessage
	channel string
	raw     string
}

// buttons gives the action ids of a message's buttons.
func (m message) buttons() []string {
	var found []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case object:
			if id, ok := v["action_id"].(string); ok && v["type"] == "button" {
				found = append(found, id)
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	var blocks any
	_ = json.Unmarshal(m.Blocks, &blocks) // a message without blocks has no buttons
	walk(blocks)
	return found
}

// button gives the id of the button that begins with a word; empty when there is none.
func (m message) button(word string) string {
	for _, id := range m.buttons() {
		if strings.HasPrefix(id, word) {
			return id
		}
	}
	return ""
}
