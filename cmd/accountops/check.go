package main

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"accountops/internal/executor"
	"accountops/tools"
)

// check finds what is wrong with values that could be read, without asking anybody.
func (c config) check() mistakes {
	m := slices.Concat(c.checkSlack(), c.checkPolicy(), c.checkSystems(), c.checkMCP())
	for name, d := range map[string]time.Duration{
		"APPROVAL_EXPIRY": c.Expiry, "SEND_TIMEOUT": c.SendTimeout, "LOOK_TIMEOUT": c.LookTimeout, "RETRY_EVERY": c.RetryEvery,
		"DOUBT_TIME": c.DoubtTime, "FOLLOW_FIRST": c.FollowFirst, "FOLLOW_MAX": c.FollowMax, "FOLLOW_LONG": c.FollowLong,
		"VERIFY_TIME": c.VerifyTime, "VERIFY_EVERY": c.VerifyEvery, "SLACK_CARD_CHECK": c.SlackCheck,
	} {
		if d <= 0 {
			m = append(m, name+": must be longer than nothing")
		}
	}
	for name, d := range map[string]time.Duration{"QUIET_TIME": c.QuietTime, "APPROVAL_REMINDER": c.Remind, "SLACK_POST_INTERVAL": c.SlackPostEvery, "SLACK_UPDATE_INTERVAL": c.SlackDrawEvery} {
		if d < 0 {
			m = append(m, name+": must not be negative")
		}
	}
	for name, n := range map[string]int{"APPROVAL_QUORUM": c.Quorum, "MAX_OPEN_REQUESTS": c.MaxOpen, "MAX_HOURLY_REQUESTS": c.MaxHourly} {
		if n < 1 {
			m = append(m, name+": must be at least 1")
		}
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel) {
		m = append(m, "ACCOUNTOPS_LOG_LEVEL: must be debug, info, warn or error")
	}
	slices.Sort(m)
	return m
}

var (
	slackUser  = regexp.MustCompile(`^[UW][A-Z0-9]{2,}$`)
	slackGroup = regexp.MustCompile(`^S[A-Z0-9]{2,}$`)
)

func (c config) checkSlack() (m mistakes) {
	for name, absent := range map[string]bool{
		"SLACK_BOT_TOKEN": c.SlackBotToken.empty(), "SLACK_APPROVALS_CHANNEL": c.SlackApprovals == "",
		"SLACK_APP_TOKEN":      c.SlackMode != "http" && c.SlackAppToken.empty(),
		"SLACK_SIGNING_SECRET": c.SlackMode == "http" && c.SlackSigning.empty(),
	} {
		if absent {
			m = append(m, name+": is needed, since approvals happen in Slack")
		}
	}
	for name, token := range map[string]struct {
		given secret
		kind  string
	}{"SLACK_BOT_TOKEN": {c.SlackBotToken, "xoxb-"}, "SLACK_APP_TOKEN": {c.SlackAppToken, "xapp-"}} {
		if value, err := token.given.read(); err == nil && value != "" && !strings.HasPrefix(value, token.kind) {
			m = append(m, name+": must be a token that begins with "+token.kind)
		}
	}
	if c.SlackMode != "socket" && c.SlackMode != "http" {
		m = append(m, "SLACK_MODE: must be socket or http")
	}
	if c.SlackPublic != "" {
		m = append(m, mustBeSafe("SLACK_PUBLIC_URL", c.SlackPublic)...)
	}
	return append(m, mustBeSafe("SLACK_API_URL", c.SlackAPIURL)...)
}

// mustBeSafe wants https, or a loopback address: a token must not cross a network in the clear.
func mustBeSafe(name, address string) mistakes {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname()))) {
		return mistakes{name + ": must be an https address without a user name; plain http is for loopback only"}
	}
	return nil
}

