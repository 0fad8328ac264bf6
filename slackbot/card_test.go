package slackbot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// sample is a removal that waits for approval.
func sample() executor.Request {
	p := executor.Plan{
		System: "sailpoint", SystemName: "SailPoint", Tenant: "acme.identitynow.com", BaseURL: "https://acme.api.identitynow.com",
		Target: "2c9180867624cbd7017642d8c8c81f67", Exists: true,
		Account: executor.Account{
			ID: "2c9180867624cbd7017642d8c8c81f67", Name: "jane.doe", NativeIdentity: "CN=Jane Doe,OU=Sales,DC=acme",
			SourceID: "src-1", Source: "Corporate AD", IdentityID: "idn-1", Identity: "Jane Doe", Status: "enabled",
			Entitlements: []executor.Entitlement{{ID: "e1", Name: "Sales"}, {ID: "e2", Name: "Domain Admins", Privileged: true}, {ID: "e3", Name: "VPN"}},
		},
		Call: "POST /accounts/v1/2c9180867624cbd7017642d8c8c81f67/remove", Options: map[string]string{"force_provisioning": "true"},
		Changes:  []string{"SailPoint forgets the account; nothing is changed at the source."},
		Warnings: []string{"force_provisioning skips the check whether it is so already."}, Consequence: "It comes back at the next aggregation.",
		Facts: []executor.Fact{{Label: "Manager", Value: "Sam Hill"}},
	}
	return executor.Request{
		ID: "req_abcdefghijklmnopqrstuvwxyz", Operation: "remove_account", Title: "Remove account", Effect: executor.Destroy,
		Reason: "left on Friday, HR-1042", Plan: p, Fingerprint: executor.Fingerprint("remove_account", p), NeedsVote: true,
		By:     executor.Actor{Principal: "slack:T0ACCTOPS:U0REQUESTER", Name: "Riley Park", Door: executor.DoorSlack},
		Policy: executor.Policy{Quorum: 1}, State: executor.Pending, Version: 1, CreatedAt: noon, ExpiresAt: noon.Add(24 * time.Hour),
	}
}

func vote(r executor.Request, user string, approve bool, reason string) executor.Decision {
	return executor.Decision{
		By:      executor.Actor{Principal: executor.SlackPrincipal(team, user), Name: "Amara Okafor"},
		Approve: approve, Reason: reason, Fingerprint: r.Fingerprint, At: noon.Add(time.Minute),
	}
}

// stages are a card's lives.
func stages() map[string]executor.Request {
	out := map[string]executor.Request{"pending": sample()}
	add := func(name string, change func(r *executor.Request)) {
		r := sample()
		change(&r)
		out[name] = r
	}
	add("one_of_two", func(r *executor.Request) {
		r.Policy.Quorum = 2
		r.Decisions = []executor.Decision{vote(*r, approver, true, "")}
	})
	add("drift", func(r *executor.Request) {
		old := vote(*r, approver, true, "")
		old.Fingerprint = "other"
		r.Decisions = []executor.Decision{old}
		r.Drift = []executor.Difference{{Field: "status", Was: "disabled", Is: "enabled"}, {Field: "entitlements", Was: "VPN", Is: "Admins", List: true},
			{Field: "warnings", Is: "Beware.", List: true}, {Field: "warnings", Was: "Look.", List: true}}
	})
	add("void", func(r *executor.Request) {
		gone := vote(*r, approver, true, "")
		gone.Void = true
		r.Decisions = []executor.Decision{gone}
	})
	add("assistant", func(r *executor.Request) { r.By.Door, r.By.Client = executor.DoorMCP, "Claude *trusted*" })
	add("approved", func(r *executor.Request) {
		r.State, r.Decisions = executor.Approved, []executor.Decision{vote(*r, approver, true, "")}
	})
	add("done", func(r *executor.Request) {
		r.State, r.Result, r.Note, r.Attempt = executor.Done, executor.Verified, "SailPoint no longer has the account.", &executor.Attempt{}
		r.Decisions = []executor.Decision{vote(*r, approver, true, "")}
	})
	add("failed", func(r *executor.Request) {
		r.State, r.Problem, r.Attempt = executor.Failed, "SailPoint refused: <!here> 400", &executor.Attempt{Ref: "abc123"}
		r.Decisions = []executor.Decision{vote(*r, approver, true, "")}
	})
	add("denied", func(r *executor.Request) {
		r.State, r.Decisions = executor.Denied, []executor.Decision{vote(*r, approver, false, "Wrong\nJane")}
	})
	return out
}

