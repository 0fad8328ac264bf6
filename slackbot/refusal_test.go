package slackbot

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

func TestAFailureThatPassesLeavesNoButtonsInAnApproversDirectMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy = func(p *executor.Policy) { p.Direct = true }
	w.start()
	_, r := w.pending()
	c := w.copies(r.ID, forApprovals, forRequester, forApprover+approver, forApprover+second)[forApprover+second]
	once := &cut{method: "chat.update", match: func(f url.Values) bool { return f.Get("channel") == c.Channel }, times: 1, code: "internal_error"}
	w.through(once.middle)
	no := w.voteFor(r.ID, approver)
	no.Approve, no.Reason = false, "no"
	_, err := w.exec.Decide(t.Context(), no)
	require.NoError(t, err)
	w.until("the copy's buttons are gone", func() bool { return len(buttonsOn(w.message(c.Channel, c.TS))) == 0 })
	require.Equal(t, 1, once.seen)
}

func TestOnlyARefusalThatStandsIsToleratedAndOnlyInDirectMessages(t *testing.T) {
	t.Parallel()
	b := overHTTP(time.Now)
	direct, channel := &place{Copy: executor.Copy{Purpose: forApprover + second}}, &place{Copy: executor.Copy{Purpose: forApprovals}}
	for _, stands := range []string{
		"channel_not_found", "is_archived", "not_in_channel", "restricted_action", "user_not_found", "user_disabled", "cannot_dm_bot", "messages_tab_disabled",
	} {
		err := slack.SlackErrorResponse{Err: stands}
		require.NoError(t, b.tolerate(direct, err), stands)
		require.Error(t, b.tolerate(channel, err), stands)
	}
	for _, passes := range []string{
		"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited", "team_added_to_org", "missing_scope",
		"token_revoked", "something_new",
	} {
		require.Error(t, b.tolerate(direct, slack.SlackErrorResponse{Err: passes}), passes)
	}
	require.Error(t, b.tolerate(direct, errors.New("the line was cut")))
}

func TestARateLimitInAnAnswersBodyIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, limit := range []string{"ratelimited", "rate_limited"} {
		wait, asked := askedToWait(slack.SlackErrorResponse{Err: limit})
		require.True(t, asked, limit)
		require.Equal(t, 5*time.Second, wait, limit)
	}
	_, asked := askedToWait(slack.SlackErrorResponse{Err: "internal_error"})
	require.False(t, asked)
}

func TestOnlyARefusalSaysThatNothingWasPosted(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"channel_not_found", "invalid_blocks", "ratelimited", "something_new"} {
		require.True(t, said(slack.SlackErrorResponse{Err: c}), c)
	}
	for _, c := range []string{"internal_error", "fatal_error", "service_unavailable", "request_timeout", ""} {
		require.False(t, said(slack.SlackErrorResponse{Err: c}), c)
	}
	require.True(t, said(&slack.RateLimitedError{}))
	require.False(t, said(errors.New("the line was cut")))
}