func (c config) checkPolicy() (m mistakes) {
	if c.Poll < time.Second || c.Poll > 5*time.Minute {
		m = append(m, "APPROVAL_POLL: must be between 1s and 5m")
	}
	if len(c.Approvers) == 0 {
		m = append(m, "APPROVERS: is needed: the Slack user ids (U…) or user group ids (S…) of those who may approve")
	}
	for _, a := range c.Approvers {
		if !slackUser.MatchString(a) && !slackGroup.MatchString(a) {
			m = append(m, fmt.Sprintf("APPROVERS: %q is neither a Slack user id (U…) nor a user group id (S…)", a))
		}
	}
	if groups := slices.ContainsFunc(c.Approvers, slackGroup.MatchString); !groups && len(c.Approvers) > 0 && c.Quorum > len(c.Approvers) {
		m = append(m, fmt.Sprintf("APPROVAL_QUORUM: %d people cannot approve, because APPROVERS names only %d", c.Quorum, len(c.Approvers)))
	}
	for _, name := range c.AskFor {
		known := slices.ContainsFunc(tools.Catalogue(tools.Systems{}), func(op executor.Operation) bool {
			return op.Name == name && op.Effect == executor.Change && !op.Direct()
		})
		if !known {
			m = append(m, fmt.Sprintf("APPROVAL_ASK_FOR: %q is no operation that changes something without approval", name))
		}
	}
	return m
}

func (c config) checkSystems() (m mistakes) {
	if c.SailPointURL == "" && c.ESystemsURL == "" {
		m = append(m, "SAILPOINT_BASE_URL, ESYSTEMS_BASE_URL: at least one is needed")
	}
	for prefix, given := range map[string][3]bool{
		"SAILPOINT": {c.SailPointURL != "", c.SailPointID != "", !c.SailPointSecret.empty()},
		"ESYSTEMS":  {c.ESystemsURL != "", c.ESystemsID != "", !c.ESystemsSecret.empty()},
	} {
		if given != [3]bool{} && given != [3]bool{true, true, true} {
			m = append(m, prefix+"_BASE_URL, "+prefix+"_CLIENT_ID, "+prefix+"_CLIENT_SECRET: all three are needed, or none")
		}
	}
	for name, address := range map[string]string{"SAILPOINT_BASE_URL": c.SailPointURL, "ESYSTEMS_BASE_URL": c.ESystemsURL} {
		if address != "" {
			m = append(m, mustBeSafe(name, address)...)
		}
	}
	if !slices.Contains([]string{"v1", "v2024", "v2025", "v2026"}, c.SailPointStyle) {
		m = append(m, "SAILPOINT_PATH_STYLE: must be v1, v2024, v2025 or v2026; v3 has neither remove, nor task status, nor deletion requests")
	}
	if c.DefaultSystem != "" && c.DefaultSystem != "sailpoint" && c.DefaultSystem != "esystems" {
		m = append(m, "DEFAULT_SYSTEM: must be sailpoint or esystems")
	}
	return m
}

func (c config) checkMCP() (m mistakes) {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return append(m, "ACCOUNTOPS_ADDR: must be host:port")
	}
	secure := c.TLSCert != "" && c.TLSKey != "" && (!c.MCPTokens.empty() || c.OAuthIssuer != "")
	if !loopback(host) && !secure {
		m = append(m, "ACCOUNTOPS_ADDR: elsewhere than on loopback, ACCOUNTOPS_TLS_CERT, ACCOUNTOPS_TLS_KEY and MCP_TOKENS or MCP_OAUTH_ISSUER are needed")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		m = append(m, "ACCOUNTOPS_TLS_CERT, ACCOUNTOPS_TLS_KEY: both are needed, or none")
	}
	if c.MCPLocal != "" && !personal(c.MCPLocal) {
		m = append(m, "MCP_LOCAL_PRINCIPAL: must be a Slack user id (U…), or slack:T…:U…")
	}
	if _, err := (tools.MCPOptions{ReadOnly: c.MCPReadOnly, Only: c.MCPTools}).Narrowed(tools.Catalogue(tools.Systems{})); err != nil {
		m = append(m, "MCP_TOOLS, MCP_READ_ONLY: "+err.Error())
	}
	_, bad := c.tokens("T")
	return slices.Concat(m, bad, c.checkOAuth())
}

// personal tells whether a principal is a person in Slack.
func personal(name string) bool {
	_, user, ok := executor.Principal(name).Slack()
	return slackUser.MatchString(name) || ok && slackUser.MatchString(user)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
