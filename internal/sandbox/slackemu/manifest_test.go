package slackemu

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const aManifest = `
features:
  app_home: {home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false}
  bot_user: {display_name: helper}
  shortcuts:
    - {name: Ask, type: global, callback_id: ask, description: d}
    - {name: About this, type: message, callback_id: about, description: d}
  slash_commands:
    - {command: /help-me, description: Helps, usage_hint: "[what]", should_escape: true}
oauth_config: {scopes: {bot: [commands, "chat:write", "app_mentions:read", "im:history"]}}
settings: {event_subscriptions: {bot_events: [app_mention, message.im, app_home_opened]}}
`

func TestAnAppIsInstalledFromItsManifest(t *testing.T) {
	t.Parallel()
	app, scopes, err := Install(DefaultSeed().App, []byte(aManifest))
	require.NoError(t, err)
	require.Equal(t, []Command{{Name: "/help-me", Description: "Helps", UsageHint: "[what]", ShouldEscape: true}}, app.Commands)
	require.Equal(t, []Shortcut{{"Ask", "ask", "global"}, {"About this", "about", "message"}}, app.Shortcuts)
	require.Equal(t, []string{"app_mention", "message.im", "app_home_opened"}, app.Events)
	require.Equal(t, []string{"commands", "chat:write", "app_mentions:read", "im:history"}, scopes)
	require.Equal(t, []any{"helper", "xoxb-sandbox", true, true}, []any{app.BotName, app.BotToken, app.HomeTab, app.MessagesTab})
	app, _, err = Install(DefaultSeed().App, []byte(strings.ReplaceAll(aManifest, "read_only_enabled: false", "read_only_enabled: true")))
	require.NoError(t, err)
	require.False(t, app.MessagesTab, "nobody can write where the tab is read-only")
}

func TestAManifestThatForgetsAScopeIsNotInstalled(t *testing.T) {
	t.Parallel()
	_, _, err := Install(DefaultSeed().App, []byte(strings.ReplaceAll(aManifest, `commands, "chat:write", "app_mentions:read"`, `"chat:write"`)))
	require.ErrorContains(t, err, "the event app_mention without the scope app_mentions:read")
	require.ErrorContains(t, err, "without the scope commands")
	_, _, err = Install(DefaultSeed().App, []byte("features: ["))
	require.ErrorContains(t, err, "was not installed")
}

func TestOurOwnManifestIsInstalled(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../slackbot/manifest.yaml")
	require.NoError(t, err)
	app, scopes, err := Install(DefaultSeed().App, text)
	require.NoError(t, err)
	require.Equal(t, "/account", app.Commands[0].Name)
	x := newWorld(t, func(c *Config) { c.Seed = DefaultSeed(); c.Seed.App, c.Scopes = app, scopes })
	_, err = x.api.GetTeamInfo()
	require.EqualError(t, err, "missing_scope")
	_, err = x.api.GetUserGroups()
	require.NoError(t, err)
}
