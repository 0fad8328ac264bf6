package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"accountops/internal/executor"

	"github.com/sethvargo/go-envconfig"
)

// config is the environment, whole. Every secret may also be given as KEY_FILE, the path of a file that holds it.
type config struct {
	Addr     string `env:"ACCOUNTOPS_ADDR, default=127.0.0.1:8080"` // where MCP over HTTP listens
	TLSCert  string `env:"ACCOUNTOPS_TLS_CERT"`                     // PEM files; needed to listen elsewhere than on loopback
	TLSKey   string `env:"ACCOUNTOPS_TLS_KEY"`
	Data     string `env:"ACCOUNTOPS_DATA"` // directory of the database; dataOf where empty
	LogLevel string `env:"ACCOUNTOPS_LOG_LEVEL, default=info"`

	SlackAPIURL    string        `env:"SLACK_API_URL, default=https://slack.com/api/"`
	SlackBotToken  secret        `env:"SLACK_BOT_TOKEN"`
	SlackAppToken  secret        `env:"SLACK_APP_TOKEN"`
	SlackMode      string        `env:"SLACK_MODE, default=socket"`      // socket: we call Slack; http: Slack calls /slack/… here
	SlackSigning   secret        `env:"SLACK_SIGNING_SECRET"`            // http: what Slack signs with
	SlackSigned    secret        `env:"SLACK_SIGNING_SECRET_PREVIOUS"`   // http: what it signed with before, while it is changed
	SlackPublic    string        `env:"SLACK_PUBLIC_URL"`                // http: the https address under which Slack reaches /slack/… here; doctor and manifest use it
	SlackApprovals string        `env:"SLACK_APPROVALS_CHANNEL"`         // channel id or name
	SlackPostEvery time.Duration `env:"SLACK_POST_INTERVAL, default=1s"` // least time between two posts to one channel

	SlackDrawEvery time.Duration `env:"SLACK_UPDATE_INTERVAL, default=1200ms"` // least time between two updates of cards, after a burst
	SlackCheck     time.Duration `env:"SLACK_CARD_CHECK, default=5m"`          // how often to look whether cards that wait are still there

	Approvers []string      `env:"APPROVERS"`                           // Slack user ids U… and user group ids S…
	OpenGroup bool          `env:"APPROVER_GROUPS_OPEN, default=false"` // count the members of groups that ordinary members can edit
	Quorum    int           `env:"APPROVAL_QUORUM, default=1"`
	Expiry    time.Duration `env:"APPROVAL_EXPIRY, default=24h"`
	Poll      time.Duration `env:"APPROVAL_POLL, default=15s"`      // how often assistants are told to ask about a request that waits
	Remind    time.Duration `env:"APPROVAL_REMINDER, default=2h"`   // before a request expires; 0 means not
	Direct    bool          `env:"APPROVER_DMS, default=false"`     // approvers have requests in their direct messages too
	AskFor    []string      `env:"APPROVAL_ASK_FOR"`                // operations that need approval besides those that destroy
	Linked    bool          `env:"APPROVERS_LINKED, default=false"` // only who is linked in the account's system decides
	ByAddress bool          `env:"OWNERS_BY_EMAIL, default=false"`  // recognise the owners of accounts by confirmed e-mail addresses in Slack
	MaxOpen   int           `env:"MAX_OPEN_REQUESTS, default=5"`
	MaxHourly int           `env:"MAX_HOURLY_REQUESTS, default=20"`

	DefaultSystem     string `env:"DEFAULT_SYSTEM"`
	SailPointURL      string `env:"SAILPOINT_BASE_URL"`
	SailPointTenant   string `env:"SAILPOINT_TENANT"` // what people call the tenant; the base URL's host when empty
	SailPointID       string `env:"SAILPOINT_CLIENT_ID"`
	SailPointSecret   secret `env:"SAILPOINT_CLIENT_SECRET"`
	SailPointStyle    string `env:"SAILPOINT_PATH_STYLE, default=v1"`
	SailPointEmployee string `env:"SAILPOINT_EMPLOYEE_NUMBER_ATTRIBUTE, default=employeeNumber"`
	ESystemsURL       string `env:"ESYSTEMS_BASE_URL"`
	ESystemsTenant    string `env:"ESYSTEMS_TENANT"`
	ESystemsID        string `env:"ESYSTEMS_CLIENT_ID"`
	ESystemsSecret    secret `env:"ESYSTEMS_CLIENT_SECRET"`

	MCPTokens  secret   `env:"MCP_TOKENS"`          // token=person [scopes], comma or line separated; a person is a Slack user id or slack:T…:U…
	MCPLocal   string   `env:"MCP_LOCAL_PRINCIPAL"` // who stdio, and loopback calls without a token, come from
	MCPHosts   []string `env:"MCP_ALLOWED_HOSTS"`   // Host names to answer to besides loopback
	MCPOrigins []string `env:"MCP_ALLOWED_ORIGINS"` // browser origins to answer to besides our own

	OAuthIssuer   string `env:"MCP_OAUTH_ISSUER"`   // whose access tokens MCP over HTTP takes
	OAuthResource string `env:"MCP_OAUTH_RESOURCE"` // the address of /mcp as clients know it
	OAuthAudience string `env:"MCP_OAUTH_AUDIENCE"` // what the tokens' aud names; the resource when empty
	OAuthPeople   secret `env:"MCP_OAUTH_PEOPLE"`   // subject=person, comma or line separated

	MCPReadOnly bool     `env:"MCP_READ_ONLY"` // only tools that read; --read-only does it too
	MCPTools    []string `env:"MCP_TOOLS"`     // only these tools; --tools wins

	SendTimeout time.Duration `env:"SEND_TIMEOUT, default=30s"`
	LookTimeout time.Duration `env:"LOOK_TIMEOUT, default=20s"`
	RetryEvery  time.Duration `env:"RETRY_EVERY, default=5s"`
	QuietTime   time.Duration `env:"QUIET_TIME, default=2m"`
	DoubtTime   time.Duration `env:"DOUBT_TIME, default=30m"`
	FollowFirst time.Duration `env:"FOLLOW_FIRST, default=1s"`
	FollowMax   time.Duration `env:"FOLLOW_MAX, default=4s"`
	FollowLong  time.Duration `env:"FOLLOW_LONG, default=10m"`
	VerifyTime  time.Duration `env:"VERIFY_TIME, default=1m"`
	VerifyEvery time.Duration `env:"VERIFY_EVERY, default=3s"`
}

