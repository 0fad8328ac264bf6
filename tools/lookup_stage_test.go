package tools_test

import (
	"encoding/json"
	"strings"
	"testing"

	"accountops/internal/fault"

	"github.com/stretchr/testify/require"
)

// called gives the id of the account with a login, as the tenant's own list has it.
func (s *stage) called(login string) string {
	s.t.Helper()
	var listed struct {
		Accounts []struct{ ID, Name, Username string }
	}
	require.NoError(s.t, json.Unmarshal(s.script("GET", "/accounts", ""), &listed))
	for _, a := range listed.Accounts {
		if a.Name == login || a.Username == login {
			return a.ID
		}
	}
	require.Fail(s.t, "there is no such account", login)
	return ""
}

func TestALoginThatIsAnotherPersonsEMailAddressIsATableAndNoPlan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ system, field, operation, address string }{
		{"sailpoint", "name", "remove_account", "victor.lima@acme.example"},
		{"esystems", "Username", "delete_account", "mei.tanaka@acme.example"},
	} {
		t.Run(c.system, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, c.system, "sandbox-client")
			s.script("POST", "/accounts/"+s.called("svc-backup"), `{"set":{"`+c.field+`":"`+c.address+`"}}`)
			_, err := s.ask(c.operation, `{"account":"`+c.address+`","reason":"left"}`)
			f := requireKind(t, fault.Conflict, err, "Several accounts in")
			require.Greater(t, len(f.Choices), 1)
			s.untouched()
		})
	}
}

func TestTheIDOfAnAccountIsNeverWrittenOverItsNativeIdentity(t *testing.T) {
	t.Parallel()
	s := newStage(t, "sailpoint", "sandbox-client")
	id := s.ids2("Finance Ledger")[0]
	for _, update := range []string{"", `,"update_existing":true,"reason":"HR-1"`} {
		_, err := s.ask("create_account", `{"account":"`+id+`","source":"Finance Ledger","attributes":{"displayName":"X"}`+update+`}`)
		requireKind(t, fault.Invalid, err, "is an account's id in SailPoint, not a native identity")
	}
	s.untouched()
}

func TestASourceThatThereIsNotIsToldUnlessSourcesMayNotBeRead(t *testing.T) {
	t.Parallel()
	const input = `{"account":"nobody","source":"Corprate AD"}`
	for client, told := range map[string]string{
		"sandbox-client": `SailPoint has no source "Corprate AD". Did you mean "Corporate AD"?`, "sandbox-helpdesk": `SailPoint has no account "nobody" on source "Corprate AD".`,
	} {
		s := newStage(t, "sailpoint", client)
		_, err := s.ask("get_account", input)
		require.Contains(t, fault.Shown(err, func() string { return "" }).Sentence, told)
		s.untouched()
	}
}

func TestWhatTheSchemaLetsThroughIsLookedUpInWhateverAlphabet(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"sailpoint", "esystems"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, system, "sandbox-client")
			for _, character := range []string{"x", "é", "𝒳"} {
				for _, more := range []string{"", `,"match_by":"id"`} {
					_, err := s.ask("delete_account", `{"account":"`+strings.Repeat(character, 512)+`","reason":"left"`+more+`}`)
					requireKind(t, fault.NotFound, err, "has no account")
					_, err = s.ask("delete_account", `{"account":"`+strings.Repeat(character, 513)+`","reason":"left"`+more+`}`)
					requireKind(t, fault.Invalid, err, "512 characters")
				}
			}
			s.untouched()
		})
	}
}
