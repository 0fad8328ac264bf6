package slackbot

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

// The purposes of a card's copies.
const (
	forApprovals = "approvals" // in the approvals channel, with Approve and Deny
	forRequester = "requester" // in the requester's direct messages, with Withdraw
	forApprover  = "approver:" // and a member's id: in an approver's direct messages, with Approve and Deny
)

// decides tells whether a copy is one where people decide.
func decides(purpose string) bool {
	return purpose == forApprovals || strings.HasPrefix(purpose, forApprover)
}

// The action ids, which are also the callback ids of the forms they open.
const (
	actApprove  = "approve"
	actDeny     = "deny"
	actWithdraw = "withdraw"
)

// Slack's limits for one message, kept a little below.
const (
	maxBlocks = 45
	maxCard   = 12_500 // characters of all blocks together; Slack refuses at about 13,200
)

// card is a request as one message shows it. It is drawn from the record only.
type card struct {
	message
	whole bool // everything that matters to the decision is on it
}

// draw makes the card of a request for one of its copies. again says that an earlier card was lost.
func draw(r executor.Request, purpose string, again bool) card {
	blocks := cardBlocks(r, purpose, again, true)
	whole := fits(blocks)
	if !whole {
		blocks = cardBlocks(r, purpose, again, false)
	}
	return card{message{text: headline(r), blocks: blocks}, whole}
}

func fits(blocks []slack.Block) bool {
	raw, err := json.Marshal(blocks)
	return err == nil && utf8.RuneCount(raw) <= maxCard && len(blocks) <= maxBlocks
}

// headline is what a notification says.
func headline(r executor.Request) string {
	const longest = 200
	what := r.Title + " " + r.Plan.Account.Name
	if r.Plan.Account.Source != "" {
		what += " on " + r.Plan.Account.Source
	}
	if utf8.RuneCountInString(visible(what)) > longest {
		what = r.Title + ", request " + r.ID
	}
	return what + ": " + standing(r)
}

func cardBlocks(r executor.Request, purpose string, again, whole bool) []slack.Block {
	blocks := []slack.Block{slack.NewHeaderBlock(plainText(r.Title))}
	if again {
		blocks = append(blocks, note("This card is posted again, because the earlier one is gone."))
	}
	blocks = append(blocks, state(r, whole).block(), facts(r, whole).block())
	if whole {
		blocks = append(blocks, happens(r)...)
	} else {
		blocks = append(blocks, note(tooLong(r)))
	}
	blocks = append(blocks, asker(r).block())
	if r.Reason != "" {
		blocks = append(blocks, reason(r, whole)...)
	}
	if buttons := actions(r, purpose, whole); buttons != nil {
		blocks = append(blocks, buttons)
	}
	return blocks
}

// tooLong says that a card cannot hold its request, and where all of it can be read.
func tooLong(r executor.Request) string {
	says := "This request does not fit on a card. "
	if r.State == executor.Pending {
		says = "This request does not fit on a card, so it cannot be approved here. Nothing has been changed. "
	}
	return says + "Whoever asked can read all of it in an assistant that is connected to accountops, as request " + r.ID + "."
}

func note(s string) slack.Block {
	return slack.NewContextBlock("", plainText(s))
}

// asker says who asked, by which way, and until when it waits.
func asker(r executor.Request) *section {
	var s section
	by := someone(r.By)
	switch r.By.Door {
	case executor.DoorMCP, executor.DoorStdio:
		by = join(words("an assistant of "), by)
		if r.By.Client != "" {
			by = join(by, words(" (calls itself "), value(r.By.Client), words(", unverified)"))
		}
	}
	s.line(bold("Asked by: "), by, words(", "), date(r.CreatedAt))
	if r.State == executor.Pending {
		s.line(bold("Expires: "), date(r.ExpiresAt))
	}
	s.line(bold("Request: "), value(r.ID))
	return &s
}

// reason is the requester's words, in a block of their own.
func reason(r executor.Request, whole bool) []slack.Block {
	return richBlocks(
		paragraph(bold("In the requester's own words (unverified)")),
		&slack.RichTextQuote{Type: slack.RTEQuote, Elements: sized(r.Reason, whole)},
	)
}

// sized is a value as it stands, or, on a card that cannot hold everything, only how long it is: never a part of it.
func sized(s string, whole bool) []span {
	const short = 300
	if shown := visible(s); !whole && utf8.RuneCountInString(shown) > short {
		return words(fmt.Sprintf("(%d characters, too long to show here)", utf8.RuneCountInString(s)))
	}
	return value(s)
}

// actions are the buttons. There are none unless the request waits for what they do.
func actions(r executor.Request, purpose string, whole bool) slack.Block {
	handle := buttonValue(r)
	switch {
	case purpose == forRequester && (r.State == executor.Pending || r.State == executor.Approved):
		return slack.NewActionBlock("", button(actWithdraw, "Withdraw", handle))
	case !decides(purpose) || r.State != executor.Pending:
		return nil
	case !whole:
		return slack.NewActionBlock("", button(actDeny, "Deny", handle))
	}
	style := slack.StylePrimary
	if r.Effect == executor.Destroy {
		style = slack.StyleDanger
	}
	approve := button(actApprove, "Approve", handle).WithStyle(style).WithConfirm(confirmation(r, style))
	return slack.NewActionBlock("", approve, button(actDeny, "Deny", handle))
}

func button(action, label, handle string) *slack.ButtonBlockElement {
	return slack.NewButtonBlockElement(action, handle, plainText(label))
}

// confirmation repeats the verb, the account and the source before a click counts.
func confirmation(r executor.Request, style slack.Style) *slack.ConfirmationBlockObject {
	const most = 300
	a := r.Plan.Account
	text := fmt.Sprintf("%s: account %s", r.Title, a.Name)
	if a.Source != "" {
		text += ", source " + a.Source
	}
	text += ". It is done as soon as enough people have approved."
	if utf8.RuneCountInString(visible(text)) > most { // the id says exactly which one, and the card has the rest
		text = fmt.Sprintf("%s: the account with the id %s, as this card shows it.", r.Title, r.Plan.Target)
	}
	if utf8.RuneCountInString(visible(text)) > most {
		text = r.Title + ": exactly the account that this card shows."
	}
	c := slack.NewConfirmationBlockObject(plainText("Approve?"), plainText(text), plainText("Approve"), plainText("Not now"))
	c.Style = style
	return c
}
