package slackemu

import (
	"slices"
	"strings"
	"time"

	"accountops/internal/fault"
)

// retryAfter is when Slack tries an event again that nobody acknowledged.
var retryAfter = []time.Duration{0, time.Minute, 5 * time.Minute}

// event tells the app of something, when it is subscribed, in the background. The caller holds the lock.
func (w *Workspace) event(kind string, fields map[string]any) {
	if !slices.Contains(w.app.Events, kind) {
		return
	}
	fields["type"], fields["event_ts"] = strings.SplitN(kind, ".", 2)[0], w.nextTS()
	payload := map[string]any{
		"token": verification, "team_id": w.cfg.Seed.Team.ID, "context_team_id": w.cfg.Seed.Team.ID, "api_app_id": w.app.ID,
		"type": "event_callback", "event_id": w.newID("Ev"), "event_time": w.now().Unix(), "event": fields,
		"authorizations": []any{map[string]any{
			"team_id": w.cfg.Seed.Team.ID, "user_id": w.app.BotUser, "is_bot": true, "enterprise_id": nil,
			"is_enterprise_install": false,
		}},
		"is_ext_shared_channel": false,
	}
	w.background(func() { w.deliverEvent(envelope{kind: "events_api", payload: payload}) })
}

// deliverEvent delivers an event, and again when nobody acknowledged it.
func (w *Workspace) deliverEvent(env envelope) {
	for _, pause := range append([]time.Duration{0}, retryAfter...) {
		w.pause(pause)
		o := w.deliver(env)
		if o.acked || w.ctx.Err() != nil {
			return
		}
		env.attempt++
		env.reason = "timeout"
	}
}

// SayInput is somebody writing a message.
type SayInput struct {
	User     string `json:"user"`
	Channel  string `json:"channel"` // a channel, or the bot's id for their direct messages with it
	Text     string `json:"text"`
	ThreadTS string `json:"thread_ts"`
}

// Say writes a message as a person, and tells the app what it is subscribed to.
func (w *Workspace) Say(in SayInput) (map[string]any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if in.Channel == w.app.BotUser {
		ch, err := w.openDirect(in.User)
		if err != nil {
			return nil, err
		}
		in.Channel = ch.ID
	}
	p, ch, err := w.actor(in.User, in.Channel)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(in.Text) == "" {
		return nil, fault.New(fault.Invalid, "The message is empty, so nothing was posted.")
	}
	m := &message{Channel: ch.ID, User: p.ID, Text: w.escape(in.Text), ThreadTS: threadOf(ch, in.ThreadTS)}
	if err := w.post(m); err != nil {
		return nil, err
	}
	w.tellOf(m, ch)
	return w.rendered(m, false), nil
}

func (w *Workspace) openDirect(user string) (*channel, error) {
	if p, ok := w.people[user]; !ok || p.IsBot {
		return nil, fault.Newf(fault.NotFound, "There is nobody %q in this workspace, so nothing was done.", user)
	}
	return w.directWith(user)
}

// tellOf tells the app of a message it may hear.
func (w *Workspace) tellOf(m *message, ch *channel) {
	if !ch.has(w.app.BotUser) {
		return
	}
	fields := func() map[string]any {
		f := w.rendered(m, false)
		f["channel"], f["client_msg_id"] = ch.ID, secret(16)
		delete(f, "reply_count")
		return f
	}
	if ch.direct() {
		f := fields()
		f["channel_type"] = "im"
		w.event("message.im", f)
		return
	}
	if strings.Contains(m.Text, "<@"+w.app.BotUser+">") || strings.Contains(m.Text, "<@"+w.app.BotUser+"|") {
		w.event("app_mention", fields())
	}
}

// OpenHome is somebody opening the app's Home tab.
func (w *Workspace) OpenHome(user string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := w.openDirect(user)
	if err != nil {
		return err
	}
	f := map[string]any{"user": user, "channel": ch.ID, "tab": "home"}
	if v := w.views[w.homes[user]]; v != nil {
		f["view"] = w.renderedView(v, nil)
	}
	w.event("app_home_opened", f)
	return nil
}

// ShortcutInput is somebody using a shortcut: a global one, or one of a message.
type ShortcutInput struct {
	User       string `json:"user"`
	CallbackID string `json:"callback_id"`
	Channel    string `json:"channel"`
	TS         string `json:"ts"`
}

// UseShortcut uses a shortcut, and waits for the app.
func (w *Workspace) UseShortcut(in ShortcutInput) (Result, error) {
	w.mu.Lock()
	payload, err := w.shortcutPayload(in)
	w.mu.Unlock()
	if err != nil {
		return Result{}, err
	}
	o := w.deliver(envelope{kind: "interactive", payload: payload})
	out := result(o)
	if !o.acked {
		out.Response = map[string]any{"text": unanswered, "error": o.failure}
	}
	return out, nil
}

func (w *Workspace) shortcutPayload(in ShortcutInput) (map[string]any, error) {
	p, ok := w.people[in.User]
	if !ok || p.Deleted {
		return nil, fault.Newf(fault.NotFound, "There is nobody %q who can use Slack here, so nothing was done.", in.User)
	}
	kind := "shortcut"
	if in.TS != "" {
		kind = "message_action"
	}
	if !slices.ContainsFunc(w.app.Shortcuts, func(s Shortcut) bool {
		return s.CallbackID == in.CallbackID && (s.Type == "message") == (in.TS != "")
	}) {
		return nil, fault.Newf(fault.NotFound, "The app has no such shortcut %q, so nothing was done.", in.CallbackID)
	}
	payload := w.interaction(kind, p)
	payload["callback_id"], payload["action_ts"] = in.CallbackID, w.nextTS()
	payload["trigger_id"] = w.newTrigger(p.ID, "")
	if in.TS == "" {
		return payload, nil
	}
	_, ch, err := w.actor(in.User, in.Channel)
	if err != nil {
		return nil, err
	}
	m := ch.get(in.TS)
	if m == nil {
		return nil, fault.New(fault.NotFound, "There is no such message any more, so nothing was done.")
	}
	link, err := w.newHook(&hook{Channel: ch.ID, User: p.ID, TS: m.TS, ThreadTS: m.ThreadTS})
	if err != nil {
		return nil, err
	}
	payload["response_url"], payload["message_ts"] = link, m.TS
	payload["message"] = w.rendered(m, true)
	payload["channel"] = map[string]any{"id": ch.ID, "name": shownName(ch)}
	return payload, nil
}
