package slackbot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/schemas"
	"accountops/tools"
)

func TestEveryExampleIsUnderstoodByItsOperation(t *testing.T) {
	t.Parallel()
	for _, op := range tools.Catalogue(tools.Systems{}) {
		shown := example(op, nil)
		parsed, err := schemas.ParseWords(strings.TrimPrefix(shown, "/account "))
		require.NoError(t, err, shown)
		require.Equal(t, op.Word, parsed.Verb)
		input, err := op.Input.FromWords(parsed.Rest)
		require.NoError(t, err, shown)
		require.NoError(t, op.Input.Decode(input, &map[string]any{}), shown)
		require.NotContains(t, shown, "=…", "an example has values")
	}
}

func TestHelpIsOneScreenWithEveryVerbAndATypoGetsTheSameWithAGuess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	for text, guess := range map[string]string{"help": "", "HELP": "", "remvoe jane.doe": "remove", "fnd jane": "find", "hlep": "help", "xyzzy": ""} {
		got := w.types(bystander, text)
		require.True(t, got.Acked, text)
		shown := mustJSON(t, got.Response["blocks"])
		for _, op := range w.exec.Operations() {
			require.Contains(t, shown, `"`+strings.ReplaceAll(example(op, nil), `"`, `\"`)+`"`, text)
		}
		require.Contains(t, got.Response["text"], "Nothing has been changed", text)
		if guess != "" {
			require.Contains(t, got.Response["text"], "Did you mean "+guess+"?", text)
			require.Contains(t, shown, `{"style":{"bold":true},"text":"`+guess+`"`, text)
		} else {
			require.NotContains(t, got.Response["text"], "Did you mean", text)
		}
		require.Less(t, len(mustJSON(t, got.Response)), maxAck)
	}
}

func TestHelpOnAVerbIsAboutThatVerb(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	for text, want := range map[string]string{
		"help remove": "Remove account", "HELP Remove": "Remove account", "help remove_account": "Remove account", "help me": "What you can type", "help remvoe": "What you can type",
	} {
		got := w.types(bystander, text)
		require.Contains(t, mustJSON(t, got.Response["blocks"]), want, text)
		require.Contains(t, got.Response["text"], "Nothing has been changed", text)
		require.NotContains(t, got.Response["text"], "Did you mean", text)
	}
	shown := mustJSON(t, w.types(bystander, "help remove").Response["blocks"])
	require.Contains(t, shown, "another person has to approve")
	require.Contains(t, shown, "reason=…")
	require.NotContains(t, shown, "Find accounts")
}

func TestAHostileVerbStaysLiteral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	for name, s := range hostile {
		m := w.bot.strange(s)
		require.True(t, fits(m.blocks), name)
		golden(t, "verb/"+name+".json", pretty(t, map[string]any{"text": m.notification(), "blocks": m.blocks}))
	}
}

func TestWhatIsRefusedUnlessItIsMeantIsOfferedAsItWasSaidAndMeant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.creating()
	w.start()
	refusal := fault.New(fault.Conflict, "There is one already. Nothing was changed.")
	refusal.Insist = "update_existing"
	for typed, next := range map[string]string{
		`create FL-100234 source="Finance Ledger" attributes.displayName="Jane D" reason=married`: `/account create FL-100234 source="Finance Ledger" attributes.displayName="Jane D" reason=married update_existing=true`,
		`create update_existing=false account=FL-1 source=HR reason=x`:                            `/account create account=FL-1 source=HR reason=x update_existing=true`,
	} {
		c, err := w.bot.understand(typed)
		require.NoError(t, err)
		said := shown(parsed(t, w.bot.trouble(refusal, c).blocks))
		require.Contains(t, said, "This helps further: \n"+next+"\n")
		again, err := w.bot.understand(strings.TrimPrefix(next, "/account "))
		require.NoError(t, err, "it can be typed as it stands")
		require.Contains(t, string(again.input), `"update_existing":true`)
	}
	c, err := w.bot.understand("find jane")
	require.NoError(t, err)
	require.NotContains(t, shown(parsed(t, w.bot.trouble(refusal, c).blocks)), "helps further", "an operation without that field cannot be meant so")
}
