package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"accountops/internal/fault"
	"accountops/schemas"
)

// formFor gives the form that a command opens: to choose the operation when nothing was typed, and with what was said when
// something is missing or a value cannot be what it should be. Words that belong nowhere open none: they are answered with what was
// probably meant. Nor does what no field can mend.
func (b *Bot) formFor(d delivery) (form, bool) {
	f := form{asking: asking{Channel: d.Channel, ResponseURL: d.ResponseURL}}
	if strings.TrimSpace(d.Text) == "" {
		f.Choose = true
		return f, true
	}
	c, err := b.understand(d.Text)
	wrong, ok := errors.AsType[*fault.Error](err)
	if !ok || len(wrong.Fields) == 0 || c.input == nil {
		return form{}, false
	}
	f.Operation = c.op.Name
	f.said, f.problems = saidIn(c.input)
	for name, problem := range problemsOf(c.op, err) {
		field, _ := c.op.Input.Field(name)
		// That something required is only missing can be seen, and whoever has said nothing yet has done nothing wrong.
		if f.said[name] != "" || !field.Required && len(f.said) > 0 {
			f.problems[name] = strings.TrimSpace(problem + " " + f.problems[name])
		}
	}
	return f, true
}

// opens tells whether a delivery opens a form.
func (b *Bot) opens(d delivery) bool {
	switch d.Kind {
	case aShortcut:
		return true
	case aCommand:
		_, ok := b.formFor(d)
		return ok
	case aClick:
		return d.Action == actAgain
	}
	return false
}

// openForm opens the form that asks for an operation. Nothing is loaded first but the names in a message, and those not for long,
// because what lets us open it lives three seconds.
func (b *Bot) openForm(ctx context.Context, d delivery) {
	f := form{asking: asking{Choose: true, Channel: d.Channel, ResponseURL: d.ResponseURL}}
	instead := b.usage()
	switch d.Kind {
	case aCommand:
		f, _ = b.formFor(d)
		if c, err := b.understand(d.Text); f.Operation != "" {
			instead = b.trouble(err, c)
		}
	case aShortcut:
		f.Reason = offered(b.withNames(ctx, d))
	case aClick:
		var err error
		if f, err = b.formAgain(d); err != nil {
			b.refuse(ctx, d, err)
			return
		}
	}
	view, err := b.view(f)
	if err == nil {
		_, err = b.slack.api.OpenViewContext(ctx, d.Trigger, view)
	}
	if err != nil {
		b.log.Warn("slack: a form did not open", "error", hint(err))
		if d.Kind != aCommand {
			instead = say("Slack did not open the form in time. Nothing has been changed; please try again.")
		}
		b.reply(ctx, d, instead)
	}
}

// offered is a message's text as somebody may use it for a reason. What cannot be seen in it is made visible: its words are
// another person's.
func offered(text string) string {
	rows := strings.Split(strings.ReplaceAll(schemas.Typed(text), "\r\n", "\n"), "\n")
	for i, row := range rows {
		rows[i] = visible(row)
	}
	return strings.TrimSpace(strings.Join(rows, "\n"))
}

// readAsking reads what a form carries.
func readAsking(v *view) (asking, bool) {
	var a asking
	err := json.Unmarshal([]byte(v.Metadata), &a)
	return a, err == nil
}

// chosen is a form with the fields of the operation that is chosen in it. What stands in the fields stays there.
func (b *Bot) chosen(a asking, v *view, operation string) form {
	f := form{asking: a, said: map[string]string{}}
	if op, known := b.operation(a.Operation); known {
		for _, field := range op.Input.Fields() {
			f.said[field.Name] = v.Values[blockID(field)]
		}
	}
	f.Operation = operation
	return f
}

// changeForm brings the fields of the operation that somebody chose.
func (b *Bot) changeForm(ctx context.Context, d delivery) {
	a, ok := readAsking(d.View)
	if _, known := b.operation(d.Value); !ok || !known {
		b.log.Warn("slack: a form is of no operation that is known here", "value", visible(d.Value))
		return
	}
	view, err := b.view(b.chosen(a, d.View, d.Value))
	if err == nil {
		err = patient(ctx, func() error {
			_, err := b.slack.api.UpdateViewContext(ctx, view, "", "", d.View.ID)
			return err
		})
	}
	if err != nil { // pressing the button brings the fields too
		b.log.Warn("slack: a form did not change", "error", hint(err))
	}
}

// formCheck answers a form that cannot be meant as it is, without asking anybody: each error appears at its field.
func (b *Bot) formCheck(d delivery) (answer any, final bool) {
	a, ok := readAsking(d.View)
	if !ok {
		return nil, false // asking tells it
	}
	if picked := d.View.Values[chosenField]; a.Choose && picked != a.Operation {
		if view, err := b.view(b.chosen(a, d.View, picked)); err == nil && picked != "" && acknowledgeable(view) {
			return slack.NewUpdateViewSubmissionResponse(&view), true
		}
		return fieldErrors(map[string]string{chosenField: "Choose again what to do. Nothing has been changed."}), true
	}
	op, known := b.operation(a.Operation)
	switch {
	case !known && a.Choose:
		return fieldErrors(map[string]string{chosenField: "Choose what to do. Nothing has been changed."}), true
	case !known:
		return nil, false
	}
	_, problems := filled(op, d.View.Values)
	if len(problems) == 0 {
		return nil, false
	}
	errs := map[string]string{}
	for name, problem := range problems {
		if field, ok := op.Input.Field(name); ok {
			errs[blockID(field)] = visible(problem)
		}
	}
	return fieldErrors(errs), true
}

// acknowledgeable tells whether something is short enough for an acknowledgement.
func acknowledgeable(v any) bool {
	raw, err := json.Marshal(v)
	return err == nil && len(raw) <= maxAck
}

// firstBlock is a field that a form has for certain, to say there what is about all of it.
func (b *Bot) firstBlock(v *view) string {
	a, ok := readAsking(v)
	op, known := b.operation(a.Operation)
	switch {
	case v.Callback != actAsk:
		return reasonField
	case !ok || a.Choose || !known || len(op.Input.Fields()) == 0:
		return chosenField
	}
	return blockID(op.Input.Fields()[0])
}

// filledIn gives what a form asks for, and where to answer.
func (b *Bot) filledIn(d *delivery) (command, error) {
	a, ok := readAsking(d.View)
	op, known := b.operation(a.Operation)
	if !ok || !known {
		return command{}, fault.New(fault.Conflict, "This form is of no operation that is known here. Nothing was changed. Please open it again with /account.")
	}
	d.Channel, d.ResponseURL = a.Channel, a.ResponseURL
	c, problems := filled(op, d.View.Values)
	for _, field := range op.Input.Fields() {
		if problem := problems[field.Name]; problem != "" {
			return c, fault.New(fault.Invalid, field.Name+": "+problem)
		}
	}
	return c, nil
}

// typedOption is the option that stands for what somebody typed, looked up when they ask; nil when it is no option's value.
func typedOption(typed, about string) *slack.OptionBlockObject {
	if typed == "" || utf8.RuneCountInString(typed) > maxOptionValue || utf8.RuneCountInString(visible(typed)) > maxOption {
		return nil
	}
	o := slack.NewOptionBlockObject(typed, plainText(typed), nil)
	if about != "" {
		o.Description = plainText(beginning(about, maxOption-35))
	}
	return o
}
