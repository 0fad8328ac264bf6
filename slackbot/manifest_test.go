package slackbot

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"accountops/internal/fault"
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

func TestTheInstallLinkHoldsThePrintedManifestWhateverReadsIt(t *testing.T) {
	t.Parallel()
	at, err := ManifestAt(newSystem().operations(), "https://accountops.example.com/a+b/")
	require.NoError(t, err)
	for _, printed := range [][]byte{Manifest(newSystem().operations()), at} {
		link := InstallLink(printed)
		u, err := url.Parse(link)
		require.NoError(t, err)
		require.Equal(t, "https://api.slack.com/apps", u.Scheme+"://"+u.Host+u.Path)
		require.Equal(t, "1", u.Query().Get("new_app"))
		require.Equal(t, string(printed), u.Query().Get("manifest_yaml"))
		_, raw, _ := strings.Cut(link, "manifest_yaml=")
		asPath, err := url.PathUnescape(raw) // decodeURIComponent, to which a plus is a plus
		require.NoError(t, err)
		require.Equal(t, string(printed), asPath)
		require.Less(t, len(link), 8000, "servers refuse longer addresses")
	}
}

func TestTheManifestForHTTPModeHasTheAddressesThatAreServedAndNothingElseDiffers(t *testing.T) {
	t.Parallel()
	read := func(raw []byte) map[string]any {
		var m map[string]any
		require.NoError(t, yaml.Unmarshal(raw, &m))
		return m
	}
	raw, err := ManifestAt(newSystem().operations(), "https://accountops.example.com/")
	require.NoError(t, err)
	over, socket := read(raw), read(Manifest(newSystem().operations()))
	settings := over["settings"].(map[string]any)
	require.Equal(t, false, settings["socket_mode_enabled"])
	command := over["features"].(map[string]any)["slash_commands"].([]any)[0].(map[string]any)
	interactivity, subscriptions := settings["interactivity"].(map[string]any), settings["event_subscriptions"].(map[string]any)
	b := overHTTP(func() time.Time { return signedAt }, "new")
	for address, path := range map[any]string{
		command["url"]: "/slack/commands", subscriptions["request_url"]: "/slack/events", interactivity["request_url"]: "/slack/interactivity",
	} {
		require.Equal(t, "https://accountops.example.com"+path, address)
		rw := httptest.NewRecorder()
		b.HTTP().ServeHTTP(rw, httptest.NewRequest(http.MethodPost, path, http.NoBody))
		require.Equal(t, http.StatusUnauthorized, rw.Code, "%s is served, to those who sign", path)
	}
	require.Equal(t, interactivity["request_url"], interactivity["message_menu_options_url"])

	settings["socket_mode_enabled"] = true
	delete(command, "url")
	delete(subscriptions, "request_url")
	delete(interactivity, "request_url")
	delete(interactivity, "message_menu_options_url")
	require.Equal(t, socket, over)
}

func TestAnAddressThatSlackWouldNotCallIsRefused(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "http://accountops.example.com", "https://", "https://:443", "accountops.example.com", "https://me@a.example",
		"https://a.example/?x=1", "https://a.example/#x", "https://a b"} {
		_, err := ManifestAt(newSystem().operations(), base)
		require.True(t, fault.Is(err, fault.Invalid), base)
	}
}
