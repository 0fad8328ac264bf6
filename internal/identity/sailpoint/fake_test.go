package sailpoint_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
	"accountops/internal/identity/sailpoint"
)

func quick() sailpoint.Tuning {
	return sailpoint.Tuning{ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, Per: time.Millisecond}
}

func settings(t *testing.T, url, path, body string) {
	t.Helper()
	res, err := http.Post(url+"/sandbox/v1/upstream/isc"+path, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
}

func find(t *testing.T, c *sailpoint.Client, login, source string) identity.Account {
	t.Helper()
	got, err := c.Find(t.Context(), identity.Query{Text: login, By: identity.ByUsername, Source: source})
	require.NoError(t, err)
	require.Len(t, got.Accounts, 1)
	return got.Accounts[0]
}

func TestHelpdeskReadsAccountsWithoutSourceFactsAndMayNotRemove(t *testing.T) {
	t.Parallel()
	url := fake(t)
	c := client(t, url, "v1", "sandbox-helpdesk", quick())
	jane := find(t, c, "jane.doe", "Corporate AD")
	got, err := c.Get(t.Context(), jane.ID)
	require.NoError(t, err)
	require.Empty(t, got.SourceType)
	require.NotEmpty(t, got.Entitlements)
	_, err = c.Source(t.Context(), "Corporate AD")
	require.ErrorContains(t, err, "HELPDESK")
	for _, part := range []string{"corp", ""} {
		_, err = c.Sources(t.Context(), part, 20)
		require.True(t, fault.Is(err, fault.Denied), "%v", err)
	}
	found, err := c.Find(t.Context(), identity.Query{Text: "100234@nowhere", Source: "Corporate AD"})
	require.NoError(t, err, "a source that may not be read does not stop a look-up")
	require.Empty(t, found.Accounts)

	a := c.Remove(t.Context(), jane.ID)
	require.Equal(t, identity.Refused, a.Outcome)
	require.Contains(t, a.Err.Sentence, "ORG_ADMIN")
	require.Contains(t, a.Err.Sentence, "Nothing was changed.")
	require.NotEmpty(t, a.Err.Ref)
	require.Equal(t, identity.Accepted, c.Disable(t.Context(), jane.ID, identity.Options{}).Outcome)
}

func TestSourcesAreListedFromTheFake(t *testing.T) {
	t.Parallel()
	for _, style := range []string{"v1", "v2026"} {
		c := client(t, fake(t), style, "sandbox-client", quick())
		for part, want := range map[string][]string{"": {"Corporate AD", "Finance Ledger"}, "CORP": {"Corporate AD"}, "ledg": {"Finance Ledger"}, "nowhere": nil} {
			got, err := c.Sources(t.Context(), part, 2)
			require.NoError(t, err)
			var names []string
			for _, s := range got {
				names = append(names, s.Name)
				require.NotEmpty(t, s.Type)
				require.NotEmpty(t, s.Owner)
			}
			require.Equal(t, want, names, part)
		}
	}
}

func TestADeletionRequestLivesAsItsApproverDecides(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]struct {
		state identity.TaskState
		note  string
	}{
		"approve": {identity.Succeeded, ""}, "reject": {identity.Failed, "refused by Sven Lindqvist"}, "cancel": {identity.Failed, "cancelled"},
		"wait": {identity.Running, "waiting for SailPoint's own approval by Sven Lindqvist"},
	} {
		for _, asObject := range []string{"false", "true"} {
			t.Run(outcome+" "+asObject, func(t *testing.T) {
				t.Parallel()
				url := fake(t)
				settings(t, url, "/settings", `{"approval_details_as_object":`+asObject+`,"sources":{"Corporate AD":{"deletion":"`+outcome+`"}}}`)
				c := client(t, url, "v1", "sandbox-client", quick())
				jane := find(t, c, "jane.doe", "Corporate AD")
				a := c.RequestDeletion(t.Context(), jane.ID, identity.Options{Comments: "HR-1042"})
				require.Equal(t, identity.Accepted, a.Outcome, "%v", a.Err)
				time.Sleep(2 * time.Millisecond) // the fake's times are in milliseconds
				tasks, err := c.DeletionTasks(t.Context(), []string{a.Task, "another"})
				require.NoError(t, err)
				require.Len(t, tasks, 1)
				require.Equal(t, want.state, tasks[a.Task].State)
				require.Contains(t, tasks[a.Task].Note, want.note)
				list, err := c.DeletionRequests(t.Context(), identity.Page{Limit: 1, Count: true, Mine: true})
				require.NoError(t, err)
				require.Equal(t, 1, list.Total)
				require.Equal(t, jane.ID, list.Requests[0].AccountID)
				require.Equal(t, "jane.doe", list.Requests[0].Account)
				require.Equal(t, "HR-1042", list.Requests[0].Comments)
				_, err = c.Get(t.Context(), jane.ID)
				require.Equal(t, want.state == identity.Succeeded, fault.Is(err, fault.NotFound))
			})
		}
	}
}

