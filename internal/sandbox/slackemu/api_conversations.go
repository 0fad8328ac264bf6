package slackemu

import (
	"encoding/base64"
	"slices"
	"strings"
)

// readable finds a channel the app may read, and checks the scope its kind needs.
func (w *Workspace) readable(id, right string) (*channel, error) {
	c := w.channels[id]
	if c == nil {
		return nil, errChannelNotFound
	}
	kind := "channels:"
	switch {
	case c.direct():
		kind = "im:"
	case c.IsPrivate:
		kind = "groups:"
	}
	if err := w.needs(kind + right); err != nil {
		return nil, err
	}
	if c.IsPrivate && !c.has(w.app.BotUser) {
		return nil, errChannelNotFound
	}
	return c, nil
}

func (w *Workspace) conversation(c *channel) map[string]any {
	out := map[string]any{
		"id": c.ID, "created": 1_700_000_000, "is_archived": c.IsArchived, "is_org_shared": false,
		"context_team_id": w.cfg.Seed.Team.ID, "updated": 1_700_000_000_000,
	}
	if c.direct() {
		out["is_im"], out["user"], out["is_open"] = true, c.DirectWith, true
		return out
	}
	out["name"], out["name_normalized"] = c.Name, c.Name
	out["is_channel"], out["is_group"], out["is_im"], out["is_mpim"] = !c.IsPrivate, c.IsPrivate, false, false
	out["is_private"], out["is_member"], out["is_general"] = c.IsPrivate, c.has(w.app.BotUser), c.Name == "general"
	out["creator"], out["num_members"] = w.order[0], len(c.Members)
	out["purpose"] = map[string]any{"value": c.Purpose, "creator": w.order[0], "last_set": 1_700_000_000}
	out["topic"] = map[string]any{"value": "", "creator": "", "last_set": 0}
	return out
}

func conversationsInfo(w *Workspace, c *call) (answer, error) {
	ch, err := w.readable(c.args.text("channel"), "read")
	if err != nil {
		return nil, err
	}
	return answer{"channel": w.conversation(ch)}, nil
}

func conversationsOpen(w *Workspace, c *call) (answer, error) {
	user := c.args.text("users")
	if id := c.args.text("channel"); id != "" {
		ch := w.channels[id]
		if ch == nil || !ch.direct() {
			return nil, errChannelNotFound
		}
		user = ch.DirectWith
	}
	if strings.Contains(user, ",") {
		return nil, refuse("method_not_supported_for_channel_type") // groups of several people are not emulated
	}
	p, ok := w.people[user]
	switch {
	case user == "":
		return nil, refuse("users_list_not_supplied")
	case !ok:
		return nil, errUserNotFound
	case p.Deleted:
		return nil, refuse("user_disabled")
	case p.IsBot:
		return nil, refuse("cannot_dm_bot")
	}
	_, already := w.direct[user]
	ch, err := w.directWith(user)
	if err != nil {
		return nil, err
	}
	out := answer{"channel": map[string]any{"id": ch.ID}, "no_op": already, "already_open": already}
	if c.args.yes("return_im") {
		out["channel"] = w.conversation(ch)
	}
	return out, nil
}

func conversationsList(w *Workspace, c *call) (answer, error) {
	types := c.args.text("types")
	if types == "" {
		types = "public_channel"
	}
	var list []map[string]any
	for t := range strings.SplitSeq(types, ",") {
		scope := map[string]string{"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read"}[t]
		if t == "mpim" {
			continue
		}
		if scope == "" {
			return nil, refuse("invalid_types")
		}
		if err := w.needs(scope); err != nil {
			return nil, err
		}
		for _, id := range w.listed {
			ch := w.channels[id]
			hidden := ch.IsPrivate && !ch.has(w.app.BotUser) || ch.IsArchived && c.args.yes("exclude_archived")
			if t == w.kindOf(ch) && !hidden {
				list = append(list, w.conversation(ch))
			}
		}
	}
	part, next, err := page(c.args, list, 100, 1000)
	if err != nil {
		return nil, err
	}
	return answer{"channels": part, "response_metadata": map[string]any{"next_cursor": next}}, nil
}

func (w *Workspace) kindOf(c *channel) string {
	switch {
	case c.direct():
		return "im"
	case c.IsPrivate:
		return "private_channel"
	}
	return "public_channel"
}

func conversationsMembers(w *Workspace, c *call) (answer, error) {
	ch, err := w.readable(c.args.text("channel"), "read")
	if err != nil {
		return nil, err
	}
	part, next, err := page(c.args, ch.Members, 100, 1000)
	if err != nil {
		return nil, err
	}
	return answer{"members": part, "response_metadata": map[string]any{"next_cursor": next}}, nil
}

func conversationsHistory(w *Workspace, c *call) (answer, error) {
	ch, err := w.readable(c.args.text("channel"), "history")
	if err != nil {
		return nil, err
	}
	if !ch.has(w.app.BotUser) {
		return nil, errNotInChannel
	}
	var found []*message
	for _, m := range slices.Backward(ch.messages) {
		if (m.ThreadTS == "" || m.Broadcast) && inRange(c.args, m.TS) {
			found = append(found, m)
		}
	}
	return w.messagePage(c, found, 100)
}

func conversationsReplies(w *Workspace, c *call) (answer, error) {
	ch, err := w.readable(c.args.text("channel"), "history")
	if err != nil {
		return nil, err
	}
	if !ch.has(w.app.BotUser) {
		return nil, errNotInChannel
	}
	m := ch.get(c.args.text("ts"))
	if m == nil {
		return nil, refuse("thread_not_found")
	}
	if m.ThreadTS != "" { // a reply's ts gives that reply alone
		return w.messagePage(c, []*message{m}, 1000)
	}
	found := []*message{m} // the parent comes with every page, whatever the range
	for _, r := range ch.thread(m.TS) {
		if inRange(c.args, r.TS) {
			found = append(found, r)
		}
	}
	return w.messagePage(c, found, 1000)
}

func (w *Workspace) messagePage(c *call, found []*message, def int) (answer, error) {
	part, next, err := page(c.args, found, def, 999)
	if err != nil {
		return nil, err
	}
	list := make([]map[string]any, len(part))
	for i, m := range part {
		list[i] = w.rendered(m, c.args.yes("include_all_metadata"))
	}
	return answer{
		"messages": list, "has_more": next != "", "pin_count": 0,
		"response_metadata": map[string]any{"next_cursor": next},
	}, nil
}

// inRange tells whether ts lies between oldest and latest.
func inRange(a args, ts string) bool {
	oldest, latest, inclusive := a.text("oldest"), a.text("latest"), a.yes("inclusive")
	if oldest != "" && oldest != "0" && (ts < oldest || (ts == oldest && !inclusive)) {
		return false
	}
	return latest == "" || ts < latest || (ts == latest && inclusive)
}

// page cuts a list by limit and cursor. A cursor says, in base64, how many came before.
func page[T any](a args, list []T, def, most int) (part []T, next string, err error) {
	from := 0
	if cursor := a.text("cursor"); cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		at, ok := strings.CutPrefix(string(raw), "offset:")
		if err != nil || !ok {
			return nil, "", refuse("invalid_cursor")
		}
		from = args{"n": at}.number("n", 0, 0, len(list))
	}
	limit := a.number("limit", def, 1, most)
	to := min(from+limit, len(list))
	if to < len(list) {
		next = base64.StdEncoding.EncodeToString([]byte("offset:" + args{"n": float64(to)}.text("n")))
	}
	return slices.Clone(list[from:to]), next, nil
}
