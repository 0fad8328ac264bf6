package tools_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

// outcomes are the columns of the table, in order, each with what must be so.
var outcomes = []struct {
	name string
	test func(*testing.T, errand)
}{
	{"success", succeeds}, {"already so", alreadySo}, {"not found", notFound}, {"ambiguous", ambiguous}, {"forbidden", forbidden},
	{"refused by upstream", refusedUpstream}, {"task fails", taskFails}, {"task hangs", taskHangs},
}

// succeeds: it ends verified, and the one call left once. What reads answers at once and changes nothing.
func succeeds(t *testing.T, e errand) {
	s := newStage(t, e.system, "sandbox-client")
	if e.reads {
		asked, err := s.ask(e.operation, e.input)
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(asked.Answer.Table.Rows)+asked.Answer.Summary, e.shows)
		require.Zero(t, s.writes())
		return
	}
	end := s.carry(s.begin(e.operation, e.input))
	require.Equal(t, executor.Done, end.State, end.Problem)
	require.Equal(t, executor.Verified, end.Result)
	require.Contains(t, s.lines(end.ID), "Done, verified: "+e.shows)
	require.Equal(t, 1, s.writes())
}

// alreadySo: nothing is sent. What destroys finds it at its second look, what creates before anything is recorded.
func alreadySo(t *testing.T, e errand) {
	s := newStage(t, e.system, "sandbox-client")
	switch e.operation {
	case "create_account":
		_, err := s.ask(e.operation, e.already)
		requireKind(t, fault.Conflict, err, "already")
	case "remove_account", "delete_account":
		r := s.begin(e.operation, e.input)
		s.script("DELETE", "/accounts/"+r.Plan.Target, "")
		require.Equal(t, executor.AlreadyGone, s.carry(r).State)
	default:
		end := s.carry(s.begin(e.operation, e.already))
		require.Equal(t, executor.Done, end.State)
		require.Contains(t, s.lines(end.ID), "already")
		require.Contains(t, s.lines(end.ID), "Nothing was sent.")
	}
	require.Zero(t, s.writes())
}

// notFound: nothing is recorded and nothing sent.
func notFound(t *testing.T, e errand) {
	s := newStage(t, e.system, "sandbox-client")
	asked, err := s.ask(e.operation, e.nobody)
	switch e.operation {
	case "find_accounts":
		require.NoError(t, err)
		require.Contains(t, asked.Answer.Summary, "No account in")
	case "create_account":
		requireKind(t, fault.Invalid, err, "has no source")
	default:
		requireKind(t, fault.NotFound, err, "Nothing was changed.")
	}
	s.untouched()
}

// ambiguous: all that match are told apart, and none is picked.
func ambiguous(t *testing.T, e errand) {
	s := newStage(t, e.system, "sandbox-client")
	if e.operation == "create_account" {
		for _, id := range s.ids2("Finance Ledger") {
			s.script("POST", "/accounts/"+id, `{"set":{"nativeIdentity":"FL-SAME"}}`)
		}
	}
	asked, err := s.ask(e.operation, e.several)
	switch e.operation {
	case "find_accounts":
		require.NoError(t, err)
		require.Greater(t, len(asked.Answer.Table.Rows), 1)
	case "create_account":
		require.Empty(t, requireKind(t, fault.Conflict, err, "several accounts").Choices, "none of them is the one that is to be created")
	default:
		f := requireKind(t, fault.Conflict, err, "everal accounts in")
		require.Greater(t, len(f.Choices), 1)
		for _, c := range f.Choices {
			require.NotEmpty(t, c.Value)
		}
	}
	s.untouched()
}

// forbidden: it says who may, that nothing was changed, and what SailPoint's or eSystems' support asks for.
func forbidden(t *testing.T, e errand) {
	client := "sandbox-client"
	if e.client != "" {
		client = e.client
	}
	s := newStage(t, e.system, client)
	if e.client == "" {
		s.strike("403", e.method, e.suffix)
	}
	if e.reads {
		_, err := s.ask(e.operation, e.input)
		f := fault.Shown(err, func() string { return "" })
		require.Contains(t, f.Sentence, "our client may not do that")
		require.NotEmpty(t, f.Ref)
		require.Zero(t, s.writes())
		return
	}
	end := s.carry(s.begin(e.operation, e.input))
	require.Equal(t, executor.Failed, end.State)
	require.Contains(t, end.Problem, "our client may not do that")
	require.Contains(t, end.Problem, e.needs)
	s.refused(end)
}

// refusedUpstream: the upstream's own words and reference are told, and nothing was changed.
func refusedUpstream(t *testing.T, e errand) {
	s := newStage(t, e.system, "sandbox-client")
	input := e.input
	if e.refused != "" {
		input = e.refused // an account that the tenant itself refuses
	} else {
		s.strike("409", e.method, e.suffix)
	}
	if e.reads {
		_, err := s.ask(e.operation, input)
		f := requireKind(t, fault.Upstream, err, "refused it (409)")
		require.NotEmpty(t, f.Said)
		require.NotEmpty(t, f.Ref)
		require.Zero(t, s.writes())
		return
	}
	end := s.carry(s.begin(e.operation, input))
	require.Equal(t, executor.Failed, end.State)
	s.refused(end)
}

