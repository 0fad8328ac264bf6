package slackemu

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// What Slack documents on the length of a message's text.
const (
	maxText       = 40_000
	maxUpdateText = 4_000
	noBlocksShown = "This content can't be displayed."
)

// content is what a message says, checked.
type content struct {
	text           string
	hasText        bool
	blocks         []block
	hasBlocks      bool
	attachments    []any
	hasAttachments bool
}

// readContent checks text, blocks and attachments the way chat.postMessage does.
func readContent(a args, longest int) (content, error) {
	var c content
	_, c.hasText = a["text"]
	c.text = a.text("text")
	raw, there, err := a.value("blocks")
	if err != nil {
		return c, refuse("invalid_blocks_format")
	}
	if there {
		list, ok := raw.([]any)
		if !ok {
			return c, refuse("invalid_blocks_format")
		}
		if c.blocks, err = checkBlocks(list, inMessage, "/blocks"); err != nil {
			return c, err
		}
		c.hasBlocks = true
	}
	if raw, there, err = a.value("attachments"); err != nil {
		return c, refuse("invalid_attachments")
	} else if there {
		list, ok := raw.([]any)
		if !ok {
			return c, refuse("invalid_attachments")
		}
		if len(list) > 100 {
			return c, refuse("too_many_attachments")
		}
		c.attachments, c.hasAttachments = list, true
	}
	if utf8.RuneCountInString(c.text) > longest {
		return c, refuse("msg_too_long")
	}
	return c, nil
}

func (c content) empty() bool {
	return strings.TrimSpace(c.text) == "" && len(c.blocks) == 0 && len(c.attachments) == 0
}

// words is the text a message without text is given.
func (c content) words() string {
	if strings.TrimSpace(c.text) == "" && len(c.blocks) > 0 {
		return noBlocksShown
	}
	return c.text
}

// readMetadata gives the metadata argument; nil when there is none.
func readMetadata(a args) (raw json.RawMessage, there bool, err error) {
	v, there, err := a.value("metadata")
	if err != nil {
		return nil, true, refuse("invalid_metadata_format")
	}
	if !there {
		return nil, false, nil
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, true, refuse("invalid_metadata_format")
	}
	if len(fields) == 0 {
		return nil, true, nil
	}
	kind, _ := fields["event_type"].(string)
	payload, isObject := fields["event_payload"].(map[string]any)
	switch {
	case kind == "" && len(payload) == 0: // slack-go's zero value: nothing was meant
		return nil, false, nil
	case kind == "" || !isObject:
		return nil, true, refuse("invalid_metadata_schema")
	}
	raw, err = json.Marshal(map[string]any{"event_type": kind, "event_payload": payload})
	if err == nil && len(raw) > 16<<10 {
		return nil, true, refuse("metadata_too_large")
	}
	return raw, true, err
}

// over lays what was said over a message: blocks stay only where neither blocks nor text were given, so text alone
// takes them away; attachments stay where none were given.
func (c content) over(m *message) {
	hasText := strings.TrimSpace(c.text) != ""
	switch {
	case len(c.blocks) > 0:
		m.Text, m.Blocks = c.words(), c.blocks
	case hasText:
		m.Text, m.Blocks = c.text, nil
	case c.hasBlocks:
		m.Blocks = nil
		if m.Text == noBlocksShown {
			m.Text = ""
		}
	}
	if c.hasAttachments {
		m.Attachments = c.attachments
	}
}
