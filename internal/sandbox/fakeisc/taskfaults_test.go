package fakeisc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTasksMisbehaveAsTheyAreTold(t *testing.T) {
	t.Parallel()
	for kind, check := range map[string]func(*testing.T, *rig, string, Account){
		"task never ends": func(t *testing.T, r *rig, id string, a Account) {
			require.Nil(t, r.task(id).CompletionStatus)
			require.Equal(t, 200, r.call("GET", "/accounts/v1/"+a.ID, "").status)
		},
		"task fails": func(t *testing.T, r *rig, id string, a Account) {
			require.Equal(t, "ERROR", *r.task(id).CompletionStatus)
			require.Equal(t, 200, r.call("GET", "/accounts/v1/"+a.ID, "").status)
		},
		"task warns": func(t *testing.T, r *rig, id string, a Account) {
			require.Equal(t, "WARNING", *r.task(id).CompletionStatus)
			require.Equal(t, "WARN", r.task(id).Messages[0].Type)
			require.Equal(t, 404, r.call("GET", "/accounts/v1/"+a.ID, "").status)
		},
		"task terminated": func(t *testing.T, r *rig, id string, a Account) {
			require.Equal(t, "TERMINATED", *r.task(id).CompletionStatus)
			require.Equal(t, "ERROR", r.task(id).Messages[0].Type)
			require.Equal(t, 200, r.call("GET", "/accounts/v1/"+a.ID, "").status)
		},
		"task temperror": func(t *testing.T, r *rig, id string, a Account) {
			require.Equal(t, "TEMPERROR", *r.task(id).CompletionStatus)
			require.Equal(t, 200, r.call("GET", "/accounts/v1/"+a.ID, "").status)
		},
		"task flips": func(t *testing.T, r *rig, id string, a Account) {
			require.Equal(t, "ERROR", *r.task(id).CompletionStatus)
			require.Nil(t, r.task(id).CompletionStatus)
			require.Equal(t, "SUCCESS", *r.task(id).CompletionStatus)
			require.Equal(t, 404, r.call("GET", "/accounts/v1/"+a.ID, "").status)
		},
		"task disappears": func(t *testing.T, r *rig, id string, a Account) {
			require.Equal(t, 404, r.call("GET", "/task-status/v1/"+id, "").status)
			require.Equal(t, 404, r.call("GET", "/accounts/v1/"+a.ID, "").status)
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			jane := r.account("jane.doe", CorporateAD)
			r.control("POST", "/faults", `{"method":"POST","path_prefix":"/isc/accounts/v1/`+jane.ID+`/remove","kind":"`+kind+`","times":1}`)
			id := r.started(r.call("POST", "/accounts/v1/"+jane.ID+"/remove", ""))
			r.pass(time.Hour)
			r.token = r.login("sandbox-client")
			r.reopen()
			check(t, r, id, jane)
		})
	}
}

func TestDeletionRequestsMisbehaveAsTheyAreTold(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string][][2]string{
		"task never ends": {{"APPROVED", "PENDING"}},
		"task fails":      {{"APPROVED", "FAILED"}},
		"task warns":      {{"APPROVED", "PASSED"}},
		"task terminated": {{"APPROVED", "FAILED"}},
		"task temperror":  {{"APPROVED", "FAILED"}},
		"task flips":      {{"APPROVED", "FAILED"}, {"APPROVED", "PENDING"}, {"APPROVED", "PASSED"}},
		"task disappears": nil,
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			jane := r.account("jane.doe", CorporateAD)
			r.control("POST", "/faults", `{"method":"POST","path_prefix":"/account-requests","kind":"`+kind+`","times":1}`)
			r.started(r.call("POST", "/account-requests/v1/account/"+jane.ID+"/delete", ""))
			require.Len(t, r.deletionsOf(""), 1)
			r.pass(10 * time.Minute)
			if want == nil {
				require.Empty(t, r.deletionsOf(""))
			}
			for _, w := range want {
				require.Equal(t, w, states(r.deletionsOf("")[0]))
			}
			gone := kind == "task flips" || kind == "task disappears" || kind == "task warns"
			require.Equal(t, gone, r.call("GET", "/accounts/v1/"+jane.ID, "").status == 404)
		})
	}
}

func TestASourceMayEndAllItsTasksInOneWay(t *testing.T) {
	t.Parallel()
	for tasks, want := range map[string]string{"fail": "ERROR", "warn": "WARNING", "terminate": "TERMINATED", "temperror": "TEMPERROR", "hang": ""} {
		r := newRig(t)
		jane, gus := r.account("jane.doe", CorporateAD), r.account("gus.weber", CorporateAD)
		r.control("POST", "/settings", `{"sources":{"Corporate AD":{"tasks":"`+tasks+`"}}}`)
		id := r.started(r.call("POST", "/accounts/v1/"+jane.ID+"/remove", ""))
		r.started(r.call("POST", "/account-requests/v1/account/"+gus.ID+"/delete", ""))
		r.pass(5 * time.Minute)
		require.Equal(t, want, deref(r.task(id).CompletionStatus), tasks)
		require.Equal(t, tasks == "warn", r.call("GET", "/accounts/v1/"+jane.ID, "").status == 404, tasks)
		require.Equal(t, map[string]string{"warn": "PASSED", "hang": "PENDING"}[tasks]+map[bool]string{true: "FAILED"}[tasks != "warn" && tasks != "hang"], r.deletionsOf("")[0].Phases[1].State, tasks)
		require.Equal(t, tasks == "warn", r.call("GET", "/accounts/v1/"+gus.ID, "").status == 404, tasks)
	}
}

func TestAFaultOnReadingATaskMakesThatTaskMisbehave(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.started(r.call("POST", "/accounts/v1/"+r.account("jane.doe", CorporateAD).ID+"/disable", "{}"))
	r.control("POST", "/faults", `{"method":"GET","path_prefix":"/task-status","kind":"task_never_ends","times":1}`)
	require.Nil(t, r.task(id).CompletionStatus)
	r.pass(time.Minute)
	require.Nil(t, r.task(id).CompletionStatus)
}

func TestTheTaskIDMayBeMissingOrWrong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, path := range []string{"/accounts/v1/" + r.account("jane.doe", CorporateAD).ID + "/disable", "/account-requests/v1/account/" + r.account("gus.weber", CorporateAD).ID + "/delete"} {
		r.control("POST", "/faults", `{"method":"POST","path_prefix":"`+path+`","kind":"Task ID Missing","times":1}`)
		a := r.call("POST", path, "{}")
		require.Equal(t, 202, a.status)
		require.JSONEq(t, `{}`, a.body)
		r.control("POST", "/faults", `{"method":"POST","path_prefix":"`+path+`","kind":"task-id-wrong","times":1}`)
		id := r.started(r.call("POST", path, "{}"))
		require.Equal(t, 404, r.call("GET", "/task-status/v1/"+id, "").status)
		for _, d := range r.deletionsOf("") {
			require.NotEqual(t, id, d.AccountRequestID)
		}
	}
}
