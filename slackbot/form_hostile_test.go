package slackbot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

// shownTexts lists what people read in a form or in options; not what stands in a field to be edited, nor what an option is for.
func shownTexts(t *testing.T, v any) []string {
	t.Helper()
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if text, ok := v["text"].(string); ok {
				out = append(out, text)
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(parsed(t, v))
	return out
}

// hostileForm is a form with a text in every place that others can write.
func hostileForm(s string) form {
	said := map[string]string{"account": s, "source": s, "reason": s, "force_provisioning": s}
	return form{asking: asking{Operation: "remove_account", Reason: s}, said: said, problems: map[string]string{"force_provisioning": s, "source": s}}
}

func TestHostileNamesStayLiteralInFormsAndOptions(t *testing.T) {
	t.Parallel()
	b := New(&Slack{team: team, log: quiet}, idle{}, idle{}, idle{}, Options{Owner: "test", NewID: newID})
	op, known := b.operation("remove_account")
	require.True(t, known)
	for name, s := range hostile {
		view, err := b.view(hostileForm(s))
		require.NoError(t, err)
		account := foundAccount{ID: "acc-1", Name: s, DisplayName: s, Source: s, SourceID: "src-1", Status: s}
		found := foundAccounts{Accounts: []foundAccount{account, account}}
		shown := map[string]any{
			"form": view.Blocks.BlockSet, "accounts": accountOptions(found), "sources": sourceOptions(found, "", false), "typed": typedOption(s, s),
			"errors": fieldErrors(map[string]string{"account:pick": visible(s)}),
		}
		golden(t, "hostile_forms/"+name+".json", pretty(t, shown))
		literal(t, name, card{message: message{blocks: view.Blocks.BlockSet}})
		for _, kind := range []string{`"mrkdwn"`, `"emoji":true`} {
			require.NotContains(t, mustJSON(t, shown), kind, name)
		}
		for _, text := range shownTexts(t, shown) {
			text = strings.ReplaceAll(text, b.effect(op)+"\n", "") // our own line break
			require.Equal(t, -1, strings.IndexFunc(text, hidden), "%s shows %q", name, text)
		}
		require.Equal(t, "Remove account", view.Title.Text)
		if utf8.RuneCountInString(visible(s)) <= 30 {
			require.Contains(t, accountOptions(found)[0].Text.Text, visible(s), "%s is shown whole", name)
		}
	}
}

func TestSlackTakesFormsAndOptionsWithHostileNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, s := range hostile {
		w.sys.accounts[name] = executor.Account{ID: "h-" + name, Name: s, Source: s, SourceID: "src-" + name, Identity: s, Status: "enabled"}
	}
	w.start()
	w.types(requester, "")
	id := w.form(requester, chosenField)["id"].(string)
	for name, s := range hostile {
		view, err := w.bot.view(hostileForm(s))
		require.NoError(t, err)
		_, err = w.bot.slack.api.UpdateViewContext(t.Context(), view, "", "", id)
		require.NoError(t, err, "%s: %s", name, code(err))
		got, err := w.slack.Suggest(slackemu.SuggestionInput{User: requester, ViewID: id, ActionID: "account:pick", Value: "h-" + name})
		require.NoError(t, err)
		require.Empty(t, got.Error, name)
		require.Equal(t, "h-"+name, got.Response["options"].([]any)[0].(map[string]any)["value"])
	}
}

func TestTheConfirmationOfHostileNamesIsOneLiteralLineThatSlackTakes(t *testing.T) {
	t.Parallel()
	for name, s := range hostile {
		c := confirmation(everywhere(s), slack.StyleDanger)
		require.Equal(t, slack.PlainTextType, c.Text.Type)
		require.LessOrEqual(t, utf8.RuneCountInString(c.Text.Text), 300, name)
		require.Equal(t, -1, strings.IndexFunc(c.Text.Text, hidden), name)
		require.True(t, strings.HasPrefix(c.Text.Text, "Remove account: "), name)
		require.True(t, strings.Contains(c.Text.Text, "account "+visible(s)+", source "+visible(s)) || strings.Contains(c.Text.Text, sample().Plan.Target), name)
	}
}
