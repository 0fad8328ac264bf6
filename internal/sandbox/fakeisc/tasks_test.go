package fakeisc

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestARemovalTakesEffectWhenItsTaskEndsAndNotBefore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	a := r.call("POST", "/accounts/v1/"+jane.ID+"/remove", "")
	id := r.started(a)
	require.JSONEq(t, fmt.Sprintf(`{"type":"TASK_RESULT","id":%q,"name":null}`, id), a.body)

	queued := r.task(id)
	require.Nil(t, queued.CompletionStatus)
	require.Nil(t, queued.Launched)
	r.pass(time.Second)
	running := r.task(id)
	require.Nil(t, running.CompletionStatus)
	require.NotNil(t, running.Launched)
	r.pass(2*time.Second - time.Millisecond)
	require.Nil(t, r.task(id).CompletionStatus)
	require.Equal(t, 200, r.call("GET", "/accounts/v1/"+jane.ID, "").status)
	r.pass(time.Millisecond)
	over := r.task(id)
	require.Equal(t, "SUCCESS", *over.CompletionStatus)
	require.Equal(t, 100, over.PercentComplete)
	require.Equal(t, running.Created.Add(3*time.Second), *over.Completed)
	gone := r.call("GET", "/accounts/v1/"+jane.ID, "")
	require.Equal(t, 404, gone.status)
	problemOf(t, gone)
}

func TestRemovalSentTwiceIsTwoTasksAndTheSecondFails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	first := r.started(r.call("POST", "/accounts/v1/"+jane.ID+"/remove", ""))
	r.pass(time.Millisecond)
	second := r.started(r.call("POST", "/accounts/v1/"+jane.ID+"/remove", ""))
	require.NotEqual(t, first, second)
	r.pass(time.Minute)
	require.Equal(t, "SUCCESS", *r.task(first).CompletionStatus)
	failed := r.task(second)
	require.Equal(t, "ERROR", *failed.CompletionStatus)
	require.Contains(t, failed.Messages[0].LocalizedText["message"], "not found")
	require.Equal(t, 404, r.call("POST", "/accounts/v1/"+jane.ID+"/remove", "").status)
}

func TestARemovedAccountComesBackAtTheNextAggregation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	r.started(r.call("POST", "/accounts/v1/"+jane.ID+"/remove", ""))
	r.pass(time.Minute)
	r.control("POST", "/aggregate", `{"source":"corporate ad"}`)
	back := r.account("jane.doe", CorporateAD)
	require.NotEqual(t, jane.ID, back.ID)
	require.Equal(t, jane.NativeIdentity, back.NativeIdentity)
	require.Equal(t, 404, r.call("GET", "/accounts/v1/"+jane.ID, "").status)
}

func TestASourceMayRefuseRemoval(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", PayrollVault)
	a := r.call("POST", "/accounts/v1/"+jane.ID+"/remove", "")
	require.Equal(t, 400, a.status)
	require.Equal(t, `Action "Remove Source Accounts" cannot be performed on [Payroll Vault]`, problemOf(t, a).Messages[0].Text)
}

func TestDisableEnableAndUnlockChangeTheAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	liam := r.account("liam.oconnor", CorporateAD)
	require.True(t, liam.Locked)
	for _, c := range []struct {
		verb             string
		disabled, locked bool
	}{{"disable", true, true}, {"enable", false, true}, {"unlock", false, false}} {
		id := r.started(r.call("POST", "/accounts/v1/"+liam.ID+"/"+c.verb, "{}"))
		r.pass(3 * time.Second)
		require.Equal(t, "SUCCESS", *r.task(id).CompletionStatus)
		now := r.account("liam.oconnor", CorporateAD)
		require.Equal(t, c.disabled, now.Disabled, c.verb)
		require.Equal(t, c.locked, now.Locked, c.verb)
		require.True(t, now.Modified.After(liam.Modified))
	}
	ledger := r.account("jane.doe", FinanceLedger)
	id := r.started(r.call("POST", "/accounts/v1/"+ledger.ID+"/disable", "{}"))
	r.pass(time.Minute)
	require.Equal(t, "ERROR", *r.task(id).CompletionStatus)
	require.False(t, r.account("jane.doe", FinanceLedger).Disabled)
}

func TestDeleteIsForFlatFilesOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	a := r.call("DELETE", "/accounts/v1/"+r.account("jane.doe", CorporateAD).ID, "")
	require.Equal(t, 400, a.status)
	require.Contains(t, problemOf(t, a).Messages[0].Text, "DelimitedFile")
	ledger := r.account("jane.doe", FinanceLedger)
	id := r.started(r.call("DELETE", "/accounts/v1/"+ledger.ID, ""))
	r.pass(time.Minute)
	require.Equal(t, "SUCCESS", *r.task(id).CompletionStatus)
	require.Equal(t, 404, r.call("GET", "/accounts/v1/"+ledger.ID, "").status)
	r.control("POST", "/aggregate", `{"source":"Finance Ledger"}`)
	require.NotEqual(t, ledger.ID, r.account("jane.doe", FinanceLedger).ID, "still in the file, so it comes back")
}

func TestManyTasksAreReadAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var ids []string
	for _, login := range []string{"jane.doe", "gus.weber", "bao.tran"} {
		ids = append(ids, r.started(r.call("POST", "/accounts/v1/"+r.account(login, CorporateAD).ID+"/disable", "{}")))
	}
	var tasks []taskStatus
	filter := url.QueryEscape(`id in ("` + strings.Join(ids, `","`) + `","unknown")`)
	r.call("GET", "/task-status/v1?filters="+filter, "").into(t, &tasks)
	require.Len(t, tasks, 3)
	require.Equal(t, 404, r.call("GET", "/task-status/v1/unknown", "").status)
	require.Empty(t, r.call("GET", "/task-status/v1/unknown", "").body)
	many := `id in ("` + strings.Repeat(`x","`, 250) + `x")`
	require.Equal(t, 400, r.call("GET", "/task-status/v1?filters="+url.QueryEscape(many), "").status)
	for _, bad := range []string{"filters=" + url.QueryEscape(`name eq "x"`), "filters=" + url.QueryEscape(`id sw "x"`), "filters=" + url.QueryEscape(`created gt 2024-01-01T00:00:00Z`), "sorters=id"} {
		require.Equal(t, 400, r.call("GET", "/task-status/v1?"+bad, "").status, bad)
	}
	running := func() (ids []string) {
		var tasks []taskStatus
		r.call("GET", "/task-status/v1?sorters=-created&filters="+url.QueryEscape(`completionStatus isnull and sourceId eq "`+identityID("source/"+CorporateAD)+`"`), "").into(t, &tasks)
		for _, task := range tasks {
			ids = append(ids, task.ID)
		}
		return ids
	}
	require.ElementsMatch(t, ids, running())
	r.pass(time.Minute)
	require.Empty(t, running())
	r.pass(90 * 24 * time.Hour)
	r.token = r.login("sandbox-client")
	require.Equal(t, 404, r.call("GET", "/task-status/v1/"+ids[0], "").status)
}

