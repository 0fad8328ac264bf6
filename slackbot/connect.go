package slackbot

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"accountops/internal/fault"
)

// Config is how to reach one Slack workspace.
type Config struct {
	APIURL           string           // ends in /api/; empty means Slack itself
	BotToken         string           // xoxb-…
	AppToken         string           // xapp-…, with connections:write; not used in HTTP mode
	ApprovalsChannel string           // id, or name of a channel the bot is a member of
	OpenGroups       bool             // count members of user groups that ordinary members can edit
	ByAddress        bool             // people are looked up by their e-mail addresses
	Now              func() time.Time // nil means time.Now
	Logger           *slog.Logger

	// SigningSecrets gives the secrets with which Slack may sign: one, or two while it is changed. HTTP mode has it, and Socket
	// Mode leaves it nil. It is asked for each request, so that secrets change without a restart.
	SigningSecrets func() ([]string, error)
}

// Slack is a connection to one workspace: who we are there, and how to call it.
type Slack struct {
	cfg      Config
	api      *slack.Client // never repeats a call by itself
	http     *http.Client
	log      *slog.Logger
	now      func() time.Time
	team     string // the home team
	org      string // the enterprise it belongs to; empty without one
	user     string // the bot's user id
	bot      string // the bot's bot id
	channel  string // id of the approvals channel
	chanName string // its name, without the #; empty when not known
	people   *People
}

// Connect checks the tokens, the scopes and the approvals channel. It tells what is wrong in a sentence, as a fault.
func Connect(ctx context.Context, cfg Config) (*Slack, error) {
	if err := tokenTypes(cfg); err != nil {
		return nil, err
	}
	s := prepare(cfg)
	who, err := s.whoAmI(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.lacking(who.Header.Get(headerScopes)); err != nil {
		return nil, err
	}
	if err := s.reachable(ctx); err != nil {
		return nil, err
	}
	if err := s.findChannel(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Meet asks Slack whom the bot token belongs to and nothing else, which is enough to look people up.
func Meet(ctx context.Context, cfg Config) (*Slack, error) {
	if err := wrongBotToken(cfg.BotToken); err != nil {
		return nil, err
	}
	s := prepare(cfg)
	_, err := s.whoAmI(ctx)
	return s, err
}

// whoAmI asks Slack whom the bot token belongs to, and keeps it.
func (s *Slack) whoAmI(ctx context.Context) (*slack.AuthTestResponse, error) {
	who, err := s.api.AuthTestContext(ctx)
	if err != nil {
		return nil, refused("auth.test", err)
	}
	if who.TeamID == "" || who.UserID == "" {
		return nil, fault.New(fault.Upstream, "Slack did not say who the bot is. accountops has not started.")
	}
	if who.BotID == "" {
		return nil, fault.New(fault.Invalid, "SLACK_BOT_TOKEN belongs to a person, not to a bot. Use the Bot User OAuth Token (xoxb-…). accountops has not started.")
	}
	s.team, s.org, s.user, s.bot = who.TeamID, who.EnterpriseID, who.UserID, who.BotID
	return who, nil
}

// reachable checks that what people do can reach us: by a socket that Slack lets us open, or by requests whose signature we can
// check.
func (s *Slack) reachable(ctx context.Context) error {
	if s.overHTTP() {
		secrets, err := s.cfg.SigningSecrets()
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "SLACK_SIGNING_SECRET cannot be read. accountops has not started.")
		}
		if len(secrets) == 0 || secrets[0] == "" {
			return fault.New(fault.Invalid, "SLACK_SIGNING_SECRET is empty, so nothing could be told to come from Slack. accountops has not started.")
		}
		return nil
	}
	_, url, err := s.api.StartSocketModeContext(ctx)
	if err != nil {
		return refused("apps.connections.open", err)
	}
	if url == "" {
		return fault.New(fault.Upstream, "Slack gave no address for a socket. accountops has not started.")
	}
	return nil
}

// callTimeout bounds one call of the Web API.
const callTimeout = 10 * time.Second

func prepare(cfg Config) *Slack {
	if cfg.APIURL == "" {
		cfg.APIURL = slack.APIURL
	}
	cfg.APIURL = strings.TrimRight(cfg.APIURL, "/") + "/"
	s := &Slack{cfg: cfg, log: cfg.Logger, now: cfg.Now}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.http = &http.Client{
		Timeout:       callTimeout,
		Transport:     capped{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.api = slack.New(cfg.BotToken,
		slack.OptionHTTPClient(s.http), slack.OptionAPIURL(cfg.APIURL), slack.OptionAppLevelToken(cfg.AppToken), slack.OptionLog(silent{}))
	s.people = newPeople(s)
	return s
}

// People tells who is who in the workspace. It is the executor's Directory.
func (s *Slack) People() *People { return s.people }

// Team gives the workspace's id.
func (s *Slack) Team() string { return s.team }

// Where says where people decide, such as "#identity-approvals in Slack".
func (s *Slack) Where() string {
	if s.chanName == "" {
		return "the approvals channel in Slack"
	}
	return "#" + s.chanName + " in Slack"
}

// findChannel resolves the approvals channel and checks that the bot is in it, as far as its scopes let it look.
func (s *Slack) findChannel(ctx context.Context) error {
	want := strings.TrimPrefix(s.cfg.ApprovalsChannel, "#")
	c, err := s.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: want})
	if code(err) == "channel_not_found" {
		c, err = s.channelNamed(ctx, want)
	}
	switch {
	case code(err) == "missing_scope" && channelID(want):
		s.channel = want // cannot be looked at; posting will tell
		return nil
	case code(err) == "missing_scope":
		return fault.Newf(fault.Invalid, "The bot may not look channels up, so give SLACK_APPROVALS_CHANNEL as an id (C…) instead of %q, "+
			"or add the scopes channels:read and groups:read. accountops has not started.", want)
	case err != nil:
		return refused("conversations.info", err)
	case c == nil || c.ID == "":
		return fault.Newf(fault.Invalid, "There is no channel %q that the bot can see. Invite the bot to the approvals channel. accountops has not started.", want)
	case !c.IsMember:
		return fault.Newf(fault.Invalid, "The bot is not a member of #%s. Type /invite @accountops there. accountops has not started.", c.Name)
	case c.IsArchived:
		return fault.Newf(fault.Invalid, "The approvals channel #%s is archived. accountops has not started.", c.Name)
	}
	s.channel, s.chanName = c.ID, c.Name
	return nil
}

func channelID(s string) bool {
	return len(s) >= 9 && (s[0] == 'C' || s[0] == 'G') && strings.ToUpper(s) == s
}

// channelNamed looks for a channel by name, through at most 50 pages.
func (s *Slack) channelNamed(ctx context.Context, name string) (*slack.Channel, error) {
	cursor := ""
	for range 50 {
		list, next, err := s.api.GetConversationsContext(ctx, &slack.GetConversationsParameters{
			Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true, Limit: 200, Cursor: cursor,
		})
		if err != nil {
			return nil, err
		}
		for i := range list {
			if list[i].Name == name {
				return &list[i], nil
			}
		}
		if cursor = next; cursor == "" {
			return nil, nil
		}
	}
	return nil, nil
}

// code gives Slack's own error code, such as missing_scope; empty when the error is none of Slack's.
func code(err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		return e.Err
	}
	return ""
}

// capped bounds what an answer may hold.
type capped struct{ next http.RoundTripper }

const maxAnswer = 8 << 20

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

// silent keeps the library's own logging, which may hold bodies, out of ours.
type silent struct{}

func (silent) Output(int, string) error { return nil }
