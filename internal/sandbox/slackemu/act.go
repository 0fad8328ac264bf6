package slackemu

import (
	"encoding/json"
	"strings"

	"accountops/internal/fault"
)

// Result is what a person in Slack sees happen after they did something.
type Result struct {
	Acked     bool           `json:"acked"`
	ElapsedMS int64          `json:"elapsed_ms"`
	Response  map[string]any `json:"response"`        // what Slack shows; empty when it shows nothing
	Error     string         `json:"error,omitempty"` // dispatch_failed or operation_timeout when not acked
}

func result(o outcome) Result {
	return Result{Acked: o.acked, ElapsedMS: o.elapsed.Milliseconds(), Response: map[string]any{}, Error: o.failure}
}

// CommandInput is somebody typing a slash command. ThreadTS is set when they do so in a thread.
type CommandInput struct {
	User     string `json:"user"`
	Channel  string `json:"channel"`
	Command  string `json:"command"`
	Text     string `json:"text"`
	ThreadTS string `json:"thread_ts"`
}

// Command types a slash command, waits for the app and shows what it answered.
func (w *Workspace) Command(in CommandInput) (Result, error) {
	env, h, refused, err := w.prepareCommand(&in)
	if err != nil || refused != nil {
		return Result{Response: refused, Error: "not_supported"}, err
	}
	defer close(h.acked)
	o := w.deliver(env)
	out := result(o)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !o.acked {
		m := w.slackbotSays(in.Channel, in.User, "", in.Command+` failed with the error "`+o.failure+`"`)
		out.Response = w.rendered(m, false)
		return out, nil
	}
	out.Response = w.showAck(in, h, o.payload)
	return out, nil
}

// prepareCommand checks what was typed. refused is what Slack itself answers, without asking the app.
func (w *Workspace) prepareCommand(in *CommandInput) (env envelope, h *hook, refused map[string]any, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ch, err := w.actor(in.User, in.Channel)
	if err != nil {
		return env, nil, nil, err
	}
	in.Channel = ch.ID
	if !strings.HasPrefix(in.Command, "/") {
		in.Command = "/" + in.Command
	}
	cmd, known := w.command(in.Command)
	words := ""
	switch {
	case !known:
		words = in.Command + " is not a valid command. In Slack, anything that begins with a slash is a command."
	case in.ThreadTS != "":
		words = in.Command + " is not supported in threads. Sorry!"
	}
	if words != "" {
		return env, nil, w.rendered(w.slackbotSays(ch.ID, p.ID, in.ThreadTS, words), false), nil
	}
	h = &hook{Channel: ch.ID, User: p.ID, acked: make(chan struct{})}
	link, err := w.newHook(h)
	if err != nil {
		return env, nil, nil, err
	}
	typed := in.Text
	if cmd.ShouldEscape {
		typed = w.escape(typed)
	}
	return envelope{kind: "slash_commands", answers: true, payload: map[string]any{
		"token": verification, "team_id": w.cfg.Seed.Team.ID, "team_domain": w.cfg.Seed.Team.Domain,
		"channel_id": ch.ID, "channel_name": shownName(ch), "user_id": p.ID, "user_name": p.Name,
		"command": in.Command, "text": typed, "api_app_id": w.app.ID, "is_enterprise_install": "false",
		"response_url": link, "trigger_id": w.newTrigger(p.ID, ""),
	}}, h, nil, nil
}

// verification is the deprecated token in every payload. Nobody should look at it.
const verification = "deprecated-verification-token"

// shownName is a channel's name in payloads: Slack does not tell the names of private ones.
func shownName(c *channel) string {
	switch {
	case c.direct():
		return "directmessage"
	case c.IsPrivate:
		return "privategroup"
	}
	return c.Name
}

func (w *Workspace) command(name string) (Command, bool) {
	for _, c := range w.app.Commands {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}

// actor finds who acts and where, by id or by name.
func (w *Workspace) actor(user, channelID string) (Person, *channel, error) {
	p, ok := w.people[user]
	if !ok {
		return p, nil, fault.Newf(fault.NotFound, "There is nobody %q in this workspace, so nothing was done.", user)
	}
	ch := w.find(strings.TrimPrefix(channelID, "#"))
	if ch == nil {
		return p, nil, fault.Newf(fault.NotFound, "There is no channel %q in this workspace, so nothing was done.", channelID)
	}
	switch {
	case p.Deleted:
		return p, ch, fault.Newf(fault.Denied, "%s is deactivated and cannot use Slack, so nothing was done.", p.Name)
	case !ch.has(p.ID):
		return p, ch, fault.Newf(fault.Denied, "%s is not a member of that channel, so nothing was done.", p.Name)
	}
	return p, ch, nil
}

// ackMessage is what an ack's payload says, nil when it says nothing.
func ackMessage(payload json.RawMessage) (args, error) {
	if len(payload) == 0 || string(payload) == "null" {
		return nil, nil
	}
	var a args
	if json.Unmarshal(payload, &a) == nil {
		return a, nil
	}
	var words string
	if err := json.Unmarshal(payload, &words); err != nil {
		return nil, err
	}
	return args{"text": words}, nil
}

// showAck shows what came with a command's ack: to the one who typed it, unless the app says in_channel.
func (w *Workspace) showAck(in CommandInput, h *hook, payload json.RawMessage) map[string]any {
	a, err := ackMessage(payload)
	if err == nil && len(a) == 0 {
		return map[string]any{}
	}
	var said content
	if err == nil {
		said, err = readContent(a, maxText)
	}
	if err == nil && said.empty() {
		return map[string]any{}
	}
	if err != nil {
		w.cfg.Logger.Warn("an ack's payload cannot be shown", "error", err)
		m := w.slackbotSays(in.Channel, in.User, "", in.Command+` failed with the error "invalid_command_response"`)
		return w.rendered(m, false)
	}
	toAll := a.text("response_type") == "in_channel"
	m, err := w.say(in.Channel, in.User, "", toAll, said)
	if err != nil {
		return map[string]any{}
	}
	h.TS = m.TS
	out := w.rendered(m, false)
	if toAll {
		out["response_type"] = "in_channel"
	}
	return out
}

// sender is the person in an interactive payload.
func (w *Workspace) sender(p Person) map[string]any {
	return map[string]any{"id": p.ID, "username": p.Name, "name": p.Name, "team_id": p.TeamID}
}

// interaction is what every interactive payload has in common.
func (w *Workspace) interaction(kind string, p Person) map[string]any {
	return map[string]any{
		"type": kind, "token": verification, "user": w.sender(p), "api_app_id": w.app.ID, "enterprise": nil,
		"is_enterprise_install": false, "team": map[string]any{"id": w.cfg.Seed.Team.ID, "domain": w.cfg.Seed.Team.Domain},
	}
}
