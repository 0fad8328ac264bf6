package slackbot

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

// showCard brings one copy's card up to the record.
func (b *Bot) showCard(ctx context.Context, r executor.Request, c *place) error {
	astray := b.moved(c) && r.State == executor.Pending // what is in an earlier channel may be gone
	if c.gone {
		return nil
	}
	if c.TS != "" && c.Drawn >= r.Version && !astray {
		return b.present(ctx, r, c)
	}
	if c.TS == "" {
		return b.postCard(ctx, r, c)
	}
	if wait, err := b.turn(ctx, r, c); err != nil || wait > 0 {
		c.late = wait // the thread tells the step; the card follows
		return err
	}
	drawn := draw(r, c.Purpose, c.again)
	_, ts, _, err := b.slack.api.UpdateMessageContext(ctx, c.Channel, c.TS, b.contents(drawn.message, r.ID, c.Purpose, tryingCard)...)
	switch {
	case b.lost(c, err):
		return b.postAgain(ctx, r, c)
	case err != nil:
		return err
	case ts == "":
		return fmt.Errorf("chat.update gave no ts")
	}
	c.Drawn = r.Version
	return b.outbox.SaveCopy(ctx, r.ID, c.stored())
}

// turn waits until a card may be drawn anew. A card that has buttons which mean nothing any more does not wait for others; any other
// is told how long to gather steps, so that many of them cost one update.
func (b *Bot) turn(ctx context.Context, r executor.Request, c *place) (wait time.Duration, err error) {
	card := c.Channel + " " + c.TS
	if c.Drawn >= r.Settled || r.State == executor.Pending {
		if wait := b.pace.gather(card, b.now()); wait > 0 {
			return wait, nil
		}
		if !b.pace.passing() {
			return b.opts.Pace.Update, nil
		}
	} else if err := b.pace.update(ctx); err != nil {
		return 0, err
	}
	b.pace.drawn(card, b.now())
	return 0, nil
}

// postCard posts a card, unless an attempt that was cut off did so already.
func (b *Bot) postCard(ctx context.Context, r executor.Request, c *place) error {
	if c.Purpose != forApprovals {
		b.openDirect(ctx, c)
	}
	if c.doubt == tryingCard {
		ts, err := b.findCard(ctx, r.ID, c)
		if err != nil {
			return err
		}
		if ts != "" {
			c.TS, c.doubt, c.Drawn = ts, "", 0 // what is on it is not known: it is drawn anew
			if err := b.outbox.SaveCopy(ctx, r.ID, c.stored()); err != nil {
				return err
			}
			return b.showCard(ctx, r, c)
		}
	}
	if c.Purpose == forApprovals {
		c.Channel = b.slack.channel // it may be another one than when it was tried first
	}
	drawn := draw(r, c.Purpose, c.again)
	posted, err := b.post(ctx, r.ID, c, tryingCard, b.contents(drawn.message, r.ID, c.Purpose, tryingCard))
	if err != nil {
		return err
	}
	c.Channel, c.TS, c.Drawn = posted.Channel, posted.Timestamp, r.Version
	return b.outbox.SaveCopy(ctx, r.ID, c.stored())
}

// postAgain posts a card whose message is gone, once.
func (b *Bot) postAgain(ctx context.Context, r executor.Request, c *place) error {
	if c.again && !b.moved(c) {
		b.log.Error("slack: a card is gone for the second time and is not posted any more", "request", r.ID, "copy", c.Purpose)
		c.gone = true
		return b.outbox.SaveCopy(ctx, r.ID, c.stored())
	}
	c.again, c.TS = true, ""
	return b.postCard(ctx, r, c)
}

// openDirect finds somebody's direct messages. Where the app may not look for them, Slack takes a user's id as a
// channel.
func (b *Bot) openDirect(ctx context.Context, c *place) {
	if !strings.HasPrefix(c.Channel, "U") && !strings.HasPrefix(c.Channel, "W") {
		return
	}
	im, _, _, err := b.slack.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{c.Channel}, ReturnIM: true})
	if err != nil || im == nil || im.ID == "" {
		b.log.Info("slack: direct messages could not be opened first", "error", fmt.Sprint(err))
		return
	}
	c.Channel = im.ID
}

// showLines adds what is new to a copy's thread, in order.
func (b *Bot) showLines(ctx context.Context, r executor.Request, c *place, until time.Time) error {
	lines, err := b.outbox.Lines(ctx, r.ID, c.Line)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if ctx.Err() != nil || time.Now().After(until) {
			return later{}
		}
		number := strconv.FormatInt(l.Number, 10)
		posted := false
		if c.doubt == number {
			if posted, err = b.findLine(ctx, r.ID, c); err != nil {
				return err
			}
		}
		if !posted {
			if there, err := b.postLine(ctx, r, c, l); err != nil || !there {
				return err
			}
		}
		c.Line, c.doubt = l.Number, ""
		if err := b.outbox.SaveCopy(ctx, r.ID, c.stored()); err != nil {
			return err
		}
	}
	return nil
}

