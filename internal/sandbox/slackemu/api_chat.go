package slackemu

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// What Slack documents on the length of a message's text.
const (
	maxText       = 40_000
	maxUpdateText = 4_000
	noBlocksShown = "This content can't be displayed."
)

// content is what a message says, checked.
type content struct {
	text           string
	hasText        bool
	blocks         []block
	hasBlocks      bool
	attachments    []any
	hasAttachments bool
}

// readContent checks text, blocks and attachments the way chat.postMessage does.
func readContent(a args, longest int) (content, error) {
	var c content
	_, c.hasText = a["text"]
	c.text = a.text("text")
	raw, there, err := a.value("blocks")
	if err != nil {
		return c, refuse("invalid_blocks_format")
	}
	if there {
		list, ok := raw.([]any)
		if !ok {
			return c, refuse("invalid_blocks_format")
		}
		if c.blocks, err = checkBlocks(list, inMessage, "/blocks"); err != nil {
			return c, err
		}
		c.hasBlocks = true
	}
	if raw, there, err = a.value("attachments"); err != nil {
		return c, refuse("invalid_attachments")
	} else if there {
		list, ok := raw.([]any)
		if !ok {
			return c, refuse("invalid_attachments")
		}
		if len(list) > 100 {
			return c, refuse("too_many_attachments")
		}
		c.attachments, c.hasAttachments = list, true
	}
	if utf8.RuneCountInString(c.text) > longest {
		return c, refuse("msg_too_long")
	}
	return c, nil
}

func (c content) empty() bool {
	return strings.TrimSpace(c.text) == "" && len(c.blocks) == 0 && len(c.attachments) == 0
}

// words is the text a message without text is given.
func (c content) words() string {
	if strings.TrimSpace(c.text) == "" && len(c.blocks) > 0 {
		return noBlocksShown
	}
	return c.text
}

// readMetadata gives the metadata argument; nil when there is none.
func readMetadata(a args) (raw json.RawMessage, there bool, err error) {
	v, there, err := a.value("metadata")
	if err != nil {
		return nil, true, refuse("invalid_metadata_format")
	}
	if !there {
		return nil, false, nil
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, true, refuse("invalid_metadata_format")
	}
	if len(fields) == 0 {
		return nil, true, nil
	}
	kind, _ := fields["event_type"].(string)
	payload, isObject := fields["event_payload"].(map[string]any)
	switch {
	case kind == "" && len(payload) == 0: // slack-go's zero value: nothing was meant
		return nil, false, nil
	case kind == "" || !isObject:
		return nil, true, refuse("invalid_metadata_schema")
	}
	raw, err = json.Marshal(map[string]any{"event_type": kind, "event_payload": payload})
	if err == nil && len(raw) > 16<<10 {
		return nil, true, refuse("metadata_too_large")
	}
	return raw, true, err
}

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
	if said.empty() && !(said.hasBlocks && old.Text != "" && !said.hasText) {
		return nil, errNoText
	}
	meta, hasMeta, err := readMetadata(c.args)
	if err != nil {
		return nil, err
	}
	next := *old
	next.keep(old)
	// Text without blocks takes the blocks away; so does an empty list.
	next.Text, next.Blocks = said.words(), said.blocks
	if !said.hasText && len(said.blocks) == 0 {
		next.Text = old.Text
	}
	if said.hasAttachments || said.hasText {
		next.Attachments = said.attachments
	}
	if hasMeta {
		next.Metadata = meta
	}
	next.EditedTS = w.nextTS()
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