// mistakes is every mistake in the environment, at once.
type mistakes []string

func (m mistakes) Error() string {
	return "the configuration has mistakes, so nothing was started:\n  - " + strings.Join(m, "\n  - ")
}

// load reads and checks the environment. Its error is mistakes, and never quotes a secret.
func load(ctx context.Context, env envconfig.Lookuper) (config, error) {
	var c config
	wrong, _ := misspelt(env)
	unread := append(c.read(ctx, env), wrong...)
	c.Data = cmp.Or(c.Data, dataOf(env))
	m := unread
	for _, found := range c.check() {
		name, _, _ := strings.Cut(found, ":")
		if !slices.ContainsFunc(unread, func(u string) bool { return strings.HasPrefix(u, name+":") }) {
			m = append(m, found) // what could not be read is told once
		}
	}
	if len(m) > 0 {
		return c, m
	}
	return c, nil
}

// read decodes one variable after the other: the library stops at the first mistake, and people want to see all.
func (c *config) read(ctx context.Context, env envconfig.Lookuper) mistakes {
	var m mistakes
	all := reflect.ValueOf(c).Elem()
	for i := range all.NumField() {
		field := all.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
		from := env
		isSecret := field.Type == reflect.TypeFor[secret]()
		_, itself := env.Lookup(name)
		_, inFile := env.Lookup(name + "_FILE")
		switch {
		case isSecret && itself && inFile: // whichever won, somebody who rotates the other would wonder
			m = append(m, name+": it is given both as "+name+" and as "+name+"_FILE; take one away")
			continue
		case isSecret:
			from = withFiles(env)
		case inFile:
			m = append(m, name+": only secrets are read from files, so "+name+"_FILE means nothing; give the value itself")
		}
		one := reflect.New(reflect.StructOf([]reflect.StructField{field}))
		if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: one.Interface(), Lookuper: from}); err != nil {
			m = append(m, name+": "+why(err, field))
			continue
		}
		all.Field(i).Set(one.Elem().Field(0))
		if s, is := all.Field(i).Interface().(secret); is && s.file != "" && s.empty() && name != "SLACK_SIGNING_SECRET_PREVIOUS" {
			m = append(m, name+": the file that "+name+"_FILE names is empty") // a list of tokens that is not there yet must not open the door
		}
	}
	return m
}

// why explains a value that could not be read, without repeating it: it might be a secret.
func why(err error, field reflect.StructField) string {
	switch {
	case field.Type == reflect.TypeFor[secret]():
		return errors.Unwrap(err).Error()
	case field.Type == reflect.TypeFor[time.Duration]():
		return "this is not a duration; write for example 30s, 10m or 24h"
	case field.Type.Kind() == reflect.Int:
		return "this is not a whole number"
	case field.Type.Kind() == reflect.Bool:
		return "this must be true or false"
	}
	return "this could not be read"
}

// signingSecrets gives what Slack may sign with, read anew each time; nil in Socket Mode.
func (c config) signingSecrets() func() ([]string, error) {
	if c.SlackMode != "http" {
		return nil
	}
	return func() ([]string, error) {
		now, err := c.SlackSigning.read()
		before, errBefore := c.SlackSigned.read()
		return []string{now, before}, errors.Join(err, errBefore)
	}
}

func (c config) timing() executor.Timing {
	return executor.Timing{
		Send: c.SendTimeout, Look: c.LookTimeout, Retry: c.RetryEvery, Quiet: c.QuietTime, Doubt: c.DoubtTime,
		FollowFirst: c.FollowFirst, FollowMax: c.FollowMax, FollowLong: c.FollowLong, Verify: c.VerifyTime, VerifyEvery: c.VerifyEvery,
		PollPending: c.Poll, PollWorking: executor.DefaultTiming().PollWorking,
	}
}

// policy is who approves what; bare Slack user ids are of our own team.
func (c config) policy(team string) executor.Policy {
	p := executor.Policy{Quorum: c.Quorum, Expiry: c.Expiry, Ask: c.AskFor, Linked: c.Linked, Remind: c.Remind, Direct: c.Direct}
	for _, a := range c.Approvers {
		if slackGroup.MatchString(a) {
			p.Groups = append(p.Groups, a)
			continue
		}
		p.Approvers = append(p.Approvers, executor.SlackPrincipal(team, a))
	}
	return p
}

// dataOf is where the database of the user is whose environment it is: the same for each of their processes, wherever started.
func dataOf(env envconfig.Lookuper) string {
	for _, place := range [][2]string{{"XDG_DATA_HOME", ""}, {"HOME", filepath.Join(".local", "share")}} {
		if base, ok := env.Lookup(place[0]); ok && filepath.IsAbs(base) {
			return filepath.Join(base, place[1], "accountops")
		}
	}
	return "accountops-data" // nobody's home, as in a bare container
}
