package slackbot

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"accountops/schemas"
)

// The callback ids of the form that asks for an operation, and of the shortcuts that open it.
const (
	actAsk      = "ask"       // the form, and the global shortcut
	actAskAbout = "ask_about" // the shortcut of a message
)

// chosenField is the block and the action of the field in which the operation is chosen.
const chosenField = "operation"

// Slack's limits for a form.
const (
	maxTitle       = 24
	maxOption      = 75   // characters of an option's text, and of the line under it
	maxOptionValue = 150  // characters of what an option stands for
	maxOptions     = 100  // of a select
	maxTyped       = 3000 // characters of a text field
	maxHint        = 1900 // characters of the line under a field; Slack takes 2,000
	maxMetadata    = 2900 // characters of what a form carries; Slack takes 3,000
)

// asking is what a form carries beside its fields. It identifies nobody.
type asking struct {
	Operation   string `json:"o,omitempty"` // whose fields it has; empty while none is chosen
	Choose      bool   `json:"p,omitempty"` // the operation is chosen in it
	Channel     string `json:"c,omitempty"` // where it was opened from, to answer there
	ResponseURL string `json:"u,omitempty"`
	Reason      string `json:"r,omitempty"` // text to offer where a reason is asked for
}

// form is a form that asks for an operation: what stands in its fields, and what is wrong with that, by field name.
type form struct {
	asking
	said     map[string]string
	problems map[string]string
}

// reasonName is how every operation calls the field for its reason.
const reasonName = "reason"

// view draws a form. Everything in it comes from the operations' schemas.
func (b *Bot) view(f form) (slack.ModalViewRequest, error) {
	meta, err := f.metadata()
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	title, blocks := "Ask", []slack.Block{}
	if f.Choose {
		blocks = append(blocks, b.chooser(f.Operation))
	}
	if op, known := b.operation(f.Operation); known {
		if !f.Choose && utf8.RuneCountInString(visible(op.Title)) <= maxTitle {
			title = op.Title
		}
		blocks = append(blocks, richBlocks(paragraph(bold(op.Title), words(" – "+b.effect(op)+"\n"), quoted(beginning(b.spoken(op.Summary), maxHint))))...)
		for _, field := range op.Input.Fields() {
			blocks = append(blocks, f.input(field))
		}
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: actAsk, PrivateMetadata: meta,
		Title: plainText(title), Submit: plainText("Ask"), Close: plainText("Not now"), Blocks: slack.Blocks{BlockSet: blocks},
	}, nil
}

// spoken is a text of ours with the operations called as people call them, and not by the names that assistants read.
func (b *Bot) spoken(text string) string {
	for _, op := range b.exec.Operations() {
		text = strings.ReplaceAll(text, op.Name, "/account "+op.Word)
	}
	return text
}

// metadata is what the form carries. An offered reason that does not fit is cut: it is an offer, and who asks sees it.
func (f form) metadata() (string, error) {
	a := f.asking
	for {
		raw, err := json.Marshal(a)
		if err != nil || utf8.RuneCount(raw) <= maxMetadata || a.Reason == "" {
			return string(raw), err
		}
		a.Reason = shortened(a.Reason, utf8.RuneCountInString(a.Reason)*3/4)
	}
}

// shortened gives at most so many characters of a text.
func shortened(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	if most < 2 {
		return ""
	}
	return string([]rune(s)[:most-1]) + "…"
}

// chooser is the field in which an operation is chosen. Choosing one brings its fields.
func (b *Bot) chooser(chosen string) slack.Block {
	ops := b.exec.Operations()
	pick := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText("What to do"), chosenField)
	for _, op := range ops[:min(len(ops), maxOptions)] {
		o := slack.NewOptionBlockObject(op.Name, plainText(beginning(op.Title, maxOption-30)), plainText(b.effect(op)))
		pick.Options = append(pick.Options, o)
		if op.Name == chosen {
			pick.InitialOption = o
		}
	}
	return slack.NewInputBlock(chosenField, plainText("Operation"), nil, pick).WithDispatchAction(true)
}

