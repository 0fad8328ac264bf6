package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAWordThatIsNoCommandFailsAndSaysWhatWasMeant(t *testing.T) {
	t.Parallel()
	for typedWords, want := range map[string][]string{
		"serv":                        {`unknown command "serv" for "accountops"`, "did you mean serve", "Run accountops --help"},
		"bogus":                       {`unknown command "bogus" for "accountops", so nothing was done`, "Run accountops --help to see"},
		"link ad local:a slack:T1:U1": {`unknown command "ad" for "accountops link"`, "did you mean add", "Run accountops link --help"},
		"audit verfy --data /tmp":     {`unknown command "verfy" for "accountops audit"`, "did you mean verify"},
		"slack doc":                   {`unknown command "doc" for "accountops slack"`, "did you mean doctor"},
		"link add local:jane":         {"accepts 2 arg(s), received 1", "Run accountops link add --help"},
		"version please":              {"Run accountops version --help"},
		"serve --read-onl":            {"unknown flag: --read-onl", "Run accountops serve --help"},
	} {
		_, told, err := typedWith(t, nil, strings.Fields(typedWords)...)
		require.Error(t, err, typedWords)
		for _, line := range want {
			require.Contains(t, told, line, typedWords)
		}
	}
	for _, group := range []string{"", "link", "audit", "slack"} {
		out, _, err := typedWith(t, nil, strings.Fields(group)...)
		require.NoError(t, err, group)
		require.Contains(t, out, "Available Commands", group)
	}
}

func TestAnEmptySecretFileIsSaidToBeEmpty(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("\n"), 0o600))
	env := map[string]string{"SLACK_SIGNING_SECRET_PREVIOUS_FILE": file}
	for _, name := range variables(true) {
		env[name+"_FILE"] = file
	}
	_, told, err := typedWith(t, env, "serve")
	require.Error(t, err)
	for _, name := range variables(true) {
		says := name + ": the file that " + name + "_FILE names is empty"
		require.Equal(t, name != "SLACK_SIGNING_SECRET_PREVIOUS", strings.Contains(told, says), "%s: while it is not changed there is none before", name)
	}
	require.NotContains(t, told, "SLACK_BOT_TOKEN: is needed")
}
