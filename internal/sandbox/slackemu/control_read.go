package slackemu

import (
	"net/http"
	"slices"
	"strconv"

	"accountops/internal/fault"
)

// reads are what people see.
func (w *Workspace) reads() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"people":           w.locked(w.readPeople),
		"slack/channels":   w.locked(w.readChannels),
		"slack/messages":   w.locked(w.readMessages),
		"slack/ephemerals": w.locked(w.readEphemerals),
		"slack/views":      w.locked(w.readViews),
		"slack/home":       w.locked(w.readHome),
		"slack/dms":        w.locked(w.readDirect),
		"slack/app":        w.locked(w.readApp),
		"slack/usergroups": w.locked(w.readGroups),
		"slack/faults": func(rw http.ResponseWriter, _ *http.Request) {
			give(rw, map[string]any{"faults": w.Faults()}, nil)
		},
		"slack/inspector": func(rw http.ResponseWriter, r *http.Request) {
			entries := w.Inspector(number(r, "since"))
			give(rw, map[string]any{"entries": entries, "connections": w.Connections()}, nil)
		},
		"slack/changes": func(rw http.ResponseWriter, r *http.Request) {
			give(rw, w.Since(r.Context(), number(r, "since"), seconds(r)), nil)
		},
	}
}

// locked makes a handler of something that looks at the workspace.
func (w *Workspace) locked(look func(*http.Request) (any, error)) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		v, err := look(r)
		w.mu.Unlock()
		give(rw, v, err)
	}
}

func number(r *http.Request, name string) int64 {
	n, _ := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	return n
}

func (w *Workspace) readPeople(*http.Request) (any, error) {
	list := []map[string]any{}
	for _, id := range w.order {
		if p := w.people[id]; p.Role != "" {
			list = append(list, map[string]any{
				"id": p.ID, "name": p.Name, "real_name": p.RealName, "role": p.Role, "title": p.Title,
				"is_restricted": p.IsRestricted, "deleted": p.Deleted,
			})
		}
	}
	return map[string]any{"people": list}, nil
}

func (w *Workspace) readChannels(*http.Request) (any, error) {
	list := []map[string]any{}
	for _, id := range w.listed {
		if c := w.channels[id]; !c.direct() {
			list = append(list, map[string]any{
				"id": c.ID, "name": c.Name, "purpose": c.Purpose, "is_private": c.IsPrivate, "members": c.Members,
			})
		}
	}
	return map[string]any{"channels": list}, nil
}

// readMessages gives a channel's messages as conversations.history does (newest first), or a thread's as
// conversations.replies does (the parent and its replies, oldest first), metadata included.
func (w *Workspace) readMessages(r *http.Request) (any, error) {
	q := r.URL.Query()
	c := w.find(q.Get("channel"))
	if c == nil {
		return nil, fault.Newf(fault.NotFound, "There is no channel %q in this workspace.", q.Get("channel"))
	}
	list := []map[string]any{}
	if ts := q.Get("thread_ts"); ts != "" {
		if parent := c.get(ts); parent != nil {
			list = append(list, w.rendered(parent, true))
		}
		for _, m := range c.thread(ts) {
			list = append(list, w.rendered(m, true))
		}
		return map[string]any{"messages": list}, nil
	}
	limit := args{"limit": q.Get("limit")}.number("limit", 1000, 1, 1000)
	for _, m := range slices.Backward(c.messages) {
		if len(list) < limit && (m.ThreadTS == "" || m.Broadcast) {
			list = append(list, w.rendered(m, true))
		}
	}
	return map[string]any{"messages": list}, nil
}

// find finds a channel by id or by name.
func (w *Workspace) find(id string) *channel {
	if c := w.channels[id]; c != nil {
		return c
	}
	for _, c := range w.channels {
		if !c.direct() && c.Name == id {
			return c
		}
	}
	return nil
}

func (w *Workspace) readEphemerals(r *http.Request) (any, error) {
	list := []map[string]any{}
	for _, m := range w.ephemerals[r.URL.Query().Get("user")] {
		list = append(list, w.rendered(m, false))
	}
	return map[string]any{"messages": list}, nil
}

// readViews gives the modals that lie before somebody, the topmost last.
func (w *Workspace) readViews(r *http.Request) (any, error) {
	list := []map[string]any{}
	for _, id := range w.modals[r.URL.Query().Get("user")] {
		list = append(list, w.renderedView(w.views[id], nil))
	}
	return map[string]any{"views": list}, nil
}

func (w *Workspace) readHome(r *http.Request) (any, error) {
	v := w.views[w.homes[r.URL.Query().Get("user")]]
	if v == nil {
		return map[string]any{"view": nil}, nil
	}
	return map[string]any{"view": w.renderedView(v, nil)}, nil
}

func (w *Workspace) readDirect(r *http.Request) (any, error) {
	list := []map[string]any{}
	if id, ok := w.direct[r.URL.Query().Get("user")]; ok {
		list = append(list, map[string]any{"id": id, "user": w.app.BotUser, "name": w.app.BotName, "is_im": true})
	}
	return map[string]any{"channels": list}, nil
}

// readApp gives what the composer completes, and who is who.
func (w *Workspace) readApp(*http.Request) (any, error) {
	users := []map[string]any{}
	for _, id := range w.order {
		users = append(users, w.user(w.people[id]))
	}
	return map[string]any{
		"app":       map[string]any{"id": w.app.ID, "name": w.app.BotName, "user_id": w.app.BotUser, "bot_id": w.app.BotID},
		"team":      map[string]any{"id": w.cfg.Seed.Team.ID, "name": w.cfg.Seed.Team.Name, "domain": w.cfg.Seed.Team.Domain},
		"commands":  append([]Command{}, w.app.Commands...),
		"shortcuts": append([]Shortcut{}, w.app.Shortcuts...),
		"home_tab":  w.app.HomeTab, "messages_tab": w.app.MessagesTab, "request_urls": w.mode,
		"scopes": w.cfg.Scopes, "users": users, "connections": len(w.conns), "seq": w.feed.seq,
	}, nil
}

func (w *Workspace) readGroups(*http.Request) (any, error) {
	return map[string]any{"usergroups": append([]Group{}, w.groups...)}, nil
}
