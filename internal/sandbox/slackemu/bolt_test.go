package slackemu

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// boltVersion is the release of Slack's own library that the tests are known to pass with.
const boltVersion = "5.1.0"

// bolt finds Node and Slack's own Bolt, or skips the test with what would make it run. Where BOLT_REQUIRED is set, that is a failure.
func bolt(t *testing.T) (node, modules string) {
	t.Helper()
	node, err := exec.LookPath("node")
	modules = os.Getenv("BOLT_MODULES")
	if err == nil && modules != "" {
		_, err = os.Stat(filepath.Join(modules, "@slack", "bolt", "package.json"))
	}
	if err != nil || modules == "" {
		say := t.Skipf
		if os.Getenv("BOLT_REQUIRED") != "" {
			say = t.Fatalf
		}
		say("SKIPPED: Slack's own Bolt was not tried against the emulator, because Node or Bolt is not here. To try it: "+
			"npm install --prefix /tmp/bolt @slack/bolt@%s && BOLT_MODULES=/tmp/bolt/node_modules go test ./internal/sandbox/slackemu", boltVersion)
	}
	return node, modules
}

// complaints is what the app complained about.
type complaints struct {
	sync.Mutex
	bytes.Buffer
}

func (c *complaints) Write(p []byte) (int, error) {
	c.Lock()
	defer c.Unlock()
	return c.Buffer.Write(p)
}

func (c *complaints) String() string {
	c.Lock()
	defer c.Unlock()
	return c.Buffer.String()
}

