package tools

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity"
)

func creating(account, source string, attributes map[string]string) CreateAccountInput {
	return CreateAccountInput{Account: account, Source: source, Attributes: attributes}
}

// refusedUnasked is the refusal of an input that needs no system to be told.
func refusedUnasked(t *testing.T, s Systems, in CreateAccountInput) *fault.Error {
	t.Helper()
	raw, err := json.Marshal(in)
	require.NoError(t, err)
	f := refused(t, CreateAccount(s).Check(raw), fault.Invalid)
	require.Len(t, f.Fields, 1)
	return f
}

func TestCreatingWritesARecordAndFindsItAgain(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	p, err := s.planCreate(t.Context(), creating("2002", "HR file", map[string]string{"department": "Sales", "manager": "1001"}), "")
	require.NoError(t, err)
	require.Equal(t, "POST /accounts/v1", p.Call)
	require.False(t, p.Exists)
	require.Empty(t, p.Title, "it is called what the operation is called")
	require.Empty(t, p.Target)
	require.Empty(t, p.Warnings)
	require.Equal(t, executor.Account{Name: "2002", NativeIdentity: "2002", SourceID: "s-hr", Source: "HR file"}, p.Account)
	require.Equal(t, map[string]string{"attributes.id": "2002", "attributes.department": "Sales", "attributes.manager": "1001"}, p.Options)
	require.Contains(t, p.Changes, `department is set to "Sales".`)
	proof, err := s.verifyCreated(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.NotApplied, proof.Finding)
	require.Equal(t, executor.Accepted, s.sendCreate(t.Context(), p).Outcome)
	require.Equal(t, []string{"create s-hr map[department:Sales id:2002 manager:1001]"}, d.calls)
	proof, err = s.verifyCreated(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Proof{Finding: executor.Applied, Words: "The account exists; its id is new-1. It has everything that was sent."}, proof)
}

func TestCreatingOnAConnectedSourceWarnsThatNothingIsCreatedThere(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	p, err := s.planCreate(t.Context(), creating("new.one", "s-ad", nil), "")
	require.NoError(t, err)
	require.Contains(t, p.Warnings[0], "nothing is created at the source itself")
	require.False(t, p.Overwrites)
}

func TestCreatingDoesNotChangeAnAccountThatExistsUnlessAsked(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	in := creating("1001", "HR file", map[string]string{"department": "Sales"})
	_, err := s.planCreate(t.Context(), in, "")
	f := refused(t, err, fault.Conflict)
	require.Equal(t, `The source "HR file" already has an account with the native identity "1001", and creating it would change that one. `+
		`Nothing was changed. To change it on purpose, say update_existing=true and why; another person has to approve that.`, f.Sentence)
	require.Equal(t, "update_existing", f.Insist)
	require.Empty(t, f.Choices, "to create something else instead helps nobody")
	in.UpdateExisting = true
	p, err := s.planCreate(t.Context(), in, "")
	require.NoError(t, err)
	require.True(t, p.Exists)
	require.True(t, p.Overwrites, "another person has to approve it")
	require.Equal(t, "a2", p.Target)
	require.Equal(t, "Update account", p.Title, "nobody is told that an account was created")
	require.Equal(t, "enabled", p.Account.Status)
	again, err := s.planCreate(t.Context(), in, "a2")
	require.NoError(t, err)
	require.Equal(t, executor.Fingerprint("create_account", p), executor.Fingerprint("create_account", again))
	proof, err := s.verifyCreated(t.Context(), p, executor.Attempt{StartedAt: noon})
	require.NoError(t, err)
	require.Equal(t, executor.Unsure, proof.Finding, "that it is there proves nothing")
	d.accounts[d.at("a2")].ModifiedAt = noon
	proof, err = s.verifyCreated(t.Context(), p, executor.Attempt{StartedAt: noon})
	require.NoError(t, err)
	require.Equal(t, executor.Proof{Words: "The account exists; its id is a2. But it does not have all that was sent: department, id differs."}, proof,
		"nor does that somebody changed it")
	require.Equal(t, executor.Accepted, s.sendCreate(t.Context(), p).Outcome)
	proof, err = s.verifyCreated(t.Context(), p, executor.Attempt{StartedAt: noon})
	require.NoError(t, err)
	require.Equal(t, executor.Applied, proof.Finding)
	require.Len(t, d.calls, 1)
}

func TestAttributesThatWouldHitAnotherAccountOrBeShownAreRefused(t *testing.T) {
	t.Parallel()
	s, d, e := world()
	_, err := s.planCreate(t.Context(), creating("2002", "HR file", map[string]string{"employeeNumber": "1001"}), "")
	require.Equal(t, "attributes", refused(t, err, fault.Invalid).Fields[0].Name)
	for _, attributes := range []map[string]string{
		{"id": "1001"}, {"ID": "other"}, {"sourceId": "s-ad"}, {"Password": "hunter2"}, {"clientSecret": "x"},
	} {
		f := refusedUnasked(t, s, creating("2002", "HR file", attributes))
		require.Equal(t, "attributes", f.Fields[0].Name)
		require.NotContains(t, f.Sentence, "hunter2")
	}
	for _, attributes := range []map[string]string{{"Phone": "1"}, {"identifier": "1"}, {"Username": "other"}, {"Id": "7"}, {"firstname": "New"}, {"Is_Active": "yes"}} {
		in := creating("new.one", "", attributes)
		in.System = identity.ESystems
		f := refusedUnasked(t, s, in)
		hidden := attributes["Phone"]+attributes["identifier"] != ""
		require.Equal(t, hidden, strings.Contains(f.Sentence, "cannot be given here, because requests are shown in chat and kept"), f.Sentence)
	}
	long := creating("2002", "HR file", map[string]string{"about": strings.Repeat("x\n", 600)})
	_, err = s.planCreate(t.Context(), long, "")
	require.NoError(t, err, "what cannot be a key is not looked up")
	require.Empty(t, d.calls)
	require.Empty(t, e.calls)
}

