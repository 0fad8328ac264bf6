package slackbot

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

// mentionType names our metadata on answers to mentions.
const mentionType = "accountops_mention"

// mentioned answers somebody who calls us: in the thread of a request with where it stands, because slash commands do not work
// there, and anywhere else with a line of help that only they see. Whoever can write in a thread sees its card, so nothing is
// told that they could not read. Where a thread takes nothing, because its channel is busy or Slack refuses, only they see the answer.
func (b *Bot) mentioned(ctx context.Context, d delivery) {
	id, err := "", executor.ErrNoSuch
	asked := askedOf(d.Text, b.slack.user)
	if d.ThreadTS != "" && asked == "status" {
		id, err = b.outbox.CopyAt(ctx, d.Channel, d.ThreadTS)
	}
	var r executor.Request
	if err == nil {
		r, err = b.exec.Show(ctx, id)
	}
	switch {
	case errors.Is(err, executor.ErrNoSuch):
		b.reply(ctx, d, b.hint(asked))
		return
	case err != nil:
		b.refuse(ctx, d, err)
		return
	}
	if d.again && b.answeredBefore(ctx, d) {
		return
	}
	r = b.counted(r)
	if err := b.answerThread(ctx, d, r); err != nil {
		b.log.Warn("slack: a mention was not answered in its thread", "request", id, "error", hint(err))
		if _, busy := errors.AsType[later](err); busy || said(err) {
			b.reply(ctx, d, standsAt(r))
		}
	}
}

// askedOf is the first word of a text that calls us, besides our name.
func askedOf(text, us string) string {
	for _, word := range strings.Fields(text) {
		if mark, ok := strings.CutPrefix(word, "<@"+us); ok && (mark == ">" || strings.HasPrefix(mark, "|")) {
			continue
		}
		return strings.ToLower(strings.Trim(word, ".,:;!?*_`"))
	}
	return ""
}

// Words that people write to us in the hope to decide.
var (
	decidingWords    = []string{"approve", "approved", "deny", "denied", "reject", "decline"}
	withdrawingWords = []string{"withdraw", "withdrawn", "cancel", "stop"}
)

// hint says what a mention can do, after what did not come of this one.
func (b *Bot) hint(asked string) message {
	lead := ""
	switch {
	case slices.Contains(decidingWords, asked):
		lead = "Nothing was decided by this message: a request is decided with the buttons on its card. "
	case slices.Contains(withdrawingWords, asked):
		lead = "Nothing was withdrawn by this message: whoever asked withdraws with the button on their own card, or with /account withdraw and the request's id. "
	case asked == "help":
		lead = "Requests are decided with the buttons on their cards. "
	}
	return message{
		text: lead + "Write status to me in the thread of a request and I tell where it stands. Everything else begins with /account; /account help shows how.",
		blocks: richBlocks(paragraph(words(lead+"Write "), b.mention(), words(" status in the thread of a request and I tell where it stands. "+
			"Everything else begins with "), value("/account"), words("; "), value("/account help"), words(" shows how."))),
	}
}

// standsAt is where a request stands, for its thread.
func standsAt(r executor.Request) message {
	m := message{text: headline(r)}
	for _, whole := range []bool{true, false} {
		s := state(r, whole)
		if r.State == executor.Pending {
			s.line(bold("Expires: "), date(r.ExpiresAt))
		}
		s.line(bold("Request: "), value(r.ID))
		if m.blocks = []slack.Block{s.block()}; fits(m.blocks) {
			break
		}
	}
	return m
}

// answerThread writes where a request stands into the thread in which it was asked.
func (b *Bot) answerThread(ctx context.Context, d delivery, r executor.Request) error {
	if err := b.pace.post(ctx, d.Channel); err != nil {
		return err
	}
	m := standsAt(r).fitting()
	return patient(ctx, func() error {
		_, _, err := b.slack.api.PostMessageContext(ctx, d.Channel,
			slack.MsgOptionText(m.notification(), false), slack.MsgOptionBlocks(m.blocks...), slack.MsgOptionDisableMarkdown(),
			slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(), slack.MsgOptionTS(d.ThreadTS),
			slack.MsgOptionMetadata(slack.SlackMetadata{EventType: mentionType, EventPayload: map[string]any{"event_id": d.Event}}))
		return err
	})
}

// answeredBefore tells whether an earlier process answered a mention and ended before it could note that. Where the app may not
// look, it is answered again: twice is better than never.
func (b *Bot) answeredBefore(ctx context.Context, d delivery) bool {
	cursor := ""
	for range lookPages {
		page, more, next, err := b.slack.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: d.Channel, Timestamp: d.ThreadTS, Oldest: d.MessageTS, Cursor: cursor, Limit: 200, IncludeAllMetadata: true,
		})
		if err != nil {
			b.log.Warn("slack: not known whether a mention was answered before a crash; it is answered again", "error", hint(err))
			return false
		}
		for _, m := range page {
			own := m.BotID == b.slack.bot || m.User == b.slack.user
			if own && m.Metadata.EventType == mentionType && m.Metadata.EventPayload["event_id"] == d.Event {
				return true
			}
		}
		if cursor = next; !more || cursor == "" {
			return false
		}
	}
	return false
}
