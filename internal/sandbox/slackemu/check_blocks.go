package slackemu

// maxBlocksText is how many characters all blocks of a message may have together. It is not documented: Slack was seen
// to refuse more than 13,297 characters in one block, and some 125 fewer for every further block.
const (
	maxBlocksText   = 13_200
	furtherBlock    = 125
	maxInMessage    = 50
	maxInView       = 100
	maxContextItems = 10
)

// checkBlocks checks the blocks of a message and completes them.
func checkBlocks(list []any, surface, at string) ([]block, error) {
	k := &checker{surface: surface, blockIDs: map[string]bool{}}
	blocks := k.blocks(list, at)
	if len(k.problems) > 0 {
		return nil, &apiError{code: "invalid_blocks", messages: k.problems}
	}
	if k.length+furtherBlock*max(len(blocks)-1, 0) > maxBlocksText {
		return nil, refuse("msg_blocks_too_long")
	}
	return blocks, nil
}

// blocks checks a list of blocks and gives them completed.
func (k *checker) blocks(list []any, at string) []block {
	most := maxInView
	if k.surface == inMessage {
		most = maxInMessage
	}
	var out []block
	k.list(list, at, 0, most, func(k *checker, v any, at string) {
		if b := k.block(v, at); b != nil {
			out = append(out, b)
		}
	})
	return out
}

// block checks one block.
func (k *checker) block(v any, at string) block {
	b, kind := k.typed(v, at, k.allowed())
	if b == nil {
		return nil
	}
	identify(b, "block_id", 3)
	id := word(b, "block_id")
	if k.blockIDs[id] {
		k.problem(at+"/block_id", "`block_id` already exists for another block: %s", id)
	}
	k.blockIDs[id] = true
	switch kind {
	case "section":
		if b["text"] == nil && b["fields"] == nil {
			k.problem(at, "missing required field: text")
		}
	case "image":
		if (b["image_url"] == nil) == (b["slack_file"] == nil) {
			k.problem(at, "must provide either `image_url` or `slack_file`")
		}
	case "table":
		if k.tables++; k.tables > 1 {
			k.problem(at, "only one table is allowed in a message")
		}
	}
	k.uniqueActions(b, at)
	return b
}

// uniqueActions refuses the same action id twice in one block.
func (k *checker) uniqueActions(b block, at string) {
	seen := map[string]bool{}
	for _, p := range elementsOf([]block{b}) {
		if seen[p.actionID()] {
			k.problem(at, "`action_id` already exists for another element: %s", p.actionID())
		}
		seen[p.actionID()] = true
	}
}

// allowed gives the blocks that may stand on the surface.
func (k *checker) allowed() map[string]shape {
	switch k.surface {
	case inModal:
		return modalBlocks
	case inHome:
		return homeBlocks
	}
	return messageBlocks
}

// blockShape adds what every block has.
func blockShape(s shape) shape {
	s["type"], s["block_id"] = must(anything), may(chars(0, 255))
	return s
}

// everywhere are the blocks of all surfaces.
func everywhere() map[string]shape {
	return map[string]shape{
		"divider": blockShape(shape{}),
		"header":  blockShape(shape{"text": must(plainText(150)), "level": may(whole(1, 6))}),
		"section": blockShape(shape{
			"text": may(anyText(3000)), "fields": may(listOf(1, 10, anyText(2000))),
			"accessory": may(element(inSection)), "expand": may(boolean),
		}),
		"image": blockShape(shape{
			"image_url": may(chars(1, 3000)), "slack_file": may(objectOf(slackFile)),
			"alt_text": must(chars(1, 2000)), "title": may(plainText(2000)),
		}),
		"actions": blockShape(shape{"elements": must(listOf(1, 25, element(inActions)))}),
		"context": blockShape(shape{"elements": must(listOf(1, maxContextItems, contextItem))}),
		"input": blockShape(shape{
			"label": must(plainText(2000)), "element": must(element(inInput)), "hint": may(plainText(2000)),
			"optional": may(boolean), "dispatch_action": may(boolean),
		}),
		"rich_text": blockShape(shape{"elements": must(listOf(1, 1000, richText))}),
		"video": blockShape(shape{
			"video_url": must(chars(1, 3000)), "thumbnail_url": must(chars(1, 3000)), "alt_text": must(chars(1, 2000)),
			"title": must(plainText(199)), "title_url": may(chars(1, 3000)), "author_name": may(chars(0, 49)),
			"provider_name": may(chars(0, 255)), "provider_icon_url": may(chars(1, 3000)), "description": may(plainText(200)),
		}),
	}
}

