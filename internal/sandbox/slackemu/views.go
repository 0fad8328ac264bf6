package slackemu

import (
	"encoding/json"
	"fmt"
	"slices"
)

// maxStack is how many modals may lie on each other, and maxView how many bytes one may have.
const (
	maxStack = 3
	maxView  = 250_000
)

// view is a modal or a Home tab. It is never changed after it was stored: an update stores another one.
type view struct {
	ID         string         `json:"id"`
	User       string         `json:"user"`
	Type       string         `json:"type"` // modal or home
	Hash       string         `json:"hash"`
	RootID     string         `json:"root_id"`
	PreviousID string         `json:"previous_id,omitempty"`
	ExternalID string         `json:"external_id,omitempty"`
	Channel    string         `json:"channel,omitempty"` // where it was opened from
	Serial     int64          `json:"serial"`            // the order in which modals were opened
	Body       map[string]any `json:"body"`              // as the app sent it, completed
}

func (v *view) blocks() []block {
	list, _ := v.Body["blocks"].([]any)
	out := make([]block, 0, len(list))
	for _, b := range list {
		if m, ok := b.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// flag gives one of a view's booleans.
func (v *view) flag(name string) bool {
	yes, _ := v.Body[name].(bool)
	return yes
}

// rendered is a view as Slack gives it back, with what stands in its fields.
func (w *Workspace) renderedView(v *view, state map[string]any) map[string]any {
	if state == nil {
		state = initialState(v.blocks())
	}
	out := map[string]any{
		"id": v.ID, "team_id": w.cfg.Seed.Team.ID, "app_id": w.app.ID, "bot_id": w.app.BotID, "hash": v.Hash,
		"app_installed_team_id": w.cfg.Seed.Team.ID, "root_view_id": v.RootID, "previous_view_id": nil,
		"external_id": v.ExternalID, "private_metadata": "", "callback_id": "", "clear_on_close": false,
		"notify_on_close": false, "state": map[string]any{"values": state},
		"title": map[string]any{"type": "plain_text", "text": "View Title", "emoji": true}, "close": nil, "submit": nil,
	}
	if v.PreviousID != "" {
		out["previous_view_id"] = v.PreviousID
	}
	for k, val := range v.Body {
		out[k] = val
	}
	return out
}

// readView checks the view argument. kind is modal or home.
func (w *Workspace) readView(v any, kind string) (map[string]any, error) {
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, missing("view")
	}
	raw, err := json.Marshal(fields)
	if err != nil || len(raw) > maxView {
		return nil, refuse("view_too_large")
	}
	return checkView(fields, kind)
}

// newView makes a view that is not stored yet.
func (w *Workspace) newView(user, kind string, body map[string]any) *view {
	v := &view{ID: w.newID("V"), User: user, Type: kind, Hash: w.newHash(), Body: body}
	v.RootID = v.ID
	v.ExternalID, _ = body["external_id"].(string)
	w.serial++
	v.Serial = w.now().UnixNano() + w.serial
	return v
}

func (w *Workspace) newHash() string { return fmt.Sprintf("%d.%s", w.now().Unix(), secret(4)) }

// saveView stores a view and tells the page. The caller holds the lock.
func (w *Workspace) saveView(v *view) error {
	if err := w.cfg.Disk.Put(bucketViews, v.ID, v); err != nil {
		return err
	}
	w.views[v.ID] = v
	w.changed(Change{Kind: v.Type, User: v.User, ViewID: v.ID})
	return nil
}

// dropView forgets a view. The caller holds the lock.
func (w *Workspace) dropView(id string) {
	v := w.views[id]
	if v == nil {
		return
	}
	_ = w.cfg.Disk.Delete(bucketViews, id)
	delete(w.views, id)
	w.modals[v.User] = slices.DeleteFunc(slices.Clone(w.modals[v.User]), func(have string) bool { return have == id })
	w.changed(Change{Kind: v.Type, User: v.User, ViewID: id})
}

// dropModals closes every modal of somebody.
func (w *Workspace) dropModals(user string) {
	for _, id := range slices.Clone(w.modals[user]) {
		w.dropView(id)
	}
}

// pushView puts a modal on top of somebody's stack.
func (w *Workspace) pushView(v *view) error {
	stack := w.modals[v.User]
	if len(stack) > 0 {
		v.PreviousID = stack[len(stack)-1]
		v.RootID = w.views[stack[0]].ID
	}
	if err := w.saveView(v); err != nil {
		return err
	}
	w.modals[v.User] = append(slices.Clone(stack), v.ID)
	return nil
}

// updateView gives a view a new body.
func (w *Workspace) updateView(old *view, body map[string]any) (*view, error) {
	next := *old
	next.Body, next.Hash = body, w.newHash()
	next.ExternalID, _ = body["external_id"].(string)
	return &next, w.saveView(&next)
}

// stackViews puts the views that were on the disk where they belong.
func (w *Workspace) stackViews() {
	list := make([]*view, 0, len(w.views))
	for _, v := range w.views {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b *view) int { return int(min(max(a.Serial-b.Serial, -1), 1)) })
	for _, v := range list {
		if v.Type == "home" {
			w.homes[v.User] = v.ID
			continue
		}
		w.modals[v.User] = append(w.modals[v.User], v.ID)
	}
}

// byExternalID finds a view by the app's own name for it.
func (w *Workspace) byExternalID(id string) *view {
	for _, v := range w.views {
		if id != "" && v.ExternalID == id {
			return v
		}
	}
	return nil
}
