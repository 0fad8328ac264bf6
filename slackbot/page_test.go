package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/identity"
	"accountops/internal/sandbox/slackemu"
	"accountops/tools"
)

// whisper gives the one ephemeral that somebody sees.
func (w *world) whisper(user string) map[string]any {
	w.t.Helper()
	all := w.read("ephemerals", url.Values{"user": {user}})
	require.Len(w.t, all, 1, "one message, replaced in place")
	return all[0]
}

// turns presses a paging button on the one ephemeral that somebody sees, and waits until it shows something.
func (w *world) turns(user, action, until string) {
	w.t.Helper()
	m := w.whisper(user)
	got, err := w.slack.Act(slackemu.ActionInput{User: user, Channel: helpdesk, TS: m["ts"].(string), ActionID: action})
	require.NoError(w.t, err)
	require.True(w.t, got.Acked)
	w.until("the page is there", func() bool {
		return strings.Contains(mustJSON(w.t, w.read("ephemerals", url.Values{"user": {user}})), until)
	})
}

func TestPagesFollowEachOtherInPlaceAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	require.True(t, w.types(bystander, "deletions mine").Acked)
	w.until("the first page is there", func() bool { return strings.Contains(mustJSON(t, w.whisper(bystander)), "1 to 20.") })
	require.Equal(t, []string{actNext}, buttonsOn(w.whisper(bystander)))
	w.turns(bystander, actNext, "21 to 40.")
	require.Contains(t, mustJSON(t, w.whisper(bystander)), "account 39")
	require.NotContains(t, mustJSON(t, w.whisper(bystander)), "account 19", "the page took the other one's place")
	require.Equal(t, []string{actPrevious, actNext}, buttonsOn(w.whisper(bystander)))
	w.turns(bystander, actNext, "41 to 45.")
	require.Equal(t, []string{actPrevious}, buttonsOn(w.whisper(bystander)), "after the last page there is none")
	w.turns(bystander, actPrevious, "21 to 40.")
	w.turns(bystander, actPrevious, "1 to 20.")
	require.Equal(t, []string{actNext}, buttonsOn(w.whisper(bystander)))
}

func TestAListWithoutPagesOfItsOwnIsPagedAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	require.True(t, w.types(bystander, "find many").Acked)
	w.until("the first page is there", func() bool { return strings.Contains(mustJSON(t, w.whisper(bystander)), "1 to 20 of 25.") })
	w.turns(bystander, actNext, "21 to 25 of 25.")
	shown := mustJSON(t, w.whisper(bystander))
	require.Contains(t, shown, "many 24")
	require.NotContains(t, shown, "many 19")
}

// crowded is a SailPoint with 300 accounts.
type crowded struct{ identity.ISC }

func (crowded) Name() string { return identity.SailPoint }

func (crowded) BaseURL() string { return "https://crowded.example" }

func (crowded) Find(_ context.Context, q identity.Query) (identity.Found, error) {
	found := identity.Found{Cut: true}
	for i := range min(q.Limit, 300) {
		found.Accounts = append(found.Accounts, identity.Account{ID: fmt.Sprintf("account-%03d", i)})
	}
	return found, nil
}

func TestWhatIsFoundGoesOnPageByPageUntilTheMostThatCanBeAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ops = append(slices.DeleteFunc(w.sys.operations(), func(op executor.Operation) bool { return op.Name == "find_accounts" }),
		tools.FindAccounts(tools.Systems{Default: identity.SailPoint, ISC: crowded{}}))
	w.start()
	require.True(t, w.types(bystander, "find c").Acked)
	w.until("the first page is there", func() bool { return strings.Contains(mustJSON(t, w.whisper(bystander)), "1 to 20.") })
	require.Contains(t, mustJSON(t, w.whisper(bystander)), "there are more. To see others, give more of the name, or a source, or a limit of up to 250.")
	for from := 21; from <= 241; from += maxRows {
		w.turns(bystander, actNext, fmt.Sprintf("%d to %d.", from, min(from+maxRows-1, 250)))
	}
	require.Contains(t, mustJSON(t, w.whisper(bystander)), "account-249")
	require.Contains(t, mustJSON(t, w.whisper(bystander)), "there are more. To see others, give more of the name, or a source.")
	require.Equal(t, []string{actPrevious}, buttonsOn(w.whisper(bystander)), "no button leads to what cannot be asked for")

	require.True(t, w.types(approver, "find c limit=22").Acked)
	w.until("the first page is there", func() bool { return strings.Contains(mustJSON(t, w.whisper(approver)), "1 to 20.") })
	w.turns(approver, actNext, "21 to 22.")
	require.Equal(t, []string{actPrevious}, buttonsOn(w.whisper(approver)), "a limit that was given stays")
}

