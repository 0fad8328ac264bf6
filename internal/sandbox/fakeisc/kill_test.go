package fakeisc

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/disk"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FAKEISC_SERVE"); dir != "" {
		serve(dir)
	}
	os.Exit(m.Run())
}

// serve serves a tenant in dir until the process is killed; its URL is the first line of stdout.
func serve(dir string) {
	d, err := disk.Open(dir)
	if err != nil {
		panic(err)
	}
	isc, err := New(Config{Disk: d, Clock: time.Now, TaskQueued: -1, TaskRunning: -1})
	if err != nil {
		panic(err)
	}
	srv := httptest.NewServer(http.StripPrefix("/isc", isc))
	_, _ = os.Stdout.WriteString(srv.URL + "\n")
	select {}
}

func TestKillingTheProcessLosesNothingThatWasAnswered(t *testing.T) {
	t.Parallel()
	r := &rig{t: t}
	dir := t.TempDir()
	answered := map[string]bool{}
	sent := 0
	for round := range 5 {
		kill := start(t, r, dir)
		r.token = r.login("sandbox-client")
		id := r.account("svc-backup", CorporateAD).ID
		time.AfterFunc(time.Duration(20+round*17)*time.Millisecond, kill)
		for {
			a := r.call("POST", "/accounts/v1/"+id+"/disable", "{}")
			sent++
			if a.err != nil {
				break
			}
			if a.status == 202 {
				answered[r.started(a)] = true
			}
		}
	}
	kill := start(t, r, dir)
	r.token = r.login("sandbox-client")
	for task := range answered {
		a := r.call("GET", "/task-status/v1/"+task, "")
		if a.status == 429 {
			break
		}
		require.Equal(t, 200, a.status)
	}
	kill()
	d, err := disk.Open(dir)
	require.NoError(t, err)
	defer func() { _ = d.Close() }()
	again, err := New(Config{Disk: d, Clock: time.Now})
	require.NoError(t, err)
	calls, err := again.Upstream().Calls()
	require.NoError(t, err)
	recorded, withAnswer := 0, 0
	for _, c := range calls {
		if strings.HasSuffix(c.Path, "/disable") {
			recorded++
			withAnswer += map[bool]int{true: 1}[c.Status == 202]
		}
	}
	require.NotEmpty(t, answered)
	require.GreaterOrEqual(t, withAnswer, len(answered), "every answer is on record")
	require.LessOrEqual(t, recorded, sent, "no call is on record twice")
}

// start starts the tenant as a process of its own and points the rig at it.
func start(t *testing.T, r *rig, dir string) (kill func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "FAKEISC_SERVE="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	r.base = strings.TrimSpace(line)
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}
