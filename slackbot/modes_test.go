package slackbot

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// In HTTP mode the very same tests run in a process of their own, so that a test that is added holds in both modes.
const modeVariable = "ACCOUNTOPS_TEST_SLACK_MODE"

const signingSecret = "sandbox-signing-secret"

func httpMode() bool { return os.Getenv(modeVariable) == "http" }

// serveBot hands requests to the bot that runs, in HTTP mode.
func (w *world) serveBot(rw http.ResponseWriter, r *http.Request) {
	door := w.door.Load()
	if door == nil || *door == nil {
		http.NotFound(rw, r)
		return
	}
	(*door).ServeHTTP(rw, r)
}

// ofSockets are the tests that are about sockets and what opens them.
var ofSockets = []string{
	"TestWhatHoldsInSocketModeHoldsInHTTPMode", "TestAWrongConfigurationIsToldInASentence", "TestARefusalThatNoWaitingMendsEndsRunWithASentence",
	"TestSocketsAreToldToGoAndNothingIsLostNorDoneTwice", "TestASocketThatIsReplacedStaysUntilItsSuccessorIsGreeted",
	"TestWhatIsAcknowledgedWhileTheProcessStopsIsDoneByTheNext", "TestTheDoctor",
}

func TestWhatHoldsInSocketModeHoldsInHTTPMode(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short: every test of this package would run a second time, in HTTP mode")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	again := exec.CommandContext(t.Context(), self, "-test.run=^Test", "-test.skip=^("+strings.Join(ofSockets, "|")+")", "-test.v", "-test.timeout=5m")
	again.Env = append(os.Environ(), modeVariable+"=http")
	out, err := again.CombinedOutput()
	require.NoError(t, err, "%s", failures(string(out)))
	require.Greater(t, strings.Count(string(out), "--- PASS: Test"), 40)
}

// failures keeps what a test run says about what failed.
func failures(out string) string {
	at := strings.Index(out, "--- FAIL")
	return out[max(at-4000, 0):]
}
