package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/store"
)

// typed runs the program with arguments on a data directory, and gives what it printed.
func typed(t *testing.T, data string, args ...string) (out string, err error) {
	t.Helper()
	out, told, err := typedWith(t, map[string]string{"ACCOUNTOPS_DATA": data}, args...)
	return out + told, err
}

// typedWith runs the program with an environment, and gives what went to stdout and stderr.
func typedWith(t *testing.T, env map[string]string, args ...string) (out, told string, err error) {
	t.Helper()
	return typedIn(t, envconfig.MapLookuper(env), args...)
}

func typedIn(t *testing.T, env envconfig.Lookuper, args ...string) (out, told string, err error) {
	t.Helper()
	var printed, complained bytes.Buffer
	err = run(t.Context(), args, process{env, strings.NewReader(""), &printed, &complained})
	return printed.String(), complained.String(), err
}

const anID = "2c9180867b5eeb7e017b5f03a1b20015"

func TestLinksAreAddedListedRemovedAndOnRecord(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	out, err := typed(t, data, "link", "add", "local:first", "slack:T1:U1")
	require.NoError(t, err)
	require.Contains(t, out, "a new one was made")
	_, err = typed(t, data, "link", "remove", "local:first")
	require.NoError(t, err)
	out, err = typed(t, data, "link", "list")
	require.NoError(t, err)
	require.Contains(t, out, "There are no links")
	for _, identity := range []string{"sailpoint:identity:" + anID, "local:jane", "oauth:https://idp.example#jane", "slack:T2:U9", "esystems:account:17"} {
		_, err = typed(t, data, "link", "add", identity, "slack:T1:U1")
		require.NoError(t, err, identity)
	}
	out, err = typed(t, data, "link", "list")
	require.NoError(t, err)
	require.Equal(t, 5, strings.Count(out, "slack:T1:U1\t"))
	require.Contains(t, out, "slack:T1:U1\tsailpoint:identity:"+anID+"\t")
	out, err = typed(t, data, "link", "remove", "local:jane")
	require.NoError(t, err)
	require.Contains(t, out, "linked to nobody now; it counts as a person of its own")
	out, err = typed(t, data, "link", "list")
	require.NoError(t, err)
	require.NotContains(t, out, "local:jane")

	report, err := store.VerifyIn(t.Context(), data)
	require.NoError(t, err)
	require.True(t, report.OK(), report.String())
	require.Equal(t, int64(8), report.Records, "six links and the end of two")
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
	for identity, want := range map[string]string{
		"sailpoint:identity:amara.okafor":                     "no login, e-mail address or name. find_accounts tells it as identity_id",
		"sailpoint:identity:amara.okafor@acme.example":        "no login",
		"sailpoint:identity:2c9180…":                          "has 32 characters",
		"sailpoint:identity:2C9180867B5EEB7E017B5F03A1B20015": "in small letters",
		"sailpoint:identity: " + anID:                         "has 32 characters",
		"sailpoint:account:jane.doe":                          "no login",
		"esystems:account:jane.doe":                           "is its Id, not its Username",
		"esystems:account:1 7":                                "is its Id",
		"esystems:identity:foo":                               "eSystems has accounts only",
		"salepoint:identity:" + anID:                          "This is no identity",
		"isc:identity:" + anID:                                "This is no identity",
		"oauth:x":                                             "oauth:ISSUER#SUBJECT",
		"oauth:https://idp.example#":                          "oauth:ISSUER#SUBJECT",
		"oauth:https://idp.example#a b":                       "oauth:ISSUER#SUBJECT",
		"slack:T1:u1":                                         "is written slack:T…:U…",
		"local: jane":                                         "local:NAME",
	} {
		out, err := typed(t, data, "link", "add", identity, "slack:T1:U5")
		require.ErrorContains(t, err, want, identity)
		require.Contains(t, out, "Nothing was linked.", identity)
	}
	report, err := store.VerifyIn(t.Context(), data)
	require.NoError(t, err)
	require.Equal(t, int64(1), report.Records, "what was refused is not on record")
}

