package sandbox

import "strings"

// Credentials and ids that every sandbox has. They open nothing outside it.
const (
	Team         = "T0ACCTOPS"
	BotToken     = "xoxb-sandbox"
	AppToken     = "xapp-sandbox"
	ClientID     = "sandbox-client"
	ClientSecret = "sandbox-secret"
	Requester    = "U0REQUESTER"
	Approvals    = "C0APPROVALS"
	Approvers    = "S0APPROVERS"
)

// Environment lists, as KEY=value, what `accountops serve` needs to run against the world at base, such as
// http://127.0.0.1:8080. No value needs quoting in a shell. Times are short, because nobody here waits for a real tenant.
func (w *World) Environment(base string) []string {
	base = strings.TrimRight(base, "/")
	return []string{
		"SLACK_API_URL=" + base + "/api/",
		"SLACK_BOT_TOKEN=" + BotToken,
		"SLACK_APP_TOKEN=" + AppToken,
		"SLACK_APPROVALS_CHANNEL=" + Approvals,
		"SLACK_POST_INTERVAL=50ms",
		"APPROVERS=" + Approvers,
		"SAILPOINT_BASE_URL=" + base + "/isc",
		"SAILPOINT_TENANT=acme-sandbox",
		"SAILPOINT_CLIENT_ID=" + ClientID,
		"SAILPOINT_CLIENT_SECRET=" + ClientSecret,
		"ESYSTEMS_BASE_URL=" + base + "/esystems",
		"ESYSTEMS_TENANT=acme-accesshub-sandbox",
		"ESYSTEMS_CLIENT_ID=" + ClientID,
		"ESYSTEMS_CLIENT_SECRET=" + ClientSecret,
		"DEFAULT_SYSTEM=sailpoint",
		"MCP_LOCAL_PRINCIPAL=slack:" + Team + ":" + Requester,
		"QUIET_TIME=5s",
		"FOLLOW_FIRST=200ms",
		"FOLLOW_MAX=1s",
		"VERIFY_EVERY=300ms",
		"SEND_TIMEOUT=5s",
	}
}
