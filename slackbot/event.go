package slackbot

import (
	"cmp"
	"encoding/json"
	"fmt"
)

// eventPayload is what Slack sends for an event that the manifest subscribes to.
type eventPayload struct {
	TeamID       string `json:"team_id"`
	EnterpriseID string `json:"enterprise_id"`
	EventID      string `json:"event_id"`
	Event        struct {
		Type        string          `json:"type"`
		Subtype     string          `json:"subtype"`
		ChannelType string          `json:"channel_type"`
		User        string          `json:"user"`
		UserTeam    string          `json:"user_team"`
		Team        string          `json:"team"`
		BotID       string          `json:"bot_id"`
		Channel     string          `json:"channel"`
		Text        string          `json:"text"`
		TS          string          `json:"ts"`
		ThreadTS    string          `json:"thread_ts"`
		Tab         string          `json:"tab"`
		Edited      json.RawMessage `json:"edited"`
	} `json:"event"`
}

// readHappening reads the payload of an event. ok is false for one that nothing here asks for: what bots say, ourselves
// included, is never answered, so that two bots cannot keep each other talking.
func (s *Slack) readHappening(raw []byte) (d delivery, ok bool, err error) {
	var p eventPayload
	if err := json.Unmarshal(raw, &p); err != nil {
		return delivery{}, false, fmt.Errorf("read an event: %w", err)
	}
	e := p.Event
	d = delivery{
		Team: p.TeamID, Org: p.EnterpriseID, UserTeam: cmp.Or(e.UserTeam, e.Team), User: e.User, Channel: e.Channel, Text: e.Text,
		MessageTS: e.TS, ThreadTS: e.ThreadTS, Event: p.EventID,
	}
	spoken := e.Type == "app_mention" || (e.Type == "message" && e.ChannelType == "im")
	switch {
	case e.Type == "app_home_opened" && e.Tab == "home":
		d.Kind = aHome
	case spoken && e.BotID == "" && e.User != s.user && e.Edited == nil && (e.Subtype == "" || e.Subtype == "thread_broadcast"):
		d.Kind = aMention
	default:
		return delivery{}, false, nil
	}
	if d.Event == "" || d.User == "" || d.Team == "" {
		return delivery{}, false, fmt.Errorf("an event without id, user or team")
	}
	return d, true, nil
}
