package slackbot

import (
	_ "embed"
	"fmt"
	"net/url"
	"strings"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// manifest is what `accountops generate` wrote for the catalogue.
//
//go:embed manifest.yaml
var manifest []byte

// EmbeddedManifest gives the app manifest that this program was built with.
func EmbeddedManifest() []byte { return manifest }

// scope is a permission of the bot, and what it is for.
type scope struct {
	name   string
	needed bool // without it nothing works; the others are for comfort and recovery
	why    string
}

var scopes = []scope{
	{"commands", true, "/account"},
	{"chat:write", true, "cards, threads, answers"},
	{"users:read", true, "who is a full member, and who is a guest, a bot or deactivated"},
	{"users:read.email", false, "people in the identity system by their address"},
	{"usergroups:read", true, "who the approvers are"},
	{"app_mentions:read", false, "status, in the thread of a request"},
	{"channels:read", false, "the approvals channel by its name, and whether the bot is in it"},
	{"groups:read", false, "the same for a private approvals channel"},
	{"channels:history", false, "after a crash: whether a message was posted already, so that none is posted twice"},
	{"groups:history", false, "the same in a private channel"},
	{"im:history", false, "the same in direct messages, and status in their threads"},
	{"im:write", false, "the requester's direct messages, so that they can be found again"},
}

// event is something that Slack tells us of, and what it is for.
type event struct{ name, why string }

var events = []event{
	{"app_home_opened", "the Home tab"},
	{"app_mention", "status, in the thread of a request"},
	{"message.im", "the same in the threads of direct messages"},
}

// Manifest gives the Slack app manifest for a catalogue, as YAML, for Socket Mode. Equal catalogues give equal bytes.
func Manifest(ops []executor.Operation) []byte { return manifestOf(ops, "") }

// ManifestAt gives the manifest for HTTP mode, in which Slack calls the paths under base: an https address that reaches
// accountops serve. fault.Invalid when it is none.
func ManifestAt(ops []executor.Operation, base string) ([]byte, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.New(fault.Invalid, "Slack calls https addresses only, such as https://accountops.example.com. Nothing was printed.")
	}
	return manifestOf(ops, strings.TrimRight(u.String(), "/")), nil
}

// InstallLink is where a manifest becomes an app with a few clicks: https://docs.slack.dev/app-manifests, "Sharing manifests".
func InstallLink(manifest []byte) string {
	// A plus is a space in forms only, and whoever reads this link may not take it for one.
	return "https://api.slack.com/apps?new_app=1&manifest_yaml=" + strings.ReplaceAll(url.QueryEscape(string(manifest)), "+", "%20")
}

// manifestOf writes a manifest; base is empty in Socket Mode.
func manifestOf(ops []executor.Operation, base string) []byte {
	var b strings.Builder
	b.WriteString("# Slack app manifest, generated from the catalogue of operations. Do not edit.\n" +
		"# Paste it at https://api.slack.com/apps → Create New App → From a manifest. ")
	if base == "" {
		b.WriteString("Then make an app-level token with\n# connections:write and invite the app to the approvals channel.\n")
	} else {
		b.WriteString("Then invite the app to the approvals channel.\n")
	}
	b.WriteString(`_metadata:
  major_version: 2
display_information:
  name: accountops
  description: Ask for changes to accounts; another person approves; each is done once and read back.
  background_color: "#1d3557"
features:
  app_home:
    home_tab_enabled: true
    messages_tab_enabled: true
    messages_tab_read_only_enabled: false
  bot_user:
    display_name: accountops
    always_online: true
  shortcuts:
    - name: Ask about an account
      type: global
      callback_id: ` + actAsk + `
      description: Look at, change or remove an account
    - name: Ask about an account
      type: message
      callback_id: ` + actAskAbout + `
      description: The message's text is offered as the reason
  slash_commands:
    - command: /account
`)
	fmt.Fprintf(&b, "      description: %q\n      usage_hint: %q\n      should_escape: true\n", "Look at, change or remove an account", usageHint(ops))
	at(&b, "      url", base, pathCommands)
	b.WriteString("oauth_config:\n  scopes:\n    bot:\n")
	for _, s := range scopes {
		fmt.Fprintf(&b, "      - %s # %s\n", s.name, s.why)
	}
	writeSettings(&b, base)
	return []byte(b.String())
}

// writeSettings writes how Slack reaches the app: by a socket, or at addresses.
func writeSettings(b *strings.Builder, base string) {
	b.WriteString("settings:\n  event_subscriptions:\n")
	at(b, "    request_url", base, pathEvents)
	b.WriteString("    bot_events:\n")
	for _, e := range events {
		fmt.Fprintf(b, "      - %s # %s\n", e.name, e.why)
	}
	b.WriteString("  interactivity:\n    is_enabled: true\n")
	at(b, "    request_url", base, pathInteractivity)
	at(b, "    message_menu_options_url", base, pathInteractivity) // whom Slack asks for the options of a field that is typed into
	fmt.Fprintf(b, "  org_deploy_enabled: false\n  socket_mode_enabled: %t\n  token_rotation_enabled: false\n", base == "")
}

// at writes an address, where there is one.
func at(b *strings.Builder, name, base, path string) {
	if base != "" {
		fmt.Fprintf(b, "%s: %q\n", name, base+path)
	}
}

// usageHint lists the words that can follow /account.
func usageHint(ops []executor.Operation) string {
	words := make([]string, 0, len(ops)+1)
	for _, op := range ops {
		words = append(words, op.Word)
	}
	return "[" + strings.Join(append(words, "help"), " | ") + "]"
}
