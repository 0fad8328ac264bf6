package slackemu

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"time"
)

// trigger is a trigger_id: good for one modal of one person, for three seconds.
type trigger struct {
	user    string
	view    string // the modal in which it arose, for views.push
	expires time.Time
	used    bool
}

// newTrigger gives out a trigger_id. The caller holds the lock.
func (w *Workspace) newTrigger(user, viewID string) string {
	now := w.now()
	for id, t := range w.triggers {
		if now.Sub(t.expires) > time.Minute {
			delete(w.triggers, id)
		}
	}
	w.serial++
	id := fmt.Sprintf("%d.%d.%s", now.UnixMilli(), w.serial, secret(16))
	w.triggers[id] = &trigger{user: user, view: viewID, expires: now.Add(triggerLife)}
	return id
}

// exchange uses a trigger_id up.
func (w *Workspace) exchange(id string) (*trigger, error) {
	t := w.triggers[id]
	switch {
	case id == "":
		return nil, missing("trigger_id")
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case w.now().After(t.expires):
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	return t, nil
}

// hook is a response URL: where an app may answer an interaction, five times within half an hour.
type hook struct {
	Channel  string    `json:"channel"`
	User     string    `json:"user"`
	TS       string    `json:"ts,omitempty"`        // the message that was clicked
	ThreadTS string    `json:"thread_ts,omitempty"` // its thread
	Uses     int       `json:"uses"`
	Expires  time.Time `json:"expires"`

	acked chan struct{} // closed once the command's own answer is shown; nil for clicks, and after a restart
}

// afterAck waits until what the app acknowledged with is shown: Slack shows it before anything that comes by the response URL.
func (w *Workspace) afterAck(r *http.Request, id string) {
	w.mu.Lock()
	h := w.hooks[id]
	w.mu.Unlock()
	if h == nil || h.acked == nil {
		return
	}
	select {
	case <-h.acked:
	case <-r.Context().Done():
	}
}

// newHook gives out a response URL. The caller holds the lock.
func (w *Workspace) newHook(h *hook) (string, error) {
	now := w.now()
	if now.Sub(w.pruned) > time.Minute {
		w.pruned = now
		w.pruneHooks(now)
	}
	h.Expires = now.Add(hookLife)
	id := secret(24)
	if err := w.cfg.Disk.Put(bucketHooks, id, h); err != nil {
		return "", err
	}
	w.hooks[id] = h
	return w.base() + "/slack/hooks/" + id, nil
}

func (w *Workspace) pruneHooks(now time.Time) {
	for id, old := range w.hooks {
		if now.After(old.Expires) {
			delete(w.hooks, id)
			_ = w.cfg.Disk.Delete(bucketHooks, id) // it would be refused all the same
		}
	}
}

// useHook counts a use, and gives the hook as it is, or why it is no more.
func (w *Workspace) useHook(id string) (*hook, string) {
	h := w.hooks[id]
	switch {
	case h == nil:
		return nil, "not_found"
	case w.now().After(h.Expires):
		return nil, "expired_url"
	case h.Uses >= hookUses:
		return nil, "used_url"
	}
	h.Uses++
	if err := w.cfg.Disk.Put(bucketHooks, id, h); err != nil {
		return nil, "internal_error"
	}
	return h, ""
}

func (w *Workspace) serveHook(rw http.ResponseWriter, r *http.Request) {
	started := time.Now()
	e := &Entry{Kind: "response_url", Method: "response_url", Status: http.StatusOK}
	c := &call{method: "response_url", args: args{}}
	if done := w.playAPIFault(rw, c.method, e); done != nil {
		done()
		w.finish(e, c, nil, started)
		return
	}
	code := w.takeHook(rw, r, c, e)
	body := map[string]any{"ok": code == ""}
	if code != "" {
		body["error"] = code
	}
	e.OK, e.Error = code == "", code
	w.finish(e, c, body, started)
	if e.Fault == FaultAnswerLost {
		hangUp(rw)
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(e.Status)
	_ = json.NewEncoder(rw).Encode(body)
}

// takeHook does what was posted to a response URL and gives the error's code.
func (w *Workspace) takeHook(rw http.ResponseWriter, r *http.Request, c *call, e *Entry) string {
	if r.Method != http.MethodPost {
		e.Status = http.StatusMethodNotAllowed
		return "method_not_allowed"
	}
	raw, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxBody))
	if err != nil || json.Unmarshal(raw, &c.args) != nil || c.args == nil {
		c.args = args{}
		e.Status = http.StatusBadRequest
		return "invalid_payload"
	}
	w.afterAck(r, path.Base(r.URL.Path))
	w.mu.Lock()
	defer w.mu.Unlock()
	h, gone := w.useHook(path.Base(r.URL.Path))
	if gone != "" {
		e.Status = http.StatusNotFound
		return gone
	}
	if err := w.respond(h, c.args); err != nil {
		e.Status = http.StatusBadRequest
		return err.Error()
	}
	return ""
}

// respond does what an app asked of a response URL: delete or replace what was clicked, or say something.
func (w *Workspace) respond(h *hook, a args) error {
	if a.yes("delete_original") {
		return w.deleteOriginal(h)
	}
	said, err := readContent(a, maxText)
	if err != nil {
		return err
	}
	if said.empty() {
		return errNoText
	}
	if a.yes("replace_original") && h.TS != "" {
		return w.replaceOriginal(h, said)
	}
	m, err := w.say(h.Channel, h.User, a.text("thread_ts"), a.text("response_type") == "in_channel", said)
	if err == nil && h.TS == "" {
		h.TS = m.TS // what a later replace_original of this command means
	}
	return err
}

// say shows what the app said: to everybody, or to one person.
func (w *Workspace) say(channelID, user, thread string, toAll bool, said content) (*message, error) {
	ch := w.channels[channelID]
	if ch == nil {
		return nil, errChannelNotFound
	}
	m := &message{
		Channel: ch.ID, User: w.app.BotUser, ByApp: true, Text: said.words(), Blocks: said.blocks,
		Attachments: said.attachments, ThreadTS: threadOf(ch, thread),
	}
	if toAll {
		return m, w.post(m)
	}
	m.OnlyFor = user
	return w.whisper(m), nil
}

func (w *Workspace) deleteOriginal(h *hook) error {
	if m := w.whispered(h.User, h.TS); m != nil {
		w.unwhisper(m)
		return nil
	}
	m := w.channels[h.Channel].get(h.TS)
	if m == nil || !m.ByApp {
		return errMessageNotFound
	}
	return w.remove(m)
}

func (w *Workspace) replaceOriginal(h *hook, said content) error {
	if m := w.whispered(h.User, h.TS); m != nil {
		next := *m
		next.Text, next.Blocks, next.Attachments = said.words(), said.blocks, said.attachments
		w.rewhisper(&next)
		return nil
	}
	m := w.channels[h.Channel].get(h.TS)
	if m == nil || !m.ByApp {
		return errMessageNotFound
	}
	next := *m
	next.keep(m)
	next.Text, next.Blocks, next.Attachments = said.words(), said.blocks, said.attachments
	next.EditedTS = w.nextTS()
	return w.replace(&next)
}