// taskFails: the call was taken and its task ended badly: failed, with the reason, since reading back shows that nothing was changed.
func taskFails(t *testing.T, e errand) {
	s := newStage(t, e.system, "sandbox-client")
	s.strike("task fails", e.method, e.suffix)
	end := s.carry(s.begin(e.operation, e.input))
	require.Equal(t, executor.Failed, end.State)
	require.Contains(t, end.Problem, "Reading the account back shows that nothing was changed.")
	require.Regexp(t, "An unexpected error occurred|The connector failed", end.Problem)
	require.Equal(t, 1, s.writes())
}

// taskHangs: after the deadline the thread says since when it runs, and it is followed on; it is not sent again.
func taskHangs(t *testing.T, e errand) {
	s := newStage(t, e.system, "sandbox-client")
	s.strike("task never ends", e.method, e.suffix)
	r := s.begin(e.operation, e.input)
	s.approve(r)
	s.pass(9*time.Minute, 15*time.Second)
	require.NotContains(t, s.lines(r.ID), "Still running")
	s.pass(10*time.Minute, 30*time.Second)
	require.Equal(t, 1, strings.Count(s.lines(r.ID), "Still running at SailPoint since 23 Nov 2026 09:00 UTC."))
	require.Equal(t, executor.Following, s.show(r.ID).State)
	require.Equal(t, 1, s.writes())
}

// refused is for a call that was made once and not taken.
func (s *stage) refused(end executor.Request) {
	s.t.Helper()
	require.Contains(s.t, strings.ToLower(end.Problem), "nothing was changed")
	require.Contains(s.t, end.Problem, "It said: ")
	require.NotEmpty(s.t, end.Attempt.Ref)
	require.Contains(s.t, end.Problem, "reference "+end.Attempt.Ref)
	require.Contains(s.t, end.Problem, "code "+end.Attempt.Code)
	require.Equal(s.t, 1, s.writes())
}

// untouched is for what was not recorded and not sent.
func (s *stage) untouched() {
	s.t.Helper()
	_, n, err := s.exec.List(s.t.Context(), executor.Actor{Principal: riley}, false, 1, 0)
	require.NoError(s.t, err)
	require.Zero(s.t, n)
	require.Zero(s.t, s.writes())
}

func requireKind(t *testing.T, kind fault.Kind, err error, says string) *fault.Error {
	t.Helper()
	require.Error(t, err)
	f := fault.Shown(err, func() string { return "an incident" })
	require.Equal(t, kind, f.Kind, f.Sentence)
	require.Contains(t, f.Sentence, says)
	return f
}

func TestEveryOutcomeOfEveryOperation(t *testing.T) {
	t.Parallel()
	for _, e := range errands() {
		t.Run(e.row(), func(t *testing.T) {
			t.Parallel()
			if e.refusal != "" {
				t.Run("refused before anything is asked", func(t *testing.T) {
					t.Parallel()
					s := newStage(t, e.system, "sandbox-client")
					_, err := s.ask(e.operation, e.input)
					f := fault.Shown(err, func() string { return "an incident" })
					require.Contains(t, f.Sentence, e.refusal)
					s.untouched()
				})
				return
			}
			for _, o := range outcomes {
				if e.cannot(o.name) == "" {
					t.Run(o.name, func(t *testing.T) {
						t.Parallel()
						o.test(t, e)
					})
				}
			}
		})
	}
}

const outcomesFile = "../docs/outcomes.md"

func TestTheTableOfOutcomesIsWholeAndCurrent(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, e := range errands() {
		rows[e.operation+" "+e.system] = true
	}
	own := []string{"get_request", "list_requests", "withdraw_request"} // they read our own records, and no identity system
	for _, op := range tools.Catalogue(tools.Systems{}) {
		for _, system := range []string{"sailpoint", "esystems"} {
			require.True(t, slices.Contains(own, op.Name) || rows[op.Name+" "+system], "%s on %s has no row", op.Name, system)
		}
	}
	want := outcomesTable()
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.WriteFile(outcomesFile, []byte(want), 0o644)) //nolint:gosec // source files are for everybody to read
	}
	have, err := os.ReadFile(outcomesFile)
	require.NoError(t, err)
	require.Equal(t, want, string(have), "run go test ./tools -run TheTableOfOutcomes -update")
}

// outcomesTable is docs/outcomes.md: in each cell the name of its test, or why there is none.
func outcomesTable() string {
	var b strings.Builder
	b.WriteString("# Outcomes\n\nEvery operation on every system, with every answer that it can get. Each cell is a subtest of `TestEveryOutcomeOfEveryOperation` in `tools`,\n" +
		"with the real executor, store and clients against the sandbox's tenants; a number says why there can be none. Written and held current by\n" +
		"`TestTheTableOfOutcomesIsWholeAndCurrent`.\n")
	var why []string
	note := func(reason string) string {
		if !slices.Contains(why, reason) {
			why = append(why, reason)
		}
		return fmt.Sprintf("%d)", slices.Index(why, reason)+1)
	}
	b.WriteString("\n| operation |")
	for _, o := range outcomes {
		b.WriteString(" " + o.name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(outcomes)) + "\n")
	for _, e := range errands() {
		b.WriteString("| " + e.row() + " |")
		for _, o := range outcomes {
			cell := "`" + strings.ReplaceAll(e.row()+"/"+o.name, " ", "_") + "`"
			if reason := e.cannot(o.name); reason != "" {
				cell = note(reason)
			}
			b.WriteString(" " + cell + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for i, reason := range why {
		fmt.Fprintf(&b, "%d. %s\n", i+1, reason)
	}
	return b.String()
}
