package slackbot

import (
	"slices"
	"strings"

	"accountops/internal/fault"
)

func tokenTypes(cfg Config) error {
	if err := wrongBotToken(cfg.BotToken); err != nil {
		return err
	}
	if cfg.SigningSecrets == nil {
		if err := wrongAppToken(cfg.AppToken); err != nil {
			return err
		}
	}
	if cfg.ApprovalsChannel == "" {
		return fault.New(fault.Invalid, "SLACK_APPROVALS_CHANNEL is not set, so nobody could approve. accountops has not started.")
	}
	return nil
}

func wrongBotToken(token string) error {
	switch {
	case token == "":
		return fault.New(fault.Invalid, "SLACK_BOT_TOKEN is needed. accountops has not started.")
	case strings.HasPrefix(token, "xapp-"):
		return fault.New(fault.Invalid, "SLACK_BOT_TOKEN holds an app token (xapp-…); it needs the bot token (xoxb-…). accountops has not started.")
	case !strings.HasPrefix(token, "xoxb-") && !strings.HasPrefix(token, "xoxe.xoxb-"):
		return fault.New(fault.Invalid, "SLACK_BOT_TOKEN is not a bot token (xoxb-…). accountops has not started.")
	}
	return nil
}

func wrongAppToken(token string) error {
	switch {
	case token == "":
		return fault.New(fault.Invalid, "SLACK_APP_TOKEN is needed beside SLACK_BOT_TOKEN. accountops has not started.")
	case !strings.HasPrefix(token, "xapp-"):
		return fault.New(fault.Invalid, "SLACK_APP_TOKEN is not an app token (xapp-…, with connections:write). accountops has not started.")
	}
	return nil
}

// headerScopes is where Slack says what a token may do.
const headerScopes = "X-Oauth-Scopes"

// byAddress is the scope without which nobody is known by their e-mail address.
const byAddress = "users:read.email"

// lacking names the scopes that Slack says the bot token is without, and that are needed as things are configured. It is silent when
// Slack does not say which there are.
func (s *Slack) lacking(header string) error {
	if header == "" {
		return nil
	}
	granted := map[string]bool{}
	for _, name := range strings.Split(header, ",") {
		granted[strings.TrimSpace(name)] = true
	}
	var missing []string
	for _, scope := range scopes {
		if s.needs(scope) && !granted[scope.name] {
			missing = append(missing, scope.name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	why := ""
	if s.cfg.ByAddress && slices.Contains(missing, byAddress) {
		why = " With OWNERS_BY_EMAIL=true nobody could decide without " + byAddress + "."
	}
	return fault.Newf(fault.Invalid, "The Slack app lacks the scopes %s.%s Compare its manifest with what accountops slack manifest prints, and install the app again. "+
		"accountops has not started.", strings.Join(missing, ", "), why)
}

// needs tells whether nothing works without a scope, as things are configured.
func (s *Slack) needs(sc scope) bool { return sc.needed || s.cfg.ByAddress && sc.name == byAddress }
