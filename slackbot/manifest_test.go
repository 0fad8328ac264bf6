package slackbot

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"accountops/tools"
)

func TestTheManifestIsWhatTheCatalogueGives(t *testing.T) {
	t.Parallel()
	want := Manifest(tools.Catalogue(tools.Systems{}))
	if *update {
		require.NoError(t, os.WriteFile("manifest.yaml", want, 0o600))
	} else {
		require.Equal(t, string(want), string(EmbeddedManifest()), "run make generate")
	}
}

func TestTheManifestIsYAMLWithWhatSlackNeeds(t *testing.T) {
	t.Parallel()
	var m struct {
		Features struct {
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
			Interactivity struct {
				Enabled bool `yaml:"is_enabled"`
			} `yaml:"interactivity"`
			SocketMode bool `yaml:"socket_mode_enabled"`
		} `yaml:"settings"`
	}
	require.NoError(t, yaml.Unmarshal(Manifest(newSystem().operations()), &m))
	require.Len(t, m.Features.SlashCommands, 1)
	require.Equal(t, "/account", m.Features.SlashCommands[0].Command)
	require.Equal(t, "[find | deletions | remove | disable | help]", m.Features.SlashCommands[0].UsageHint)
	require.True(t, m.Features.SlashCommands[0].ShouldEscape)
	require.Subset(t, m.OAuth.Scopes.Bot, []string{"commands", "chat:write", "users:read", "users:read.email", "usergroups:read"})
	require.True(t, m.Settings.Interactivity.Enabled)
	require.True(t, m.Settings.SocketMode)
}
