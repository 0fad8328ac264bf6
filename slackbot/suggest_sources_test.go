package slackbot

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/tools"
)

// What the sandbox's fake system has.
var (
	directory = [3]string{"src-1", "Corporate AD", "Active Directory - Direct, owner Ines Costa"}
	payroll   = [3]string{"src-2", "Payroll", "JDBC"}
	zoo       = [3]string{"src-3", "Zoo", "owner Ann Lee"}
)

func TestASourceIsFoundByAPartOfItsNameThoughNoAccountIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	form := w.removing(requester, "")
	require.Equal(t, [][3]string{directory, payroll, zoo}, w.suggested(requester, form, "source:pick", ""), "without typing")
	require.Equal(t, [][3]string{directory, {"corp", "corp", ""}}, w.suggested(requester, form, "source:pick", "corp"))
	require.Equal(t, [][3]string{payroll, {"ROLL", "ROLL", ""}}, w.suggested(requester, form, "source:pick", "ROLL"))
	require.Equal(t, [][3]string{{"jane", "jane", noSource}}, w.suggested(requester, form, "source:pick", "jane"), "an account is no source")
	require.Empty(t, w.messages(approvals))
}

func TestTheSourcesOfTheAccountThatIsNamedComeFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sys.accounts["zoe.old"] = executor.Account{ID: "acc-2", Name: "zoe.old", SourceID: "src-9", Source: "Zoology", Status: "enabled"}
	w.sys.accounts["zoe.too"] = executor.Account{ID: "acc-3", Name: "zoe.too", SourceID: "src-2", Source: "Payroll", Status: "disabled"}
	w.start()
	form := w.removing(requester, "zoe")
	hers := [][3]string{{"src-9", "Zoology", "has zoe.old, enabled"}, {"src-2", "Payroll", "has zoe.too, disabled"}}
	require.Equal(t, append(hers, directory, zoo), w.suggested(requester, form, "source:pick", ""), "each once")
	require.Equal(t, [][3]string{hers[0], zoo, {"zoo", "zoo", ""}}, w.suggested(requester, form, "source:pick", "zoo"))
}

// refusing is a system whose sources nobody gets, for the reason.
func refusing(why error) func(context.Context, executor.SourceQuery) ([]executor.SourceName, error) {
	return func(context.Context, executor.SourceQuery) ([]executor.SourceName, error) { return nil, why }
}

func TestWhereSourcesMayNotBeReadAccountsStillTellTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sources = refusing(fault.New(fault.Denied, "HELPDESK may not read sources."))
	w.start()
	form := w.removing(requester, "")
	require.Equal(t, [][3]string{{"src-1", "Corporate AD", "has jane.doe, enabled"}, {"jane", "jane", unreadable}}, w.suggested(requester, form, "source:pick", "jane"))
	require.Equal(t, [][3]string{{"corp", "corp", unreadable}}, w.suggested(requester, form, "source:pick", "corp"))
	require.Empty(t, w.suggested(requester, form, "source:pick", ""))
}

func TestWhyThereAreNoSourcesIsSaidAsItIs(t *testing.T) {
	t.Parallel()
	for about, why := range map[string]error{
		sourceless: fault.New(fault.Conflict, "eSystems has no sources."), broken: fault.New(fault.Upstream, "It does not answer."),
		unreadable: fault.New(fault.NotFound, "Nothing lists sources."),
	} {
		w := newWorld(t)
		w.sources = refusing(why)
		w.start()
		form := w.removing(requester, "")
		require.Equal(t, [][3]string{{"corp", "corp", about}}, w.suggested(requester, form, "source:pick", "corp"))
	}
}

func TestTheSourcesOfTheChosenSystemAreOnOfferAndToldApart(t *testing.T) {
	t.Parallel()
	asked := make(chan executor.SourceQuery, 1)
	w := newWorld(t)
	w.ops = tools.Catalogue(tools.Systems{})
	w.sources = func(_ context.Context, q executor.SourceQuery) (found []executor.SourceName, err error) {
		asked <- q
		for i := range q.Limit {
			found = append(found, executor.SourceName{ID: fmt.Sprintf("src-%02d", i), Name: "Twin", Type: "JDBC"})
		}
		return append(found[:1], append([]executor.SourceName{{ID: strings.Repeat("x", maxOptionValue+1), Name: "Long"}}, found[1:]...)...), nil
	}
	w.start()
	form := w.removing(requester, "system=sailpoint")
	got := w.suggested(requester, form, "source:pick", "twin")
	require.Equal(t, executor.SourceQuery{System: "sailpoint", Part: "twin", Limit: suggestMost + 1}, <-asked)
	require.Len(t, got, suggestMost+1)
	require.Equal(t, [3]string{"src-00", "Twin", "JDBC"}, got[0])
	require.Equal(t, [3]string{"src-01", "Twin", "id src-01"}, got[1], "what looks the same shows its id")
	require.Equal(t, [3]string{"twin", "twin", more}, got[suggestMost])
}
