package slackbot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

// Finding is what the doctor says about one thing. Mend says how to mend it, and is empty when nothing is broken; then Mark is empty too
// when all is well, and otherwise Unknown or Limited.
type Finding struct {
	What string
	Says string
	Mend string
	Mark string
}

// The marks of what is neither well nor broken.
const (
	Unknown = "unknown" // nobody could look
	Limited = "limited" // it works, but not for everything
)

// Needs is what has to be so in Slack besides what a Config names.
type Needs struct {
	Groups    []string // ids of user groups whose members may approve
	People    []string // ids of members who may approve
	Quorum    int      // how many of them have to
	PublicURL string   // under which Slack reaches HTTP; empty when that is not known

	Askers func(team string) []Asker // from whom calls come that are not Slack's; nil for nobody
	Links  []executor.Link           // who is the same person
	Linked map[string]string         // the systems in which who approves has to be linked, with what links there begin with
}

// Asker is somebody from whom calls come, and where it is configured.
type Asker struct {
	What string
	Who  executor.Principal
}

// Diagnose checks everything that the bot needs of Slack and goes on where it can, so that all that is broken is told at once. It
// changes nothing in Slack. In Socket Mode it opens a socket for a moment.
func Diagnose(ctx context.Context, cfg Config, n Needs) []Finding {
	x := &doctor{s: prepare(cfg)}
	known := x.botToken(ctx)
	switch {
	case x.s.overHTTP():
		x.overHTTP(ctx, n.PublicURL)
	case !x.away:
		x.socket(ctx)
	}
	switch {
	case known:
		x.channel(ctx)
		x.approvers(ctx, n)
		x.askers(ctx, n)
	case cfg.ApprovalsChannel == "":
		x.channel(ctx) // that it is missing can be told without Slack
	}
	return x.found
}

type doctor struct {
	s     *Slack
	away  bool // Slack does not answer at all
	found []Finding
}

func (x *doctor) note(what, says, mend string) {
	x.found = append(x.found, Finding{What: what, Says: visible(says), Mend: mend})
}

// open notes what is neither well nor broken.
func (x *doctor) open(mark, what, says string) {
	x.found = append(x.found, Finding{What: what, Says: visible(says), Mark: mark})
}

// broken notes what an error says, without what the running service says about itself.
func (x *doctor) broken(what string, err error, mend string) {
	says := "Slack did not answer as it should: " + hint(err) + "."
	if f, ok := errors.AsType[*fault.Error](err); ok {
		says, _, _ = strings.Cut(f.Sentence, ". accountops ")
		says = strings.TrimSuffix(strings.NewReplacer(", so nothing was changed", "", " and nothing was changed", "").Replace(says), ".") + "."
	}
	if c := code(err); c != "" && !strings.Contains(says, c) {
		says += " Slack's word for it: " + c + "."
	}
	x.note(what, says, mend)
}

const settingsOf = " https://api.slack.com/apps → the app → "

// botToken checks the token, its scopes and the clock, and tells whether the rest can be asked.
func (x *doctor) botToken(ctx context.Context) bool {
	const mend = "Copy the Bot User OAuth Token (xoxb-…) from" + settingsOf + "OAuth & Permissions to SLACK_BOT_TOKEN; install the app there first. " +
		"accountops slack manifest makes one."
	if err := wrongBotToken(x.s.cfg.BotToken); err != nil {
		x.broken("bot token", err, mend)
		return false
	}
	who, err := x.s.whoAmI(ctx)
	_, refusal := fatal[code(err)]
	switch {
	case refusal, code(err) == "" && fault.Is(err, fault.Invalid):
		x.broken("bot token", err, mend)
		return false
	case err != nil:
		x.away = true
		x.broken("Slack", err, "Let this machine reach "+x.s.cfg.APIURL+" (a proxy is taken from HTTPS_PROXY), and look at https://slack-status.com.")
		return false
	}
	x.note("bot token", fmt.Sprintf("is %s in the workspace %s (team %s)", who.User, who.Team, who.TeamID), "")
	x.scopes(who.Header.Get(headerScopes))
	x.clock(who.Header.Get("Date"))
	return true
}

func (x *doctor) scopes(granted string) {
	const mend = "Save what accountops slack manifest prints at" + settingsOf + "App Manifest, and install the app again."
	if err := x.s.lacking(granted); err != nil {
		x.broken("scopes", err, mend)
		return
	}
	have := "," + strings.ReplaceAll(granted, " ", "") + ","
	var missing []string
	for _, s := range scopes {
		if !x.s.needs(s) && granted != "" && !strings.Contains(have, ","+s.name+",") {
			missing = append(missing, s.name+" ("+s.why+")")
		}
	}
	switch {
	case granted == "":
		x.open(Unknown, "scopes", "could not be looked at: Slack did not say which the token has")
	case len(missing) > 0:
		x.open(Limited, "scopes", "are enough to work; what these are for is missing: "+strings.Join(missing, "; "))
	default:
		x.note("scopes", "are all there", "")
	}
}

