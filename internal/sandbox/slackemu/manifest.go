package slackemu

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// manifest is what we read of an app manifest: https://docs.slack.dev/reference/app-manifest.
type manifest struct {
	Features struct {
		AppHome struct {
			HomeTab     bool `yaml:"home_tab_enabled"`
			MessagesTab bool `yaml:"messages_tab_enabled"`
			ReadOnly    bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		BotUser struct {
			DisplayName string `yaml:"display_name"`
		} `yaml:"bot_user"`
		Shortcuts []struct {
			Name       string `yaml:"name"`
			Type       string `yaml:"type"`
			CallbackID string `yaml:"callback_id"`
		} `yaml:"shortcuts"`
		SlashCommands []struct {
			Command      string `yaml:"command"`
			Description  string `yaml:"description"`
			UsageHint    string `yaml:"usage_hint"`
			ShouldEscape bool   `yaml:"should_escape"`
		} `yaml:"slash_commands"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
	} `yaml:"settings"`
}

// Install gives the app, and the scopes of its bot token, as an app manifest (YAML or JSON) describes them. Ids and tokens are those
// of base. It refuses what Slack refuses: events and commands without the scopes they need.
func Install(base App, text []byte) (App, []string, error) {
	var m manifest
	if err := yaml.Unmarshal(text, &m); err != nil {
		return App{}, nil, fmt.Errorf("the app manifest cannot be read, so the app was not installed: %w", err)
	}
	app, scopes := base, m.OAuth.Scopes.Bot
	app.HomeTab, app.Events = m.Features.AppHome.HomeTab, m.Settings.Events.Bot
	app.MessagesTab = m.Features.AppHome.MessagesTab && !m.Features.AppHome.ReadOnly
	app.Commands, app.Shortcuts = nil, nil
	if name := m.Features.BotUser.DisplayName; name != "" {
		app.BotName = name
	}
	for _, c := range m.Features.SlashCommands {
		app.Commands = append(app.Commands, Command{Name: c.Command, Description: c.Description, UsageHint: c.UsageHint, ShouldEscape: c.ShouldEscape})
	}
	for _, s := range m.Features.Shortcuts {
		app.Shortcuts = append(app.Shortcuts, Shortcut{Name: s.Name, CallbackID: s.CallbackID, Type: s.Type})
	}
	return app, scopes, lacking(app, scopes)
}

// lacking names every scope that a manifest forgot.
func lacking(app App, scopes []string) error {
	var problems []error
	need := func(what, scope string) {
		if scope != "" && !slices.Contains(scopes, scope) {
			problems = append(problems, fmt.Errorf("the app manifest has %s without the scope %s, so the app was not installed", what, scope))
		}
	}
	for _, e := range app.Events {
		need("the event "+e, eventScopes[e])
	}
	if len(app.Commands) > 0 || len(app.Shortcuts) > 0 {
		need("commands or shortcuts", "commands")
	}
	return errors.Join(problems...)
}