func TestCreateWritesARecordThatADirectSourceForgets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, bad := range []string{
		``, `{}`, `{"attributes":[]}`, `{"attributes":{"id":"x"}}`, `{"attributes":{"sourceId":"nowhere","id":"x"}}`,
		`{"attributes":{"sourceId":"` + identityID("source/"+FinanceLedger) + `","id":5}}`,
		`{"attributes":{"sourceId":"` + identityID("source/"+FinanceLedger) + `"}}`,
	} {
		require.Equal(t, 400, r.call("POST", "/accounts/v1", bad).status, bad)
	}
	for _, c := range []struct {
		source, attribute string
		stays             bool
	}{{FinanceLedger, "id", true}, {CorporateAD, "distinguishedName", false}} {
		body := fmt.Sprintf(`{"attributes":{"sourceId":%q,%q:"new-1","name":"new.hire","email":"victor.lima@acme.example"}}`, identityID("source/"+c.source), c.attribute)
		id := r.started(r.call("POST", "/accounts/v1", body))
		require.Nil(t, r.task(id).CompletionStatus)
		r.pass(3 * time.Second)
		require.Equal(t, "SUCCESS", *r.task(id).CompletionStatus)
		made := r.account("new.hire", c.source)
		require.Equal(t, "new-1", made.NativeIdentity)
		require.Equal(t, "Victor Lima", made.Identity.Name)
		r.control("POST", "/aggregate", fmt.Sprintf(`{"source":%q}`, c.source))
		require.Equal(t, map[bool]int{true: 200, false: 404}[c.stays], r.call("GET", "/accounts/v1/"+made.ID, "").status)
	}
}

func TestCreateUpdatesAnAccountWhoseIDTheBodyCarries(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	was := r.account("jane.doe", FinanceLedger)
	for i, key := range []string{`"id":"FL-100234"`, `"nativeIdentity":"FL-100234"`, `"id":"` + was.ID + `"`} {
		body := fmt.Sprintf(`{"attributes":{"sourceId":%q,%s,"costCenter":"CC-%d"}}`, was.SourceID, key, i)
		r.started(r.call("POST", "/accounts/v1", body))
		r.pass(3 * time.Second)
		now := r.account("jane.doe", FinanceLedger)
		require.Equal(t, was.ID, now.ID)
		require.Equal(t, fmt.Sprintf("CC-%d", i), now.Attributes["costCenter"])
		require.Equal(t, was.Identity, now.Identity)
	}
}

func TestPatchAnswersWithoutATask(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	was := r.account("jane.doe", FinanceLedger)
	john := r.account("john.smith", CorporateAD)
	patch := `[{"op":"replace","path":"/attributes/costCenter","value":"CC-9"},{"op":"replace","path":"/identityId","value":"` + *john.IdentityID + `"}]`
	a := r.call("PATCH", "/accounts/v1/"+was.ID, patch, "Content-Type: application/json-patch+json")
	require.Equal(t, 202, a.status)
	require.JSONEq(t, `{}`, a.body)
	now := r.account("jane.doe", FinanceLedger)
	require.Equal(t, "CC-9", now.Attributes["costCenter"])
	require.Equal(t, "John Smith", now.Identity.Name)
	require.Equal(t, 400, r.call("PATCH", "/accounts/v1/"+john.ID, `[{"op":"replace","path":"/attributes/mail","value":"x"}]`).status)
	require.Equal(t, 400, r.call("PATCH", "/accounts/v1/"+john.ID, `{}`).status)
}

func TestAccountsCanBeChangedBehindEverybodysBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane := r.account("jane.doe", CorporateAD)
	r.control("POST", "/accounts/"+jane.ID, `{"set":{"disabled":true,"identity":{"id":"x"}},"entitlements":[{"name":"New","privileged":true}]}`)
	now := r.account("jane.doe", CorporateAD)
	require.True(t, now.Disabled)
	require.Equal(t, "Jane Doe", now.Identity.Name)
	var rights []entitlement
	r.call("GET", "/accounts/v1/"+jane.ID+"/entitlements", "").into(t, &rights)
	require.Len(t, rights, 1)
	require.True(t, rights[0].Privileged)
	r.control("DELETE", "/accounts/"+jane.ID, "")
	require.Equal(t, 404, r.call("GET", "/accounts/v1/"+jane.ID, "").status)
	r.control("POST", "/aggregate", `{"source":"Corporate AD"}`)
	require.False(t, r.account("jane.doe", CorporateAD).Disabled, "the source never knew")
}
