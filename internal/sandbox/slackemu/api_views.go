package slackemu

// viewArg gives the view argument, checked.
func (w *Workspace) viewArg(c *call, kind string) (map[string]any, error) {
	v, there, err := c.args.value("view")
	if err != nil || !there {
		return nil, missing("view")
	}
	body, err := w.readView(v, kind)
	if err != nil {
		return nil, err
	}
	return body, nil
}

func viewsOpen(w *Workspace, c *call) (answer, error) {
	return w.showView(c, func(t *trigger) error {
		if t.view == "" {
			w.dropModals(t.user) // it takes the place of what was open
		}
		return nil
	})
}

func viewsPush(w *Workspace, c *call) (answer, error) {
	return w.showView(c, func(t *trigger) error {
		if len(w.modals[t.user]) == 0 || t.view == "" {
			return refuse("not_found")
		}
		return nil
	})
}

// showView does what views.open and views.push have in common: ready says whether it may, and makes room.
func (w *Workspace) showView(c *call, ready func(*trigger) error) (answer, error) {
	body, err := w.viewArg(c, "modal")
	if err != nil {
		return nil, err
	}
	if ext, _ := body["external_id"].(string); w.byExternalID(ext) != nil {
		return nil, refuse("duplicate_external_id")
	}
	t, err := w.exchange(c.args.text("trigger_id"))
	if err != nil {
		return nil, err
	}
	if err := ready(t); err != nil {
		return nil, err
	}
	if len(w.modals[t.user]) >= maxStack {
		return nil, refuse("push_limit_reached")
	}
	v := w.newView(t.user, "modal", body)
	if err := w.pushView(v); err != nil {
		return nil, err
	}
	return answer{"view": w.renderedView(v, nil)}, nil
}

func viewsUpdate(w *Workspace, c *call) (answer, error) {
	id, ext := c.args.text("view_id"), c.args.text("external_id")
	switch {
	case id != "" && ext != "":
		return nil, &apiError{code: "invalid_arguments", messages: []string{"Cannot provide both `view_id` and `external_id`"}}
	case id == "" && ext == "":
		return nil, missing("view_id")
	}
	old := w.views[id]
	if ext != "" {
		old = w.byExternalID(ext)
	}
	if old == nil {
		return nil, refuse("not_found")
	}
	body, err := w.viewArg(c, old.Type)
	if err != nil {
		return nil, err
	}
	if hash := c.args.text("hash"); hash != "" && hash != old.Hash {
		return nil, refuse("hash_conflict")
	}
	if again, _ := body["external_id"].(string); again != old.ExternalID && w.byExternalID(again) != nil {
		return nil, refuse("duplicate_external_id")
	}
	next, err := w.updateView(old, body)
	if err != nil {
		return nil, err
	}
	return answer{"view": w.renderedView(next, nil)}, nil
}

func viewsPublish(w *Workspace, c *call) (answer, error) {
	if !w.app.HomeTab {
		return nil, refuse("not_enabled")
	}
	user := c.args.text("user_id")
	p, ok := w.people[user]
	if !ok || p.Deleted {
		return nil, &apiError{code: "invalid_arguments", messages: []string{"invalid `user_id` [json-pointer:/user_id]"}}
	}
	body, err := w.viewArg(c, "home")
	if err != nil {
		return nil, err
	}
	old := w.views[w.homes[user]]
	if hash := c.args.text("hash"); hash != "" && (old == nil || hash != old.Hash) {
		return nil, refuse("hash_conflict")
	}
	var next *view
	if old != nil {
		next, err = w.updateView(old, body)
	} else {
		next = w.newView(user, "home", body)
		err = w.saveView(next)
	}
	if err != nil {
		return nil, err
	}
	w.homes[user] = next.ID
	return answer{"view": w.renderedView(next, nil)}, nil
}

// top gives the modal somebody looks at.
func (w *Workspace) top(user string) *view {
	stack := w.modals[user]
	if len(stack) == 0 {
		return nil
	}
	return w.views[stack[len(stack)-1]]
}
