package slackbot

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/tools"
)

var machineTime = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d`)

// shown gives every text that people read in something of Slack's: not what buttons carry.
func shown(v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			text, is := inner.(string)
			switch {
			case is && (name == "text" || name == "fallback" || name == "placeholder"):
				b.WriteString(text + "\n")
			case !is && name != "metadata":
				b.WriteString(shown(inner))
			}
		}
	case []any:
		for _, inner := range v {
			b.WriteString(shown(inner))
		}
	}
	return b.String()
}

// harsh are words that blame, or that only machines use.
var harsh = regexp.MustCompile(`(?i)\b(invalid|illegal|failed to|you must)\b`)

var toolNames = sync.OnceValue(func() (names []string) {
	for _, op := range tools.Catalogue(tools.Systems{}) {
		names = append(names, op.Name)
	}
	return names
})

// kind makes sure that a text is for people: no names of tools, no times for machines, no harsh words.
func kind(t *testing.T, what, text string) {
	t.Helper()
	require.NotEmpty(t, text, what)
	for _, name := range toolNames() {
		require.NotContains(t, text, name, what)
	}
	require.NotRegexp(t, machineTime, text, what)
	require.NotRegexp(t, harsh, text, what)
}

// Only what assistants alone read may name tools: the next step of a receipt, and the summaries, which forms put into other words.
func TestNoSentenceInTheSourcesNamesAToolOrIsHarsh(t *testing.T) {
	t.Parallel()
	sentences := 0
	for _, dir := range []string{".", "../tools", "../schemas", "../internal/executor", "../internal/identity/sailpoint", "../internal/identity/esystems"} {
		files, err := filepath.Glob(dir + "/*.go")
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(filepath.Base(file), "mcp") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			require.NoError(t, err)
			ast.Inspect(tree, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					return n.Name.Name != "nextStep"
				case *ast.KeyValueExpr:
					key, _ := n.Key.(*ast.Ident)
					return key == nil || key.Name != "Summary"
				case *ast.Field:
					n.Tag = nil
				case *ast.BasicLit:
					if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && strings.Contains(text, " ") {
						sentences++
						kind(t, file, text)
					}
				}
				return true
			})
		}
	}
	require.Greater(t, sentences, 500)
}

func TestNothingThatSlackShowsNamesAToolOrGivesATimeForMachines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy = func(p *executor.Policy) { p.Remind = 2 * time.Hour }
	w.start()
	for _, user := range []string{requester, approver} {
		w.opens(user)
	}
	ts := w.asked()
	w.clock.advance(22*time.Hour + time.Minute)
	w.exec.Wake()
	w.until("approvers are reminded", func() bool { return strings.Contains(strings.Join(w.thread(approvals, ts), ""), "Reminder") })
	for _, text := range []string{"find many", "deletions", "help", "fnd", "withdraw req_x", "remove nobody reason=left", "remove"} {
		require.True(t, w.types(requester, text).Acked)
	}
	w.until("everything is answered", func() bool {
		said := strings.Join(w.ephemerals(requester), "\n")
		return strings.Contains(said, "no such account") && strings.Contains(said, "Here are 20") && strings.Contains(said, "25 accounts")
	})
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.untilHome(approver, decided, "Done, verified")
	kind(t, "the channel", shown(parsed(t, w.messages(approvals))))
	kind(t, "the thread", strings.Join(w.thread(approvals, ts), "\n"))
	for _, user := range []string{requester, approver} {
		kind(t, "a Home tab", mustJSON(t, w.homeOf(user)))
	}
	kind(t, "answers", shown(parsed(t, w.read("ephemerals", url.Values{"user": {requester}}))))
}

func TestEveryStateIsToldInWordsForPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	for _, state := range executor.States() {
		r := sample()
		r.State, r.Attempt = state, &executor.Attempt{AnswerAt: noon}
		kind(t, string(state), shown(parsed(t, draw(r, forRequester, false).blocks)))
		kind(t, string(state), shown(parsed(t, standsAt(r).blocks)))
		receipt := w.exec.Receipt(r)
		kind(t, string(state), receipt.Summary)
		kind(t, string(state), shown(parsed(t, told(receipt).blocks)))
	}
	big := sample()
	big.Reason = strings.Repeat("long ", 4000)
	card := draw(big, forApprovals, false)
	require.False(t, card.whole)
	kind(t, "a card that does not fit", shown(parsed(t, card.blocks)))
}

func TestAnErrorSaysWhatToTypeToGetFurther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	_, err := w.exec.Get(t.Context(), "req_nothing", executor.Actor{Principal: "slack:T0ACCTOPS:U0REQUESTER"})
	require.Error(t, err)
	kind(t, "the sentence", w.bot.trouble(err, command{}).text)
	ops := w.bot.exec.Operations()
	require.Contains(t, mustJSON(t, w.bot.trouble(errNext(ops[0].Name), command{}).blocks), example(ops[0], nil))
}

func TestWhatWasLookedForStandsInWhatHelpsFurther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ops = tools.Catalogue(tools.Systems{})
	w.start()
	for _, test := range []struct{ typed, next, shown string }{
		{"show nobody.here", "find_accounts", "/account find nobody.here"},
		{`show "no body" match_by=username source="Corporate AD" system=esystems`, "find_accounts", `/account find "no body" source="Corporate AD" system=esystems`},
		{`remove nobody reason="he left"`, "find_accounts", "/account find nobody"},
		{`remove bob system=esystems reason="he left"`, "delete_account", `/account delete bob system=esystems reason="he left"`},
		{"status req_1", "list_requests", "/account requests open"},
		{"", "find_accounts", "/account find jane.doe"}, // a button said nothing
	} {
		c, err := w.bot.understand(test.typed)
		require.Equal(t, test.typed != "", err == nil, "%s: %v", test.typed, err)
		blocks := parsed(t, w.bot.trouble(errNext(test.next), c).blocks)
		require.Contains(t, shown(blocks), "This helps further: \n"+test.shown+"\n", test.typed)
		again, err := w.bot.understand(strings.TrimPrefix(test.shown, "/account "))
		require.NoError(t, err, "it can be typed as it stands")
		require.Equal(t, test.next, again.op.Name)
	}
}

func errNext(operation string) error {
	return fault.New(fault.NotFound, "There is no such account. Nothing was changed.").WithNext(operation)
}

func TestFormsCallOperationsAsPeopleDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ops = tools.Catalogue(tools.Systems{})
	w.start()
	for _, op := range w.ops {
		kind(t, op.Name, w.bot.spoken(op.Summary))
		for _, field := range op.Input.Fields() {
			kind(t, op.Name+" "+field.Name, field.Title+" "+field.Description)
		}
	}
	require.Equal(t, "Use /account remove.", w.bot.spoken("Use remove_account."))
}
