package esystems_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/esystems"
)

func quick() esystems.Tuning {
	return esystems.Tuning{ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, Per: time.Millisecond}
}

// private reads what the server has of an account, private fields included.
func private(t *testing.T, url, id string) map[string]any {
	t.Helper()
	res, err := http.Get(url + "/sandbox/v1/upstream/esystems/accounts")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var raw struct{ Accounts []map[string]any }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&raw))
	for _, a := range raw.Accounts {
		if a["Id"] == id {
			return a
		}
	}
	return nil
}

func TestDisablingKeepsAllThatTheServerHas(t *testing.T) {
	t.Parallel()
	url := fake(t) // its PUT empties what is left out
	c := client(t, url, "sandbox-client", quick())
	found, err := c.Find(t.Context(), identity.Query{Text: "ops/night 100%"})
	require.NoError(t, err)
	require.Len(t, found.Accounts, 1)
	id := found.Accounts[0].ID
	before := private(t, url, id)
	require.NotEmpty(t, before["Phone"])
	require.NotEmpty(t, before["Identifier"])
	a := c.SetActive(t.Context(), id, false)
	require.Equal(t, identity.Accepted, a.Outcome, "%v", a.Err)
	after := private(t, url, id)
	require.Equal(t, false, after["Is_Active"])
	for _, field := range []string{"Is_Active", "ModifiedOn"} {
		delete(before, field)
		delete(after, field)
	}
	require.Equal(t, before, after)
}

func TestAClientThatMayOnlyReadIsToldWhichScopeItLacks(t *testing.T) {
	t.Parallel()
	url := fake(t)
	c := client(t, url, "sandbox-reader", quick())
	found, err := c.Find(t.Context(), identity.Query{Text: "OPS|1+1=2", By: identity.ByExternalID})
	require.NoError(t, err)
	require.Len(t, found.Accounts, 1)
	a := c.Delete(t.Context(), found.Accounts[0].ID)
	require.Equal(t, identity.Refused, a.Outcome)
	require.Contains(t, a.Err.Sentence, "AccessManager:Delete")
	require.NotNil(t, private(t, url, found.Accounts[0].ID))
}

func TestAnAccountIsCreatedOnceAndItsNamesAreUnique(t *testing.T) {
	t.Parallel()
	c := client(t, fake(t), "sandbox-client", quick())
	fields := map[string]string{"Username": "new.one", "Name": "New One", "Email": "new.one@acme.example", "Phone": "+49 151 CANARY", "Is_Active": "true"}
	a := c.Create(t.Context(), fields)
	require.Equal(t, identity.Accepted, a.Outcome, "%v", a.Err)
	a = c.Create(t.Context(), fields)
	require.Equal(t, identity.Refused, a.Outcome)
	require.Contains(t, a.Err.Said, "Username must be unique.")
	require.NotContains(t, a.Err.Said, "CANARY")
}

func TestOneUsernameThatIsAnothersExternalIDIsAmbiguousUnlessSaidWhich(t *testing.T) {
	t.Parallel()
	c := client(t, fake(t), "sandbox-client", quick())
	for by, want := range map[identity.By]int{identity.ByAny: 2, identity.ByUsername: 1, identity.ByExternalID: 1, identity.ByID: 0} {
		found, err := c.Find(t.Context(), identity.Query{Text: "E100277", By: by})
		require.NoError(t, err)
		require.Len(t, found.Accounts, want, by)
	}
}

func TestAnUnconfiguredOrWrongServerIsNamed(t *testing.T) {
	t.Parallel()
	c := client(t, fake(t)+"/nowhere", "sandbox-client", quick())
	_, err := c.Get(t.Context(), "x")
	require.True(t, fault.Is(err, fault.Upstream))
	require.ErrorContains(t, err, "eSystems")
}

func TestNoPhoneAndNoNationalIDLeavesTheClient(t *testing.T) {
	t.Parallel()
	url := fake(t)
	c := client(t, url, "sandbox-client", quick())
	everybody, err := c.Find(t.Context(), identity.Query{Text: "e", Prefix: true})
	require.NoError(t, err)
	hidden := map[string]bool{}
	var seen []any
	for _, a := range everybody.Accounts {
		raw := private(t, url, a.ID)
		for _, field := range []string{"Phone", "Identifier"} {
			text, _ := raw[field].(string)
			require.NotEmpty(t, text)
			hidden[text] = true
			byValue, err := c.Find(t.Context(), identity.Query{Text: text})
			require.NoError(t, err)
			require.Empty(t, byValue.Accounts, "nobody is found by it either")
		}
		got, err := c.Get(t.Context(), a.ID)
		require.NoError(t, err)
		seen = append(seen, got, c.SetActive(t.Context(), a.ID, a.Disabled), c.Delete(t.Context(), a.ID), c.Delete(t.Context(), a.ID))
	}
	require.NotEmpty(t, hidden)
	all, err := json.Marshal(seen)
	require.NoError(t, err)
	text := fmt.Sprintf("%+v %+v %s", everybody, seen, all)
	for value := range hidden {
		require.NotContains(t, text, value)
	}
}