// mostOff is how far our clock may be from Slack's. Signatures count for five minutes, and requests expire by our clock.
const mostOff = time.Minute

func (x *doctor) clock(date string) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		x.open(Unknown, "clock", "could not be compared: Slack did not say what time it is")
		return
	}
	off := x.s.now().Sub(theirs).Round(time.Second)
	if off.Abs() > mostOff {
		x.note("clock", fmt.Sprintf("is %s off Slack's.", off.Abs()), "Set this machine's clock by NTP: by it requests expire and signatures count.")
		return
	}
	x.note("clock", "agrees with Slack's", "")
}

// socket opens one and waits to be greeted. That a socket gets through shows in no other way, and from then on until it is closed Slack
// may hand it what is for the running service. It is not acknowledged: Slack sends an event again, and tells who typed or clicked.
func (x *doctor) socket(ctx context.Context) {
	const mend = "Make an app-level token with connections:write at" + settingsOf + "Basic Information → App-Level Tokens, set it as SLACK_APP_TOKEN, " +
		"and switch Socket Mode on there."
	if err := wrongAppToken(x.s.cfg.AppToken); err != nil {
		x.broken("app token", err, mend)
		return
	}
	s, err := x.s.openSocket(ctx)
	switch {
	case code(err) != "":
		x.broken("app token", refused("apps.connections.open", err), mend)
	case err != nil:
		x.broken("socket", err, "Let this machine open wss:// connections to Slack (wss-primary.slack.com, port 443); what stands in between must not end them.")
	default:
		s.close()
		x.note("socket", "opens, and Slack greets us by it", "")
	}
}

// overHTTP checks the secret and, where it is known under which address Slack calls, asks there as Slack would.
func (x *doctor) overHTTP(ctx context.Context, address string) {
	if err := x.s.reachable(ctx); err != nil {
		x.broken("signing secret", err, "Copy the Signing Secret from"+settingsOf+"Basic Information to SLACK_SIGNING_SECRET.")
		return
	}
	x.note("signing secret", "is there; that it is Slack's shows when Slack calls", "")
	if address == "" {
		x.open(Unknown, "request URLs", "were not checked:"+settingsOf+"Event Subscriptions → Request URL → Retry says Verified while accountops serve runs. "+
			"With SLACK_PUBLIC_URL they are called from here too")
		return
	}
	at := strings.TrimRight(address, "/") + pathCommands
	status, err := x.knock(ctx, at)
	switch {
	case err != nil:
		x.note("request URLs", at+" does not answer: "+hint(err)+".",
			"Start accountops serve, and let whatever takes https there pass /slack/ on to ACCOUNTOPS_ADDR.")
	case status == http.StatusUnauthorized:
		x.note("request URLs", at+" refuses what is signed with SLACK_SIGNING_SECRET.",
			"Start accountops serve with this secret, and set the clocks of both machines by NTP.")
	case status != http.StatusOK:
		x.note("request URLs", fmt.Sprintf("%s answers with status %d.", at, status),
			"Let whatever takes https there pass /slack/ on to ACCOUNTOPS_ADDR, path and body unchanged, and start accountops serve with SLACK_MODE=http.")
	default:
		x.note("request URLs", at+" takes what is signed with the secret", "")
	}
}

// knock sends what Slack sends to see whether there is TLS: it is signed and asks for nothing.
func (x *doctor) knock(ctx context.Context, at string) (status int, err error) {
	secrets, err := x.s.cfg.SigningSecrets()
	if err != nil {
		return 0, err
	}
	body := []byte("ssl_check=1")
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	stamp := strconv.FormatInt(x.s.now().Unix(), 10)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set(headerTimestamp, stamp)
	r.Header.Set(headerSignature, signature(secrets[0], stamp, body))
	resp, err := x.s.http.Do(r)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, resp.Body) // only the status counts
	return resp.StatusCode, resp.Body.Close()
}

func (x *doctor) channel(ctx context.Context) {
	const mend = "Set SLACK_APPROVALS_CHANNEL to the id of a channel that is not archived (in Slack: the channel's name → About → Channel ID), " +
		"and type /invite @accountops in it."
	if x.s.cfg.ApprovalsChannel == "" {
		x.note("approvals channel", "SLACK_APPROVALS_CHANNEL is not set, so nobody could approve.", mend)
		return
	}
	err := x.s.findChannel(ctx)
	switch {
	case err != nil:
		x.broken("approvals channel", err, mend)
	case x.s.chanName == "":
		x.open(Unknown, "approvals channel", "cannot be looked at without channels:read and groups:read; whether the bot is in it shows when it posts")
	default:
		x.note("approvals channel", "is #"+x.s.chanName+", and the bot is in it", "")
	}
}
