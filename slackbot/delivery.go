package slackbot

import (
	"encoding/json"
	"fmt"
	"time"

	"accountops/internal/executor"
)

// The kinds of delivery.
const (
	aCommand    = "command"
	aClick      = "click"
	aSubmission = "submission"
	aShortcut   = "shortcut"
	aSuggestion = "suggestion" // somebody types into a field whose options we look up
	aMention    = "mention"
	aHome       = "home"
)

// delivery is one thing that Slack handed us, in the few fields that are used. It is read by our own decoder, because the
// library's gives up on a whole click when the message under it has an element that it does not know.
type delivery struct {
	Kind        string `json:"kind"`
	Team        string `json:"team"` // where it happened
	Org         string `json:"org,omitempty"`
	UserTeam    string `json:"user_team,omitempty"` // where the user comes from, when Slack says
	User        string `json:"user"`
	Name        string `json:"name,omitempty"` // untrusted text
	Channel     string `json:"channel,omitempty"`
	Text        string `json:"text,omitempty"`
	Author      string `json:"author,omitempty"` // of the message that a shortcut is about
	Command     string `json:"command,omitempty"`
	Action      string `json:"action,omitempty"`
	ActionTS    string `json:"action_ts,omitempty"`
	Value       string `json:"value,omitempty"`
	MessageTS   string `json:"message_ts,omitempty"`
	Trigger     string `json:"trigger,omitempty"`
	ResponseURL string `json:"response_url,omitempty"`
	ThreadTS    string `json:"thread_ts,omitempty"`
	Event       string `json:"event,omitempty"`
	View        *view  `json:"view,omitempty"`

	held  time.Time // until when this process has it to itself
	again bool      // taken up from the record: somebody may have begun to work on it
}

type view struct {
	ID       string            `json:"id"`
	Hash     string            `json:"hash"`
	Callback string            `json:"callback"`
	Metadata string            `json:"metadata"`
	Values   map[string]string `json:"values"` // by action id
}

// key is what a redelivery repeats.
func (d delivery) key() string {
	switch d.Kind {
	case aCommand:
		return "command " + d.Trigger
	case aClick:
		return fmt.Sprintf("click %s %s %s %s %s", d.Channel, d.MessageTS, d.Action, d.ActionTS, d.User)
	case aShortcut:
		return "shortcut " + d.Trigger
	case aMention, aHome:
		return "event " + d.Event
	default:
		return "view " + d.View.ID + " " + d.View.Hash
	}
}

// actor is who did it, by the ids of the verified interaction alone. Whoever comes from another team keeps its id, which
// the directory knows for an external user.
func (s *Slack) actor(d delivery) executor.Actor {
	team := d.Team
	switch {
	case d.UserTeam != "" && d.UserTeam != s.team && (s.org == "" || d.UserTeam != s.org):
		team = d.UserTeam
	case s.org != "" && (d.Org == s.org || d.Team == s.org):
		team = s.team
	}
	return executor.Actor{
		Principal: executor.SlackPrincipal(team, d.User), Name: d.Name, Door: executor.DoorSlack, Channel: d.Channel,
	}
}

// slashPayload is what Slack sends for a slash command.
type slashPayload struct {
	TeamID       string `json:"team_id"`
	EnterpriseID string `json:"enterprise_id"`
	ChannelID    string `json:"channel_id"`
	UserID       string `json:"user_id"`
	UserName     string `json:"user_name"`
	Command      string `json:"command"`
	Text         string `json:"text"`
	ResponseURL  string `json:"response_url"`
	TriggerID    string `json:"trigger_id"`
}

// readCommand reads the payload of a slash command.
func readCommand(raw []byte) (delivery, error) {
	var p slashPayload
	if err := json.Unmarshal(raw, &p); err != nil {
		return delivery{}, fmt.Errorf("read a slash command: %w", err)
	}
	if p.UserID == "" || p.TeamID == "" || p.TriggerID == "" {
		return delivery{}, fmt.Errorf("a slash command without user, team or trigger")
	}
	return delivery{
		Kind: aCommand, Team: p.TeamID, Org: p.EnterpriseID, User: p.UserID, Name: p.UserName, Channel: p.ChannelID,
		Command: p.Command, Text: p.Text, Trigger: p.TriggerID, ResponseURL: p.ResponseURL,
	}, nil
}

