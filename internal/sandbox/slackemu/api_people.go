package slackemu

import (
	"slices"
	"strings"
)

func apiTest(_ *Workspace, c *call) (answer, error) {
	return answer{"args": c.args.withoutToken()}, nil
}

func authTest(w *Workspace, _ *call) (answer, error) {
	team := w.cfg.Seed.Team
	return answer{
		"url": w.base() + "/", "team": team.Name, "team_id": team.ID, "user": w.app.BotName, "user_id": w.app.BotUser,
		"bot_id": w.app.BotID, "is_enterprise_install": false, "app_id": w.app.ID,
	}, nil
}

func teamInfo(w *Workspace, _ *call) (answer, error) {
	t := w.cfg.Seed.Team
	return answer{"team": map[string]any{
		"id": t.ID, "name": t.Name, "domain": t.Domain, "email_domain": "", "url": w.base() + "/",
		"icon": map[string]any{"image_default": true},
	}}, nil
}

// user is a person as users.info gives them.
func (w *Workspace) user(p Person) map[string]any {
	profile := map[string]any{
		"title": p.Title, "real_name": p.RealName, "real_name_normalized": p.RealName, "display_name": p.Name,
		"display_name_normalized": p.Name, "team": p.TeamID, "image_72": "", "status_text": "", "status_emoji": "",
	}
	if p.Email != "" && slices.Contains(w.cfg.Scopes, "users:read.email") {
		profile["email"] = p.Email
	}
	if p.ID == w.app.BotUser {
		profile["bot_id"], profile["api_app_id"] = w.app.BotID, w.app.ID
	}
	out := map[string]any{
		"id": p.ID, "team_id": p.TeamID, "name": p.Name, "real_name": p.RealName, "deleted": p.Deleted, "profile": profile,
		"tz": "Etc/UTC", "tz_label": "Etc/UTC", "tz_offset": 0, "is_admin": false, "is_owner": false, "is_primary_owner": false,
		"is_restricted": p.IsRestricted, "is_ultra_restricted": p.IsUltraRestricted, "is_bot": p.IsBot, "is_app_user": false,
		"is_email_confirmed": !p.IsBot, "updated": 1_700_000_000,
		"who_can_share_contact_card": "EVERYONE",
	}
	if p.IsStranger || p.TeamID != w.cfg.Seed.Team.ID {
		out["is_stranger"] = p.IsStranger
	}
	return out
}

func usersInfo(w *Workspace, c *call) (answer, error) {
	p, ok := w.people[c.args.text("user")]
	if !ok {
		return nil, errUserNotFound
	}
	u := w.user(p)
	if c.args.yes("include_locale") {
		u["locale"] = "en-GB"
	}
	return answer{"user": u}, nil
}

func usersList(w *Workspace, c *call) (answer, error) {
	list := make([]map[string]any, 0, len(w.order))
	for _, id := range w.order {
		list = append(list, w.user(w.people[id]))
	}
	part, next, err := page(c.args, list, len(list)+1, 1000)
	if err != nil {
		return nil, err
	}
	return answer{"members": part, "cache_ts": w.now().Unix(), "response_metadata": map[string]any{"next_cursor": next}}, nil
}

func usersLookupByEmail(w *Workspace, c *call) (answer, error) {
	email := c.args.text("email")
	for _, id := range w.order {
		if p := w.people[id]; email != "" && strings.EqualFold(p.Email, email) && !p.Deleted {
			return answer{"user": w.user(p)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

// usergroup is a group as usergroups.list gives it.
func (w *Workspace) usergroup(g Group, a args) map[string]any {
	deleted := 0
	if g.Disabled {
		deleted = 1_700_000_000
	}
	out := map[string]any{
		"id": g.ID, "team_id": w.cfg.Seed.Team.ID, "is_usergroup": true, "is_subteam": true, "name": g.Name,
		"description": g.Description, "handle": g.Handle, "is_external": false, "date_create": 1_700_000_000,
		"date_update": 1_700_000_000, "date_delete": deleted, "auto_type": nil, "auto_provision": false,
		"created_by": w.order[0], "updated_by": w.order[0], "deleted_by": nil,
		"prefs":        map[string]any{"channels": []string{}, "groups": []string{}},
		"is_idp_group": g.IsIDPGroup, "is_membership_locked": g.IsMembershipLocked,
		"is_editing_restricted": g.IsEditingRestricted, "is_visible": true, "is_section": false,
	}
	if a.yes("include_users") {
		out["users"] = g.Users
	}
	if a.yes("include_count") {
		out["user_count"] = len(g.Users)
	}
	return out
}

func usergroupsList(w *Workspace, c *call) (answer, error) {
	list := []map[string]any{}
	for _, g := range w.groups {
		if !g.Disabled || c.args.yes("include_disabled") {
			list = append(list, w.usergroup(g, c.args))
		}
	}
	return answer{"usergroups": list}, nil
}

func usergroupsUsersList(w *Workspace, c *call) (answer, error) {
	id := c.args.text("usergroup")
	if id == "" {
		return nil, missing("usergroup")
	}
	for _, g := range w.groups {
		if g.ID == id && (!g.Disabled || c.args.yes("include_disabled")) {
			return answer{"users": append([]string{}, g.Users...)}, nil
		}
	}
	return nil, refuse("no_such_subteam")
}
