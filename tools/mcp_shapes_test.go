package tools_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// shape is a kind of client, by what it can be asked and how it answers.
type shape struct {
	name   string
	can    any // the elicitation capability that it declares; nil: none
	answer func(field string, offered []string) map[string]any
	more   func(c *shapeClient, p map[string]any, retry map[string]any) // what it does besides, in the new protocol
	silent bool                                                         // it never answers
	hangUp bool                                                         // it leaves instead of answering
	fails  bool                                                         // it answers with an error
	twice  bool                                                         // it answers the same again
	good   bool                                                         // its answers count, so that a request is recorded
}

func accepting1(content map[string]any) map[string]any {
	return map[string]any{"action": "accept", "content": content}
}

// honest gives what it was asked for: a reason, or the first account that it was shown.
func honest(field string, offered []string) map[string]any {
	if len(offered) > 0 {
		return accepting1(map[string]any{field: offered[0]})
	}
	return accepting1(map[string]any{field: "left"})
}

func action(word string) func(string, []string) map[string]any {
	return func(string, []string) map[string]any { return map[string]any{"action": word} }
}

var form = map[string]any{"form": map[string]any{}}

// shapes are those of F1, each in both protocols, and a few that only the new one has.
func shapes() []shape {
	return []shape{
		{name: "no elicitation"},
		{name: "form, as before there were modes", good: true, can: map[string]any{}, answer: honest},
		{name: "form only", good: true, can: form, answer: honest},
		{name: "form and URL", good: true, can: map[string]any{"form": map[string]any{}, "url": map[string]any{}}, answer: honest},
		{name: "URL only", can: map[string]any{"url": map[string]any{}}, answer: honest},
		{name: "elicitation error", can: form, fails: true, answer: func(string, []string) map[string]any {
			return map[string]any{"error": map[string]any{"code": -32603, "message": "approved"}}
		}},
		{name: "timeout", can: form, silent: true},
		{name: "cancel", can: form, answer: action("cancel")},
		{name: "decline", can: form, answer: action("decline")},
		{name: "an action that there is not", can: form, answer: action("approve")},
		{name: "malformed", can: form, answer: func(field string, _ []string) map[string]any {
			return map[string]any{"action": "accept", "content": map[string]any{field: []any{"left", true}}}
		}},
		{name: "disconnect", can: form, answer: honest, hangUp: true},
		{name: "replayed answer", can: form, answer: honest, twice: true, good: true},
		{name: "extra fields", can: form, answer: func(field string, offered []string) map[string]any {
			answer := honest(field, offered)
			content, _ := answer["content"].(map[string]any)
			content["approved"], content["approver"], content["quorum"] = true, "slack:T0:UAMARA", 0
			return answer
		}},
		{name: "an answer to something else", can: form, answer: func(field string, _ []string) map[string]any {
			return accepting1(map[string]any{field + "s": "all"})
		}},
		{name: "an account that was not offered", can: form, answer: func(field string, offered []string) map[string]any {
			if len(offered) > 0 {
				return accepting1(map[string]any{field: "jane.doe"})
			}
			return honest(field, offered)
		}},
		{name: "an answer that is refused", can: form, answer: func(field string, offered []string) map[string]any {
			if len(offered) > 0 {
				return honest(field, offered)
			}
			return accepting1(map[string]any{field: strings.Repeat("left ", 2000)})
		}},
		{name: "an approval as the answer", good: true, can: form, answer: func(field string, offered []string) map[string]any {
			if len(offered) > 0 {
				return honest(field, offered)
			}
			return accepting1(map[string]any{field: `approved by <@UAMARA> {"approved":true}`})
		}},
	}
}

// sealedShapes try what only the new protocol has: state that a client holds.
func sealedShapes() []shape {
	change := func(name string, more func(c *shapeClient, p, retry map[string]any)) shape {
		return shape{name: name, can: form, answer: honest, more: more}
	}
	return []shape{
		change("state with a bit changed", func(_ *shapeClient, _, retry map[string]any) {
			state, _ := retry["requestState"].(string)
			retry["requestState"] = swapped(state)
		}),
		change("state of its own making", func(_ *shapeClient, _, retry map[string]any) {
			retry["requestState"] = `{"p":"slack:T0:URILEY","t":"remove_account","approved":true}`
		}),
		change("an answer without state", func(_ *shapeClient, _, retry map[string]any) { delete(retry, "requestState") }),
		change("state without an answer", func(_ *shapeClient, _, retry map[string]any) { delete(retry, "inputResponses") }),
		change("state of somebody else", func(c *shapeClient, _, _ map[string]any) { c.token = baosToken }),
		change("state of another call", func(_ *shapeClient, p, _ map[string]any) {
			p["arguments"] = map[string]any{"account": "jane.doe", "source": "Corporate AD", "wait_seconds": 0}
		}),
		change("state of another tool", func(_ *shapeClient, p, _ map[string]any) { p["name"] = "disable_account" }),
		change("an answer beside the answer", func(_ *shapeClient, _, retry map[string]any) {
			answers, _ := retry["inputResponses"].(map[string]any)
			answers["approval"] = accepting1(map[string]any{"approved": true})
		}),
	}
}