// interactionPayload is what Slack sends for a click, a submitted form, a shortcut or a search for options.
type interactionPayload struct {
	Type string `json:"type"`
	Team *struct {
		ID string `json:"id"`
	} `json:"team"`
	Enterprise *struct {
		ID string `json:"id"`
	} `json:"enterprise"`
	User struct {
		ID       string `json:"id"`
		TeamID   string `json:"team_id"`
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Container struct {
		MessageTS string `json:"message_ts"`
		ChannelID string `json:"channel_id"`
	} `json:"container"`
	TriggerID   string `json:"trigger_id"`
	ResponseURL string `json:"response_url"`
	Actions     []struct {
		ActionID string  `json:"action_id"`
		ActionTS string  `json:"action_ts"`
		Value    string  `json:"value"`
		Selected *option `json:"selected_option"`
	} `json:"actions"`
	ActionID   string `json:"action_id"` // of a search for options
	Value      string `json:"value"`
	CallbackID string `json:"callback_id"` // of a shortcut
	Message    struct {
		Text string `json:"text"`
		User string `json:"user"`
	} `json:"message"`
	View *viewPayload `json:"view"`
}

type option struct {
	Value string `json:"value"`
}

type viewPayload struct {
	ID              string `json:"id"`
	Hash            string `json:"hash"`
	CallbackID      string `json:"callback_id"`
	PrivateMetadata string `json:"private_metadata"`
	State           struct {
		Values map[string]map[string]struct {
			Value    *string  `json:"value"`
			Selected *option  `json:"selected_option"`
			Several  []option `json:"selected_options"`
		} `json:"values"`
	} `json:"state"`
}

// view gives what is used of a form, with the text or the first option that each field has.
func (p *viewPayload) view() *view {
	if p == nil {
		return nil
	}
	v := &view{ID: p.ID, Hash: p.Hash, Callback: p.CallbackID, Metadata: p.PrivateMetadata, Values: map[string]string{}}
	for _, block := range p.State.Values {
		for action, field := range block {
			switch {
			case field.Value != nil:
				v.Values[action] = *field.Value
			case field.Selected != nil:
				v.Values[action] = field.Selected.Value
			case len(field.Several) > 0:
				v.Values[action] = field.Several[0].Value
			}
		}
	}
	return v
}

// readInteraction reads the payload of an interaction. ok is false for one that nothing here asks for.
func readInteraction(raw []byte) (d delivery, ok bool, err error) {
	var p interactionPayload
	if err := json.Unmarshal(raw, &p); err != nil {
		return delivery{}, false, fmt.Errorf("read an interaction: %w", err)
	}
	d = delivery{
		UserTeam: p.User.TeamID, User: p.User.ID, Name: p.User.Username, Channel: p.Container.ChannelID,
		MessageTS: p.Container.MessageTS, Trigger: p.TriggerID, ResponseURL: p.ResponseURL,
	}
	if d.Name == "" {
		d.Name = p.User.Name
	}
	if d.Channel == "" {
		d.Channel = p.Channel.ID
	}
	if p.Team != nil {
		d.Team = p.Team.ID
	}
	if p.Enterprise != nil {
		d.Org = p.Enterprise.ID
	}
	switch {
	case p.Type == "block_actions" && len(p.Actions) > 0:
		a := p.Actions[0]
		d.Kind, d.Action, d.ActionTS, d.Value, d.View = aClick, a.ActionID, a.ActionTS, a.Value, p.View.view()
		if a.Selected != nil {
			d.Value = a.Selected.Value
		}
	case p.Type == "view_submission" && p.View != nil:
		d.Kind, d.View = aSubmission, p.View.view()
	case p.Type == "block_suggestion" && p.View != nil:
		d.Kind, d.Action, d.Value, d.View = aSuggestion, p.ActionID, p.Value, p.View.view()
	case (p.Type == "shortcut" || p.Type == "message_action") && p.TriggerID != "":
		d.Kind, d.Action, d.Text, d.Author = aShortcut, p.CallbackID, p.Message.Text, p.Message.User
	default:
		return delivery{}, false, nil
	}
	if d.User == "" || (d.Team == "" && d.Org == "") {
		return delivery{}, false, fmt.Errorf("an interaction without user or team")
	}
	if d.Team == "" {
		d.Team = d.Org
	}
	return d, true, nil
}