func TestCards(t *testing.T) {
	t.Parallel()
	for name, r := range stages() {
		for _, purpose := range []string{forApprovals, forRequester} {
			got := draw(r, purpose, false)
			require.True(t, got.whole, name)
			golden(t, "card/"+name+"."+purpose+".json", pretty(t, map[string]any{"text": got.notification(), "blocks": got.blocks}))
		}
	}
}

func TestOnlyAPendingCardHasButtons(t *testing.T) {
	t.Parallel()
	for _, state := range executor.States() {
		r := sample()
		r.State = state
		require.Equal(t, state == executor.Pending, hasButton(draw(r, forApprovals, false).blocks, actApprove), state)
		require.Equal(t, state == executor.Pending, hasButton(draw(r, forApprovals, false).blocks, actDeny), state)
		require.False(t, hasButton(draw(r, forRequester, false).blocks, actApprove), state)
		require.NotEmpty(t, standing(r), state)
	}
}

func hasButton(blocks []slack.Block, action string) bool {
	for _, b := range blocks {
		if a, ok := b.(*slack.ActionBlock); ok {
			for _, e := range a.Elements.ElementSet {
				if button, ok := e.(*slack.ButtonBlockElement); ok && button.ActionID == action {
					return true
				}
			}
		}
	}
	return false
}

// everywhere puts a text into every place that others can write.
func everywhere(s string) executor.Request {
	r := sample()
	a := &r.Plan.Account
	a.Name, a.NativeIdentity, a.Source, a.Identity = s, s, s, s
	a.Entitlements = []executor.Entitlement{{ID: "e1", Name: s}, {ID: "e2", Name: s, Privileged: true}}
	r.Reason, r.By.Name = s, s
	r.Plan.Facts = []executor.Fact{{Label: "Manager", Value: s}}
	return r
}

func TestHostileNamesStayLiteral(t *testing.T) {
	t.Parallel()
	for name, s := range hostile {
		r := everywhere(s)
		got := draw(r, forApprovals, false)
		golden(t, "hostile/"+name+".json", pretty(t, map[string]any{"text": got.notification(), "blocks": got.blocks}))
		literal(t, name, got)
		if got.whole {
			shown := false
			for _, text := range texts(t, got.blocks) {
				require.NotContains(t, strings.TrimPrefix(text, "\n"), "\n", name)
				shown = shown || text == visible(s)
			}
			require.True(t, shown || len(s) > chunk, "%s is shown whole", name)
		}
		require.Equal(t, got.whole, hasButton(got.blocks, actApprove), name)
		literal(t, name, card{message: say(s)})
		form, err := reasonForm(r, handle{Request: r.ID}, actDeny)
		require.NoError(t, err)
		literal(t, name, card{message: message{blocks: form.Blocks.BlockSet}})
	}
}

// literal makes sure that nothing in a message is read as anything but text, but for the ids we put there ourselves.
func literal(t *testing.T, name string, c card) {
	t.Helper()
	raw := mustJSON(t, c.blocks)
	for _, kind := range []string{`"mrkdwn"`, `"broadcast"`, `"link"`, `"usergroup"`, `"emoji":true`, `"type":"channel"`} {
		require.NotContains(t, raw, kind, name)
	}
	require.LessOrEqual(t, strings.Count(raw, `"user_id"`), 1, name)
	require.NotContains(t, c.notification(), "<", name)
	require.NotContains(t, c.notification(), "\n", name)
}

