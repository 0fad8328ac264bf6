package slackbot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"accountops/internal/executor"
	"accountops/internal/sandbox/slackemu"
)

// homeOf gives somebody's Home tab as Slack shows it, with what stands under each header; nil before there is one.
func (w *world) homeOf(user string) map[string]string {
	w.t.Helper()
	resp, err := http.Get(w.url + "/sandbox/v1/slack/home?" + url.Values{"user": {user}}.Encode())
	require.NoError(w.t, err)
	defer resp.Body.Close()
	var out struct {
		View *struct {
			Blocks []map[string]any `json:"blocks"`
		} `json:"view"`
	}
	require.NoError(w.t, json.NewDecoder(resp.Body).Decode(&out))
	if out.View == nil {
		return nil
	}
	parts, under := map[string]string{}, ""
	for _, block := range out.View.Blocks {
		if block["type"] == "header" {
			under = block["text"].(map[string]any)["text"].(string)
			continue
		}
		parts[under] += mustJSON(w.t, block)
	}
	return parts
}

// opens opens somebody's Home tab.
func (w *world) opens(user string) {
	w.t.Helper()
	_, err := w.slack.OpenHome(slackemu.HomeInput{User: user})
	require.NoError(w.t, err)
}

func (w *world) untilHome(user, part, shows string) {
	w.t.Helper()
	w.until(fmt.Sprintf("%s's Home tab shows %q under %s", user, shows, part), func() bool { return strings.Contains(w.homeOf(user)[part], shows) })
}

const (
	waiting = "Waiting for me"
	mine    = "My requests"
	decided = "Recently decided"
)

func TestTheHomeTabFollowsARequestFromAskingToItsEndForEverybodyItConcerns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	for _, user := range []string{requester, approver, second, bystander} {
		w.opens(user)
		w.untilHome(user, waiting, "Nothing waits for your decision.")
	}
	ts := w.asked()
	w.untilHome(requester, mine, "jane.doe")
	w.untilHome(requester, mine, "Waits for another person's approval")
	w.untilHome(requester, mine, "Open the card")
	w.untilHome(approver, waiting, "jane.doe")
	w.untilHome(second, waiting, "Corporate AD")
	link := w.url + "/archives/" + approvals + "/p" + strings.ReplaceAll(ts, ".", "")
	w.untilHome(second, waiting, link)
	require.Contains(t, w.homeOf(requester)[waiting], "Nothing waits", "their own request does not wait for them")
	require.Contains(t, w.homeOf(bystander)[waiting], "Nothing waits", "who may not decide is not asked")
	require.NotContains(t, mustJSON(t, w.homeOf(bystander)), "jane.doe")

	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.untilHome(requester, decided, "Done, verified")
	w.untilHome(requester, mine, "You have no open requests.")
	w.untilHome(approver, decided, "Done, verified")
	w.untilHome(second, waiting, "Nothing waits for your decision.")
	require.NotContains(t, w.homeOf(second)[decided], "jane.doe", "they did not decide on it")
}

func TestAHalfDecidedRequestWaitsForTheOtherApproverOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.quota = 2
	w.start()
	w.opens(approver)
	w.opens(second)
	ts := w.asked()
	w.untilHome(approver, waiting, "jane.doe")
	w.untilHome(second, waiting, "jane.doe")
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.untilHome(approver, decided, "jane.doe")
	require.Contains(t, w.homeOf(approver)[waiting], "Nothing waits")
	require.Contains(t, w.homeOf(second)[waiting], "jane.doe")
}

