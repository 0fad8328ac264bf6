package tools

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/identity/esystems"
	"accountops/internal/identity/sailpoint"
	"accountops/internal/sandbox/disk"
	"accountops/internal/sandbox/fakeesystems"
	"accountops/internal/sandbox/fakeisc"
)

// tenants is the catalogue's systems as they are in the sandbox: the real clients against the fake tenants, whose tasks end at once.
func tenants(t *testing.T) Systems {
	t.Helper()
	d, err := disk.Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	isc, err := fakeisc.New(fakeisc.Config{Disk: d, Clock: time.Now, TaskQueued: -1, TaskRunning: -1, DeletionApproval: -1})
	require.NoError(t, err)
	endpoint, err := fakeesystems.New(fakeesystems.Config{Disk: d, Clock: time.Now})
	require.NoError(t, err)
	iscServer, esystemsServer := httptest.NewServer(isc), httptest.NewServer(endpoint)
	t.Cleanup(iscServer.Close)
	t.Cleanup(esystemsServer.Close)
	secret := func() (string, error) { return "sandbox-secret", nil }
	c, err := sailpoint.New(sailpoint.Config{BaseURL: iscServer.URL + "/isc", ClientID: "sandbox-client", Secret: secret})
	require.NoError(t, err)
	e, err := esystems.New(esystems.Config{BaseURL: esystemsServer.URL + "/esystems", ClientID: "sandbox-client", Secret: secret})
	require.NoError(t, err)
	return Systems{ISC: c, Endpoint: e}.settled()
}

// ends sends a plan and follows it to its end, and gives what reading back finds.
func ends(t *testing.T, plan executor.Plan, op verbs) executor.Proof {
	t.Helper()
	attempt := executor.Attempt{StartedAt: time.Now()}
	sent := op.send(t.Context(), plan)
	require.Equal(t, executor.Accepted, sent.Outcome, "%v", sent.Err)
	attempt.Task = sent.Task
	for range 100 {
		if sent.Task == "" {
			break
		}
		progress, err := op.follow(t.Context(), []string{sent.Task})
		require.NoError(t, err)
		require.Contains(t, progress, sent.Task)
		if attempt.TaskState = progress[sent.Task].State; attempt.TaskState != executor.Running {
			break
		}
	}
	proof, err := op.verify(t.Context(), plan, attempt)
	require.NoError(t, err)
	return proof
}

func TestEveryOperationEndsVerifiedAgainstTheSandboxTenants(t *testing.T) {
	t.Parallel()
	s := tenants(t)
	remove := verbs{s.sendRemove, s.follow, s.verifyGone}
	erase := verbs{s.sendDelete, s.follow, s.verifyDelete}
	disable := verbs{s.disabling().send, s.follow, s.disabling().verify}
	create := verbs{s.sendCreate, s.follow, s.verifyCreated}
	on := func(account, source, system string) AccountInput {
		return AccountInput{Account: account, Source: source, System: system}
	}
	for name, c := range map[string]struct {
		plan func() (executor.Plan, error)
		op   verbs
		call string
	}{
		"remove": {func() (executor.Plan, error) {
			return s.planRemove(t.Context(), RemoveAccountInput{AccountInput: on("jane.doe", "Corporate AD", ""), Reason: "left"}, "")
		}, remove, callRemove},
		"delete at the source": {func() (executor.Plan, error) {
			return s.planDelete(t.Context(), DeleteAccountInput{AccountInput: on("john.smith", "Corporate AD", ""), Reason: "left", Comments: "HR-7"}, "")
		}, erase, callRequestDeletion},
		"delete of a file": {func() (executor.Plan, error) {
			return s.planDelete(t.Context(), DeleteAccountInput{AccountInput: on("john.smith", "Finance Ledger", ""), Reason: "left"}, "")
		}, erase, callDeleteRecord},
		"delete in eSystems": {func() (executor.Plan, error) {
			return s.planDelete(t.Context(), DeleteAccountInput{AccountInput: on("ops/night 100%", "", "esystems"), Reason: "left"}, "")
		}, erase, callDeleteEndpoint},
		"disable": {func() (executor.Plan, error) {
			return s.disabling().plan(t.Context(), StatusInput{AccountInput: on("bao.tran", "Corporate AD", "")}, "")
		}, disable, callDisable},
		"disable in eSystems": {func() (executor.Plan, error) {
			return s.disabling().plan(t.Context(), StatusInput{AccountInput: on("bao.tran", "", "esystems")}, "")
		}, disable, callDeactivate},
		"create": {func() (executor.Plan, error) {
			return s.planCreate(t.Context(), creating("FL-7", "Finance Ledger", map[string]string{"displayName": "Seven"}), "")
		}, create, callCreate},
		"create in eSystems": {func() (executor.Plan, error) {
			in := creating("new.one", "", map[string]string{"FirstName": "New", "LastName": "One", "ExternalId": "N-1", "Email": "new@acme.example"})
			in.System = "esystems"
			return s.planCreate(t.Context(), in, "")
		}, create, callCreateEndpoint},
	} {
		p, err := c.plan()
		require.NoError(t, err, name)
		require.Equal(t, c.call, p.Call, name)
		proof := ends(t, p, c.op)
		require.Equal(t, executor.Applied, proof.Finding, "%s: %s", name, proof.Words)
	}
}

