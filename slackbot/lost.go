package slackbot

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"accountops/internal/executor"
)

// lost tells whether an error says that a copy's message is gone, so that its card is to be posted again. A channel that is archived,
// or that we were taken out of, comes back with all that was said in it: it is waited for, unless another one has taken its place.
func (b *Bot) lost(c *place, err error) bool {
	switch code(err) {
	case "message_not_found", "thread_not_found", "cant_update_message":
		return true
	}
	return closed(err) && b.moved(c)
}

// lookAfter has the cards on which people decide looked at now and then, until ctx ends.
func (b *Bot) lookAfter(ctx context.Context) {
	tick := time.NewTicker(b.opts.Check)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := b.outbox.ReshowPending(ctx); err != nil && ctx.Err() == nil {
			b.log.Error("slack: the cards on which people decide could not be looked for", "error", err)
		}
		b.wake()
	}
}

// present makes sure that a card on which people decide is still there: Slack tells an app of a deleted message only if it is told of
// everything that is said in the channel, and a request that nobody can see waits in vain.
func (b *Bot) present(ctx context.Context, r executor.Request, c *place) error {
	if c.Purpose != forApprovals || r.State != executor.Pending {
		return nil
	}
	if err := turn(ctx, b.pace.looks); err != nil {
		return err
	}
	_, err := b.slack.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: c.Channel, Ts: c.TS})
	if b.lost(c, err) {
		return b.postAgain(ctx, r, c)
	}
	if _, wait := askedToWait(err); wait {
		return err
	}
	if err != nil {
		b.log.Info("slack: not looked whether a card is still there", "request", r.ID, "error", hint(err))
	}
	return nil
}

// moved tells whether a copy is in a channel that is not the approvals channel any more.
func (b *Bot) moved(c *place) bool { return c.Purpose == forApprovals && c.Channel != b.slack.channel }

// closed tells whether an error says that nothing can be posted in a channel.
func closed(err error) bool {
	switch code(err) {
	case "channel_not_found", "is_archived", "not_in_channel", "restricted_action":
		return true
	}
	return false
}

// tellUnseen tells whoever asked that nobody could be asked yet, because nothing can be posted in the approvals channel, and again when
// that is over. Each is told once; to be told twice is worse than not.
func (b *Bot) tellUnseen(ctx context.Context, r executor.Request, copies []*place, failed []error) {
	var asked, own *place
	var err error
	for i, c := range copies {
		switch c.Purpose {
		case forApprovals:
			asked, err = c, failed[i]
		case forRequester:
			own = c
		}
	}
	if asked == nil || own == nil || own.TS == "" || own.gone {
		return
	}
	sentence := "The approvers can see this request now."
	switch {
	case closed(err) && !asked.told && r.State == executor.Pending:
		sentence = "The approvers have not seen this request yet: nothing can be posted in " + b.slack.Where() + ", which may have been archived or deleted. " +
			"Your request waits and nothing is lost. Please tell whoever looks after accountops."
		b.log.Error("slack: nothing can be posted in the approvals channel, so nobody is asked; accountops slack doctor says how to mend it",
			"request", r.ID, "error", hint(err))
	case err != nil || !asked.told || asked.late > 0 || asked.gone || r.State != executor.Pending:
		return // not tried yet, or there is nothing to see, or nobody is asked any more
	}
	asked.told = !asked.told
	if err := b.outbox.SaveCopy(ctx, r.ID, asked.stored()); err != nil {
		b.log.Error("slack: not noted that somebody is told", "request", r.ID, "error", err)
		return
	}
	m := say(sentence)
	_, _, err = b.slack.api.PostMessageContext(ctx, own.Channel, append(b.contents(m, r.ID, own.Purpose, markedTold), slack.MsgOptionTS(own.TS))...)
	if err != nil {
		b.log.Warn("slack: whoever asked could not be told about the approvals channel", "request", r.ID, "error", hint(err))
	}
}