// texts lists the text of every element.
func texts(t *testing.T, blocks []slack.Block) []string {
	t.Helper()
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["text"].(string); ok {
				out = append(out, s)
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(parsed(t, blocks))
	return out
}

func TestACardThatIsNoLongerAboutToHappenSaysWhenTheAccountWasAsItShowsIt(t *testing.T) {
	t.Parallel()
	for _, state := range executor.States() {
		r := sample()
		r.State = state
		label := ""
		switch state {
		case executor.Pending, executor.Approved:
		case executor.Denied, executor.Expired, executor.Withdrawn, executor.AlreadyGone:
			label = "The account when last looked at:"
		default:
			r.Attempt, label = &executor.Attempt{}, "The account before the call:"
		}
		shown := strings.Join(texts(t, draw(r, forApprovals, false).blocks), "")
		require.Equal(t, label != "", strings.Contains(shown, "\nThe account "), state)
		require.Regexp(t, label+`[^⚠]*Status: enabled`, shown, state)
		r.Plan.Exists = false
		require.NotContains(t, strings.Join(texts(t, draw(r, forApprovals, false).blocks), ""), "\nThe account ", "what was to be created was nothing before")
	}
}

func TestALongValueIsWholeOrThereIsNoApprove(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Plan.Account.Name = strings.Repeat("x", 3000)
	got := draw(r, forApprovals, false)
	require.True(t, got.whole)
	require.Contains(t, strings.Join(texts(t, got.blocks), ""), r.Plan.Account.Name, "a long name is shown whole")

	for i := range 1000 {
		r.Plan.Account.Entitlements = append(r.Plan.Account.Entitlements, executor.Entitlement{ID: fmt.Sprint(i), Name: fmt.Sprintf("Entitlement %d", i)})
	}
	got = draw(r, forApprovals, false)
	require.False(t, got.whole)
	require.False(t, hasButton(got.blocks, actApprove))
	require.True(t, hasButton(got.blocks, actDeny))
	require.True(t, fits(got.blocks))
	shown := strings.Join(texts(t, got.blocks), "")
	require.Contains(t, shown, "cannot be approved here")
	require.NotContains(t, shown, "xxxx", "no part of a value stands for the whole")
}

func TestTheConfirmationRepeatsVerbAccountAndSource(t *testing.T) {
	t.Parallel()
	r := sample()
	c := confirmation(r, slack.StyleDanger)
	require.Equal(t, "Remove account: account jane.doe, source Corporate AD. It is done as soon as enough people have approved.", c.Text.Text)
	require.Equal(t, slack.PlainTextType, c.Text.Type)
	r.Plan.Account.Name = strings.Repeat("x", 300)
	require.Contains(t, confirmation(r, slack.StyleDanger).Text.Text, r.Plan.Target, "a name that does not fit gives way to the id, uncut")
}

func TestEntitlementsThatNobodyTellsAreNotShownAsNone(t *testing.T) {
	t.Parallel()
	r := sample()
	r.Plan.Account.Entitlements = nil
	require.NotContains(t, mustJSON(t, draw(r, forApprovals, false).blocks), "Entitlements")
	r.Plan.Account.Entitlements = []executor.Entitlement{}
	kept := executor.Plan{}
	require.NoError(t, json.Unmarshal([]byte(mustJSON(t, r.Plan)), &kept))
	r.Plan = kept
	require.Contains(t, strings.Join(texts(t, draw(r, forApprovals, false).blocks), ""), "Entitlements: 0", "that there are none stays known in the record")
}

func TestARequestersWordsStandAloneAfterTheFacts(t *testing.T) {
	t.Parallel()
	raw := mustJSON(t, draw(sample(), forApprovals, false).blocks)
	at := strings.Index(raw, "In the requester's own words (unverified)")
	require.Positive(t, at)
	require.Less(t, strings.Index(raw, "What will happen"), at)
	require.Less(t, strings.Index(raw, "Entitlements:"), at)
	require.Equal(t, 1, strings.Count(raw, "left on Friday"))
}
