package fakeisc

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestARestartCarriesOnWhereTheTenantWas(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane, gus := r.account("jane.doe", CorporateAD), r.account("gus.weber", CorporateAD)
	removal := r.started(r.call("POST", "/accounts/v1/"+jane.ID+"/remove", ""))
	deletion := r.started(r.call("POST", "/account-requests/v1/account/"+gus.ID+"/delete", ""))
	r.control("POST", "/faults", `{"method":"GET","path_prefix":"/sources","kind":"503","times":2}`)
	require.Equal(t, 503, r.call("GET", "/sources/v1", "").status)
	before, err := r.isc.Upstream().Calls()
	require.NoError(t, err)

	r.reopen()
	after, err := r.isc.Upstream().Calls()
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Equal(t, jane, r.account("jane.doe", CorporateAD), "the same token is still good, and the task has not ended")
	require.Nil(t, r.task(removal).CompletionStatus)
	require.Equal(t, 503, r.call("GET", "/sources/v1", "").status, "one of two faults is left")
	require.Equal(t, 200, r.call("GET", "/sources/v1", "").status)

	r.pass(time.Minute)
	r.reopen()
	require.Equal(t, "SUCCESS", *r.task(removal).CompletionStatus)
	require.Equal(t, 404, r.call("GET", "/accounts/v1/"+jane.ID, "").status)
	require.Equal(t, deletion, r.deletionsOf("")[0].AccountRequestID)
	require.Equal(t, 404, r.call("GET", "/accounts/v1/"+gus.ID, "").status)
	r.reopen()
	require.Equal(t, 404, r.call("GET", "/accounts/v1/"+jane.ID, "").status, "the seed is sown once")
}

func TestATaskCutOffByACrashIsFinishedAndDoesNotFail(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	jane, gus := r.account("jane.doe", CorporateAD), r.account("gus.weber", CorporateAD)
	removal := r.started(r.call("POST", "/accounts/v1/"+jane.ID+"/remove", ""))
	r.started(r.call("POST", "/account-requests/v1/account/"+gus.ID+"/delete", ""))
	r.pass(time.Minute)
	// As a crash leaves it between the effect and the end of the task.
	r.isc.mu.Lock()
	k := r.isc.tasks[removal]
	_, err := r.isc.effect(k)
	for _, d := range r.isc.deletions {
		err = errors.Join(err, r.isc.deleteAtSource(d))
	}
	r.isc.mu.Unlock()
	require.NoError(t, err)
	r.reopen()
	require.Equal(t, "SUCCESS", *r.task(removal).CompletionStatus)
	require.Equal(t, [2]string{"APPROVED", "PASSED"}, states(r.deletionsOf("")[0]))
}

func TestASeedCutOffByACrashIsSownAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	require.NoError(t, r.disk.Delete("isc/settings", "seeded"))
	require.NoError(t, r.isc.dropAccount(r.account("jane.doe", CorporateAD).ID))
	r.reopen()
	r.account("jane.doe", CorporateAD)
}
