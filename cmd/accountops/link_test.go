package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"

	"accountops/internal/store"
)

// typed runs the program with arguments on a data directory, and gives what it printed.
func typed(t *testing.T, data string, args ...string) (out string, err error) {
	t.Helper()
	var printed, complained bytes.Buffer
	err = run(t.Context(), args, process{envconfig.MapLookuper(map[string]string{"ACCOUNTOPS_DATA": data}), strings.NewReader(""), &printed, &complained})
	return printed.String() + complained.String(), err
}

func TestLinksAreAddedListedRemovedAndOnRecord(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	out, err := typed(t, data, "link", "list")
	require.NoError(t, err)
	require.Contains(t, out, "There are no links")
	for _, identity := range []string{"sailpoint:identity:2c91", "local:jane", "oauth:https://idp.example#jane", "slack:T2:U9", "esystems:account:17"} {
		_, err = typed(t, data, "link", "add", identity, "slack:T1:U1")
		require.NoError(t, err, identity)
	}
	out, err = typed(t, data, "link", "list")
	require.NoError(t, err)
	require.Equal(t, 5, strings.Count(out, "slack:T1:U1\t"))
	require.Contains(t, out, "slack:T1:U1\tsailpoint:identity:2c91\t")
	out, err = typed(t, data, "link", "remove", "local:jane")
	require.NoError(t, err)
	require.Contains(t, out, "nobody else now")
	out, err = typed(t, data, "link", "list")
	require.NoError(t, err)
	require.NotContains(t, out, "local:jane")

	report, err := store.VerifyIn(t.Context(), data)
	require.NoError(t, err)
	require.True(t, report.OK(), report.String())
	require.Equal(t, int64(6), report.Records, "five links and the end of one")
}

func TestALinkThatCannotBeMeantIsRefusedInASentence(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	_, err := typed(t, data, "link", "add", "local:jane", "slack:T1:U1")
	require.NoError(t, err)
	for want, args := range map[string][]string{
		"is linked already":                {"add", "local:jane", "slack:T1:U2"},
		"This is no identity":              {"add", "jane", "slack:T1:U1"},
		"named by their own Slack member":  {"add", "local:bob", "local:jane"},
		"in one step":                      {"add", "slack:T1:U1", "slack:T1:U3"},
		"is not linked":                    {"remove", "local:bob"},
		"accepts 2 arg(s), received 1":     {"add", "local:bob"},
		"write slack:T…:U…, local:NAME":    {"add", "local:b\u202eob", "slack:T1:U1"},
		"accountops link list shows what ": {"remove", ""},
	} {
		out, err := typed(t, data, append([]string{"link"}, args...)...)
		require.ErrorContains(t, err, want)
		require.Contains(t, out, want)
	}
	report, err := store.VerifyIn(t.Context(), data)
	require.NoError(t, err)
	require.Equal(t, int64(1), report.Records, "what was refused is not on record")
}