func TestUpdatingAnAccountIsVerifiedByWhenItChanged(t *testing.T) {
	t.Parallel()
	s := tenants(t)
	in := creating("FL-100234", "Finance Ledger", map[string]string{"costCenter": "CC-1"})
	_, err := s.planCreate(t.Context(), in, "")
	refused(t, err, fault.Conflict)
	in.UpdateExisting = true
	p, err := s.planCreate(t.Context(), in, "")
	require.NoError(t, err)
	proof := ends(t, p, verbs{s.sendCreate, s.follow, s.verifyCreated})
	require.Equal(t, executor.Applied, proof.Finding, proof.Words)
}

func TestTheSandboxTenantsRefuseAndRejectAsTheRealOnesWould(t *testing.T) {
	t.Parallel()
	s := tenants(t)
	vault := AccountInput{Account: "jane.doe", Source: "Payroll Vault"}
	p, err := s.planRemove(t.Context(), RemoveAccountInput{AccountInput: vault, Reason: "left"}, "")
	require.NoError(t, err)
	sent := s.sendRemove(t.Context(), p)
	require.Equal(t, executor.Refused, sent.Outcome)
	require.Contains(t, sent.Err.Said, "Remove Source Accounts")
	_, err = s.planDelete(t.Context(), DeleteAccountInput{AccountInput: vault, Reason: "left"}, "")
	require.Contains(t, refused(t, err, fault.Conflict).Sentence, "What fits is to disable it")
	_, err = s.disabling().plan(t.Context(), StatusInput{AccountInput: AccountInput{Account: "jane.doe", Source: "Finance Ledger"}}, "")
	refused(t, err, fault.Conflict)

	p, err = s.planDelete(t.Context(), DeleteAccountInput{AccountInput: AccountInput{Account: "EMEA/HR/legacy 100%/0007"}, Reason: "left"}, "")
	require.NoError(t, err)
	proof := ends(t, p, verbs{s.sendDelete, s.follow, s.verifyDelete})
	require.Equal(t, executor.NotApplied, proof.Finding, "the source owner rejects it")

	_, err = s.planRemove(t.Context(), RemoveAccountInput{AccountInput: AccountInput{Account: "John Smith"}, Reason: "left"}, "")
	require.Greater(t, len(refused(t, err, fault.Conflict).Choices), 2)
	_, err = AccountInput{Account: "LEGACY-0042", System: "esystems"}.account(t.Context(), s.Endpoint, "")
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	_, err = AccountInput{Account: "E100277", System: "esystems"}.account(t.Context(), s.Endpoint, "")
	refused(t, err, fault.Conflict)
	a, err := AccountInput{Account: "E100277", System: "esystems", MatchBy: "external_id"}.account(t.Context(), s.Endpoint, "")
	require.NoError(t, err)
	require.Equal(t, "omar.haddad", a.Name)
}

func TestALostDeletionRequestIsFoundAtTheSandboxTenant(t *testing.T) {
	t.Parallel()
	s := tenants(t)
	p, err := s.planDelete(t.Context(), DeleteAccountInput{AccountInput: AccountInput{Account: "zoe.papadakis", Source: "Legacy HR"}, Reason: "left"}, "")
	require.NoError(t, err)
	attempt := executor.Attempt{StartedAt: time.Now()}
	sent := s.sendDelete(t.Context(), p)
	proof, err := s.verifyDelete(t.Context(), p, attempt) // nobody heard the answer
	require.NoError(t, err)
	require.Equal(t, executor.Proof{Finding: executor.Underway, Task: sent.Task, Words: "SailPoint has the deletion request in hand."}, proof)
	progress, err := s.follow(t.Context(), []string{proof.Task})
	require.NoError(t, err)
	require.Equal(t, executor.FailedTask, progress[proof.Task].State)
	listed, err := s.deletions(t.Context(), ListDeletionRequestsInput{Count: true, Mine: true}, executor.Call{})
	require.NoError(t, err)
	require.Equal(t, 1, *listed.Data.Total)
	require.Equal(t, strings.TrimPrefix(sent.Task, deletionMark), listed.Data.Requests[0].ID)
	fits(t, "list_deletion_requests", listed.Data)
}
