package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// message is something said to one person: a sentence for notifications, and blocks when there is more to see.
type message struct {
	text   string // shown as it is, never read as mrkdwn
	blocks []slack.Block

	replaces bool // it takes the place of the answer whose button was pressed
}

// say makes a message of one sentence. It may hold text of others. A sentence longer than a message holds is told as far as
// it goes: nothing is ever decided by one, cards are for that and are never cut.
func say(sentence string) message {
	return message{text: sentence, blocks: richBlocks(paragraph(quoted(beginning(sentence, maxSaid))))}
}

const (
	maxSaid = 9000 // characters of a sentence
	maxText = 3500 // characters of a notification; Slack advises 4,000
	maxAck  = 18 << 10
)

// beginning gives the first characters of a text as it is shown, and how many there are in all when that is not everything.
func beginning(s string, most int) string {
	_, end := visibleTo(s, most)
	if end == len(s) {
		return s
	}
	return fmt.Sprintf("%s … (%d characters in all)", s[:end], utf8.RuneCountInString(s))
}

// notification is what stands in a message's top-level text.
func (m message) notification() string { return escaped(beginning(m.text, maxText)) }

// fitting is the message, or its sentence when all of it is more than Slack takes.
func (m message) fitting() message {
	if fits(m.blocks) {
		return m
	}
	short := say(beginning(m.text, maxSaid/2) + " The rest is too long to show here.")
	short.replaces = m.replaces
	return short
}

// ephemeral is a message as the acknowledgement of a slash command carries it.
type ephemeral struct {
	ResponseType string        `json:"response_type"`
	Text         string        `json:"text"`
	Blocks       []slack.Block `json:"blocks,omitempty"`
}

func (m message) ack() ephemeral {
	e := ephemeral{ResponseType: slack.ResponseTypeEphemeral, Text: m.notification(), Blocks: m.blocks}
	if raw, err := json.Marshal(e); err != nil || len(raw) > maxAck {
		short := say(beginning(m.text, 1000))
		e.Text, e.Blocks = short.notification(), short.blocks
	}
	return e
}

// reply tells the person who did d, and only them: where they did it, or else in their direct messages. To a slash command the
// message replaces what the acknowledgement said.
func (b *Bot) reply(ctx context.Context, d delivery, m message) {
	m = m.fitting()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	var err error
	if d.ResponseURL != "" {
		off := false
		err = patient(ctx, func() error {
			return slack.PostWebhookCustomHTTPContext(ctx, d.ResponseURL, b.slack.http, &slack.WebhookMessage{
				ResponseType: slack.ResponseTypeEphemeral, Text: m.notification(), Blocks: &slack.Blocks{BlockSet: m.blocks},
				ReplaceOriginal: d.Kind == aCommand || m.replaces, UnfurlLinks: &off, UnfurlMedia: &off,
			})
		})
		if err == nil {
			return
		}
		b.log.Warn("slack: a response address was refused", "kind", d.Kind, "error", hint(err))
	}
	said := []slack.MsgOption{slack.MsgOptionText(m.notification(), false), slack.MsgOptionBlocks(m.blocks...), slack.MsgOptionDisableMarkdown()}
	if d.Channel != "" {
		err = patient(ctx, func() error {
			_, err := b.slack.api.PostEphemeralContext(ctx, d.Channel, d.User, inThread(d, said)...)
			return err
		})
		if err == nil {
			return
		}
		b.log.Warn("slack: somebody could not be told in place", "kind", d.Kind, "error", hint(err))
	}
	err = patient(ctx, func() error {
		_, _, err := b.slack.api.PostMessageContext(ctx, d.User, said...)
		return err
	})
	if err != nil {
		b.log.Error("slack: somebody could not be told", "kind", d.Kind, "error", hint(err))
	}
}

// inThread puts what is said into the thread in which d was done, when it was done in one.
func inThread(d delivery, said []slack.MsgOption) []slack.MsgOption {
	if d.ThreadTS == "" {
		return said
	}
	return append(slices.Clip(said), slack.MsgOptionTS(d.ThreadTS))
}

// patient repeats a call that Slack asked to wait for, twice at most and only for a few seconds.
func patient(ctx context.Context, call func() error) error {
	for try := 0; ; try++ {
		err := call()
		wait, asked := askedToWait(err)
		if err == nil || !asked || try == 2 || wait > 5*time.Second {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}