func TestAPageIsReadAnewAsWhoeverClicksAndOnlyForWhomItWasMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	forged := func(by, value string) {
		payload := map[string]any{
			"type": "block_actions", "team": map[string]any{"id": team}, "user": map[string]any{"id": by, "team_id": team},
			"channel": map[string]any{"id": helpdesk}, "container": map[string]any{"channel_id": helpdesk, "message_ts": "1.2"},
			"actions": []any{map[string]any{"action_id": actNext, "action_ts": newID(), "value": value}},
		}
		_, work := w.bot.receive(t.Context(), "interactive", []byte(mustJSON(t, payload)))
		work()
	}
	carried := func(change func(*page)) string {
		p := page{Operation: "list_deletion_requests", Input: json.RawMessage(`{}`), From: 20, User: bystander}
		change(&p)
		return mustJSON(t, p)
	}
	for i, c := range []struct{ value, want string }{
		{carried(func(p *page) { p.User = requester }), "made for somebody else"},
		{carried(func(p *page) {
			p.Operation = "remove_account"
			p.Input = json.RawMessage(`{"account":"jane.doe","reason":"x"}`)
		}), "no list that is known"},
		{carried(func(p *page) { p.Operation = "deletions" }), "no list that is known"},
		{carried(func(p *page) { p.From = -1 }), "no list that is known"},
		{carried(func(p *page) { p.From = farthest + 1 }), "no list that is known"},
		{carried(func(p *page) { p.Input = json.RawMessage(`{"limit":"x"}`) }), "Nothing was changed"},
		{carried(func(p *page) { p.Input = json.RawMessage(`{"whose":"all"}`) }), "Nothing was changed"},
		{`{"o":"list_deletion_requests","i":{},"n":20,"u":"` + bystander + `","as":"` + requester + `"}`, "no list that is known"},
		{"req_x abc", "no list that is known"},
	} {
		forged(bystander, c.value)
		w.until(c.value, func() bool {
			said := w.ephemerals(bystander)
			return len(said) == i+1 && strings.Contains(said[i], c.want)
		})
	}
	require.NotContains(t, mustJSON(t, w.read("ephemerals", url.Values{"user": {bystander}})), "account 20", "nothing was read")
	require.Empty(t, w.messages(approvals), "nothing was asked for")
	forged(bystander, carried(func(*page) {}))
	w.until("one's own page is read", func() bool {
		return strings.Contains(mustJSON(t, w.read("ephemerals", url.Values{"user": {bystander}})), string(executor.SlackPrincipal(team, bystander)))
	})
}

func TestAPageThatCannotBeReadLeavesTheOneBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	require.True(t, w.types(bystander, "find many").Acked)
	w.until("the first page is there", func() bool { return strings.Contains(mustJSON(t, w.whisper(bystander)), "1 to 20 of 25.") })
	ts := w.whisper(bystander)["ts"].(string)
	w.sys.mu.Lock()
	w.sys.broken = true
	w.sys.mu.Unlock()
	_, err := w.slack.Act(slackemu.ActionInput{User: bystander, Channel: helpdesk, TS: ts, ActionID: actNext})
	require.NoError(t, err)
	w.until("they are told beside it", func() bool { return len(w.ephemerals(bystander)) == 2 })
	require.Contains(t, mustJSON(t, w.read("ephemerals", url.Values{"user": {bystander}})[0]), "1 to 20 of 25.")
	require.Contains(t, w.ephemerals(bystander)[1], "does not answer")
}

func TestHostileCellsStayLiteralAndWhatIsCutSaysSo(t *testing.T) {
	t.Parallel()
	p := page{Operation: "find_accounts", Input: json.RawMessage(`{"account":"jane"}`), User: bystander}
	for name, s := range hostile {
		rows := [][]string{{s, "HR"}, {"jane.doe", s}}
		for kind, table := range map[string]executor.Table{
			"table":  {Columns: []string{"Account", "Source"}, Rows: rows, Total: 2},
			"fields": {Columns: []string{"What", "Value"}, Rows: rows, Total: 2, Fields: true},
		} {
			m := answered("Found "+s+".", table, p, true)
			require.True(t, fits(m.blocks), name)
			golden(t, kind+"/"+name+".json", pretty(t, map[string]any{"text": m.notification(), "blocks": m.blocks}))
		}
	}
	require.Contains(t, table([]string{"Account"}, [][]string{{hostile["long"]}}), "… (3000 characters in all)")
}

func TestAPageShrinksUntilItFitsAndTheNextBeginsWhereItEnds(t *testing.T) {
	t.Parallel()
	wide := executor.Table{Columns: []string{"A", "B", "C", "D"}, Total: 20}
	for i := range 20 {
		cell := strings.Repeat("<", 299)
		wide.Rows = append(wide.Rows, []string{fmt.Sprint(i), cell, cell, cell})
	}
	m := answered("Twenty.", wide, page{Operation: "find_accounts", Input: json.RawMessage(`{}`), User: bystander}, false)
	require.True(t, fits(m.blocks))
	shown := mustJSON(t, m.blocks)
	require.Contains(t, shown, "1 to 2 of 20.")
	require.Contains(t, shown, `\"n\":2,`)
}

func TestAQuestionTooLongForAButtonHasNone(t *testing.T) {
	t.Parallel()
	p := page{Operation: "find_accounts", Input: json.RawMessage(`{"account":"` + strings.Repeat("x", maxValue) + `"}`), User: bystander}
	require.Nil(t, p.buttons(20, true))
}
