package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// reasonField is the block and the action of the one field in a reason form.
const reasonField = "reason"

// longestReason is what a text field takes.
const longestReason = 2000

// handle is what a button or a form carries: which request, and which plan of it the person saw. It identifies nobody.
type handle struct {
	Request     string `json:"r"`
	Fingerprint string `json:"f"`
	Channel     string `json:"c,omitempty"` // forms: where the button was, to answer there
}

func buttonValue(r executor.Request) string { return r.ID + " " + r.Fingerprint }

func readHandle(value string) (handle, bool) {
	id, fingerprint, ok := strings.Cut(value, " ")
	return handle{Request: id, Fingerprint: fingerprint}, ok && id != "" && fingerprint != ""
}

// approve records an approval. The click of anybody who may not, or of anybody who is too late, changes nothing.
func (b *Bot) approve(ctx context.Context, d delivery) {
	h, ok := readHandle(d.Value)
	if !ok {
		b.refuse(ctx, d, fault.New(fault.Conflict, "This button is of no request that is known here. Your click changed nothing."))
		return
	}
	if err := b.inPlace(ctx, d, h.Request); err != nil {
		b.refuse(ctx, d, err)
		return
	}
	_, err := b.exec.Decide(ctx, executor.Vote{RequestID: h.Request, Fingerprint: h.Fingerprint, By: b.named(ctx, d), Approve: true})
	if err != nil {
		b.refuse(ctx, d, err)
	}
	b.wake()
}

// inPlace makes sure that a decision comes from the approvals channel, or from a copy of this request's card.
func (b *Bot) inPlace(ctx context.Context, d delivery, id string) error {
	if d.Channel == b.slack.channel {
		return nil
	}
	shown, err := b.outbox.CopyAt(ctx, d.Channel, d.MessageTS)
	if err == nil && shown == id {
		return nil
	}
	if err != nil && !errors.Is(err, executor.ErrNoSuch) {
		return err
	}
	return fault.New(fault.Denied, "Decisions are made in "+b.slack.Where()+". Your click changed nothing.")
}

// refuse tells the person who clicked, and only them, why nothing came of it.
func (b *Bot) refuse(ctx context.Context, d delivery, err error) {
	f := fault.Shown(err, b.opts.NewID)
	if f.Kind == fault.Internal {
		b.log.Error("slack: deciding failed", "incident", f.Incident, "error", err)
	} else if cause := errors.Unwrap(f); cause != nil {
		b.log.Warn("slack: somebody could not decide", "kind", f.Kind.String(), "cause", hint(cause))
	}
	b.reply(ctx, d, say(f.Sentence))
}

// openReason opens the form that asks why. It comes before everything that could take time, because what lets us open it
// lives three seconds; only what is on record here is looked at first.
func (b *Bot) openReason(ctx context.Context, d delivery) {
	h, ok := readHandle(d.Value)
	if !ok {
		b.refuse(ctx, d, fault.New(fault.Conflict, "This button is of no request that is known here. Your click changed nothing."))
		return
	}
	r, err := b.exec.Show(ctx, h.Request)
	if err == nil {
		err = b.timely(ctx, r, h, d)
	}
	if err != nil {
		b.refuse(ctx, d, err)
		return
	}
	h.Channel = d.Channel
	form, err := reasonForm(r, h, d.Action)
	if err == nil {
		_, err = b.slack.api.OpenViewContext(ctx, d.Trigger, form)
	}
	if err != nil {
		b.log.Warn("slack: a form did not open", "error", hint(err))
		b.refuse(ctx, d, fault.Wrap(err, fault.Upstream, "Slack did not open the form in time. Your click changed nothing; please press the button again."))
	}
}