func TestALinkIsMadeOfWhomTheSystemsKnow(t *testing.T) {
	t.Parallel()
	s, env := world(t)
	var sven, account string
	for _, a := range s.accounts("isc") {
		if a["name"] == "sven.lindqvist" {
			sven, _ = a["identityId"].(string)
		}
	}
	for _, a := range s.accounts("esystems") {
		if a["Username"] == "sven.lindqvist" {
			account, _ = a["Id"].(string)
		}
	}
	require.Len(t, sven, 32)
	require.NotEmpty(t, account)
	const person = "slack:T0ACCTOPS:U0APPROVER2"
	add := func(env map[string]string, identity, person string) (string, error) {
		out, told, err := typedWith(t, env, "link", "add", identity, person)
		return out + told, err
	}
	for identity, want := range map[string]string{
		"sailpoint:identity:" + anID: "sailpoint has no account of sailpoint:identity:" + anID,
		"sailpoint:account:" + anID:  "sailpoint has no account of",
		"esystems:account:17":        "esystems has no account of",
		"slack:T0WRONG:U0APPROVER1":  "of another workspace than the bot, which is in T0ACCTOPS",
		"slack:T0ACCTOPS:U0NOBODY":   "Slack knows no member slack:T0ACCTOPS:U0NOBODY",
	} {
		out, err := add(env, identity, person)
		require.ErrorContains(t, err, want)
		require.Contains(t, out, "Nothing was linked")
	}
	for who, want := range map[string]string{"slack:T0WRONG:U0APPROVER2": "of another workspace", "slack:T0ACCTOPS:U0NOBODY": "knows no member"} {
		_, err := add(env, "sailpoint:identity:"+sven, who)
		require.ErrorContains(t, err, want)
	}
	_, err := typed(t, env["ACCOUNTOPS_DATA"], "link", "list")
	require.ErrorContains(t, err, "There is no database", "nothing was linked, and none was made for it")

	out, err := add(env, "sailpoint:identity:"+sven, person)
	require.NoError(t, err, out)
	require.Contains(t, out, `("Sven Lindqvist") is `+person+` ("Sven Lindqvist") now.`)
	require.NotContains(t, out, "Not checked")
	out, err = add(env, "esystems:account:"+account, person)
	require.NoError(t, err, out)
	require.NotContains(t, out, "Not checked")

	env["SAILPOINT_BASE_URL"] = "http://127.0.0.1:1"
	delete(env, "SLACK_BOT_TOKEN")
	out, err = add(env, "sailpoint:identity:"+anID, person)
	require.NoError(t, err, "who cannot be asked about is linked all the same")
	require.Contains(t, out, "Not checked whether sailpoint:identity:"+anID+" exists. The accounts could not be looked up: SailPoint")
	require.Contains(t, out, "Not checked whether "+person+" exists. Slack was not asked: SLACK_BOT_TOKEN is not set here.")
	require.NotContains(t, out, env["SAILPOINT_CLIENT_SECRET"])
}

func TestATokensSubjectIsLinkedOnlyOfTheIssuerThatIsConfigured(t *testing.T) {
	t.Parallel()
	env := map[string]string{"ACCOUNTOPS_DATA": t.TempDir(), "MCP_OAUTH_ISSUER": "https://idp.example"}
	for _, issuer := range []string{"https://other.example", "https://idp.example/"} {
		_, _, err := typedWith(t, env, "link", "add", "oauth:"+issuer+"#amara", "slack:T1:U1")
		require.ErrorContains(t, err, `Tokens come from "https://idp.example" here`)
	}
	_, _, err := typedWith(t, env, "link", "add", "oauth:https://idp.example#amara", "slack:T1:U1")
	require.NoError(t, err)
}

func TestALinkThatNamesNobodyCountsForNothingAndIsShown(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	db, err := store.Open(t.Context(), data, time.Now)
	require.NoError(t, err)
	for _, identity := range []executor.Principal{"sailpoint:identity:amara.okafor", "sailpoint:identity:" + anID} {
		l := executor.Link{Identity: identity, Principal: "slack:T1:U1", At: time.Now()}
		require.NoError(t, db.Link(t.Context(), l, onRecord("linked", l)))
	}
	counted, err := wellFormed{db}.Links(t.Context(), "slack:T1:U1")
	require.NoError(t, err)
	require.Len(t, counted, 1)
	require.Equal(t, executor.Principal("sailpoint:identity:"+anID), counted[0].Identity)
	person, err := wellFormed{db}.Linked(t.Context(), "sailpoint:identity:amara.okafor")
	require.NoError(t, err)
	require.NotEmpty(t, person, "whom it keeps from deciding it still keeps")
	require.NoError(t, db.Close())
	out, err := typed(t, data, "link", "list")
	require.NoError(t, err)
	require.Contains(t, out, "means nobody: remove it")
	_, err = typed(t, data, "link", "remove", "sailpoint:identity:amara.okafor")
	require.NoError(t, err)
}

func TestAMisspeltDirectoryIsNotTakenForOneWithoutLinks(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "misspelt")
	for want, args := range map[string][]string{
		"There is no database in": {"list"}, "no link was read or changed": {"remove", "local:jane"}, "There is no directory": {"add", "local:jane", "slack:T1:U1"},
	} {
		_, err := typed(t, data, append([]string{"link"}, args...)...)
		require.ErrorContains(t, err, want)
		require.NoDirExists(t, data)
	}
}

func TestWhoIsLinkedByAnIdThatIsNoneDoesNotDecideWhereApproversHaveToBeLinked(t *testing.T) {
	t.Parallel()
	s, env := world(t)
	env["APPROVERS_LINKED"], env["OWNERS_BY_EMAIL"] = "true", "false"
	db, err := store.Open(t.Context(), env["ACCOUNTOPS_DATA"], time.Now)
	require.NoError(t, err)
	l := executor.Link{Identity: "sailpoint:identity:sven.lindqvist", Principal: "slack:T0ACCTOPS:U0APPROVER2", At: time.Now()}
	require.NoError(t, db.Link(t.Context(), l, onRecord("linked", l)))
	require.NoError(t, db.Close())
	start(t, env, "serve")
	s.command("requester", `remove sven.lindqvist source="Corporate AD" reason="HR-1042"`)
	card := s.card("sven.lindqvist")
	s.click("second_approver", card, card.button("approve"))
	s.told("second_approver", "You are not linked to an identity in SailPoint")
	require.Empty(t, s.changing("isc"))
}
