package slackbot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// hostile are names that pretend to be something else.
var hostile = map[string]string{
	"fake_approval": "jane\n✅ Approved by Amara Okafor\nStatus: disabled",
	"channel":       "<!channel> jane <!here>",
	"mention":       "<@U0APPROVER1> jane",
	"link":          "<https://evil.example|jane.doe> https://evil.example",
	"markdown":      "*jane* _doe_ ~x~ `y` :white_check_mark:",
	"long":          strings.Repeat("jane-", 600),
	"bidi":          "jane\u202Eeod.\u202C",
	"zero_width":    "ja\u200Bne\u200D.\uFEFFdoe\u2060",
	"homoglyph":     "j\u0430ne.d\u043Ee",
	"entity":        "jane &amp;lt;doe&gt; &lt;!channel&gt;",
	"fillers":       "jane\u3164\u115F\u2800\uFE0F\u00AD\u034F",
	"blanks":        "jane\u2D7F\U00016FE4\U00013441\U0001D159",
	"stacked":       "jan" + strings.Repeat("e\u0301", 2) + strings.Repeat("\u0336", 40) + " \u0301x",
	"tags":          "jane\U000E0041\U000E0042",
	"spaces":        "jane                 Approved ",
	"controls":      "jane\r\n\x00\x1b[31mred\x7f\t\u2028x\u2029y\u0085z",
	"not_utf8":      "jane\xff\xfedoe",
	"own_signs":     "jane ‹U+202E› ⏎",
	"private":       "jane\uE000\uFFFD\U0010FFFF",
}

func TestVisibleTextIsOneLineOfWhatCanBeSeen(t *testing.T) {
	t.Parallel()
	for name, s := range hostile {
		got := visible(s)
		require.NotContains(t, got, "\n", name)
		require.True(t, utf8.ValidString(got), name)
		for _, r := range got {
			require.False(t, hidden(r), "%s shows %U", name, r)
		}
		require.Equal(t, s, invisible(t, got), "%s can be told from what is shown", name)
	}
	require.Equal(t, "jane‹U+202E›eod.‹U+202C›", visible(hostile["bidi"]))
	require.Equal(t, "jane‹U+2D7F›‹U+16FE4›‹U+13441›‹U+1D159›", visible(hostile["blanks"]))
	require.Equal(t, "jane\u0301e\u0301\u0336\u0336"+strings.Repeat("‹U+0336›", 38)+" ‹U+0301›x", visible(hostile["stacked"]))
	require.Equal(t, "Nguyê\u0303n ที่นี่ हिन्दी", visible("Nguyê\u0303n ที่นี่ हिन्दी"), "ordinary names stay as they are")
	require.Equal(t, "jane‹U+3164›‹U+115F›‹U+2800›‹U+FE0F›‹U+00AD›‹U+034F›", visible(hostile["fillers"]))
	require.Equal(t, "O'Brien, Zoë 李 (ops) – 50 %", visible("O'Brien, Zoë 李 (ops) – 50 %"), "ordinary names stay as they are")
}

// invisible undoes visible.
func invisible(t *testing.T, shown string) string {
	t.Helper()
	var b strings.Builder
	for shown != "" {
		switch {
		case strings.HasPrefix(shown, "⏎"):
			b.WriteByte('\n')
			shown = shown[len("⏎"):]
		case strings.HasPrefix(shown, "‹"):
			end := strings.Index(shown, "›")
			require.Positive(t, end)
			code := shown[len("‹"):end]
			shown = shown[end+len("›"):]
			if hex, raw := strings.CutPrefix(code, "0x"); raw {
				b.WriteByte(byte(number(t, hex)))
			} else {
				b.WriteRune(rune(number(t, strings.TrimPrefix(code, "U+"))))
			}
		default:
			r, size := utf8.DecodeRuneInString(shown)
			b.WriteRune(r)
			shown = shown[size:]
		}
	}
	return b.String()
}

func number(t *testing.T, hex string) int64 {
	t.Helper()
	var n int64
	for _, c := range hex {
		at := strings.IndexRune("0123456789ABCDEF", c)
		require.GreaterOrEqual(t, at, 0, hex)
		n = n*16 + int64(at)
	}
	return n
}

func TestWhatCouldDeceiveIsPointedOut(t *testing.T) {
	t.Parallel()
	require.Contains(t, doubt(hostile["bidi"]), "cannot be seen")
	require.Contains(t, doubt(hostile["homoglyph"]), "different alphabets")
	require.Empty(t, doubt("Jane Doe"))
	require.Empty(t, doubt("Анна Doe"), "whole words of different alphabets are ordinary")
}

func TestEscapedTextHoldsNoMarks(t *testing.T) {
	t.Parallel()
	for name, s := range hostile {
		require.NotContains(t, escaped(s), "<", name)
		require.NotContains(t, escaped(s), ">", name)
	}
	require.Equal(t, "&amp;lt;", escaped("&lt;"))
}

func FuzzVisible(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := visible(s)
		require.True(t, utf8.ValidString(got))
		require.NotContains(t, got, "\n")
		require.Equal(t, s, invisible(t, got))
		require.LessOrEqual(t, utf8.RuneCountInString(visible(beginning(s, 100))), 100+40)
	})
}
