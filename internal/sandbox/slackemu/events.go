package slackemu

import (
	"slices"
	"strings"
	"time"

	"accountops/internal/fault"
)

// retryAfter is when Slack tries an event again that nobody acknowledged.
var retryAfter = []time.Duration{0, time.Minute, 5 * time.Minute}

// eventScopes are what a token needs for an event, by its name in the manifest. The others need none.
var eventScopes = map[string]string{
	"app_mention": "app_mentions:read", "message.im": "im:history", "message.channels": "channels:history",
	"message.groups": "groups:history",
}

// event tells the app of something, when it is subscribed and may, in the background. The caller holds the lock.
func (w *Workspace) event(kind string, fields map[string]any) {
	if !slices.Contains(w.app.Events, kind) || w.needs(eventScopes[kind]) != nil {
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
		if o.acked || o.final || w.ctx.Err() != nil {
			return
		}
		env.attempt++
		env.reason = o.failure
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
	if ch.direct() && !w.app.MessagesTab {
		return nil, fault.New(fault.Denied, "Sending messages to this app has been turned off, so nothing was posted.")
	}
	if strings.TrimSpace(in.Text) == "" {
		return nil, fault.New(fault.Invalid, "The message is empty, so nothing was posted.")
	}
	m := &message{Channel: ch.ID, User: p.ID, Text: w.escape(in.Text), ThreadTS: threadOf(ch, in.ThreadTS)}
	if err := w.post(m); err != nil {
		return nil, err
	}
	return w.rendered(m, false), nil
}

func (w *Workspace) openDirect(user string) (*channel, error) {
	if p, ok := w.people[user]; !ok || p.IsBot {
		return nil, fault.Newf(fault.NotFound, "There is nobody %q in this workspace, so nothing was done.", user)
	}
	return w.directWith(user)
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
