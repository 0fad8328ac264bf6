package slackbot

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/slack-go/slack"

	"accountops/internal/fault"
	"accountops/schemas"
)

// actAgain is the button under a refusal that opens the form with what was said, so that one word can be changed without the rest being
// typed anew.
const actAgain = "ask_again"

// repeated is what that button carries. It gives no right: it only fills in a form for whoever clicks.
type repeated struct {
	Operation string         `json:"o"`
	Input     map[string]any `json:"i"`
}

// value is the button's value, unless it is too long. Its characters are counted as UTF-16 does, which never counts fewer than Slack.
func (r repeated) value() (value string, fits bool) {
	raw, err := json.Marshal(r)
	return string(raw), err == nil && len(utf16.Encode([]rune(string(raw)))) <= maxValue
}

// wayBack leads from a refusal to the form. There is none where nothing that was said is in the way.
func (c command) wayBack(f *fault.Error) []slack.Block {
	if !c.again || f.Kind == fault.Denied || len(c.op.Input.Fields()) == 0 {
		return nil
	}
	r, left := c.kept()
	value, fits := r.value()
	if !fits {
		return nil
	}
	var out []slack.Block
	if len(left) > 0 {
		out = append(out, note("Too long to be kept for the form, so it has to be entered again: "+strings.Join(left, ", ")+"."))
	}
	return append(out, slack.NewActionBlock("", button(actAgain, "Change and ask again", value)))
}

// kept is as much of what was said as the button holds, and the titles of the fields that it does not. The reason comes first, because
// it takes the longest to write.
func (c command) kept() (r repeated, left []string) {
	r = repeated{Operation: c.op.Name, Input: map[string]any{}}
	said := map[string]any{}
	read := json.NewDecoder(bytes.NewReader(c.input))
	read.UseNumber()
	if read.Decode(&said) != nil {
		return r, nil
	}
	fields := slices.Clone(c.op.Input.Fields())
	slices.SortStableFunc(fields, func(a, b schemas.Field) int { return rank(a) - rank(b) })
	for _, field := range fields {
		value, given := said[field.Name]
		if !given {
			continue
		}
		r.Input[field.Name] = value
		if _, fits := r.value(); !fits {
			delete(r.Input, field.Name)
			left = append(left, field.Title)
		}
	}
	return r, left
}

func rank(field schemas.Field) int {
	if field.Name == reasonName {
		return 0
	}
	return 1
}

// formAgain is the form that such a button opens.
func (b *Bot) formAgain(d delivery) (form, error) {
	var r struct {
		Operation string          `json:"o"`
		Input     json.RawMessage `json:"i"`
	}
	err := json.Unmarshal([]byte(d.Value), &r)
	op, known := b.operation(r.Operation)
	if err != nil || !known || op.Name != r.Operation {
		return form{}, fault.New(fault.Conflict, "This button is of no form that is known here. Nothing was changed. Please type the command again.")
	}
	f := form{asking: asking{Operation: op.Name, Channel: d.Channel, ResponseURL: d.ResponseURL}}
	f.said, f.problems = saidIn(r.Input)
	return f, nil
}