func TestTheSameNativeIdentityOnAnotherSourceIsNoProofOfACreation(t *testing.T) {
	t.Parallel()
	s, d, _ := world()
	p, err := s.planCreate(t.Context(), creating("max", "HR file", nil), "")
	require.NoError(t, err, "nor is it in the way")
	require.False(t, p.Exists)
	proof, err := s.verifyCreated(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Proof{Finding: executor.NotApplied, Words: "SailPoint has no such account."}, proof)
	require.Empty(t, d.calls)
}

func TestCreatingNeedsASourceThatExists(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	_, err := s.planCreate(t.Context(), creating("2002", "Nowhere", nil), "")
	require.Equal(t, "source", refused(t, err, fault.Invalid).Fields[0].Name)
}

func TestWhatANewAccountLacksIsToldAtItsFieldWithoutAskingASystem(t *testing.T) {
	t.Parallel()
	s, _, _ := world()
	for name, c := range map[string]struct {
		in    CreateAccountInput
		field string
	}{
		"nothing":                {CreateAccountInput{}, "account"},
		"no source":              {creating("2002", "", nil), "source"},
		"a blank source":         {creating("2002", "  ", nil), "source"},
		"no account":             {creating("", "HR file", map[string]string{"city": "Austin"}), "account"},
		"eSystems":               {CreateAccountInput{System: identity.ESystems}, "account"},
		"eSystems, a source":     {CreateAccountInput{System: identity.ESystems, Account: "a", Source: "HR file"}, "source"},
		"an update, unexplained": {CreateAccountInput{System: identity.SailPoint, Account: "a", Source: "HR file", UpdateExisting: true}, "reason"},
		"eSystems, an update":    {CreateAccountInput{System: identity.ESystems, Account: "a", UpdateExisting: true}, "update_existing"},
		"eSystems, a bad name":   {CreateAccountInput{System: identity.ESystems, Account: "a", Attributes: map[string]string{"City": "x"}}, "attributes"},
		"eSystems, no name":      {CreateAccountInput{System: identity.ESystems, Account: "a", Attributes: map[string]string{"Email": "a@x.org", "Name": " "}}, "attributes"},
	} {
		require.Equal(t, c.field, refusedUnasked(t, s, c.in).Fields[0].Name, name)
	}
	require.NoError(t, CreateAccount(s).Check([]byte(`{"attributes":{"userName":"b"},"source":"Nowhere"}`)), "only SailPoint knows its sources")
	err := CreateAccount(Systems{}.settled()).Check([]byte(`{"account":"a","source":"b"}`))
	require.Contains(t, refused(t, err, fault.Invalid).Sentence, "not configured")
}

func TestCreatingInESystems(t *testing.T) {
	t.Parallel()
	s, _, e := world()
	in := creating("new.one", "", map[string]string{"FirstName": "New"})
	in.System = identity.ESystems
	p, err := s.planCreate(t.Context(), in, "")
	require.NoError(t, err)
	require.Equal(t, "POST /Account", p.Call)
	require.Equal(t, executor.Accepted, s.sendCreate(t.Context(), p).Outcome)
	require.Equal(t, []string{"create map[FirstName:New Username:new.one]"}, e.calls)
	proof, err := s.verifyCreated(t.Context(), p, executor.Attempt{})
	require.NoError(t, err)
	require.Equal(t, executor.Applied, proof.Finding)
	_, err = s.planCreate(t.Context(), in, "")
	refused(t, err, fault.Conflict)
	taken := creating("new.two", "", map[string]string{"ExternalId": "E-1", "Name": "New Two"})
	taken.System = identity.ESystems
	_, err = s.planCreate(t.Context(), taken, "")
	require.NoError(t, err)
	e.accounts[0].NativeIdentity = "E-1"
	_, err = s.planCreate(t.Context(), taken, "")
	f := refused(t, err, fault.Conflict)
	require.Equal(t, `eSystems already has an account with the ExternalId "E-1"; its Username is "jane.doe". Nothing was changed.`, f.Sentence)
	require.Empty(t, f.Choices, "the id of an account is no Username of a new one")
}

func TestTheKeyOfANewAccountMayStandAmongItsAttributes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in     CreateAccountInput
		system string
		key    string
	}{
		"said":              {CreateAccountInput{Account: "a", Attributes: map[string]string{"userName": "b"}}, identity.SailPoint, "a"},
		"the login":         {CreateAccountInput{Attributes: map[string]string{"city": "Austin", "userName": "b"}}, identity.SailPoint, "b"},
		"the native one":    {CreateAccountInput{Attributes: map[string]string{"nativeIdentity": "CN=b", "userName": "b"}}, identity.SailPoint, "CN=b"},
		"eSystems":          {CreateAccountInput{Attributes: map[string]string{"Username": "c", "Name": "C"}}, identity.ESystems, "c"},
		"eSystems, no name": {CreateAccountInput{Attributes: map[string]string{"userName": "c"}}, identity.ESystems, ""},
		"nothing":           {CreateAccountInput{Attributes: map[string]string{"city": "Austin"}}, identity.SailPoint, ""},
	} {
		require.Equal(t, c.key, c.in.key(c.system), name)
	}
}
