package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// victim is a sandbox in a process of its own, which a test may kill.
type victim struct {
	t    *testing.T
	data string
	cmd  *exec.Cmd
	site *site
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	v := &victim{t: t, data: t.TempDir()}
	v.start()
	t.Cleanup(v.kill)
	return v
}

func (v *victim) start() {
	v.t.Helper()
	v.cmd = exec.Command(os.Args[0], "sandbox", "--addr", "127.0.0.1:0", "--data", v.data) //nolint:gosec // our own test binary
	v.cmd.Env = append(os.Environ(), "ACCOUNTOPS_TEST_IS_THE_PROGRAM=1", "ACCOUNTOPS_LOG_LEVEL=error")
	v.cmd.Stderr = os.Stderr
	out, err := v.cmd.StdoutPipe()
	require.NoError(v.t, err)
	require.NoError(v.t, v.cmd.Start())
	first, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(v.t, err)
	v.site = visit(v.t, strings.TrimSpace(first))
}

// kill ends the process as kill -9 does.
func (v *victim) kill() {
	_ = v.cmd.Process.Kill() // it may have ended already
	_ = v.cmd.Wait()         // says that it was killed
}

func (v *victim) restart() {
	v.t.Helper()
	v.kill()
	v.start()
}

func TestAPendingCardWorksAfterKill9(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	v.site.command("requester", removeJane)
	card := v.site.card("jane.doe")
	v.restart()
	require.Len(t, v.site.approvals(), 1, "the card is there, once")
	_, answer := v.site.click("approver", card, card.button("approve"))
	require.Equal(t, true, answer["acked"], "%v", answer)
	v.site.thread(card, "verified")
	require.Len(t, v.site.changing("isc"), 1)
}

// After an approval, kill -9 at a different moment each time: whatever happens, the account goes once or not at all, and the
// thread tells which.
func TestKill9AtAnyMomentAfterTheApprovalNeverSendsTwice(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		moment := time.Duration(i*i) * 8 * time.Millisecond
		t.Run(fmt.Sprint(moment), func(t *testing.T) {
			t.Parallel()
			v := newVictim(t)
			v.site.command("requester", removeJane)
			card := v.site.card("jane.doe")
			_, answer := v.site.click("approver", card, card.button("approve"))
			require.Equal(t, true, answer["acked"], "%v", answer)
			time.Sleep(moment) // the moment of the crash is the input of this test
			v.restart()
			lines := v.site.ended(card)
			last := lines[len(lines)-1].raw
			if len(v.site.changing("isc")) == 0 { // it died between putting the sending on record and the first byte
				require.Contains(t, last, "nothing was changed")
			} else {
				require.Len(t, v.site.changing("isc"), 1)
				require.Contains(t, last, "Done, verified")
			}
			seen := map[string]bool{}
			for _, l := range lines[1:] {
				require.False(t, seen[l.Text], "said twice: %s", l.Text)
				seen[l.Text] = true
			}
			require.Len(t, v.site.approvals(), 1, "no second card")
		})
	}
}

// ended waits for the end in the thread under a card, and gives all lines.
func (s *site) ended(card message) []message {
	s.t.Helper()
	var lines []message
	s.wait("the end", func() bool {
		lines = s.messages(card.channel, card.TS)
		last := lines[len(lines)-1].raw
		return len(lines) > 1 && (strings.Contains(last, "Done, ") || strings.Contains(last, "Failed: "))
	})
	return lines
}
