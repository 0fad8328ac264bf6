package slackemu

import (
	"encoding/json"
	"errors"

	"accountops/internal/fault"
)

// SubmissionInput is somebody pressing a modal's submit button. Values are block id → action id → value, in the simple
// form ("jane.doe", ["a","b"]) or in Slack's own.
type SubmissionInput struct {
	User   string         `json:"user"`
	ViewID string         `json:"view_id"`
	Values map[string]any `json:"values"`
}

// SubmissionResult says what became of a modal.
type SubmissionResult struct {
	Result
	Outcome string         `json:"outcome"`        // closed, errors, updated, pushed, cleared, not_submitted or failed
	View    map[string]any `json:"view,omitempty"` // what lies in front now, when the app updated or pushed
}

// The words of Slack's client.
const (
	required   = "Please complete this required field."
	troubleNow = "We had some trouble connecting. Try again?"
)

// Submit presses a modal's submit button, and does what the app answers.
func (w *Workspace) Submit(in SubmissionInput) (SubmissionResult, error) {
	env, v, problems, err := w.prepareSubmission(in)
	if err != nil {
		return SubmissionResult{}, err
	}
	if len(problems) > 0 {
		out := SubmissionResult{Outcome: "not_submitted"}
		out.Response = map[string]any{"response_action": "errors", "errors": problems}
		return out, nil
	}
	o := w.deliver(env)
	out := SubmissionResult{Result: result(o)}
	if !o.acked {
		out.Outcome, out.Response = "failed", map[string]any{"text": troubleNow, "error": o.failure}
		return out, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.afterSubmission(v, o.payload, &out); err != nil {
		w.cfg.Logger.Warn("a view's response cannot be shown", "error", err)
		out.Outcome, out.Error = "failed", err.Error()
		out.Response = map[string]any{"text": troubleNow, "error": err.Error()}
		if refused, ok := errors.AsType[*apiError](err); ok && len(refused.messages) > 0 {
			out.Response["messages"] = refused.messages
		}
	}
	return out, nil
}

func (w *Workspace) prepareSubmission(in SubmissionInput) (envelope, *view, map[string]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, v, err := w.looking(in.User, in.ViewID)
	if err != nil {
		return envelope{}, nil, nil, err
	}
	if v.Type != "modal" || v.Body["submit"] == nil {
		return envelope{}, nil, nil, fault.New(fault.Conflict, "That view has no submit button, so nothing was submitted.")
	}
	if top := w.top(in.User); top != nil && top.ID != v.ID {
		return envelope{}, nil, nil, fault.New(fault.Conflict, "Another modal lies on top of that one, so nothing was submitted.")
	}
	state, err := w.stateOf(v.blocks(), v.ID, in.Values)
	if err != nil {
		return envelope{}, nil, nil, err
	}
	if problems := clientSide(v, state); len(problems) > 0 {
		return envelope{}, v, problems, nil
	}
	payload := w.interaction("view_submission", p)
	payload["trigger_id"] = w.newTrigger(p.ID, v.ID)
	payload["view"], payload["response_urls"] = w.renderedView(v, state), []any{}
	return envelope{kind: "interactive", payload: payload, answers: true}, v, nil, nil
}

// clientSide is what Slack's own client finds wrong before it asks the app: block id → words.
func clientSide(v *view, state map[string]any) map[string]string {
	problems := map[string]string{}
	for _, p := range elementsOf(v.blocks()) {
		in, holds := inputs[p.kind()]
		if word(p.block, "type") != "input" || !holds {
			continue
		}
		row, _ := state[p.blockID()].(map[string]any)
		entry, _ := row[p.actionID()].(map[string]any)
		value := entry[in.field]
		optional, _ := p.block["optional"].(bool)
		if isEmpty(value) {
			if !optional {
				problems[p.blockID()] = required
			}
			continue
		}
		if s, ok := value.(string); ok && p.kind() == "plain_text_input" {
			if words := lengthProblem(p.element, s); words != "" {
				problems[p.blockID()] = words
			}
		}
	}
	return problems
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// viewResponse is what an app answers to a submission.
type viewResponse struct {
	Action string            `json:"response_action"`
	Errors map[string]string `json:"errors"`
	View   map[string]any    `json:"view"`
}

// afterSubmission closes, keeps, updates or pushes, as the app says. Without a word the modal closes.
func (w *Workspace) afterSubmission(v *view, payload json.RawMessage, out *SubmissionResult) error {
	var r viewResponse
	if len(payload) > 0 && string(payload) != "null" && string(payload) != `""` {
		if err := json.Unmarshal(payload, &r); err != nil {
			return refuse("invalid_response")
		}
		_ = json.Unmarshal(payload, &out.Response)
		if out.Response == nil {
			out.Response = map[string]any{}
		}
	}
	switch r.Action {
	case "":
		w.dropView(v.ID)
		out.Outcome = "closed"
	case "clear":
		w.dropModals(v.User)
		out.Outcome = "cleared"
	case "errors":
		out.Outcome = "errors"
		return knownFields(v, r.Errors)
	case "update":
		body, err := w.readView(r.View, "modal")
		if err != nil {
			return err
		}
		next, err := w.updateView(v, body)
		if err != nil {
			return err
		}
		out.Outcome, out.View = "updated", w.renderedView(next, nil)
	case "push":
		return w.pushAfter(v, r, out)
	default:
		return refuse("invalid_response_action")
	}
	return nil
}

func (w *Workspace) pushAfter(v *view, r viewResponse, out *SubmissionResult) error {
	body, err := w.readView(r.View, "modal")
	if err != nil {
		return err
	}
	if len(w.modals[v.User]) >= maxStack {
		return refuse("push_limit_reached")
	}
	next := w.newView(v.User, "modal", body)
	if err := w.pushView(next); err != nil {
		return err
	}
	out.Outcome, out.View = "pushed", w.renderedView(next, nil)
	return nil
}

// knownFields refuses errors for blocks that are not inputs of the view: Slack shows none of them then.
func knownFields(v *view, problems map[string]string) error {
	fields := map[string]bool{}
	for _, b := range v.blocks() {
		fields[word(b, "block_id")] = word(b, "type") == "input"
	}
	for id := range problems {
		if !fields[id] {
			return &apiError{code: "invalid_errors", messages: []string{"no input block has the id " + id}}
		}
	}
	if len(problems) == 0 {
		return &apiError{code: "invalid_errors", messages: []string{"there are no errors"}}
	}
	return nil
}

// CloseView closes the modal in front of somebody, or all of them. The app is told when it asked to be.
func (w *Workspace) CloseView(user, viewID string, all bool) (Result, error) {
	w.mu.Lock()
	p, v, err := w.looking(user, viewID)
	if err != nil {
		w.mu.Unlock()
		return Result{}, err
	}
	payload := w.interaction("view_closed", p)
	all = all || v.flag("clear_on_close")
	payload["view"], payload["is_cleared"] = w.renderedView(v, nil), all
	w.dropView(v.ID)
	if all {
		w.dropModals(user)
	}
	w.mu.Unlock()
	if !v.flag("notify_on_close") {
		return Result{Response: map[string]any{}}, nil
	}
	return result(w.deliver(envelope{kind: "interactive", payload: payload})), nil
}
