package executor_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"accountops/internal/executor"

	"github.com/stretchr/testify/require"
)

func TestTheDiagramInTheDocumentIsTheTable(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/requests.md")
	require.NoError(t, err)
	drawn := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?m)^    (\w+) --> (\w+|\[\*\])`).FindAllStringSubmatch(string(page), -1) {
		if m[2] != "[*]" {
			drawn[m[1]] = append(drawn[m[1]], m[2])
		}
	}
	for _, from := range executor.States() {
		var table []string
		for _, to := range from.Next() {
			table = append(table, string(to))
		}
		slices.Sort(table)
		slices.Sort(drawn[string(from)])
		require.Equal(t, table, drawn[string(from)], "from %s", from)
	}
}
