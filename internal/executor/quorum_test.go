package executor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

func TestWhereTwoHaveToApproveEveryWordSaysTwoAndHowManyHave(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *executor.Config) { c.Policy.Quorum, c.Policy.Remind = 2, time.Hour })
	r := w.ask("remove_account", requester)
	_, refused := w.approve(r, requester)
	require.ErrorContains(t, refused, "You asked for this, so 2 other people have to decide.")
	first, err := w.approve(r, amara)
	require.NoError(t, err)
	told := w.exec.Receipt(first)
	require.Contains(t, told.Summary, "waits for 2 other people's approval in #approvals until 23 Nov 2026 09:00 UTC; 1 of 2 so far.")
	require.True(t, strings.HasPrefix(told.NextStep, "2 other people have to press Approve in #approvals;"), told.NextStep)
	w.clock.advance(23 * time.Hour)
	w.stepOnce()
	lines := strings.Join(w.lines(r.ID), "\n")
	require.Contains(t, lines, "2 other people have to approve.")
	require.Contains(t, lines, "Reminder: this waits for 2 other people's approval")
	require.NotContains(t, lines+told.Summary+told.NextStep, "nother person")
}

func TestWhereOneHasToApproveItIsAnotherPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.ask("remove_account", requester)
	told := w.exec.Receipt(r)
	require.Contains(t, told.Summary, "waits for another person's approval in #approvals until 23 Nov 2026 09:00 UTC.")
	require.True(t, strings.HasPrefix(told.NextStep, "Another person has to press Approve in #approvals;"), told.NextStep)
	require.Contains(t, w.lines(r.ID)[0], "another person has to approve.")
	require.NotContains(t, told.Summary, "so far")
}
