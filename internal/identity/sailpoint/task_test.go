package sailpoint

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/identity"
	"accountops/internal/identity/internal/upstream"
)

func TestATaskRunsWhileItsStatusIsNullAndSucceedsOnlyByAWordThatWeKnow(t *testing.T) {
	t.Parallel()
	status := func(value string) string {
		return `[{"id":"t1","completionStatus":` + value + `,"messages":[{"type":"ERROR","localizedText":{"locale":"en","message":"Because."},"key":"k"},{"key":"other"}]}]`
	}
	for value, want := range map[string]identity.Task{
		`null`: {State: identity.Running, Note: "Because. · other"}, `"SUCCESS"`: {State: identity.Succeeded, Note: "Because. · other"},
		`"success"`:    {State: identity.Succeeded, Note: "Because. · other"},
		`"WARNING"`:    {State: identity.Succeeded, Note: "It ended with a warning. Because. · other"},
		`"ERROR"`:      {State: identity.Failed, Note: "ERROR. Because. · other"},
		`"Terminated"`: {State: identity.Failed, Note: "TERMINATED. Because. · other"},
		`"TEMPERROR"`:  {State: identity.Failed, Note: "TEMPERROR. Because. · other"},
		`"DONE"`:       {State: identity.Ended, Note: "SailPoint gives a completion status that we do not know: DONE. Because. · other"},
		`"ſucceſſ"`:    {State: identity.Ended, Note: "SailPoint gives a completion status that we do not know: ſucceſſ. Because. · other"},
		`""`:           {State: identity.Ended, Note: "SailPoint gives a completion status that we do not know: . Because. · other"},
	} {
		s := serve(t, map[string]reply{"GET /task-status/v1": {body: status(value)}})
		got, err := connect(t, s).Tasks(t.Context(), []string{"t1"})
		require.NoError(t, err)
		require.Equal(t, map[string]identity.Task{"t1": want}, got, value)
	}
	for _, body := range []string{status(`5`), status(`{}`), `{}`, `[{"id":"t1","completionStatus":null,"completionStatus":"SUCCESS"}]`, `[{"id":"t1","completionStatus":null,"CompletionStatus":"SUCCESS"}]`} {
		s := serve(t, map[string]reply{"GET /task-status/v1": {body: body}})
		_, err := connect(t, s).Tasks(t.Context(), []string{"t1"})
		require.Error(t, err, body)
	}
}

func TestATaskThatSailPointDoesNotKnowIsMissingAndOneWithTwoAnswersProvesNothing(t *testing.T) {
	t.Parallel()
	for answers, want := range map[[2]string]identity.TaskState{
		{`"SUCCESS"`, `"ERROR"`}: identity.Ended, {`"SUCCESS"`, `null`}: identity.Running, {`null`, `"ERROR"`}: identity.Running, {`"ERROR"`, `"ERROR"`}: identity.Failed,
	} {
		body := fmt.Sprintf(`[{"id":"t1","completionStatus":%s},{"id":"t1","completionStatus":%s},{"id":"t9","completionStatus":"SUCCESS"}]`, answers[0], answers[1])
		s := serve(t, map[string]reply{"GET /task-status/v1": {body: body}})
		got, err := connect(t, s).Tasks(t.Context(), []string{"t1", "t2"})
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, want, got["t1"].State, answers)
	}
}

func TestManyTasksAreFewCalls(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{"GET /task-status/v1": {body: `[]`}})
	c := connect(t, s)
	var ids []string
	for i := range 600 {
		ids = append(ids, fmt.Sprintf("%032x", i))
	}
	_, err := c.Tasks(t.Context(), append(ids, ids...))
	require.NoError(t, err)
	asked := 0
	for _, call := range s.calls {
		query, err := url.ParseQuery(call.r.URL.RawQuery)
		require.NoError(t, err)
		n := strings.Count(query.Get("filters"), `"`) / 2
		require.LessOrEqual(t, n, 250)
		require.Less(t, len(call.line), 8000, "gateways refuse longer lines")
		asked += n
	}
	require.Equal(t, 600, asked, "each once")
	require.Len(t, s.calls, 4)
	_, err = c.Tasks(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, s.calls, 4, "none is no call")
}

