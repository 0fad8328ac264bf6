package slackemu

import "unicode/utf8"

// richText is one part of a rich_text block: a section, a list, a quote or something preformatted.
func richText(k *checker, v any, at string) {
	k.typed(v, at, richParts)
}

// richParts are the parts of a rich_text block.
var richParts = map[string]shape{
	"rich_text_section": section,
	"rich_text_list": {
		"type": must(anything), "style": must(oneOf("bullet", "ordered")), "indent": may(whole(0, 8)),
		"offset": may(whole(0, 1_000_000)), "border": may(whole(0, 1)),
		"elements": must(listOf(1, 1000, objectOf(section))),
	},
	"rich_text_quote":        {"type": must(anything), "elements": must(listOf(1, 1000, richItem)), "border": may(whole(0, 1))},
	"rich_text_preformatted": {"type": must(anything), "elements": must(listOf(1, 1000, richItem)), "border": may(whole(0, 1)), "language": may(chars(0, 255))},
}

var section = shape{"type": must(oneOf("rich_text_section")), "elements": must(listOf(0, 1000, richItem))}

// richStyle is how a piece of rich text looks.
var richStyle = objectOf(shape{
	"bold": may(boolean), "italic": may(boolean), "strike": may(boolean), "code": may(boolean), "underline": may(boolean),
	"highlight": may(boolean), "client_highlight": may(boolean), "unlink": may(boolean),
})

// richItems are the pieces of rich text.
var richItems = map[string]shape{
	"text":      styled(shape{"text": must(chars(1, 1_000_000))}),
	"link":      styled(shape{"url": must(chars(1, 3000)), "text": may(chars(0, 3000)), "unsafe": may(boolean)}),
	"emoji":     styled(shape{"name": must(chars(1, 255)), "unicode": may(chars(0, 255)), "skin_tone": may(whole(0, 6)), "url": may(chars(0, 3000))}),
	"user":      styled(shape{"user_id": must(chars(1, 255))}),
	"usergroup": styled(shape{"usergroup_id": must(chars(1, 255))}),
	"channel":   styled(shape{"channel_id": must(chars(1, 255))}),
	"team":      styled(shape{"team_id": must(chars(1, 255))}),
	"broadcast": styled(shape{"range": must(oneOf("here", "channel", "everyone"))}),
	"color":     styled(shape{"value": must(chars(1, 255))}),
	"date": styled(shape{
		"timestamp": must(whole(0, 9_999_999_999)), "format": must(chars(1, 255)), "url": may(chars(1, 3000)),
		"fallback": may(chars(0, 3000)),
	}),
}

func styled(own shape) shape {
	own["type"], own["style"] = must(anything), may(richStyle)
	return own
}

func richItem(k *checker, v any, at string) {
	o, _ := k.typed(v, at, richItems)
	k.length += utf8.RuneCountInString(word(o, "text"))
}
