package slackbot

import (
	"context"
	"time"

	"github.com/slack-go/slack"
)

// message is something said to one person: a sentence for notifications, and blocks when there is more to see.
type message struct {
	text   string // shown as it is, never read as mrkdwn
	blocks []slack.Block
}

// say makes a message of one sentence. It may hold text of others.
func say(sentence string) message {
	return message{text: sentence, blocks: []slack.Block{slack.NewRichTextBlock("", slack.NewRichTextSection(quoted(sentence)...))}}
}

// ephemeral is a message as the acknowledgement of a slash command carries it.
type ephemeral struct {
	ResponseType string        `json:"response_type"`
	Text         string        `json:"text"`
	Blocks       []slack.Block `json:"blocks,omitempty"`
}

func (m message) ack() ephemeral {
	return ephemeral{ResponseType: slack.ResponseTypeEphemeral, Text: escaped(m.text), Blocks: m.blocks}
}

// reply tells the person who did d, and only them. To a slash command the message replaces what the acknowledgement said.
func (b *Bot) reply(ctx context.Context, d delivery, m message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	var err error
	if d.ResponseURL != "" {
		off := false
		err = patient(ctx, func() error {
			return slack.PostWebhookCustomHTTPContext(ctx, d.ResponseURL, b.slack.http, &slack.WebhookMessage{
				ResponseType: slack.ResponseTypeEphemeral, Text: escaped(m.text), Blocks: &slack.Blocks{BlockSet: m.blocks},
				ReplaceOriginal: d.Kind == aCommand, UnfurlLinks: &off, UnfurlMedia: &off,
			})
		})
		if err == nil {
			return
		}
		b.log.Warn("slack: a response address was refused", "kind", d.Kind, "error", hint(err))
	}
	if d.Channel == "" {
		return
	}
	err = patient(ctx, func() error {
		_, err := b.slack.api.PostEphemeralContext(ctx, d.Channel, d.User,
			slack.MsgOptionText(escaped(m.text), false), slack.MsgOptionBlocks(m.blocks...), slack.MsgOptionDisableMarkdown())
		return err
	})
	if err != nil {
		b.log.Error("slack: somebody could not be told", "kind", d.Kind, "error", hint(err))
	}
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
