package slackemu

import "strings"

// The kinds of message events: a message, a change of one, its end.
const (
	heardNew     = ""
	heardChanged = "message_changed"
	heardDeleted = "message_deleted"
)

// hear tells the app of a message, when it is subscribed to those of that kind of conversation and is in it. Slack tells an app
// of its own messages too: one that answers whatever it hears in a direct message answers itself for ever.
func (w *Workspace) hear(m *message, how string) {
	ch := w.channels[m.Channel]
	if ch == nil || !ch.has(w.app.BotUser) {
		return
	}
	if how == heardNew && !m.ByApp && !ch.direct() && w.names(m.Text) {
		w.event("app_mention", w.heard(m, ch))
	}
	kind, of := "message.channels", "channel"
	switch {
	case ch.direct():
		kind, of = "message.im", "im"
	case ch.IsPrivate:
		kind, of = "message.groups", "group"
	}
	f := w.heard(m, ch)
	switch how {
	case heardChanged:
		f = map[string]any{"subtype": how, "hidden": true, "channel": ch.ID, "ts": w.nextTS(), "message": w.rendered(m, false)}
	case heardDeleted:
		f = map[string]any{"subtype": how, "hidden": true, "channel": ch.ID, "ts": w.nextTS(), "deleted_ts": m.TS,
			"previous_message": w.rendered(m, false)}
	}
	f["channel_type"] = of
	w.event(kind, f)
}

// names tells whether a text mentions the app.
func (w *Workspace) names(text string) bool {
	return strings.Contains(text, "<@"+w.app.BotUser+">") || strings.Contains(text, "<@"+w.app.BotUser+"|")
}

// heard is a message as an event tells it.
func (w *Workspace) heard(m *message, ch *channel) map[string]any {
	f := w.rendered(m, false)
	f["channel"] = ch.ID
	if !m.ByApp {
		f["client_msg_id"] = secret(16)
	}
	return f
}

// HomeInput is somebody opening the app: its Home tab, or with Tab "messages" their direct messages with it.
type HomeInput struct {
	User string `json:"user"`
	Tab  string `json:"tab"`
}

// OpenHome is somebody opening the app. It gives the id of their direct message channel.
func (w *Workspace) OpenHome(in HomeInput) (map[string]any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := w.openDirect(in.User)
	if err != nil {
		return nil, err
	}
	tab := "home"
	if in.Tab == "messages" {
		tab = in.Tab
	}
	f := map[string]any{"user": in.User, "channel": ch.ID, "tab": tab}
	if v := w.views[w.homes[in.User]]; v != nil && tab == "home" {
		f["view"] = w.renderedView(v, nil)
	}
	w.event("app_home_opened", f)
	return map[string]any{"ok": true, "channel": ch.ID}, nil
}