func TestAnApplicationClientIsToldThatDeletionRequestsNeedAUser(t *testing.T) {
	t.Parallel()
	c := client(t, fake(t), "v1", "sandbox-app", quick())
	jane := find(t, c, "jane.doe", "Corporate AD")
	a := c.RequestDeletion(t.Context(), jane.ID, identity.Options{})
	require.Equal(t, identity.Refused, a.Outcome)
	require.Contains(t, a.Err.Sentence, "personal access token")
	_, err := c.DeletionRequests(t.Context(), identity.Page{})
	require.ErrorContains(t, err, "personal access token")
}

func TestATaskThatMisbehavesIsNeverSuccess(t *testing.T) {
	t.Parallel()
	for kind, check := range map[string]func(*testing.T, identity.Task, bool){
		"task fails": func(t *testing.T, got identity.Task, known bool) {
			require.True(t, known)
			require.Equal(t, identity.Failed, got.State)
		},
		"task never ends": func(t *testing.T, got identity.Task, known bool) {
			require.True(t, known)
			require.Equal(t, identity.Running, got.State)
		},
		"task disappears": func(t *testing.T, _ identity.Task, known bool) { require.False(t, known) },
		"task id wrong":   func(t *testing.T, _ identity.Task, known bool) { require.False(t, known) },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			url := fake(t)
			c := client(t, url, "v1", "sandbox-client", quick())
			jane := find(t, c, "jane.doe", "Corporate AD")
			settings(t, url, "/faults", `{"method":"POST","path_prefix":"/accounts","kind":"`+kind+`","times":1}`)
			a := c.Remove(t.Context(), jane.ID)
			require.Equal(t, identity.Accepted, a.Outcome)
			time.Sleep(2 * time.Millisecond)
			tasks, err := c.Tasks(t.Context(), []string{a.Task})
			require.NoError(t, err)
			got, known := tasks[a.Task]
			check(t, got, known)
		})
	}
}

func TestARecordIsDeletedOnADelimitedFileAndRefusedElsewhere(t *testing.T) {
	t.Parallel()
	c := client(t, fake(t), "v1", "sandbox-client", quick())
	flat := find(t, c, "jane.doe", "Finance Ledger")
	got, err := c.Get(t.Context(), flat.ID)
	require.NoError(t, err)
	require.Equal(t, "DelimitedFile", got.SourceType)
	require.False(t, got.Direct)
	require.Equal(t, identity.Accepted, c.DeleteRecord(t.Context(), flat.ID).Outcome)
	a := c.DeleteRecord(t.Context(), find(t, c, "jane.doe", "Corporate AD").ID)
	require.Equal(t, identity.Refused, a.Outcome)
	require.NotEmpty(t, a.Err.Said)
}

func TestARecordIsCreated(t *testing.T) {
	t.Parallel()
	c := client(t, fake(t), "v1", "sandbox-client", quick())
	source, err := c.Source(t.Context(), "finance ledger")
	require.NoError(t, err)
	require.Equal(t, "DelimitedFile", source.Type)
	byID, err := c.Source(t.Context(), source.ID)
	require.NoError(t, err)
	require.Equal(t, source, byID)
	a := c.Create(t.Context(), source.ID, map[string]string{"id": "FL-777", "nativeIdentity": "FL-777", "login": "new.one"})
	require.Equal(t, identity.Accepted, a.Outcome, "%v", a.Err)
	require.Eventually(t, func() bool {
		found, err := c.Find(t.Context(), identity.Query{Text: "FL-777", By: identity.ByExternalID, Source: source.ID})
		return err == nil && len(found.Accounts) == 1
	}, time.Minute, 5*time.Millisecond)
}
