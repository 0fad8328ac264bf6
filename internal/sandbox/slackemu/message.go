package slackemu

import (
	"encoding/json"
	"slices"
	"sort"
)

// maxPerChannel bounds a channel: beyond it the oldest message is forgotten.
const maxPerChannel = 20_000

// maxEarlier is how many former block lists of a message are kept, for clicks on a copy that is no longer current.
const maxEarlier = 5

// block is one block of Block Kit, as parsed and completed. It is never changed after it was stored.
type block = map[string]any

// message is what was posted. It is never changed after it was stored: an update stores another one.
type message struct {
	TS          string          `json:"ts"`
	Channel     string          `json:"channel"`
	User        string          `json:"user"`
	ByApp       bool            `json:"by_app,omitempty"`
	Text        string          `json:"text"`
	Blocks      []block         `json:"blocks,omitempty"`
	Attachments []any           `json:"attachments,omitempty"`
	Metadata    json.RawMessage `json:"metadata,omitempty"`
	ThreadTS    string          `json:"thread_ts,omitempty"`
	Broadcast   bool            `json:"broadcast,omitempty"`
	EditedTS    string          `json:"edited_ts,omitempty"`
	Earlier     [][]block       `json:"earlier,omitempty"`
	Slackbot    bool            `json:"slackbot,omitempty"` // Slack's own words, such as that a command failed
	OnlyFor     string          `json:"only_for,omitempty"` // ephemeral: the one person who sees it
}

// channel is a channel with what was said in it.
type channel struct {
	Channel
	DirectWith string              // a direct message channel: the person on the other side
	messages   []*message          // by ts
	replies    map[string][]string // the ts of a thread's replies, by its parent's
}

func (c *channel) direct() bool { return c.DirectWith != "" }

func (c *channel) has(member string) bool {
	return slices.Contains(c.Members, member)
}

// at gives the index of ts, and whether there is a message.
func (c *channel) at(ts string) (int, bool) {
	i := sort.Search(len(c.messages), func(i int) bool { return c.messages[i].TS >= ts })
	return i, i < len(c.messages) && c.messages[i].TS == ts
}

// get gives a message; nil when there is none, or no such channel.
func (c *channel) get(ts string) *message {
	if c == nil {
		return nil
	}
	if i, ok := c.at(ts); ok {
		return c.messages[i]
	}
	return nil
}

// thread gives the replies to ts, oldest first.
func (c *channel) thread(ts string) []*message {
	var replies []*message
	for _, reply := range c.replies[ts] {
		if m := c.get(reply); m != nil {
			replies = append(replies, m)
		}
	}
	return replies
}

// append puts a message at the end, where the newest is.
func (c *channel) append(m *message) {
	c.messages = append(c.messages, m)
	if m.ThreadTS != "" {
		c.replies[m.ThreadTS] = append(c.replies[m.ThreadTS], m.TS)
	}
}

// drop takes the message at i out.
func (c *channel) drop(i int) {
	m := c.messages[i]
	c.messages = slices.Delete(slices.Clone(c.messages), i, i+1)
	c.replies[m.ThreadTS] = slices.DeleteFunc(c.replies[m.ThreadTS], func(ts string) bool { return ts == m.TS })
	if len(c.replies[m.ThreadTS]) == 0 {
		delete(c.replies, m.ThreadTS)
	}
}

func (w *Workspace) addChannel(c *channel) {
	c.replies = map[string][]string{}
	w.channels[c.ID] = c
	w.listed = append(w.listed, c.ID)
}

// rendered gives a message the way conversations.history and conversations.replies do.
func (w *Workspace) rendered(m *message, withMetadata bool) map[string]any {
	out := map[string]any{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS, "team": w.cfg.Seed.Team.ID}
	if m.ByApp {
		out["bot_id"], out["app_id"] = w.app.BotID, w.app.ID
		out["bot_profile"] = map[string]any{
			"id": w.app.BotID, "app_id": w.app.ID, "name": w.app.BotName, "deleted": false, "team_id": w.cfg.Seed.Team.ID,
		}
	}
	if m.Slackbot {
		out["subtype"], out["username"] = "slackbot_response", "slackbot"
	}
	if m.OnlyFor != "" {
		out["is_ephemeral"], out["channel"], out["response_type"] = true, m.Channel, "ephemeral"
	}
	if len(m.Blocks) > 0 {
		out["blocks"] = m.Blocks
	}
	if len(m.Attachments) > 0 {
		out["attachments"] = m.Attachments
	}
	if withMetadata && len(m.Metadata) > 0 {
		out["metadata"] = m.Metadata
	}
	if m.EditedTS != "" {
		out["edited"] = map[string]any{"user": w.app.BotID, "ts": m.EditedTS}
	}
	w.renderThread(out, m)
	return out
}

func (w *Workspace) renderThread(out map[string]any, m *message) {
	c := w.channels[m.Channel]
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
		if c != nil {
			if parent := c.get(m.ThreadTS); parent != nil {
				out["parent_user_id"] = parent.User
			}
		}
		if m.Broadcast {
			out["subtype"] = "thread_broadcast"
		}
		return
	}
	if c == nil || m.OnlyFor != "" {
		return
	}
	replies := c.thread(m.TS)
	if len(replies) == 0 {
		return
	}
	var users []string
	for _, r := range replies {
		if !slices.Contains(users, r.User) {
			users = append(users, r.User)
		}
	}
	out["thread_ts"], out["reply_count"], out["reply_users"] = m.TS, len(replies), users
	out["reply_users_count"], out["latest_reply"] = len(users), replies[len(replies)-1].TS
	out["is_locked"], out["subscribed"] = false, false
}

// post stores a message with a new ts and tells the page. A channel that is full forgets its oldest message.
func (w *Workspace) post(m *message) error {
	c := w.channels[m.Channel]
	m.TS = w.nextTS()
	if err := w.saveMessage(m); err != nil {
		return err
	}
	if len(c.messages) >= maxPerChannel {
		if err := w.forget(c.messages[0]); err != nil {
			return err
		}
		c.drop(0)
	}
	c.append(m)
	w.changed(Change{Kind: "message", Channel: m.Channel, TS: m.TS, ThreadTS: m.ThreadTS})
	w.hear(m, heardNew)
	return nil
}

// replace stores next in the place of the message with its ts.
func (w *Workspace) replace(next *message) error {
	c := w.channels[next.Channel]
	i, ok := c.at(next.TS)
	if !ok {
		return errMessageNotFound
	}
	if err := w.saveMessage(next); err != nil {
		return err
	}
	c.messages[i] = next
	w.changed(Change{Kind: "message_changed", Channel: next.Channel, TS: next.TS, ThreadTS: next.ThreadTS})
	w.hear(next, heardChanged)
	return nil
}

// remove takes a message away.
func (w *Workspace) remove(m *message) error {
	c := w.channels[m.Channel]
	i, ok := c.at(m.TS)
	if !ok {
		return errMessageNotFound
	}
	if err := w.forget(m); err != nil {
		return err
	}
	c.drop(i)
	w.changed(Change{Kind: "message_deleted", Channel: m.Channel, TS: m.TS, ThreadTS: m.ThreadTS})
	w.hear(m, heardDeleted)
	return nil
}