const request = `{"accountRequestId":"r1","requestType":"DELETE","createdAt":"2026-08-01T10:00:00Z","completedAt":%s,"overallStatus":"whatever",
 "requester":{"type":"IDENTITY","id":"i9","name":"Riley Park"},"requesterComments":"HR-1042","accountDetails":{"accountId":"a1","accountName":"jane.doe","sourceName":"Corporate AD","disabled":false,"accountUuid":{}},
 "correlatedIdentity":{"id":"i1","name":"Jane Doe"},"accountRequestPhases":[{"name":"APPROVAL_PHASE","state":"%s"},{"name":"PROVISIONING_PHASE","state":"%s"}],
 "approvalDetails":%s,"errorDetails":%s}`

func TestADeletionRequestIsTrustedByItsPhasesItsEndAndItsError(t *testing.T) {
	t.Parallel()
	const end = `"2026-08-02T10:00:00Z"`
	const array = `[{"approver":{"name":"Olga Owner"},"approverComments":"She still works here.","status":"REJECTED"}]`
	const acted = `{"approverType":"SOURCE_OWNER","approver":{"id":"o1","type":"IDENTITY","name":"Olga Owner"},"actionedBy":{"id":"o2","name":"Piet Deputy"},"comments":"Still needed.","serialOrder":1}`
	const object = `{"identityID":"x","name":"SailPoint Support","type":"IDENTITY","ownerOf":{"name":"Alfred"}}`
	for name, test := range map[string]struct {
		completed, approval, provisioning, details, err string
		want                                            identity.TaskState
		note                                            string
	}{
		"waiting":              {"null", "PENDING", "NOT_STARTED", array, "null", identity.Running, "waiting for SailPoint's own approval by Olga Owner."},
		"the other shape":      {"null", "PENDING", "NOT_STARTED", object, "null", identity.Running, "waiting for SailPoint's own approval by SailPoint Support."},
		"no shape at all":      {"null", "PENDING", "NOT_STARTED", `"x"`, "null", identity.Running, "waiting for SailPoint's own approval."},
		"approved":             {"null", "APPROVED", "PENDING", array, "null", identity.Running, "deleting the account at its source."},
		"open for no reason":   {"null", "APPROVED", "APPROVED", `[]`, "null", identity.Running, ""},
		"passed, open":         {"null", "APPROVED", "PASSED", `[]`, "null", identity.Succeeded, ""},
		"done":                 {end, "APPROVED", "PASSED", array, "null", identity.Succeeded, ""},
		"rejected":             {end, "REJECTED", "NOT_STARTED", array, "null", identity.Failed, "SailPoint's own approval was refused by Olga Owner. Comment by Olga Owner: \"She still works here.\"."},
		"rejected, open":       {"null", "rejected", "NOT_STARTED", `null`, "null", identity.Failed, "SailPoint's own approval was refused."},
		"rejected, both":       {end, "REJECTED", "NOT_STARTED", `[{"approver":{"name":"Sven"},"approverComments":"keep her until May"},{"comments":"\n\"me\" too "}]`, `"The request was rejected."`, identity.Failed, `SailPoint's own approval was refused by Sven. Comment by Sven: "keep her until May". Comment: "\"me\" too". The request was rejected.`},
		"cancelled, both":      {end, "CANCELLED", "NOT_STARTED", acted, `"The request was cancelled."`, identity.Failed, `It was cancelled at SailPoint. Comment by Piet Deputy: "Still needed.". The request was cancelled.`},
		"cancelled":            {end, "CANCELLED", "NOT_STARTED", `[]`, "null", identity.Failed, "It was cancelled at SailPoint."},
		"failed":               {end, "APPROVED", "FAILED", `[]`, `"The connector broke."`, identity.Failed, "SailPoint could not delete the account. The connector broke."},
		"an error":             {end, "APPROVED", "PASSED", `[]`, `"Half of it."`, identity.Failed, "Half of it."},
		"an odd error":         {end, "APPROVED", "PASSED", `[]`, `{"why":"x"}`, identity.Failed, `{"why":"x"}`},
		"an unknown end":       {end, "APPROVED", "SKIPPED", `[]`, "null", identity.Ended, "SailPoint gives a phase state that we do not know: SKIPPED."},
		"an unknown state":     {"null", "APPROVED", "SKIPPED", `[]`, "null", identity.Running, "SailPoint gives a phase state that we do not know: SKIPPED."},
		"unknown, rejected":    {"null", "SKIPPED", "REJECTED", `[]`, "null", identity.Failed, "SailPoint's own approval was refused."},
		"a contradiction":      {end, "PENDING", "NOT_STARTED", `[]`, "null", identity.Ended, "SailPoint says completed, and that a phase is still open."},
		"rejected, example":    {end, "REJECTED", "NOT_STARTED", acted, "null", identity.Failed, "SailPoint's own approval was refused by Piet Deputy. Comment by Piet Deputy: \"Still needed.\"."},
		"a letter that is not": {end, "APPROVED", "PAſſED", `[]`, "null", identity.Ended, "SailPoint gives a phase state that we do not know: PAſſED."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := fmt.Sprintf(request, test.completed, test.approval, test.provisioning, test.details, test.err)
			s := serve(t, map[string]reply{"GET /account-requests/v1/deletion": {body: "[" + body + "]"}})
			got, err := connect(t, s).DeletionTasks(t.Context(), []string{"r1"})
			require.NoError(t, err)
			waits := strings.HasPrefix(test.note, "waiting for") // for people, for days
			require.Equal(t, map[string]identity.Task{"r1": {State: test.want, Note: test.note, Waiting: waits}}, got)
		})
	}
}

