package tools

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"accountops/internal/executor"
	"accountops/internal/identity"
)

// A deletion request is followed otherwise than a task, and both are one operation's, so its id is marked.
const deletionMark = "deletion request "

func asDeletion(id string) string {
	if id == "" {
		return ""
	}
	return deletionMark + id
}

// follow follows tasks and deletion requests, each kind in one batch. When one kind cannot be read, the other still is.
func (s Systems) follow(ctx context.Context, ids []string) (map[string]executor.Progress, error) {
	var tasks, deletions []string
	for _, id := range ids {
		if deletion, marked := strings.CutPrefix(id, deletionMark); marked {
			deletions = append(deletions, deletion)
			continue
		}
		tasks = append(tasks, id)
	}
	isc, err := s.sailpoint()
	if err != nil {
		return nil, err
	}
	out := map[string]executor.Progress{}
	var unread error
	if len(tasks) > 0 {
		found, err := isc.Tasks(ctx, tasks)
		unread = errors.Join(unread, err)
		maps.Copy(out, progress(found))
	}
	if len(deletions) > 0 {
		found, err := isc.DeletionTasks(ctx, deletions)
		unread = errors.Join(unread, err)
		for id, p := range progress(found) {
			out[asDeletion(id)] = p
		}
	}
	return out, unread
}

// verifyDelete proves that the account is gone. While it is there, a deletion request of ours that nobody heard the answer of
// is what is followed.
func (s Systems) verifyDelete(ctx context.Context, plan executor.Plan, attempt executor.Attempt) (executor.Proof, error) {
	proof, err := s.verifyGone(ctx, plan, attempt)
	if err != nil || proof.Finding != executor.NotApplied || plan.Call != callRequestDeletion {
		return proof, err
	}
	id, found, err := s.deletionOf(ctx, plan.Target, attempt.StartedAt)
	if err != nil || !found {
		return proof, err
	}
	if task := asDeletion(id); attempt.Task != task || attempt.TaskState == executor.Running {
		return executor.Proof{Finding: executor.Underway, Task: task, Words: "SailPoint has the deletion request in hand."}, nil
	}
	return proof, nil
}

const clockSlack = 2 * time.Minute // how far the two clocks may be apart

// deletionOf finds our newest deletion request for an account that was made at an attempt or later.
func (s Systems) deletionOf(ctx context.Context, account string, since time.Time) (id string, found bool, err error) {
	isc, err := s.sailpoint()
	if err != nil {
		return "", false, err
	}
	made, _, err := deletionsOf(ctx, isc, account, true, deletionPages)
	var newest identity.Deletion
	for _, d := range made {
		if !d.CreatedAt.Before(since.Add(-clockSlack)) && (newest.ID == "" || d.CreatedAt.After(newest.CreatedAt)) {
			newest = d
		}
	}
	return newest.ID, newest.ID != "", err
}