// postLine adds a line to a thread. Under a message that is gone Slack posts it alone: then it is taken back, and the card
// is posted again; there is false.
func (b *Bot) postLine(ctx context.Context, r executor.Request, c *place, l executor.Line) (there bool, err error) {
	number := strconv.FormatInt(l.Number, 10)
	m := say(l.Text)
	if l.Loud && c.Purpose == forApprovals {
		m.blocks = append(m.blocks, calling(r)...)
	}
	options := append(b.contents(m, r.ID, c.Purpose, number), slack.MsgOptionTS(c.TS))
	posted, err := b.post(ctx, r.ID, c, number, options)
	if b.lost(c, err) {
		if err := b.postAgain(ctx, r, c); err != nil {
			return false, err
		}
		return false, later{} // the rest goes under the new card
	}
	if err != nil || posted.ThreadTimestamp != "" {
		return err == nil, err
	}
	if _, _, err := b.slack.api.DeleteMessageContext(ctx, posted.Channel, posted.Timestamp); err != nil {
		b.log.Warn("slack: a line without its thread could not be taken back", "request", r.ID, "error", hint(err))
	}
	if err := b.postAgain(ctx, r, c); err != nil {
		return false, err
	}
	return false, later{} // the rest goes under the new card
}

// post posts one message. That it is being posted is on disk before, so that a crash in between is noticed; a post that
// Slack may have taken is never repeated blindly.
func (b *Bot) post(ctx context.Context, id string, c *place, what string, options []slack.MsgOption) (posted slack.Msg, err error) {
	if err := b.pace.post(ctx, c.Channel); err != nil {
		return posted, err
	}
	c.doubt, c.TriedAt = what, b.now()
	if err := b.outbox.SaveCopy(ctx, id, c.stored()); err != nil {
		return posted, err
	}
	channel, ts, m, err := b.slack.api.PostMessageWithResponseContext(context.WithoutCancel(ctx), c.Channel, options...)
	if err == nil && ts == "" {
		err = fmt.Errorf("chat.postMessage gave no ts")
	}
	if err == nil || said(err) {
		c.doubt = ""
	}
	if err != nil && c.doubt == "" {
		if err := b.outbox.SaveCopy(ctx, id, c.stored()); err != nil {
			b.log.Error("slack: not noted that nothing was posted", "request", id, "error", err)
		}
	}
	posted = m.Msg
	posted.Channel, posted.Timestamp = channel, ts
	return posted, err
}

// eventType names our metadata on messages.
const eventType = "accountops_request"

// contents is a message as Slack takes it: blocks, the sentence for notifications, and metadata by which it is found again.
func (b *Bot) contents(m message, id, purpose, what string) []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionText(m.notification(), false), slack.MsgOptionBlocks(m.blocks...), slack.MsgOptionDisableMarkdown(),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: eventType, EventPayload: map[string]any{
			"request_id": id, "purpose": purpose, "line": what,
		}}),
	}
}

// ours tells whether a message is the one that we tried to post.
func (b *Bot) ours(m slack.Message, id, purpose, what string) bool {
	p := m.Metadata.EventPayload
	return (m.BotID == b.slack.bot || m.User == b.slack.user) && m.Metadata.EventType == eventType &&
		p["request_id"] == id && p["purpose"] == purpose && p["line"] == what
}

const lookPages = 20 // of messages, when one is looked for

// oldest is where to begin to look for something that was tried at a time, with room for clocks that differ.
func oldest(tried time.Time) string {
	return fmt.Sprintf("%d.000000", tried.Add(-10*time.Minute).Unix())
}

// findCard looks for a card whose posting was cut off. It gives "" when it was not posted, or cannot be looked for.
func (b *Bot) findCard(ctx context.Context, id string, c *place) (ts string, err error) {
	cursor := ""
	for range lookPages {
		page, err := b.slack.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: c.Channel, Cursor: cursor, Oldest: oldest(c.TriedAt), Inclusive: true, Limit: 200, IncludeAllMetadata: true,
		})
		if err != nil {
			return "", b.unsearchable(id, err)
		}
		for _, m := range page.Messages {
			if b.ours(m, id, c.Purpose, tryingCard) {
				return m.Timestamp, nil
			}
		}
		if cursor = page.ResponseMetaData.NextCursor; cursor == "" {
			return "", nil
		}
	}
	return "", nil
}

// findLine looks for a line whose posting was cut off.
func (b *Bot) findLine(ctx context.Context, id string, c *place) (bool, error) {
	cursor := ""
	for range lookPages {
		page, more, next, err := b.slack.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: c.Channel, Timestamp: c.TS, Cursor: cursor, Limit: 200, IncludeAllMetadata: true,
		})
		if err != nil {
			return false, b.unsearchable(id, err)
		}
		for _, m := range page {
			if b.ours(m, id, c.Purpose, c.doubt) {
				return true, nil
			}
		}
		if cursor = next; !more || cursor == "" {
			return false, nil
		}
	}
	return false, nil
}

// unsearchable lets a message be posted again where the app may not look whether it is there: twice is better than never.
func (b *Bot) unsearchable(id string, err error) error {
	switch code(err) {
	case "missing_scope", "not_in_channel", "channel_not_found", "thread_not_found", "invalid_arguments":
		b.log.Warn("slack: not allowed to look whether a message was posted before a crash; it is posted again", "request", id, "error", hint(err))
		return nil
	}
	return err
}