// timely tells early what the executor would refuse anyway, so that nobody fills in a form for nothing. Only what is on record here is
// looked at.
func (b *Bot) timely(ctx context.Context, r executor.Request, h handle, d delivery) error {
	by, err := b.exec.WhoIs(ctx, b.slack.actor(d))
	if err != nil {
		return err
	}
	asker, err := b.exec.WhoIs(ctx, r.By)
	if err != nil {
		return err
	}
	theirs := r.By.Principal == by.Principal || r.By.Principal == by.As
	switch {
	case d.Action == actWithdraw && !theirs:
		return fault.New(fault.Denied, "Only who asked can withdraw this. Your click changed nothing.")
	case d.Action == actWithdraw && (r.State == executor.Pending || r.State == executor.Approved):
		return nil
	case d.Action == actWithdraw && r.State == executor.Withdrawn:
		return fault.New(fault.Conflict, "This request was withdrawn already, so nothing was changed. Your click changed nothing either.")
	case d.Action == actWithdraw:
		return fault.New(fault.Conflict, "It is too late to withdraw this request; your click changed nothing. "+b.exec.Receipt(r).Summary)
	case r.State != executor.Pending:
		return fault.New(fault.Conflict, "Your click changed nothing: this request is not waiting for a decision any more. "+b.exec.Receipt(r).Summary)
	case !b.now().Before(r.ExpiresAt):
		return fault.New(fault.Conflict, "Your click changed nothing: this request has expired. If it is still wanted, please ask again.")
	case by.Same(r.By), by.Same(asker):
		return fault.New(fault.Denied, "You asked for this, so "+executor.OthersHave(b.counted(r).Policy.Quorum)+" to decide. Your click changed nothing. If it is no longer wanted, you can withdraw it.")
	case h.Fingerprint != r.Fingerprint:
		return fault.New(fault.Conflict, "Your click changed nothing: what you saw is not what is asked now. Please look at the newest card.")
	}
	return nil
}

// reasonForm asks why a request is denied or withdrawn.
func reasonForm(r executor.Request, h handle, action string) (slack.ModalViewRequest, error) {
	meta, err := json.Marshal(h)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	title, label := "Deny", "Why is it denied? Everybody who sees the request can read this."
	if action == actWithdraw {
		title, label = "Withdraw", "Why is it withdrawn?"
	}
	what := &section{}
	what.line(bold(r.Title), words(" "), sized(r.Plan.Account.Name, false))
	if r.Plan.Account.Source != "" {
		what.line(words("on "), sized(r.Plan.Account.Source, false))
	}
	what.line(words("Request "), value(r.ID))
	field := &slack.PlainTextInputBlockElement{Type: slack.METPlainTextInput, ActionID: reasonField, Multiline: true, MaxLength: longestReason}
	input := slack.NewInputBlock(reasonField, plainText(label), nil, field).WithOptional(action == actWithdraw)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: action, PrivateMetadata: string(meta),
		Title: plainText(title + " request"), Submit: plainText(title), Close: plainText("Not now"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{what.block(), input}},
	}, nil
}

// firstCheck answers a form that cannot be meant as it is; the errors appear at the field.
func (b *Bot) firstCheck(d delivery) (answer any, final bool) {
	if d.View.Callback == actAsk {
		return b.formCheck(d)
	}
	given := strings.TrimSpace(d.View.Values[reasonField])
	switch {
	case d.View.Callback == actDeny && given == "":
		return fieldErrors(map[string]string{reasonField: "A denial needs a reason. Nothing has been decided yet."}), true
	case utf8.RuneCountInString(given) > longestReason:
		return fieldErrors(map[string]string{reasonField: "This is too long. Nothing has been decided yet."}), true
	}
	return nil, false
}

func fieldErrors(errs map[string]string) any { return slack.NewErrorsViewSubmissionResponse(errs) }

// reasonGiven does what the form was for.
func (b *Bot) reasonGiven(ctx context.Context, d delivery) {
	var h handle
	if err := json.Unmarshal([]byte(d.View.Metadata), &h); err != nil || h.Request == "" {
		b.refuse(ctx, d, fault.New(fault.Conflict, "This form is of no request that is known here. Nothing was changed."))
		return
	}
	d.Channel = h.Channel
	by, why := b.named(ctx, d), strings.TrimSpace(d.View.Values[reasonField])
	var err error
	if d.View.Callback == actWithdraw {
		_, err = b.exec.Withdraw(ctx, h.Request, by, why)
	} else {
		_, err = b.exec.Decide(ctx, executor.Vote{RequestID: h.Request, Fingerprint: h.Fingerprint, By: by, Reason: why})
	}
	if err != nil {
		b.refuse(ctx, d, err)
	}
	b.wake()
}