// startBolt runs testdata/bolt/app.js against the world until the test ends, and gives what it said when it was ready.
func (x *world) startBolt(more ...string) (port string) {
	x.t.Helper()
	node, modules := bolt(x.t)
	cmd := exec.CommandContext(x.t.Context(), node, "testdata/bolt/app.js")
	cmd.Env = append([]string{"NODE_PATH=" + modules, "PATH=" + os.Getenv("PATH"), "SLACK_API_URL=" + x.srv.URL + "/api/",
		"SLACK_BOT_TOKEN=xoxb-sandbox", "SLACK_APP_TOKEN=xapp-sandbox"}, more...)
	var failed complaints
	cmd.Stderr = &failed
	in, err := cmd.StdinPipe()
	require.NoError(x.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(x.t, err)
	require.NoError(x.t, cmd.Start())
	x.t.Cleanup(func() {
		_ = in.Close() // it ends when nobody talks to it any more
		_ = cmd.Wait()
		require.NotContains(x.t, failed.String(), "FAILED", "Bolt is not content")
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(x.t, err, "%s", &failed)
	return strings.TrimSpace(strings.TrimPrefix(line, "ready"))
}

func (x *world) form() (title string, id string) {
	views := x.open2("U0REQUESTER")
	if len(views) == 0 || views[0].(m)["callback_id"] != "ask" {
		return "", ""
	}
	return views[0].(m)["title"].(m)["text"].(string), views[0].(m)["id"].(string)
}

func installBolt(t *testing.T) func(*Config) {
	text, err := os.ReadFile("testdata/bolt/manifest.yaml")
	require.NoError(t, err)
	return func(c *Config) {
		c.Seed = DefaultSeed()
		c.Seed.App, c.Scopes, err = Install(c.Seed.App, text)
		require.NoError(t, err)
	}
}

func TestPoint11SlacksOwnBoltWorksOverSockets(t *testing.T) {
	t.Parallel()
	bolt(t)
	x := newWorld(t, installBolt(t), inRealTime)
	x.startBolt()
	x.becomes("a socket", func() bool { return x.ws.Connections() == 1 })
	boltStory(x)
	require.Equal(t, 1, x.ws.Disconnect("refresh_requested", 0))
	x.becomes("Bolt back after Slack told it to go", func() bool { return x.ws.Connections() == 1 })
	require.Equal(t, true, x.helper("help").body["acked"])
}

func TestPoint11SlacksOwnBoltWorksOverHTTP(t *testing.T) {
	t.Parallel()
	bolt(t)
	x := newWorld(t, installBolt(t), inRealTime)
	port := x.startBolt("SIGNING_SECRET=sandbox-signing-secret")
	at := "http://127.0.0.1:" + port + "/slack/"
	got := x.control("slack/request_urls", m{"commands": at + "commands", "interactivity": at + "interactivity", "events": at + "events"})
	require.Equal(t, 200, got.status, got.body)
	boltStory(x)
	x.fault(m{"kind": "wrong_signature", "method": "slash_commands"}) // and not the event of Bolt's last words
	require.Equal(t, httpServiceError, x.helper("help").body["error"], "Bolt refuses what Slack has not signed")
}

// helper types /helper as the requester.
func (x *world) helper(text string) reply {
	x.t.Helper()
	return x.control("slack/commands", m{"user": "U0REQUESTER", "channel": "C0HELPDESK1", "command": "/helper", "text": text})
}

// boltStory is everything the app of testdata/bolt can do, once.
func boltStory(x *world) {
	t := x.t
	t.Helper()
	require.Equal(t, true, x.helper("help").body["acked"])
	x.becomes("the help", func() bool { return strings.Contains(fmt.Sprint(x.whispers("U0REQUESTER")), "This is the help.") })

	require.Equal(t, true, x.helper("left on Friday").body["acked"])
	x.becomes("the form", func() bool { title, _ := x.form(); return title == "Ask" })
	_, id := x.form()
	options := x.control("slack/suggestions", m{"user": "U0REQUESTER", "view_id": id, "action_id": "account", "value": "jane"}).body
	require.Equal(t, true, options["acked"], options)
	require.Len(t, options["response"].(m)["option_groups"], 2)
	short := x.submit(id, m{"account": "pay-1", "verb": "remove", "reason": "no"})
	require.Equal(t, m{"why": "Say more."}, short.body["response"].(m)["errors"], short.body)
	require.Equal(t, "closed", x.submit(id, m{"account": "pay-1", "verb": "remove", "reason": "left on Friday"}).body["outcome"])
	x.becomes("the card", func() bool { return len(x.said("C0APPROVALS")) == 1 })
	card := x.said("C0APPROVALS")[0]
	require.Equal(t, "remove pay-1 for U0REQUESTER: left on Friday", card["text"])

	click := m{"user": "U0APPROVER1", "channel": "C0APPROVALS", "ts": card["ts"], "action_id": "approve"}
	require.Equal(t, true, x.control("slack/actions", click).body["acked"])
	x.becomes("the decision", func() bool { return x.said("C0APPROVALS")[0]["text"] == "Approved by U0APPROVER1: r-1" })
	x.becomes("the ephemeral", func() bool { return strings.Contains(fmt.Sprint(x.whispers("U0APPROVER1")), "Only you see this.") })

	for _, used := range []m{{"callback_id": "ask_anywhere"}, {"callback_id": "ask_about", "channel": "C0APPROVALS", "ts": card["ts"]}} {
		used["user"] = "U0REQUESTER"
		require.Equal(t, true, x.control("slack/shortcuts", used).body["acked"], used)
		x.becomes("the form of a shortcut", func() bool { title, _ := x.form(); return title == "Ask" })
		_, id := x.form()
		require.Equal(t, true, x.control("slack/view_closed", m{"user": "U0REQUESTER", "view_id": id}).body["acked"])
	}
	dm := x.control("slack/home", m{"user": "U0REQUESTER"}).body["channel"].(string)
	x.becomes("the words about closing", func() bool { return len(x.said(dm)) == 2 })

	homeSays := func(words string) bool {
		return strings.Contains(fmt.Sprint(x.control("slack/home?user=U0REQUESTER", nil).body["view"]), words)
	}
	x.becomes("the Home tab", func() bool { return homeSays("Nothing waits for you.") })
	home := x.control("slack/home?user=U0REQUESTER", nil).body["view"].(m)["id"]
	require.Equal(t, true, x.control("slack/actions", m{"user": "U0REQUESTER", "view_id": home, "action_id": "refresh"}).body["acked"])
	x.becomes("the Home tab anew", func() bool { return homeSays("Still nothing.") })

	x.control("slack/messages", m{"user": "U0REQUESTER", "channel": "C0APPROVALS", "text": "@helper status", "thread_ts": card["ts"]})
	x.becomes("an answer in the thread", func() bool {
		return strings.Contains(fmt.Sprint(x.control(fmt.Sprintf("slack/messages?channel=C0APPROVALS&thread_ts=%s", card["ts"]), nil).body), "All is well.")
	})
	x.control("slack/messages", m{"user": "U0REQUESTER", "channel": "U0ACCTBOT1", "text": "hello"})
	x.becomes("an answer in the direct messages", func() bool { return x.said(dm)[0]["text"] == "Hello yourself." })
}
