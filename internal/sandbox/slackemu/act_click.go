package slackemu

import (
	"slices"

	"accountops/internal/fault"
)

// ActionInput is somebody using an element of a message (channel and ts) or of a view (view_id). A confirm dialog
// counts as confirmed.
type ActionInput struct {
	User     string         `json:"user"`
	Channel  string         `json:"channel"`
	TS       string         `json:"ts"`
	ViewID   string         `json:"view_id"`
	ActionID string         `json:"action_id"`
	BlockID  string         `json:"block_id"` // only needed where an action id stands in several blocks
	Value    any            `json:"value"`
	Values   map[string]any `json:"values"` // what stands in the other fields: block id → action id → value
}

// unanswered is what Slack's client shows beside an element whose app does not answer.
const unanswered = "This app didn't respond in time, so Slack doesn't know whether it worked. Try again?"

// Act uses an element, and waits for the app.
func (w *Workspace) Act(in ActionInput) (Result, error) {
	env, err := w.prepareAction(in)
	if err != nil {
		return Result{}, err
	}
	o := w.deliver(env)
	out := result(o)
	if !o.acked {
		out.Response = map[string]any{"text": unanswered, "response_type": "ephemeral", "error": o.failure}
	}
	return out, nil
}

func (w *Workspace) prepareAction(in ActionInput) (envelope, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if in.ViewID != "" {
		return w.viewAction(in)
	}
	p, ch, err := w.actor(in.User, in.Channel)
	if err != nil {
		return envelope{}, err
	}
	m := ch.get(in.TS)
	if m == nil {
		m = w.whispered(p.ID, in.TS)
	}
	if m == nil {
		return envelope{}, fault.New(fault.NotFound, "There is no such message any more, so nothing was clicked.")
	}
	blocks, at, err := w.findElement(m, in)
	if err != nil {
		return envelope{}, err
	}
	action, err := w.action(at, in.TS, in.Value)
	if err != nil {
		return envelope{}, err
	}
	link, err := w.newHook(&hook{Channel: ch.ID, User: p.ID, TS: m.TS, ThreadTS: m.ThreadTS})
	if err != nil {
		return envelope{}, err
	}
	state, err := w.stateOf(blocks, in.TS, in.Values)
	if err != nil {
		return envelope{}, err
	}
	payload := w.interaction("block_actions", p)
	payload["container"] = w.container(m)
	payload["channel"] = map[string]any{"id": ch.ID, "name": shownName(ch)}
	payload["state"] = map[string]any{"values": state}
	payload["response_url"], payload["trigger_id"] = link, w.newTrigger(p.ID, "")
	payload["actions"] = []any{action}
	if m.OnlyFor == "" { // the message itself is not told for ephemerals
		seen := *m
		seen.Blocks = blocks
		payload["message"] = w.rendered(&seen, true)
	}
	return envelope{kind: "interactive", payload: payload}, nil
}

func (w *Workspace) container(m *message) map[string]any {
	out := map[string]any{
		"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.OnlyFor != "",
	}
	if m.ThreadTS != "" {
		out["thread_ts"] = m.ThreadTS
	}
	return out
}

// findElement finds what was clicked: in the message as it is, or as it was a moment ago, since somebody's client may lag
// behind and Slack hands such a click to the app all the same.
func (w *Workspace) findElement(m *message, in ActionInput) ([]block, placed, error) {
	versions := append([][]block{m.Blocks}, m.Earlier...)
	slices.Reverse(versions[1:])
	for _, blocks := range versions {
		if at, ok := find(blocks, in); ok {
			return blocks, at, nil
		}
	}
	return nil, placed{}, fault.Newf(fault.Conflict,
		"The message has no element %q and had none, so nothing was clicked.", in.ActionID)
}

// find looks for an element by its action id, and by its block and value where these are given.
func find(blocks []block, in ActionInput) (placed, bool) {
	for _, at := range elementsOf(blocks) {
		if at.actionID() != in.ActionID || (in.BlockID != "" && at.blockID() != in.BlockID) {
			continue
		}
		if wanted, ok := in.Value.(string); ok && wanted != "" && at.kind() == "button" && word(at.element, "value") != wanted {
			continue
		}
		return at, true
	}
	return placed{}, false
}

