package slackemu

import (
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/sandbox/disk"
)

func TestADeletedMessageOrChannelIsGoneForTheApp(t *testing.T) {
	t.Parallel()
	d, err := disk.Open(t.TempDir())
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	x := openWorld(t, d)
	update := func(ts string) error {
		_, _, _, err := x.api.UpdateMessage("C0APPROVALS", ts, slack.MsgOptionText("later", false))
		return err
	}
	first, second := x.card("C0APPROVALS"), x.card("C0APPROVALS")
	require.Equal(t, 200, x.control("slack/messages/delete", m{"channel": "C0APPROVALS", "ts": first}).status)
	require.EqualError(t, update(first), "message_not_found")
	require.Equal(t, 404, x.control("slack/messages/delete", m{"channel": "C0APPROVALS", "ts": first}).status)
	require.NoError(t, update(second))

	require.Equal(t, 200, x.control("slack/channels", m{"id": "C0APPROVALS", "is_archived": true}).status)
	_, _, err = x.api.PostMessage("C0APPROVALS", slack.MsgOptionText("x", false))
	require.EqualError(t, err, "is_archived")
	require.Equal(t, 200, x.control("slack/channels", m{"id": "C0APPROVALS", "is_archived": false, "members": []string{"U0REQUESTER"}}).status)
	_, _, err = x.api.PostMessage("C0APPROVALS", slack.MsgOptionText("x", false))
	require.EqualError(t, err, "not_in_channel")
	_, err = x.api.PostEphemeral("C0HELPDESK1", "U0BYSTANDER", slack.MsgOptionText("only you", false))
	require.NoError(t, err)
	for _, id := range []string{"C0APPROVALS", "C0HELPDESK1"} {
		require.Equal(t, 200, x.control("slack/channels", m{"id": id, "deleted": true}).status)
	}
	require.EqualError(t, update(second), "channel_not_found")
	require.Empty(t, x.whispers("U0BYSTANDER"))
	require.Equal(t, 404, x.control("slack/channels", m{"id": "C0APPROVALS", "deleted": true}).status)
	x.close()
	y := openWorld(t, d)
	require.Len(t, y.control("slack/channels", nil).body["channels"], 1)
}

func TestAResponseURLOfADeletedChannelDoesNothing(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	u := x.hook()
	require.Equal(t, 200, x.control("slack/channels", m{"id": "C0HELPDESK1", "deleted": true}).status)
	for _, body := range []m{{"text": "x"}, {"text": "x", "replace_original": true}, {"delete_original": true}} {
		require.Equal(t, 400, x.respond(u, body).status, body)
	}
}

func TestPeopleAndGroupsAreAmendedFieldByField(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	require.Equal(t, 200, x.control("slack/users", m{"id": "U0BYSTANDER", "team_id": "T0ELSEWHERE", "is_stranger": true}).status)
	u, err := x.api.GetUserInfo("U0BYSTANDER")
	require.NoError(t, err)
	require.Equal(t, []any{"T0ELSEWHERE", true, "Bao Tran", false}, []any{u.TeamID, u.IsStranger, u.RealName, u.Deleted})
	require.Equal(t, 200, x.control("slack/usergroups", m{"id": "S0APPROVERS", "is_idp_group": false, "is_membership_locked": false, "is_editing_restricted": true}).status)
	groups, err := x.api.GetUserGroups(slack.GetUserGroupsOptionIncludeUsers(true))
	require.NoError(t, err)
	require.Equal(t, []any{false, false, true, []string{"U0APPROVER1", "U0APPROVER2"}},
		[]any{groups[0].IsIDPGroup, groups[0].IsMembershipLocked, groups[0].IsEditingRestricted, groups[0].Users})
	require.Equal(t, 400, x.control("slack/users", m{"id": "U0BYSTANDER", "deleted": "yes"}).status)
	require.Equal(t, 404, x.control("slack/users", m{"id": "U0NOBODY"}).status)
}

func TestAnAnswerThatSaysNothingAndARefusalOnDemand(t *testing.T) {
	t.Parallel()
	x := newWorld(t)
	x.fault(m{"kind": "refused", "method": "auth.test", "error": "account_inactive"})
	_, err := x.api.AuthTest()
	require.EqualError(t, err, "account_inactive")
	for _, f := range []m{{"kind": "empty_answer", "method": "chat.postMessage"}, {"kind": "refused", "method": "chat.postMessage"}} {
		x.fault(f)
		_, ts, err := x.api.PostMessage("C0HELPDESK1", slack.MsgOptionText("x", false))
		require.NoError(t, err, "slack-go takes it for success")
		require.Empty(t, ts)
	}
	require.Empty(t, x.said("C0HELPDESK1"))
}
