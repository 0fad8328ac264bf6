package slackemu

import (
	"encoding/json"

	"accountops/internal/fault"
)

// SuggestionInput is somebody typing into an external select of a view or of a message.
type SuggestionInput struct {
	User     string `json:"user"`
	Channel  string `json:"channel"` // may be left out: a ts is enough
	TS       string `json:"ts"`
	ViewID   string `json:"view_id"`
	ActionID string `json:"action_id"`
	BlockID  string `json:"block_id"`
	Value    string `json:"value"`
}

// noOptions is what Slack's client shows when an app does not offer options in time, or offers wrong ones.
const noOptions = "Couldn't load options. Try again?"

// Suggest asks the app for the options of an external select. Response is what the app offered: options or
// option_groups.
func (w *Workspace) Suggest(in SuggestionInput) (Result, error) {
	env, place, err := w.prepareSuggestion(in)
	if err != nil {
		return Result{}, err
	}
	if env.kind == "" { // too few characters: the client does not ask yet
		return Result{Response: map[string]any{"options": []any{}}}, nil
	}
	o := w.deliver(env)
	out := result(o)
	if !o.acked {
		out.Response = map[string]any{"text": noOptions, "error": o.failure, "options": []any{}}
		return out, nil
	}
	offer, err := checkOffer(o.payload)
	if err != nil {
		out.Error = err.Error()
		out.Response = map[string]any{"text": noOptions, "error": err.Error(), "options": []any{}}
		return out, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.offered) > 1000 {
		clear(w.offered)
	}
	w.offered[offeredKey(place, in.ActionID)] = optionsOf(offer)
	out.Response = offer
	return out, nil
}

func (w *Workspace) prepareSuggestion(in SuggestionInput) (envelope, string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var at placed
	var found bool
	what := ActionInput{ActionID: in.ActionID, BlockID: in.BlockID}
	var payload map[string]any
	place := in.ViewID
	if in.ViewID != "" {
		p, v, err := w.looking(in.User, in.ViewID)
		if err != nil {
			return envelope{}, "", err
		}
		payload = w.interaction("block_suggestion", p)
		payload["container"] = map[string]any{"type": "view", "view_id": v.ID}
		payload["view"] = w.renderedView(v, nil)
		at, found = find(v.blocks(), what)
	} else {
		p, m, err := w.messageBefore(in)
		if err != nil {
			return envelope{}, "", err
		}
		payload = w.interaction("block_suggestion", p)
		payload["container"] = w.container(m)
		payload["channel"] = map[string]any{"id": m.Channel, "name": shownName(w.channels[m.Channel])}
		payload["message"] = w.rendered(m, true)
		at, found = find(m.Blocks, what)
		place = m.TS
	}
	if !found || (at.kind() != "external_select" && at.kind() != "multi_external_select") {
		return envelope{}, "", fault.Newf(fault.Conflict, "There is no external select %q there (any more), so nobody was asked.", in.ActionID)
	}
	least, has := at.element["min_query_length"].(float64)
	if !has {
		least = 3 // Slack's default
	}
	if len([]rune(in.Value)) < int(least) {
		return envelope{}, place, nil
	}
	payload["action_id"], payload["block_id"], payload["value"] = at.actionID(), at.blockID(), in.Value
	return envelope{kind: "interactive", payload: payload, answers: true}, place, nil
}

// messageBefore finds the message somebody looks at, by its ts alone or with its channel.
func (w *Workspace) messageBefore(in SuggestionInput) (Person, *message, error) {
	p, ok := w.people[in.User]
	if !ok || p.Deleted {
		return p, nil, fault.Newf(fault.NotFound, "There is nobody %q who can use Slack here, so nothing was done.", in.User)
	}
	if m := w.whispered(in.User, in.TS); m != nil {
		return p, m, nil
	}
	for _, id := range w.listed {
		ch := w.channels[id]
		if (in.Channel == "" || in.Channel == id) && ch.has(p.ID) {
			if m := ch.get(in.TS); m != nil {
				return p, m, nil
			}
		}
	}
	return p, nil, fault.New(fault.NotFound, "There is no such message any more, so nobody was asked.")
}

// checkOffer checks the options an app offers, the way Slack does.
func checkOffer(payload json.RawMessage) (map[string]any, error) {
	var offer map[string]any
	if json.Unmarshal(payload, &offer) != nil || (offer["options"] == nil && offer["option_groups"] == nil) {
		return nil, refuse("invalid_options")
	}
	k := &checker{}
	k.options(offer, "", 0, 100, false)
	if len(k.problems) > 0 {
		return nil, &apiError{code: "invalid_options", messages: k.problems}
	}
	return offer, nil
}
