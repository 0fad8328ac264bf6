package slackemu

import (
	"encoding/json"
	"slices"

	"accountops/internal/fault"
)

// What an administrator of the workspace can do. Each takes an id and the fields to change; the others stay.

// amend lays fields over what there is: v is a pointer to it.
func amend(v any, fields json.RawMessage) error {
	if err := json.Unmarshal(fields, v); err != nil {
		return fault.Wrap(err, fault.Invalid, "The fields are not those that can be changed, so nothing was changed.")
	}
	return nil
}

func idOf(fields json.RawMessage) string {
	var in struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(fields, &in) // without an id nothing is found
	return in.ID
}

// regroup changes a user group: who is in it, and who may edit it.
func (w *Workspace) regroup(in json.RawMessage) (any, error) {
	id := idOf(in)
	w.mu.Lock()
	i := slices.IndexFunc(w.groups, func(g Group) bool { return g.ID == id })
	var g Group
	if i >= 0 {
		g = w.groups[i]
		g.Users = slices.Clone(g.Users)
	}
	w.mu.Unlock()
	if i < 0 {
		return nil, fault.Newf(fault.NotFound, "There is no user group %q, so nothing was changed.", id)
	}
	if err := amend(&g, in); err != nil {
		return nil, err
	}
	return map[string]any{"usergroup": g}, w.SetGroup(g)
}

// rewrite changes what somebody is: deactivated, a guest, a stranger, of another team.
func (w *Workspace) rewrite(in json.RawMessage) (any, error) {
	id := idOf(in)
	w.mu.Lock()
	p, ok := w.people[id]
	w.mu.Unlock()
	if !ok {
		return nil, fault.Newf(fault.NotFound, "There is nobody %q in this workspace, so nothing was changed.", id)
	}
	if err := amend(&p, in); err != nil {
		return nil, err
	}
	return map[string]any{"user": p}, w.SetPerson(p)
}

// rechannel changes a channel: its members, whether it is archived, or deleted with all that was said in it.
func (w *Workspace) rechannel(in json.RawMessage) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[idOf(in)]
	if c == nil || c.direct() {
		return nil, fault.Newf(fault.NotFound, "There is no channel %q, so nothing was changed.", idOf(in))
	}
	next := c.Channel
	next.Members = slices.Clone(next.Members)
	if err := amend(&next, in); err != nil {
		return nil, err
	}
	if next.Deleted {
		for user, list := range w.ephemerals {
			w.ephemerals[user] = slices.DeleteFunc(slices.Clone(list), func(m *message) bool { return m.Channel == next.ID })
		}
		for _, m := range c.messages {
			if err := w.forget(m); err != nil {
				return nil, err
			}
		}
	}
	if err := w.cfg.Disk.Put(bucketChannels, next.ID, next); err != nil {
		return nil, err
	}
	w.putChannel(next)
	w.changed(Change{Kind: "channel", Channel: next.ID})
	return map[string]any{"channel": next}, nil
}

// putChannel lays a changed channel over the seed's.
func (w *Workspace) putChannel(next Channel) {
	c := w.channels[next.ID]
	if c == nil {
		return
	}
	c.Channel = next
	if next.Deleted {
		delete(w.channels, next.ID)
		w.listed = slices.DeleteFunc(slices.Clone(w.listed), func(id string) bool { return id == next.ID })
	}
}

// DeleteInput names a message to be deleted.
type DeleteInput struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

// Delete takes anybody's message away, as an administrator can.
func (w *Workspace) Delete(in DeleteInput) (map[string]any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[in.Channel]
	if c == nil || c.get(in.TS) == nil {
		return nil, fault.New(fault.NotFound, "There is no such message (any more), so nothing was deleted.")
	}
	return map[string]any{"ok": true}, w.remove(c.get(in.TS))
}