var slackFile = shape{"id": may(chars(1, 255)), "url": may(chars(1, 3000))}

var (
	messageBlocks = withMore(map[string]shape{
		"file":            blockShape(shape{"external_id": must(chars(1, 255)), "source": must(oneOf("remote"))}),
		"markdown":        blockShape(shape{"text": must(markdown)}),
		"context_actions": blockShape(shape{"elements": must(listOf(1, 5, element(inContextActions)))}),
		"table": blockShape(shape{
			"rows":            must(listOf(1, 100, listOf(1, 20, tableCell))),
			"column_settings": may(listOf(0, 20, anything)),
		}),
		// Known to Slack, not modelled here: taken as they are.
		"call": nil, "plan": nil, "task_card": nil, "card": nil, "carousel": nil, "container": nil, "layout": nil,
		"data_table": nil, "data_visualization": nil,
	})
	modalBlocks = withMore(map[string]shape{
		"alert": blockShape(shape{
			"text": must(anyText(3000)), "level": may(oneOf("default", "info", "warning", "error", "success")),
		}),
	})
	homeBlocks = withMore(nil)
)

// withMore adds a surface's own blocks. A nil shape takes any properties.
func withMore(more map[string]shape) map[string]shape {
	all := everywhere()
	for kind, s := range more {
		all[kind] = s
	}
	return all
}

func markdown(k *checker, v any, at string) {
	chars(1, 12_000)(k, v, at)
	s, _ := v.(string)
	k.length += len([]rune(s))
}

func contextItem(k *checker, v any, at string) {
	if o, ok := v.(map[string]any); ok && o["type"] != "plain_text" && o["type"] != "mrkdwn" {
		element(inContext)(k, v, at)
		return
	}
	anyText(3000)(k, v, at)
}

func tableCell(k *checker, v any, at string) {
	o, _ := v.(map[string]any)
	switch o["type"] {
	case "raw_text":
		k.object(v, at, shape{"type": must(anything), "text": must(chars(1, 3000))})
		k.length += len([]rune(word(o, "text")))
	case "raw_number":
		k.object(v, at, shape{"type": must(anything), "value": must(anything), "text": may(chars(0, 3000))})
	case "rich_text":
		k.object(v, at, shape{"type": must(anything), "elements": must(listOf(1, 100, richText)), "block_id": may(chars(0, 255))})
	default:
		k.problem(at+"/type", "unsupported type: %v", o["type"])
	}
}

// viewShape is a modal; homeShape the Home tab.
var viewShape = shape{
	"type": must(oneOf("modal")), "title": must(plainText(24)), "blocks": must(anything), "close": may(plainText(24)),
	"submit": may(plainText(24)), "private_metadata": may(chars(0, 3000)), "callback_id": may(chars(0, 255)),
	"clear_on_close": may(boolean), "notify_on_close": may(boolean), "external_id": may(chars(0, 255)),
}

var homeShape = shape{
	"type": must(oneOf("home")), "blocks": must(anything), "private_metadata": may(chars(0, 3000)),
	"callback_id": may(chars(0, 255)), "external_id": may(chars(0, 255)),
}

// checkView checks a view and completes its blocks.
func checkView(fields map[string]any, kind string) (map[string]any, error) {
	k := &checker{surface: kind, blockIDs: map[string]bool{}}
	s := viewShape
	if kind == inHome {
		s = homeShape
	}
	k.object(fields, "/view", s)
	if list, ok := fields["blocks"].([]any); ok {
		blocks := k.blocks(list, "/view/blocks")
		if kind == inModal && fields["submit"] == nil && hasInput(blocks) {
			k.problem("/view", "missing required field: submit")
		}
	} else if fields["blocks"] != nil {
		k.problem("/view/blocks", "must provide an array")
	}
	if len(k.problems) > 0 {
		return nil, &apiError{code: "invalid_arguments", messages: k.problems}
	}
	return fields, nil
}

func hasInput(blocks []block) bool {
	for _, b := range blocks {
		if word(b, "type") == "input" {
			return true
		}
	}
	return false
}