func TestDeletionRequestsAreListedByPage(t *testing.T) {
	t.Parallel()
	body := fmt.Sprintf(request, `"2026-08-02T10:00:00Z"`, "APPROVED", "PASSED", `[{"approver":{"name":"Olga"}},{"approver":{"name":"Piet"}}]`, "null")
	s := serve(t, map[string]reply{"GET /account-requests/v1/deletion": {body: "[" + body + "]", header: "X-Total-Count: 57"}})
	c := connect(t, s)
	got, err := c.DeletionRequests(t.Context(), identity.Page{Limit: 10, Offset: 20, Count: true, Mine: true})
	require.NoError(t, err)
	require.Equal(t, identity.Deletions{Total: 57, Requests: []identity.Deletion{{
		ID: "r1", Type: "DELETE", Status: "whatever", AccountID: "a1", Account: "jane.doe", Source: "Corporate AD", Identity: "Jane Doe", Requester: "Riley Park",
		Comments: "HR-1042", Approver: "Olga, Piet", Phases: []identity.Phase{{Name: "APPROVAL_PHASE", State: "APPROVED"}, {Name: "PROVISIONING_PHASE", State: "PASSED"}},
		Task: identity.Task{State: identity.Succeeded}, CreatedAt: time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC), CompletedAt: time.Date(2026, 8, 2, 10, 0, 0, 0, time.UTC),
	}}}, got)
	got, err = c.DeletionRequests(t.Context(), identity.Page{Limit: 9999, Offset: -4})
	require.NoError(t, err)
	require.Equal(t, -1, got.Total, "nobody asked")
	require.Equal(t, []string{
		"GET /account-requests/v1/deletion?count=true&limit=10&mine=true&offset=20", "GET /account-requests/v1/deletion?limit=250&offset=0",
	}, s.lines())
}