// action is the entry in "actions" for an element that was used.
func (w *Workspace) action(at placed, place string, value any) (map[string]any, error) {
	out := map[string]any{
		"type": at.kind(), "action_id": at.actionID(), "block_id": at.blockID(), "action_ts": w.nextTS(),
	}
	for _, field := range []string{"text", "value", "style", "url", "placeholder", "confirm"} {
		if v, ok := at.element[field]; ok && (at.kind() == "button" || field == "placeholder") {
			out[field] = v
		}
	}
	switch at.kind() {
	case "button", "workflow_button", "icon_button", "feedback_buttons":
		delete(out, "confirm")
		return out, nil
	case "overflow":
		o := pick(optionsOf(at.element), text(value))
		if o == nil {
			return nil, fault.Newf(fault.Invalid, "%q offers no option %q, so nothing was chosen.", at.actionID(), text(value))
		}
		out["selected_option"] = o
		return out, nil
	}
	field, entered, err := w.entered(at, place, value)
	if err != nil {
		return nil, err
	}
	out[field] = entered
	return out, nil
}

// stateOf is what stands in the fields: what they begin with, and over it what was given.
func (w *Workspace) stateOf(blocks []block, place string, values map[string]any) (map[string]any, error) {
	state := initialState(blocks)
	for _, p := range elementsOf(blocks) {
		given, ok := lookUp(values, p)
		if _, holds := inputs[p.kind()]; !ok || !holds {
			continue
		}
		field, v, err := w.entered(p, place, given)
		if err != nil {
			return nil, err
		}
		setState(state, p, field, v)
	}
	return state, nil
}

// lookUp finds what was given for an element: under its block and action id, or under its action id alone.
func lookUp(values map[string]any, p placed) (any, bool) {
	if row, ok := values[p.blockID()].(map[string]any); ok {
		if v, ok := row[p.actionID()]; ok {
			return v, true
		}
	}
	v, ok := values[p.actionID()]
	return v, ok
}

// viewAction is an element of a modal or of the Home tab being used.
func (w *Workspace) viewAction(in ActionInput) (envelope, error) {
	p, v, err := w.looking(in.User, in.ViewID)
	if err != nil {
		return envelope{}, err
	}
	at, ok := find(v.blocks(), in)
	if !ok {
		return envelope{}, fault.Newf(fault.Conflict, "The view has no element %q (any more), so nothing was clicked.", in.ActionID)
	}
	action, err := w.action(at, v.ID, in.Value)
	if err != nil {
		return envelope{}, err
	}
	values := in.Values
	if _, holds := inputs[at.kind()]; holds && in.Value != nil {
		values = map[string]any{}
		for k, row := range in.Values {
			values[k] = row
		}
		values[at.blockID()] = map[string]any{at.actionID(): in.Value}
	}
	state, err := w.stateOf(v.blocks(), v.ID, values)
	if err != nil {
		return envelope{}, err
	}
	payload := w.interaction("block_actions", p)
	payload["container"] = map[string]any{"type": "view", "view_id": v.ID}
	payload["trigger_id"] = w.newTrigger(p.ID, modalOnly(v))
	payload["view"], payload["actions"] = w.renderedView(v, state), []any{action}
	return envelope{kind: "interactive", payload: payload}, nil
}

// modalOnly gives a modal's id: only from a modal can another be pushed on top.
func modalOnly(v *view) string {
	if v.Type == "modal" {
		return v.ID
	}
	return ""
}

// looking finds somebody and a view that is in front of them.
func (w *Workspace) looking(user, viewID string) (Person, *view, error) {
	p, ok := w.people[user]
	if !ok || p.Deleted {
		return p, nil, fault.Newf(fault.NotFound, "There is nobody %q who can use Slack here, so nothing was done.", user)
	}
	v := w.views[viewID]
	if v == nil || v.User != user {
		return p, nil, fault.New(fault.NotFound, "That person has no such view open (any more), so nothing was done.")
	}
	return p, v, nil
}