func TestABurstOfChangesIsFewRedrawingsAndNoneWhenNothingIsDifferent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var published atomic.Int64
	w.through(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/views.publish") {
				published.Add(1)
			}
			next.ServeHTTP(rw, r)
		})
	})
	w.settle = 300 * time.Millisecond
	w.start()
	w.opens(bystander)
	w.untilHome(bystander, mine, "You have no open requests.")
	ts := w.asked()
	require.True(t, w.clicks(approver, ts, "approve").Acked)
	w.untilHome(requester, decided, "Done, verified")
	w.untilHome(approver, decided, "Done, verified")
	require.LessOrEqual(t, published.Load(), int64(1+2*3), "six steps and more; at most three drawings for each of the two")
	before := published.Load()
	for range 20 {
		w.bot.homes.touched(executor.Request{ID: "req_x"})
	}
	w.opens(second)
	w.untilHome(second, mine, "You have no open requests.")
	w.bot.drawHomes(t.Context(), []string{requester, approver, bystander})
	require.Equal(t, before+1, published.Load(), "what shows the truth already is not drawn again")
}

func TestAHomeTabThatSlackDidNotTakeIsDrawnWithTheNextChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.through((&cut{method: "views.publish", times: 1, status: http.StatusInternalServerError}).middle)
	w.start()
	w.opens(requester)
	w.until("it failed", func() bool { return strings.Contains(w.logs.String(), "a Home tab was not drawn") })
	w.asked()
	w.untilHome(requester, mine, "jane.doe")
}

func TestWhoMayDecideIsNotGuessedWhenSlackCannotSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.asked()
	w.through((&cut{method: "usergroups.users.list", times: 1000, status: http.StatusInternalServerError}).middle)
	w.clock.advance(2 * time.Minute) // what was known of the group is too old now
	w.opens(approver)
	w.untilHome(approver, waiting, "Slack could not be asked who may decide")
	require.NotContains(t, w.homeOf(approver)[waiting], "jane.doe")
	require.NotContains(t, w.homeOf(approver)[waiting], "Nothing waits", "it is not claimed either")
}

func TestOnlySoManyHomeTabsAreKeptAndTheOldestGoesFirst(t *testing.T) {
	t.Parallel()
	h := newHomes()
	for i := range mostHomes + 50 {
		h.open(fmt.Sprintf("U%05d", i))
	}
	require.Len(t, h.all(), mostHomes)
	require.NotContains(t, h.all(), "U00000")
	require.Contains(t, h.all(), fmt.Sprintf("U%05d", mostHomes+49))
}

// deskOf is a desk that is full of one name.
func deskOf(name string, each int) executor.Desk {
	var d executor.Desk
	for i := range each {
		r := sample()
		r.ID, r.Plan.Account.Name, r.Plan.Account.Source, r.UpdatedAt = fmt.Sprint("req_", i), name, name, noon.Add(time.Minute)
		d.Mine, d.Waiting, d.Decided = append(d.Mine, r), append(d.Waiting, r), append(d.Decided, r)
	}
	d.MineCount, d.WaitingCount, d.DecidedCount = each, each+12, each
	return d
}

func TestHostileNamesStayLiteralOnTheHomeTab(t *testing.T) {
	t.Parallel()
	b := &Bot{slack: &Slack{chanName: "identity-approvals"}}
	for name, s := range hostile {
		view := b.home(deskOf(s, 1), map[string]string{"req_0": "https://acme.slack.com/archives/C1/p1"})
		golden(t, "home/"+name+".json", pretty(t, view))
		require.NotContains(t, string(pretty(t, view)), `"type": "mrkdwn"`, name)
	}
	shown := string(pretty(t, b.home(deskOf(hostile["long"], 1), nil)))
	require.Contains(t, shown, "… (3000 characters in all)")
	require.NotContains(t, shown, "Open the card", "without a card there is nothing to open")
}

func TestTheFullestHomeTabFitsIntoAView(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	view := w.bot.home(deskOf(strings.Repeat("<\u202e", 1500), mostPerList), nil)
	require.LessOrEqual(t, len(view.Blocks.BlockSet), 100)
	require.Less(t, len(mustJSON(t, view)), 250_000)
	_, err := w.bot.slack.api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: requester, View: view})
	require.NoError(t, err)
	w.untilHome(requester, waiting, "… and 12 more.")
}