// open is a page with one deletion request of this id, which waits for approval.
func open(id string) string {
	return "[" + strings.Replace(fmt.Sprintf(request, "null", "PENDING", "NOT_STARTED", "[]", "null"), `"r1"`, `"`+id+`"`, 1) + "]"
}

func TestADeletionRequestIsLookedForAmongOursFirstAndNoFurtherThanNeeded(t *testing.T) {
	t.Parallel()
	const list, ours, all = "GET /account-requests/v1/deletion", "?limit=250&mine=true&offset=", "?limit=250&offset="
	pages := func(bodies ...string) map[string]reply {
		var r *reply
		for i := len(bodies) - 1; i >= 0; i-- {
			r = &reply{body: bodies[i], next: r}
		}
		return map[string]reply{list: *r}
	}
	for name, test := range map[string]struct {
		pages, ids, asked []string
		found             int
	}{
		"ours":            {[]string{open("r1"), open("r2")}, []string{"r1"}, []string{ours + "0"}, 1},
		"ours, later":     {[]string{open("r1"), open("r2"), open("r3")}, []string{"r2", "r1"}, []string{ours + "0", ours + "1"}, 2},
		"not ours":        {[]string{open("r1"), `[]`, open("r1"), open("r2"), open("r3")}, []string{"r1", "r2"}, []string{ours + "0", ours + "1", all + "0", all + "1"}, 2},
		"nobody's":        {[]string{open("r1"), `[]`, open("r1"), `[]`}, []string{"r9"}, []string{ours + "0", ours + "1", all + "0", all + "1"}, 0},
		"no ids, no call": {[]string{`[]`}, nil, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, pages(test.pages...))
			got, err := connect(t, s).DeletionTasks(t.Context(), test.ids)
			require.NoError(t, err)
			require.Len(t, got, test.found, "one that is in no list is missing")
			var asked []string
			for _, line := range s.lines() {
				asked = append(asked, strings.TrimPrefix(line, list))
			}
			require.Equal(t, test.asked, asked)
		})
	}
}

func TestADeletionRequestInALongerListThanWeReadIsNotMissingAndNotLookedForSoon(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]reply{"GET /account-requests/v1/deletion": {body: open("r1")}}) // for ever
	got, err := connect(t, s).DeletionTasks(t.Context(), []string{"r3"})
	require.NoError(t, err)
	require.Equal(t, identity.Running, got["r3"].State)
	require.Len(t, s.lines(), maxDeletionPages)
	require.Contains(t, got["r3"].Note, "more deletion requests than we read")
	require.True(t, got["r3"].Waiting, "the next look costs as much")
}

// FuzzTaskStatus proves that only the words that mean success are success, and that a note is bounded.
func FuzzTaskStatus(f *testing.F) {
	for _, seed := range []string{`"SUCCESS"`, `"Error"`, `null`, `"ſUCCESS"`, `"SUCCESS\u0000"`, `"warning"`, `"TEMPERROR "`} {
		f.Add([]byte(`{"id":"t","completionStatus":` + seed + `,"messages":[{"localizedText":null,"key":"k"}]}`))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var raw taskStatus
		if upstream.Decode(body, &raw) != nil {
			return
		}
		got := raw.task()
		require.LessOrEqual(t, len([]rune(got.Note)), 1200)
		if got.State == identity.Succeeded {
			require.NotNil(t, raw.CompletionStatus)
			require.Contains(t, []string{"success", "warning"}, strings.ToLower(*raw.CompletionStatus))
		}
	})
}

func FuzzDeletion(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(request, "null", "PENDING", "NOT_STARTED", "[]", "null")))
	f.Add([]byte(`{"accountRequestId":"r","approvalDetails":{"approver":null},"errorDetails":[1]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var d deletion
		if json.Unmarshal(body, &d) != nil {
			return
		}
		_ = d.plain()
		if d.task().State == identity.Succeeded && d.failure() != "" && d.completed() {
			t.Fatal("an error is no success")
		}
	})
}
