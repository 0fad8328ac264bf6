package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"
)

// given is an environment of which the names are known.
func given(env map[string]string) environment {
	return environment{envconfig.MapLookuper(env), slices.Collect(maps.Keys(env))}
}

func TestAMisspeltSettingIsAMistakeAndAnotherProgramsIsNot(t *testing.T) {
	t.Parallel()
	for name, meant := range map[string]string{
		"APPROVERS_LINKD": "APPROVERS_LINKED", "APPROVERS_LINEKD": "APPROVERS_LINKED", "APPROVER": "APPROVERS", "APPROVAL_QUORM": "APPROVAL_QUORUM",
		"APROVERS_LINKED": "APPROVERS_LINKED", "OWNER_BY_EMAIL": "OWNERS_BY_EMAIL", "MAX_HOURLY_REQUEST": "MAX_HOURLY_REQUESTS", "MAX_OPN_REQUESTS": "MAX_OPEN_REQUESTS",
		"MCP_TOKEN": "MCP_TOKENS", "SAILPOINT_CLIENT_SECRET_FIEL": "SAILPOINT_CLIENT_SECRET_FILE", "ESYSTEMS_TENNANT": "ESYSTEMS_TENANT", "ACCOUNTOPS_DTA": "ACCOUNTOPS_DATA",
	} {
		wrong, strange := misspelt(given(map[string]string{name: "canary"}))
		require.Equal(t, mistakes{name + ": there is no such setting; did you mean " + meant + "? If it is another program's, start accountops without it"}, wrong)
		require.Empty(t, strange)
		_, told, err := typedIn(t, given(map[string]string{name: "canary"}), "serve")
		require.Error(t, err)
		require.Contains(t, told, name+": there is no such setting")
		require.NotContains(t, told, "canary")
	}
	others := map[string]string{"SLACK_CLIENT_ID": "", "MCP_SERVER_NAME": "", "ACCOUNTOPS_SERVICE_HOST": "", "ACCOUNTOPS_PORT": "", "MAX_OPEN_FILES": "", "SLACK_API_TOKEN": "", "HOME": "", "SENT_TIMEOUT": ""}
	others["SLACK_APP_TOKEN"] = "given, so that the one that is nearly called so is another program's"
	wrong, strange := misspelt(given(others))
	require.Empty(t, wrong)
	require.Equal(t, []string{"ACCOUNTOPS_PORT", "ACCOUNTOPS_SERVICE_HOST", "MCP_SERVER_NAME", "SLACK_API_TOKEN", "SLACK_CLIENT_ID"}, strange)
	all := map[string]string{}
	for _, name := range settings() {
		all[name] = "x"
	}
	wrong, strange = misspelt(given(all))
	require.Empty(t, append(wrong, strange...), "no setting is taken for another")
	for _, name := range settings() {
		wrong, strange = misspelt(given(map[string]string{name: "x"}))
		require.Empty(t, append(wrong, strange...), "%s alone is taken for no other", name)
	}
}

func TestNamesThatAreNotOursAreLoggedAtTheStart(t *testing.T) {
	t.Parallel()
	_, env := world(t)
	env["SLACK_CLIENT_ID"] = "canary"
	env["SLACK_BOT_TOKEN"] = "xoxb-wrong"
	_, told, err := typedIn(t, given(env), "serve")
	require.Error(t, err)
	require.Contains(t, told, `level=WARN msg="these variables begin as settings of accountops do, and mean nothing here" names=SLACK_CLIENT_ID`)
	require.NotContains(t, told, "canary")
}
