package sandbox

// Credentials and ids that every sandbox has. They open nothing outside it.
const (
	team         = "T0ACCTOPS"
	botToken     = "xoxb-sandbox"
	appToken     = "xapp-sandbox"
	clientID     = "sandbox-client"
	clientSecret = "sandbox-secret"
	requester    = "U0REQUESTER"
	approvals    = "C0APPROVALS"
	approvers    = "S0APPROVERS"
)

// Environment lists, as KEY=value, what `accountops serve` needs to run against the world. No value needs quoting in a shell.
// Times are short, because nobody here waits for a real tenant.
func (w *World) Environment() []string {
	return []string{
		"SLACK_API_URL=" + w.base + "/api/",
		"SLACK_BOT_TOKEN=" + botToken,
		"SLACK_APP_TOKEN=" + appToken,
		"SLACK_APPROVALS_CHANNEL=" + approvals,
		"SLACK_POST_INTERVAL=50ms",
		"SLACK_UPDATE_INTERVAL=50ms",
		"SLACK_CARD_CHECK=10s",
		"APPROVERS=" + approvers,
		"OWNERS_BY_EMAIL=true",
		"SAILPOINT_BASE_URL=" + w.base + "/isc",
		"SAILPOINT_TENANT=acme-sandbox",
		"SAILPOINT_CLIENT_ID=" + clientID,
		"SAILPOINT_CLIENT_SECRET=" + clientSecret,
		"ESYSTEMS_BASE_URL=" + w.base + "/esystems",
		"ESYSTEMS_TENANT=acme-accesshub-sandbox",
		"ESYSTEMS_CLIENT_ID=" + clientID,
		"ESYSTEMS_CLIENT_SECRET=" + clientSecret,
		"DEFAULT_SYSTEM=sailpoint",
		"MCP_LOCAL_PRINCIPAL=slack:" + team + ":" + requester,
		"QUIET_TIME=5s",
		"FOLLOW_FIRST=200ms",
		"FOLLOW_MAX=1s",
		"VERIFY_EVERY=300ms",
		"SEND_TIMEOUT=5s",
	}
}
