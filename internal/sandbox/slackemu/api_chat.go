package slackemu

import (
	"slices"
	"strings"
)

// target finds where the app may write. A person's id means their direct messages.
func (w *Workspace) target(id string) (*channel, error) {
	if id == "" {
		return nil, errChannelNotFound
	}
	if p, ok := w.people[id]; ok {
		if p.Deleted || p.IsBot {
			return nil, errChannelNotFound
		}
		return w.directWith(id)
	}
	c := w.channels[id]
	if c == nil {
		for _, have := range w.channels { // #name is taken too
			if !have.direct() && "#"+have.Name == id {
				c = have
			}
		}
	}
	switch {
	case c == nil, c.IsPrivate && !c.has(w.app.BotUser):
		return nil, errChannelNotFound
	case c.IsArchived:
		return nil, refuse("is_archived")
	case !c.has(w.app.BotUser):
		return nil, errNotInChannel
	}
	return c, nil
}

// directWith gives the direct message channel with somebody, opening it when there is none yet.
func (w *Workspace) directWith(person string) (*channel, error) {
	if id, ok := w.direct[person]; ok {
		return w.channels[id], nil
	}
	id := w.newID("D")
	if err := w.cfg.Disk.Put(bucketDirect, person, id); err != nil {
		return nil, err
	}
	w.putDirect(person, id)
	w.changed(Change{Kind: "channel", Channel: id, User: person})
	return w.channels[id], nil
}

// threadOf gives the thread a reply to ts goes to. A reply to a message that is gone stands alone, as in Slack.
func threadOf(c *channel, ts string) string {
	if ts == "" {
		return ""
	}
	m := c.get(ts)
	switch {
	case m == nil:
		return ""
	case m.ThreadTS != "":
		return m.ThreadTS
	}
	return m.TS
}

func chatPostMessage(w *Workspace, c *call) (answer, error) {
	ch, err := w.target(c.args.text("channel"))
	if err != nil {
		return nil, err
	}
	said, err := readContent(c.args, maxText)
	if err != nil {
		return nil, err
	}
	if said.empty() {
		return nil, errNoText
	}
	meta, _, err := readMetadata(c.args)
	if err != nil {
		return nil, err
	}
	m := &message{
		Channel: ch.ID, User: w.app.BotUser, ByApp: true, Text: said.words(), Blocks: said.blocks,
		Attachments: said.attachments, Metadata: meta, ThreadTS: threadOf(ch, c.args.text("thread_ts")),
	}
	m.Broadcast = m.ThreadTS != "" && c.args.yes("reply_broadcast")
	if err := w.post(m); err != nil {
		return nil, err
	}
	return answer{"channel": ch.ID, "ts": m.TS, "message": w.rendered(m, true)}, nil
}

func chatPostEphemeral(w *Workspace, c *call) (answer, error) {
	ch, err := w.target(c.args.text("channel"))
	if err != nil {
		return nil, err
	}
	user := c.args.text("user")
	p, known := w.people[user]
	if !known || p.Deleted || !ch.has(user) {
		return nil, refuse("user_not_in_channel")
	}
	said, err := readContent(c.args, maxText)
	if err != nil {
		return nil, err
	}
	if said.empty() {
		return nil, errNoText
	}
	m := w.whisper(&message{
		Channel: ch.ID, User: w.app.BotUser, ByApp: true, Text: said.words(), Blocks: said.blocks,
		Attachments: said.attachments, ThreadTS: threadOf(ch, c.args.text("thread_ts")), OnlyFor: user,
	})
	return answer{"message_ts": m.TS}, nil
}

func chatUpdate(w *Workspace, c *call) (answer, error) {
	old, err := w.own(c, "cant_update_message")
	if err != nil {
		return nil, err
	}
	said, err := readContent(c.args, maxUpdateText)
	if err != nil {
		return nil, err
	}
	meta, hasMeta, err := readMetadata(c.args)
	if err != nil {
		return nil, err
	}
	if said.empty() && !said.hasBlocks && !hasMeta {
		return nil, errNoText
	}
	next := *old
	next.keep(old)
	said.over(&next)
	if next.Text == "" && len(next.Blocks) == 0 && len(next.Attachments) == 0 {
		return nil, errNoText
	}
	if hasMeta {
		next.Metadata = meta
	}
	if len(next.Blocks) == 0 { // Slack marks only messages without blocks as edited
		next.EditedTS = w.nextTS()
	}
	if err := w.replace(&next); err != nil {
		return nil, err
	}
	return answer{"channel": next.Channel, "ts": next.TS, "text": next.Text, "message": w.rendered(&next, true)}, nil
}

// keep remembers the blocks of an earlier version, for clicks on a copy that is no longer current.
func (m *message) keep(old *message) {
	if len(old.Blocks) == 0 {
		return
	}
	m.Earlier = append(slices.Clone(old.Earlier), old.Blocks)
	if extra := len(m.Earlier) - maxEarlier; extra > 0 {
		m.Earlier = m.Earlier[extra:]
	}
}

func chatDelete(w *Workspace, c *call) (answer, error) {
	old, err := w.own(c, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	if err := w.remove(old); err != nil {
		return nil, err
	}
	return answer{"channel": old.Channel, "ts": old.TS}, nil
}

// own finds the app's message that channel and ts name; refusal is the error for somebody else's.
func (w *Workspace) own(c *call, refusal string) (*message, error) {
	ch := w.channels[c.args.text("channel")]
	if ch == nil || (ch.IsPrivate && !ch.has(w.app.BotUser)) {
		return nil, errChannelNotFound
	}
	m := ch.get(c.args.text("ts"))
	switch {
	case m == nil:
		return nil, errMessageNotFound
	case !m.ByApp:
		return nil, refuse(refusal)
	case ch.IsArchived:
		return nil, refuse("is_archived")
	}
	return m, nil
}

func chatGetPermalink(w *Workspace, c *call) (answer, error) {
	ch := w.channels[c.args.text("channel")]
	if ch == nil {
		return nil, errChannelNotFound
	}
	m := ch.get(c.args.text("message_ts"))
	if m == nil {
		return nil, errMessageNotFound
	}
	return answer{"channel": ch.ID, "permalink": w.permalink(m)}, nil
}

// permalink is where the page shows a message.
func (w *Workspace) permalink(m *message) string {
	link := w.base() + "/archives/" + m.Channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.ThreadTS != "" {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + m.Channel
	}
	return link
}