// destructive are the calls of F1: they lack a reason, and their account is not the only one of its name.
var destructive = []struct {
	tool, system string
	args         map[string]any
	can          bool // whether the system can do it at all
}{
	{"remove_account", "sailpoint", map[string]any{"account": "John Smith", "wait_seconds": 0}, true},
	{"delete_account", "sailpoint", map[string]any{"account": "John Smith", "wait_seconds": 0}, true},
	{"remove_account", "esystems", map[string]any{"account": "LEGACY-0042", "match_by": "external_id", "wait_seconds": 0}, false},
	{"delete_account", "esystems", map[string]any{"account": "LEGACY-0042", "match_by": "external_id", "wait_seconds": 0}, true},
}

// cell is one way in which a client of a shape calls.
type cell struct{ stdio, new, tasks bool }

func (c cell) String() string {
	way, era, takes := "HTTP", "old", "no tasks"
	if c.stdio {
		way = "stdio"
	}
	if c.new {
		era = "new"
	}
	if c.tasks {
		takes = "tasks"
	}
	return fmt.Sprintf("%-5s %s protocol, %-8s", way, era, takes)
}

// cells are all the ways.
func cells() (all []cell) {
	for _, stdio := range []bool{false, true} {
		for _, era := range []bool{false, true} {
			all = append(all, cell{stdio, era, false}, cell{stdio, era, true})
		}
	}
	return all
}

// F1: whatever the client, nothing destructive leaves without an approval in the approval channel. Sends are counted at the tenant.
func TestNoClientShapeSendsAnythingDestructive(t *testing.T) {
	t.Parallel()
	for _, d := range destructive {
		t.Run(d.tool+" "+d.system, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, d.system, "sandbox-client", func(set *staging) { set.tuning.Calls = 1 << 20 })
			face, url := s.faces(tools.MCPOptions{})
			_, hasty := s.faces(tools.MCPOptions{Patience: 300 * time.Millisecond}) // for who never answers
			tried, questions, recorded, held := 0, 0, 0, 0
			try := func(way cell, sh shape) {
				c := &shapeClient{s: s, url: map[bool]string{false: url, true: hasty}[sh.silent], shape: sh, tasks: way.tasks}
				if way.stdio {
					c.face = face
				}
				if way.new {
					c.modern(d.tool, d.args)
				} else {
					c.legacy(d.tool, d.args)
				}
				requests, pending := s.leftBehind()
				require.Zero(t, s.writes(), "%s, %s", sh.name, way)
				require.Equal(t, requests, pending, "%s, %s: what was recorded waits for an approval", sh.name, way)
				heard := sh.good && d.can && (way.new || !way.stdio) // the old protocol has no way to ask over stdio
				require.Equal(t, map[bool]int{true: 1}[heard], requests, "%s, %s", sh.name, way)
				require.Equal(t, map[bool]int{true: 1}[heard && way.new && way.tasks], c.held, "%s, %s", sh.name, way)
				t.Logf("%-14s %-9s %s %-34s questions %d, requests %d, sends 0", d.tool, d.system, way, sh.name, c.asked, requests)
				tried, questions, recorded, held = tried+1, questions+c.asked, recorded+requests, held+c.held
			}
			for _, way := range cells() {
				for _, sh := range shapes() {
					try(way, sh)
				}
				for _, sh := range sealedShapes() {
					if way.new {
						try(way, sh)
					}
				}
			}
			require.Equal(t, 8*len(shapes())+4*len(sealedShapes()), tried)
			require.GreaterOrEqual(t, len(shapes()), 13)
			require.Positive(t, questions)
			require.Equal(t, d.can, recorded > 0)
			require.Equal(t, d.can, held > 0)
			t.Logf("%-14s %-9s %d cells: %d questions, %d requests recorded, %d of them held as tasks, 0 sends", d.tool, d.system, tried, questions, recorded, held)
			s.onlyAnApprovalSends(d.tool, d.system, d.args, d.can, url)
		})
	}
}

// leftBehind makes what steps are due, tells how many requests Riley and Bao have open and how many of them wait for an approval, and
// withdraws them.
func (s *stage) leftBehind() (open, pending int) {
	s.t.Helper()
	s.pass(3*time.Second, time.Second)
	for _, who := range []executor.Principal{riley, bao} {
		by := executor.Actor{Principal: who}
		list, _, err := s.exec.List(s.t.Context(), by, true, 50, 0)
		require.NoError(s.t, err)
		for _, r := range list {
			open++
			if r.State == executor.Pending {
				pending++
			}
			_, err := s.exec.Withdraw(s.t.Context(), r.ID, by, "the test goes on")
			require.NoError(s.t, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(2 * time.Hour) // so that no limit stands in the way of the next
	return open, pending
}

// onlyAnApprovalSends shows that the count would have seen a sending.
func (s *stage) onlyAnApprovalSends(tool, system string, args map[string]any, can bool, url string) {
	s.t.Helper()
	if !can {
		return
	}
	c := &shapeClient{s: s, url: url, shape: shape{can: form, answer: honest}}
	c.modern(tool, args)
	require.Equal(s.t, 2, c.asked, "for the reason, and for the account")
	list, _, err := s.exec.List(s.t.Context(), executor.Actor{Principal: riley}, true, 1, 0)
	require.NoError(s.t, err)
	require.Len(s.t, list, 1, "%s %s", tool, system)
	require.Equal(s.t, "left", list[0].Reason)
	s.carry(list[0])
	require.Equal(s.t, 1, s.writes())
}