// input is the field of a form for a field of a schema.
func (f form) input(field schemas.Field) slack.Block {
	said := f.said[field.Name]
	if field.Name == reasonName && said == "" {
		said = shortened(f.Reason, longest(field))
	}
	element, shown := element(field, said)
	hint := field.Description
	if field.Type == schemas.Map {
		hint += " One on each line, as name=value."
	}
	if field.Type == schemas.Strings {
		hint += " With commas between them."
	}
	if problem := f.problems[field.Name]; problem != "" {
		hint = "⚠ " + problem
	}
	if said != "" && !shown {
		hint += " You wrote: " + said
	}
	in := slack.NewInputBlock(blockID(field), plainText(field.Title), plainText(beginning(hint, maxHint-50)), element)
	return in.WithOptional(!field.Required || field.Type == schemas.Boolean)
}

// The kinds of form fields.
const (
	kindPick   = "pick"   // one of what exists, looked up while somebody types
	kindSelect = "select" // one of a few
	kindBox    = "box"    // yes or no
	kindLines  = "lines"  // name=value on each line
	kindText   = "text"
)

func kindOf(field schemas.Field) string {
	switch {
	case field.Type == schemas.Boolean:
		return kindBox
	case field.Type == schemas.Map:
		return kindLines
	case field.Complete != "":
		return kindPick
	case selectable(field.Enum):
		return kindSelect
	}
	return kindText
}

func selectable(enum []string) bool {
	for _, e := range enum {
		if utf8.RuneCountInString(visible(e)) > maxOption {
			return false
		}
	}
	return len(enum) > 0 && len(enum) <= maxOptions
}

// blockID names a field in a form, as its block and as its action. What is entered stays when another operation has the same
// field, so a field of another kind has another name.
func blockID(field schemas.Field) string { return field.Name + ":" + kindOf(field) }

// fieldOf gives the name of the field that a block or an action is for.
func fieldOf(id string) string {
	name, _, _ := strings.Cut(id, ":")
	return name
}

// longest is how many characters a field may have.
func longest(field schemas.Field) int {
	if field.Type != schemas.String || field.Max == nil {
		return maxTyped
	}
	return int(min(*field.Max, maxTyped))
}

// sentences is from how many characters on a text is given room for more than one line.
const sentences = 1000

// element is what a field is filled in with, and whether what was said stands in it.
func element(field schemas.Field, said string) (slack.BlockElement, bool) {
	id := blockID(field)
	switch kindOf(field) {
	case kindPick:
		pick := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plainText("Type to look it up"), id)
		least := 2
		if field.Complete == schemas.Sources {
			least = 0 // the sources of an account that is chosen already need no typing
		}
		pick.MinQueryLength = &least
		if o := typedOption(said, ""); o != nil {
			pick.InitialOption = o
		}
		return pick, pick.InitialOption != nil
	case kindSelect:
		pick := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, id)
		for _, e := range field.Enum {
			pick.Options = append(pick.Options, slack.NewOptionBlockObject(e, plainText(e), nil))
			if e == said {
				pick.InitialOption = pick.Options[len(pick.Options)-1]
			}
		}
		return pick, pick.InitialOption != nil
	case kindBox:
		yes := slack.NewOptionBlockObject("true", plainText("Yes"), nil)
		box := slack.NewCheckboxGroupsBlockElement(id, yes)
		if said == "true" {
			box.InitialOptions = []*slack.OptionBlockObject{yes}
		}
		return box, said == "true" || said == "false"
	}
	text := &slack.PlainTextInputBlockElement{
		Type: slack.METPlainTextInput, ActionID: id, MaxLength: longest(field),
		Multiline: field.Type == schemas.Map || (field.Type == schemas.String && longest(field) >= sentences),
	}
	fits := utf8.RuneCountInString(said) <= maxTyped
	if fits {
		text.InitialValue = said
		text.MaxLength = max(text.MaxLength, utf8.RuneCountInString(said))
	}
	return text, fits
}
