package tools

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzPlainTextIsOneVisibleLine(f *testing.F) {
	for _, seed := range []string{"jane.doe", "a\nb", "\u202e", "\xff", strings.Repeat("é", 300), "\x1b[31m", "\u2028", "\x7f", strings.Repeat("x", 600)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := plainText(s, 50)
		require.True(t, utf8.ValidString(got))
		require.LessOrEqual(t, utf8.RuneCountInString(got), 50*len(`\u{10ffff}`)+1)
		for _, r := range got {
			require.True(t, unicode.IsPrint(r), "%q in %q", r, got)
		}
	})
}

func FuzzTakeWaitLeavesTheRestAsItIs(f *testing.F) {
	for _, seed := range []string{`{}`, `{"wait_seconds":5}`, `{"a":1,"wait_seconds":null,"a":2}`, `[]`, `{"wait_seconds":"x"}`, `{"a":12345678901234567890}`, `nul`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rest, wait, err := takeWait(json.RawMessage(s))
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, wait.Seconds(), 0.0)
		require.LessOrEqual(t, wait.Seconds(), float64(longestWait))
		before, errBefore := jsonMembers(json.RawMessage(s))
		after, errAfter := jsonMembers(rest)
		require.Equal(t, errBefore == nil, errAfter == nil)
		kept := 0
		for _, m := range before {
			if m.name == waitField {
				continue
			}
			require.Less(t, kept, len(after))
			require.Equal(t, m.name, after[kept].name)
			require.Equal(t, string(m.value), string(after[kept].value))
			kept++
		}
		if errBefore == nil {
			require.Len(t, after, kept)
		}
	})
}

func FuzzPeekNeverPanics(f *testing.F) {
	for _, seed := range []string{`{}`, `{"id":null,"params":{"_meta":{"io.modelcontextprotocol/protocolVersion":5}}}`, `{"params":[]}`, `5`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := peekOf(b)
		_ = p.version()
		require.NotEqual(t, "null", string(p.ID))
	})
}

func FuzzLinesAreBoundedAndInOrder(f *testing.F) {
	f.Add("a\nb", 3)
	f.Add("\n\n", 0)
	f.Add("x", 70000)
	f.Fuzz(func(t *testing.T, s string, n int) {
		in := s + strings.Repeat("y", max(0, min(n, 2*largestBody))) + "\nend\n"
		r := bufio.NewReaderSize(strings.NewReader(in), 16)
		var last line
		for {
			l, err := readLine(r)
			require.LessOrEqual(t, len(l.text), largestBody)
			if len(l.text) > 0 {
				last = l
			}
			if err != nil {
				break
			}
		}
		require.Equal(t, "end", string(last.text))
	})
}

func FuzzOurWordsAreOneBoundedLineThatKeepsItsEnd(f *testing.F) {
	for _, seed := range []string{"Nothing was changed.", "é\n", "\u202e…", "\xff", "\U0010ffff"} {
		f.Add(seed, 1)
		f.Add(seed, 2000)
	}
	const said = " Nothing has been changed yet."
	f.Fuzz(func(t *testing.T, part string, n int) {
		s := strings.Repeat(part, max(0, min(n, 5000))) + said
		got := ourWords(s)
		require.LessOrEqual(t, utf8.RuneCountInString(got), longestSentence)
		require.True(t, strings.HasSuffix(got, said), got)
		require.Equal(t, got, plainText(got, longestSentence), "it is plain")
		require.Equal(t, got, ourWords(got))
	})
}
