package fakeisc

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sdkVersion is the release of SailPoint's own client that the tests are known to pass with.
const sdkVersion = "1.4.15"

// sdk finds Node and SailPoint's own client, or skips the test with what would make it run. Where SDK_REQUIRED is set, that is a failure.
func sdk(t *testing.T) (node, modules string) {
	t.Helper()
	node, err := exec.LookPath("node")
	modules = os.Getenv("SDK_MODULES")
	if err == nil && modules != "" {
		_, err = os.Stat(filepath.Join(modules, "sailpoint-api-client", "package.json"))
	}
	if err != nil || modules == "" {
		say := t.Skipf
		if os.Getenv("SDK_REQUIRED") != "" {
			say = t.Fatalf
		}
		say("SKIPPED: SailPoint's own client was not tried against the fake, because Node or the client is not here. To try it: "+
			"npm install --prefix /tmp/sdk sailpoint-api-client@%s && SDK_MODULES=/tmp/sdk/node_modules go test ./internal/sandbox/fakeisc", sdkVersion)
	}
	return node, modules
}

// sdkStory runs testdata/sdk/story.js against the rig, moves the clock when it asks for that, and gives what it told.
func (r *rig) sdkStory() map[string]any {
	node, modules := sdk(r.t)
	cmd := exec.CommandContext(r.t.Context(), node, "testdata/sdk/story.js")
	cmd.Env = []string{"NODE_PATH=" + modules, "PATH=" + os.Getenv("PATH"), "BASE=" + r.base + "/isc"}
	var failed bytes.Buffer
	cmd.Stderr = &failed
	in, err := cmd.StdinPipe()
	require.NoError(r.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(r.t, err)
	require.NoError(r.t, cmd.Start())
	told := map[string]any{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var line struct {
			What  string
			Value any
		}
		require.NoError(r.t, json.Unmarshal(lines.Bytes(), &line), lines.Text())
		if told[line.What] = line.Value; line.What == "later" {
			r.pass(time.Minute)
			_, err = io.WriteString(in, "\n")
			require.NoError(r.t, err)
		}
	}
	require.NoError(r.t, cmd.Wait(), "%s", &failed)
	return told
}

func TestSailPointsOwnClientWorks(t *testing.T) {
	t.Parallel()
	sdk(t)
	ended := []any{nil, "SUCCESS"} // before time passed, and after
	gone := []any{404.0, "404 Not found", "The server did not find a current representation for the target resource."}
	require.Equal(t, map[string]any{
		"source": true, "pages": []any{true, true}, "later": nil,
		"account":      []any{"jane.doe", "CN=Jane Doe,OU=Finance,OU=People,DC=corp,DC=example", false, CorporateAD},
		"entitlements": []any{"Domain Users", "Finance Approvers", "Finance Share", "VPN Users"},
		"disable":      ended, "disabled": true, "enable": ended, "unlock": ended, "patch": 202.0,
		"create": ended, "delete": ended, "deleted": gone, "remove": ended, "removed": gone,
		"bad filter": []any{400.0, "400.1 Bad Request Content", `Filtering by "disabled" is not supported.`},
	}, newRig(t).sdkStory())
}
