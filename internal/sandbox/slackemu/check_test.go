package slackemu

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
)

// parse reads a list of blocks; x×n in it stands for n times x.
func parse(t *testing.T, raw string) []any {
	t.Helper()
	for {
		i := strings.Index(raw, "x×")
		if i < 0 {
			break
		}
		n := 0
		_, err := fmt.Sscanf(raw[i+len("x×"):], "%d", &n)
		require.NoError(t, err)
		raw = raw[:i] + strings.Repeat("é", n) + strings.TrimPrefix(raw[i+len("x×"):], fmt.Sprint(n))
	}
	var list []any
	require.NoError(t, json.Unmarshal([]byte(raw), &list), raw)
	return list
}

func repeat(one string, n int) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }

const (
	button  = `{"type":"button","text":{"type":"plain_text","text":"Go"},"action_id":"a%d"}`
	option  = `{"text":{"type":"plain_text","text":"One"},"value":"1"}`
	divider = `{"type":"divider"}`
)

func manyButtons(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(button, i))
	}
	return strings.Join(all, ",")
}

func plainJSON(s string) string { return `{"type":"plain_text","text":"` + s + `"}` }

func actions(elements string) string { return `[{"type":"actions","elements":[` + elements + `]}]` }

func inputOf(element string) string {
	return `[{"type":"input","label":{"type":"plain_text","text":"L"},"element":` + element + `}]`
}

func TestBlocksAreRefusedByTheirLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, blocks, problem string }{
		{"fifty blocks", "[" + repeat(divider, 50) + "]", ""},
		{"fifty-one blocks", "[" + repeat(divider, 51) + "]", "no more than 50 items allowed [json-pointer:/blocks]"},
		{"an unknown type", `[{"type":"nonsense"}]`, "unsupported type: nonsense [json-pointer:/blocks/0/type]"},
		{"no type", `[{"text":"x"}]`, "missing required field: type [json-pointer:/blocks/0]"},
		{"not an object", `["x"]`, "must provide an object [json-pointer:/blocks/0]"},
		{"an alert", `[{"type":"alert","text":` + plainJSON("x") + `}]`, "unsupported type: alert [json-pointer:/blocks/0/type]"},
		{"an unknown property", `[{"type":"divider","colour":"red"}]`, "invalid additional property: colour [json-pointer:/blocks/0]"},
		{"a long block_id", `[{"type":"divider","block_id":"x×256"}]`, "must be less than 256 characters [json-pointer:/blocks/0/block_id]"},
		{"the same block_id", `[{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}]`, "`block_id` already exists for another block: a [json-pointer:/blocks/1/block_id]"},

		{"a header of 150", `[{"type":"header","text":` + plainJSON("x×150") + `}]`, ""},
		{"a header of 151", `[{"type":"header","text":` + plainJSON("x×151") + `}]`, "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
		{"a header in mrkdwn", `[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]`, "must be a valid enum value [json-pointer:/blocks/0/text/type]"},
		{"a header without text", `[{"type":"header"}]`, "missing required field: text [json-pointer:/blocks/0]"},

		{"a section of 3000", `[{"type":"section","text":` + plainJSON("x×3000") + `}]`, ""},
		{"a section of 3001", `[{"type":"section","text":` + plainJSON("x×3001") + `}]`, "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		{"a section of nothing", `[{"type":"section","text":` + plainJSON("") + `}]`, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		{"a section with nothing", `[{"type":"section"}]`, "missing required field: text [json-pointer:/blocks/0]"},
		{"text that is a string", `[{"type":"section","text":"x"}]`, "must provide an object [json-pointer:/blocks/0/text]"},
		{"emoji in mrkdwn", `[{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}]`, "invalid additional property: emoji [json-pointer:/blocks/0/text]"},
		{"ten fields", `[{"type":"section","fields":[` + repeat(plainJSON("x"), 10) + `]}]`, ""},
		{"eleven fields", `[{"type":"section","fields":[` + repeat(plainJSON("x"), 11) + `]}]`, "no more than 10 items allowed [json-pointer:/blocks/0/fields]"},
		{"a field of 2001", `[{"type":"section","fields":[` + plainJSON("x×2001") + `]}]`, "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"},
		{"a typing accessory", `[{"type":"section","text":` + plainJSON("x") + `,"accessory":{"type":"plain_text_input"}}]`, "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]"},

		{"25 buttons", actions(manyButtons(25)), ""},
		{"26 buttons", actions(manyButtons(26)), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"},
		{"no buttons", actions(""), "no fewer than 1 items required [json-pointer:/blocks/0/elements]"},
		{"the same action_id", actions(repeat(fmt.Sprintf(button, 1), 2)), "`action_id` already exists for another element: a1 [json-pointer:/blocks/0]"},
		{"a button's text of 76", actions(`{"type":"button","text":` + plainJSON("x×76") + `}`), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"},
		{"a button's value of 2000", actions(`{"type":"button","text":` + plainJSON("x") + `,"value":"x×2000"}`), ""},
		{"a button's value of 2001", actions(`{"type":"button","text":` + plainJSON("x") + `,"value":"x×2001"}`), "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"},
		{"an action_id of 256", actions(`{"type":"button","text":` + plainJSON("x") + `,"action_id":"x×256"}`), "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]"},
		{"a green button", actions(`{"type":"button","text":` + plainJSON("x") + `,"style":"green"}`), "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"},
		{"a confirm without title", actions(`{"type":"button","text":` + plainJSON("x") + `,"confirm":{"text":` + plainJSON("x") + `,"confirm":` + plainJSON("x") + `,"deny":` + plainJSON("x") + `}}`), "missing required field: title [json-pointer:/blocks/0/elements/0/confirm]"},
		{"a confirm's long text", actions(`{"type":"button","text":` + plainJSON("x") + `,"confirm":{"title":` + plainJSON("x") + `,"text":` + plainJSON("x×301") + `,"confirm":` + plainJSON("x") + `,"deny":` + plainJSON("x") + `}}`), "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]"},
		{"a confirm's long button", actions(`{"type":"button","text":` + plainJSON("x") + `,"confirm":{"title":` + plainJSON("x") + `,"text":` + plainJSON("x") + `,"confirm":` + plainJSON("x×31") + `,"deny":` + plainJSON("x") + `}}`), "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]"},

		{"ten in context", `[{"type":"context","elements":[` + repeat(plainJSON("x"), 10) + `]}]`, ""},
		{"eleven in context", `[{"type":"context","elements":[` + repeat(plainJSON("x"), 11) + `]}]`, "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
		{"a button in context", `[{"type":"context","elements":[` + fmt.Sprintf(button, 1) + `]}]`, "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"},
		{"an image in context", `[{"type":"context","elements":[{"type":"image","image_url":"https://example.com/a.png","alt_text":"x"}]}]`, ""},

		{"an image", `[{"type":"image","image_url":"https://example.com/a.png","alt_text":"x","title":` + plainJSON("x") + `}]`, ""},
		{"an image without alt_text", `[{"type":"image","image_url":"https://example.com/a.png"}]`, "missing required field: alt_text [json-pointer:/blocks/0]"},
		{"an image of nothing", `[{"type":"image","alt_text":"x"}]`, "must provide either `image_url` or `slack_file` [json-pointer:/blocks/0]"},

		{"an input", inputOf(`{"type":"plain_text_input","max_length":3000,"multiline":true}`), ""},
		{"an input's max_length", inputOf(`{"type":"plain_text_input","max_length":3001}`), "must be between 1 and 3000 [json-pointer:/blocks/0/element/max_length]"},
		{"an input's placeholder", inputOf(`{"type":"plain_text_input","placeholder":` + plainJSON("x×151") + `}`), "must be less than 151 characters [json-pointer:/blocks/0/element/placeholder/text]"},
		{"a button as input", inputOf(fmt.Sprintf(button, 1)), "unsupported type: button [json-pointer:/blocks/0/element/type]"},
		{"an input without label", `[{"type":"input","element":{"type":"plain_text_input"}}]`, "missing required field: label [json-pointer:/blocks/0]"},
		{"a file input in a message", inputOf(`{"type":"file_input"}`), "unsupported type: file_input [json-pointer:/blocks/0/element/type]"},

		{"a select", actions(`{"type":"static_select","options":[` + option + `],"initial_option":` + option + `}`), ""},
		{"101 options", actions(`{"type":"static_select","options":[` + repeat(option, 101) + `]}`), "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"a select of nothing", actions(`{"type":"static_select"}`), "must provide either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]"},
		{"another initial option", actions(`{"type":"static_select","options":[` + option + `],"initial_option":{"text":` + plainJSON("x") + `,"value":"2"}}`), "must be one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]"},
		{"an option's text of 76", actions(`{"type":"static_select","options":[{"text":` + plainJSON("x×76") + `,"value":"1"}]}`), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]"},
		{"an option's value of 151", actions(`{"type":"static_select","options":[{"text":` + plainJSON("x") + `,"value":"x×151"}]}`), "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]"},
		{"six in an overflow", actions(`{"type":"overflow","options":[` + repeat(option, 6) + `]}`), "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"eleven boxes", actions(`{"type":"checkboxes","options":[` + repeat(option, 11) + `]}`), "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"a wrong date", actions(`{"type":"datepicker","initial_date":"tomorrow"}`), "must be a date like 2026-01-31 [json-pointer:/blocks/0/elements/0/initial_date]"},
		{"two in focus", actions(`{"type":"datepicker","focus_on_load":true},{"type":"datepicker","focus_on_load":true}`), "only one element may have `focus_on_load` [json-pointer:/blocks/0/elements/1/focus_on_load]"},

		{"rich text", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x","style":{"bold":true}},{"type":"user","user_id":"U1"}]}]}]`, ""},
		{"rich text of nothing", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":""}]}]}]`, "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]"},
		{"unknown rich text", `[{"type":"rich_text","elements":[{"type":"rich_text_poem","elements":[]}]}]`, "unsupported type: rich_text_poem [json-pointer:/blocks/0/elements/0/type]"},
		{"an unknown piece of it", `[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"gif"}]}]}]`, "unsupported type: gif [json-pointer:/blocks/0/elements/0/elements/0/type]"},
		{"a list", `[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","indent":0,"border":0,"offset":0,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}]}]`, ""},
		{"preformatted", `[{"type":"rich_text","elements":[{"type":"rich_text_preformatted","border":0,"elements":[{"type":"text","text":"x"}]}]}]`, ""},
		{"a long markdown", `[{"type":"markdown","text":"x×12001"}]`, "must be less than 12001 characters [json-pointer:/blocks/0/text]"},
		{"a table", `[{"type":"table","rows":[[{"type":"raw_text","text":"x"}]]}]`, ""},
		{"two tables", `[{"type":"table","rows":[[{"type":"raw_text","text":"x"}]]},{"type":"table","rows":[[{"type":"raw_text","text":"x"}]]}]`, "only one table is allowed in a message [json-pointer:/blocks/1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := checkBlocks(parse(t, c.blocks), inMessage, "/blocks")
			if c.problem == "" {
				require.NoError(t, err)
				return
			}
			refused, ok := errors.AsType[*apiError](err)
			require.True(t, ok, "it was taken")
			require.Equal(t, "invalid_blocks", refused.code)
			require.Equal(t, c.problem, refused.messages[0], refused.messages)
		})
	}
}

func TestAModalTakesAnAlertAndAHundredBlocks(t *testing.T) {
	t.Parallel()
	modal := func(blocks string) error {
		_, err := checkView(map[string]any{
			"type": "modal", "title": map[string]any{"type": "plain_text", "text": "T"}, "blocks": parse(t, blocks),
		}, inModal)
		return err
	}
	require.NoError(t, modal(`[{"type":"alert","level":"warning","text":`+plainJSON("x")+`}]`))
	require.NoError(t, modal("["+repeat(divider, 100)+"]"))
	require.Error(t, modal("["+repeat(divider, 101)+"]"))
	require.Error(t, modal(`[{"type":"table","rows":[[{"type":"raw_text","text":"x"}]]}]`))
}

func TestAllBlocksTogetherCanBeTooLong(t *testing.T) {
	t.Parallel()
	section := `{"type":"section","text":` + plainJSON("x×2600") + `}`
	_, err := checkBlocks(parse(t, "["+repeat(section, 4)+"]"), inMessage, "/blocks")
	require.NoError(t, err)
	_, err = checkBlocks(parse(t, "["+repeat(section, 6)+"]"), inMessage, "/blocks")
	require.EqualError(t, err, "msg_blocks_too_long")
}

func TestSlackCompletesWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	blocks, err := checkBlocks(parse(t, `[{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"button","text":{"type":"plain_text","text":"Go"}}}]`), inMessage, "/blocks")
	require.NoError(t, err)
	require.NotEmpty(t, blocks[0]["block_id"])
	require.Equal(t, false, object(blocks[0], "text")["verbatim"])
	accessory := object(blocks[0], "accessory")
	require.NotEmpty(t, accessory["action_id"])
	require.Equal(t, true, object(accessory, "text")["emoji"])
}

func TestARefusalOverTheWireSaysWhere(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	_, _, err := x.api.PostMessage("C0APPROVALS", slack.MsgOptionBlocks(slack.NewHeaderBlock(words(strings.Repeat("x", 151)))))
	refused := slack.SlackErrorResponse{}
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "invalid_blocks", refused.Err)
	require.Equal(t, []string{"[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"}, refused.ResponseMetadata.Messages)
	require.Equal(t, "must be less than 151 characters [json-pointer:/blocks/0/text/text]", *refused.Errors[0].Message)
	for _, bad := range []string{`{"type":"divider"}`, `[`, `"x"`} {
		got := x.do("POST", "/api/chat.postMessage", "application/json; charset=utf-8",
			[]byte(`{"channel":"C0APPROVALS","blocks":`+string(must2(json.Marshal(bad)))+`}`), "Authorization", "Bearer xoxb-sandbox")
		require.Equal(t, "invalid_blocks_format", got.body["error"], bad)
	}
}

func must2(raw []byte, _ error) []byte { return raw }

func TestWhatSlackGoBuildsIsTaken(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	one := slack.NewOptionBlockObject("1", words("One"), words("The first"))
	_, _, err := x.api.PostMessage("C0APPROVALS", slack.MsgOptionText("all of it", false), slack.MsgOptionBlocks(
		slack.NewHeaderBlock(words("Header")), slack.NewDividerBlock(),
		slack.NewSectionBlock(words("x"), []*slack.TextBlockObject{words("a"), slack.NewTextBlockObject("mrkdwn", "*b*", false, true)},
			slack.NewAccessory(slack.NewOverflowBlockElement("more", one))),
		slack.NewContextBlock("", words("small"), slack.NewImageBlockElement("https://example.com/a.png", "a")),
		slack.NewActionBlock("", slack.NewOptionsSelectBlockElement("static_select", words("Pick"), "pick", one),
			slack.NewDatePickerBlockElement("day"), slack.NewRadioButtonsBlockElement("radio", one),
			slack.NewCheckboxGroupsBlockElement("boxes", one), slack.NewTimePickerBlockElement("time")),
		slack.NewRichTextBlock("", slack.NewRichTextSection(
			slack.NewRichTextSectionTextElement("bold", &slack.RichTextSectionTextStyle{Bold: true}),
			slack.NewRichTextSectionUserElement("U0REQUESTER", nil),
			slack.NewRichTextSectionLinkElement("https://example.com", "link", nil),
			slack.NewRichTextSectionEmojiElement("wave", 0, nil)),
			slack.NewRichTextList(slack.RTEListBullet, 0, slack.NewRichTextSection(slack.NewRichTextSectionTextElement("item", nil))),
			&slack.RichTextQuote{Type: slack.RTEQuote, Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement("said", nil)}},
			&slack.RichTextPreformatted{Type: slack.RTEPreformatted,
				Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement("literal", nil)}}),
	))
	require.NoError(t, err)
}

func FuzzBlocks(f *testing.F) {
	f.Add([]byte(`[{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":` + fmt.Sprintf(button, 1) + `}]`))
	f.Add([]byte(actions(`{"type":"static_select","options":[` + option + `],"initial_option":` + option + `}`)))
	f.Add([]byte(inputOf(`{"type":"number_input","is_decimal_allowed":false}`)))
	f.Add([]byte(`[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}]},{"type":"table","rows":[[null]]}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var list []any
		if json.Unmarshal(raw, &list) != nil {
			return
		}
		for _, surface := range []string{inMessage, inModal, inHome} {
			blocks, err := checkBlocks(list, surface, "/blocks")
			if err != nil {
				continue
			}
			// What was taken, and completed, is taken again and stays as it is.
			once, err := json.Marshal(blocks)
			require.NoError(t, err)
			var again []any
			require.NoError(t, json.Unmarshal(once, &again))
			blocks, err = checkBlocks(again, surface, "/blocks")
			require.NoError(t, err)
			twice, err := json.Marshal(blocks)
			require.NoError(t, err)
			require.Equal(t, string(once), string(twice))
			initialState(blocks)
		}
	})
}
