package slackbot

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/slackemu"
	"accountops/tools"
)

// removing opens the form of a removal.
func (w *world) removing(user, text string) map[string]any {
	w.t.Helper()
	require.Empty(w.t, w.types(user, "remove "+text).Response)
	return w.form(user, "account:pick")
}

func TestWhatIsTypedFindsAccountsAndStaysOnOfferItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	form := w.removing(requester, "")
	require.Equal(t, [][3]string{{"acc-1", "jane.doe – Jane Doe", "Corporate AD, enabled"}, {"ja", "ja", ""}}, w.suggested(requester, form, "account:pick", "ja"))
	require.Equal(t, [][3]string{{"zoe", "zoe", nothing}}, w.suggested(requester, form, "account:pick", "zoe"))
	_, element := fieldOn(t, form, "account:pick")
	require.EqualValues(t, 2, element["min_query_length"], "nobody is asked for one letter")
	require.Equal(t, [][3]string{{"panic", "panic", broken}}, w.suggested(requester, form, "account:pick", "panic"))
	require.Contains(t, w.logs.String(), "the finder fell over")
	require.Empty(t, w.messages(approvals))
}

func TestASilentIdentitySystemKeepsNobodyFromAskingOrDeciding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	ts := w.asked()
	form := w.removing(requester, "")
	hang := make(chan struct{})
	w.sys.mu.Lock()
	w.sys.hang = hang
	w.sys.mu.Unlock()
	var wg sync.WaitGroup
	for i := range 3 * suggestAtOnce {
		wg.Go(func() {
			raw := delivery{Kind: aSuggestion, Team: team, User: approver, Action: "account:pick", Value: "jane",
				View: &view{ID: "V" + strings.Repeat("x", i), Callback: actAsk, Metadata: `{"o":"remove_account"}`}}
			answer, final := w.bot.first(t.Context(), raw)
			require.True(t, final)
			require.Equal(t, slowly, answer.(offer).Options[0].Description.Text)
		})
	}
	got, err := w.slack.Suggest(slackemu.SuggestionInput{User: requester, ViewID: form["id"].(string), ActionID: "account:pick", Value: "jane"})
	require.NoError(t, err)
	require.True(t, got.Acked, "Slack waits for three seconds")
	require.Equal(t, "jane", got.Response["options"].([]any)[0].(map[string]any)["value"])
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.until("the buttons are gone", func() bool { return len(buttonsOn(w.message(approvals, ts))) == 0 })
	wg.Wait()
	close(hang)
}

func TestWhoTypesOnNoLongerWaitsForWhatTheyTypedBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	hang := make(chan struct{})
	defer close(hang)
	w.sys.mu.Lock()
	w.sys.hang = hang
	w.sys.mu.Unlock()
	typing := func(user, typed string) delivery {
		return delivery{Kind: aSuggestion, Team: team, User: user, Action: "account:pick", Value: typed,
			View: &view{ID: "V1", Callback: actAsk, Metadata: `{"o":"remove_account"}`}}
	}
	began := time.Now()
	others, before := make(chan time.Time, 1), make(chan time.Time, 1)
	go func() { w.bot.suggest(t.Context(), typing(second, "ja")); others <- time.Now() }()
	go func() { w.bot.suggest(t.Context(), typing(requester, "ja")); before <- time.Now() }()
	w.until("both are under way", func() bool {
		w.bot.mu.Lock()
		defer w.bot.mu.Unlock()
		return len(w.bot.typing) == 2
	})
	go w.bot.suggest(t.Context(), typing(requester, "jane"))
	require.Less(t, (<-before).Sub(began), suggestWithin)
	require.GreaterOrEqual(t, (<-others).Sub(began), suggestWithin, "only what they typed themselves")
}

func TestOptionsTellApartWhatLooksTheSameAndLeaveOutWhatNoneCanStandFor(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	got := accountOptions(foundAccounts{Accounts: []foundAccount{
		{ID: "a", Name: long + "1", Source: "AD", Status: "enabled"}, {ID: "b", Name: long + "2", Source: "AD", Status: "enabled"},
		{ID: strings.Repeat("i", maxOptionValue+1), Name: "jane"}, {ID: "c", Name: "jane", DisplayName: long, Source: long, Status: "locked"}, {},
	}})
	require.Len(t, got, 3)
	require.Equal(t, got[0].Text.Text, got[1].Text.Text)
	require.Equal(t, "AD, enabled", got[0].Description.Text)
	require.Equal(t, "id b, enabled", got[1].Description.Text)
	require.Contains(t, got[0].Text.Text, "…(101)")
	require.Contains(t, got[2].Description.Text, ", locked")
}

// What is read of find_accounts is what its published answer has.
func TestWhatIsReadOfFindAccountsIsInItsOutput(t *testing.T) {
	t.Parallel()
	op := tools.FindAccounts(tools.Systems{})
	require.Equal(t, findOperation, op.Name)
	require.Subset(t, op.Input.Names(), []string{"account", "source", "system", "limit"})
	raw := string(op.Output.JSON())
	for _, name := range []string{"id", "name", "display_name", "source", "source_id", "identity", "status", "more", "accounts"} {
		require.Contains(t, raw, `"`+name+`":`, name)
	}
}
