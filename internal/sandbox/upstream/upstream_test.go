package upstream

import (
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestACallIsOnRecordBeforeTheTenantHearsOfIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range 3 {
		require.Equal(t, 202, r.call("POST", "/isc/accounts/v1", "").status)
		require.Equal(t, i+1, r.echo.onDisk[i])
	}
}

func TestTheRecordHoldsCallsAsTheyCameInOrderAndOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.call("POST", "/isc/accounts/v1/a%2Fb%2F%2F..%2Fc/remove?x=1&y=%22", `{"é":"`+"\xff"+`"}`)
	r.fault("refused", "")
	r.call("POST", "/isc/accounts/v1", "")
	r.reopen()
	r.call("GET", "/isc/sources/v1", "")
	require.Equal(t, []Call{
		{Method: "POST", Path: "/isc/accounts/v1/a%2Fb%2F%2F..%2Fc/remove", Query: "x=1&y=%22", Body: `{"é":"` + "\uFFFD" + `"}`, Status: 202, At: start},
		{Method: "POST", Path: "/isc/accounts/v1", At: start},
		{Method: "GET", Path: "/isc/sources/v1", Status: 202, At: start},
	}, r.calls())
	require.Equal(t, "/sources/v1", r.echo.handled[0].Path)
	listed, _ := r.control("GET", "/calls", "", 200)["calls"].([]any)
	require.Len(t, listed, 3)
	first, _ := listed[0].(map[string]any)
	require.Len(t, first, 6)
	require.Equal(t, "2026-05-01T09:00:00Z", first["at"])
}

func TestACallThatCannotBeRecordedIsNotHandled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	require.NoError(t, r.disk.Close())
	require.Equal(t, 500, r.call("POST", "/isc/accounts/v1", "").status)
	require.Equal(t, 0, r.echo.count())
}

func TestEveryOneOfManyCallsAtOnceIsRecordedOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 5 {
				r.call("POST", fmt.Sprintf("/isc/accounts/v1/%d-%d", i, j), "")
			}
		})
	}
	all.Wait()
	seen := map[string]int{}
	for _, c := range r.calls() {
		seen[c.Path]++
		require.Equal(t, 202, c.Status)
	}
	require.Len(t, seen, 40)
}

func TestSecretsOfTheTokenCallAreNotRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.call("POST", "/isc/oauth/token?client_secret=s3cret&client_id=me", "grant_type=client_credentials&client%5Fsecret=s3cret&client_id=me")
	r.call("POST", "/isc/oauth/token", `{"client_secret":"s3cret"}`)
	r.call("POST", "/isc/oauth/token", `s3cret`)
	r.call("POST", "/isc/oauth/token", ``)
	r.call("POST", "/isc/oauth/token", "--x\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\ns3cret=1\r\n--x--\r\n")
	calls := r.calls()
	require.Equal(t, "client_secret=…&client_id=me", calls[0].Query)
	require.Equal(t, "grant_type=client_credentials&client%5Fsecret=…&client_id=me", calls[0].Body)
	require.Equal(t, "…", calls[1].Body)
	require.Equal(t, "…", calls[2].Body)
	require.Empty(t, calls[3].Body)
	require.Equal(t, "…", calls[4].Body)
}

func TestAFaultFiresWhereItsPathAndMethodMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault, method, path string
		hit                 bool
	}{
		{`"method":"POST","path_prefix":"/isc/accounts"`, "POST", "/isc/accounts/v1/1/remove", true},
		{`"method":"post","path_prefix":"/accounts"`, "POST", "/isc/accounts/v1/1/remove", true},
		{`"method":"*","path_prefix":"accounts/v1"`, "GET", "/isc/accounts/v1", true},
		{`"path_prefix":"/accounts"`, "GET", "/isc/v2025/accounts/1", true},
		{`"path_prefix":"/v2025/accounts"`, "GET", "/isc/v2025/accounts/1", true},
		{`"method":"","path_prefix":""`, "GET", "/isc/anything", true},
		{`"path_prefix":"/"`, "GET", "/isc/anything", true},
		{`"path_prefix":"/accounts","path_suffix":"/remove"`, "POST", "/isc/accounts/v1/1/remove", true},
		{`"path_prefix":"/accounts","path_suffix":"/remove"`, "POST", "/isc/accounts/v1/1/disable", false},
		{`"method":"DELETE","path_prefix":"/accounts"`, "POST", "/isc/accounts/v1", false},
		{`"path_prefix":"/sources"`, "POST", "/isc/accounts/v1", false},
		{`"path_prefix":""`, "POST", "/isc/oauth/token", false},
		{`"path_prefix":"/isc/"`, "POST", "/isc/oauth/token", false},
		{`"path_prefix":"/oauth/token"`, "POST", "/isc/oauth/token", true},
		{`"path_prefix":"/isc/oauth"`, "POST", "/isc/oauth/token", true},
	} {
		r := newRig(t)
		r.control("POST", "/faults", `{`+c.fault+`,"kind":"503"}`, 200)
		require.Equal(t, map[bool]int{true: 503, false: 202}[c.hit], r.call(c.method, c.path, "").status, "%v", c)
	}
}

func TestFaultsAreListedClearedAndUsedUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control("POST", "/faults", `{"kind":"503","times":2}`, 200)
	r.control("POST", "/faults", `{"kind":"404"}`, 200)
	require.Equal(t, 503, r.call("GET", "/isc/x", "").status)
	list, _ := r.control("GET", "/faults", "", 200)["faults"].([]any)
	require.Len(t, list, 2)
	first, _ := list[0].(map[string]any)
	require.InDelta(t, 1, first["times"], 0)
	require.InDelta(t, 1, first["fired"], 0)
	require.Equal(t, 503, r.call("GET", "/isc/x", "").status)
	require.Equal(t, 404, r.call("GET", "/isc/x", "").status)
	require.Equal(t, 404, r.call("GET", "/isc/x", "").status)
	r.control("DELETE", "/faults?id=x", "", 400)
	require.InDelta(t, 1, r.control("DELETE", "/faults?id=2", "", 200)["cleared"], 0)
	require.Equal(t, 202, r.call("GET", "/isc/x", "").status)
	r.control("POST", "/faults", `{"kind":"503","probability":0.000000001}`, 200)
	require.Equal(t, 202, r.call("GET", "/isc/x", "").status)
	require.InDelta(t, 1, r.control("DELETE", "/faults", "", 200)["cleared"], 0)
	for _, bad := range []string{`{"kind":"503","times":-1}`, `{"kind":"503","probability":2}`, `{"kind":"503","unknown":1}`, `[]`, ``, `{"kind":5}`} {
		r.control("POST", "/faults", bad, 400)
	}
}

func TestASystemWithoutTasksRefusesTaskFaults(t *testing.T) {
	t.Parallel()
	var f faults
	_, err := f.add(Fault{Kind: "task fails"})
	require.ErrorContains(t, err, "no tasks")
}

func TestControlAnswersBadCallsWithASentence(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	require.Contains(t, r.control("GET", "/nothing", "", 404)["error"], "no such endpoint")
	require.Contains(t, r.control("POST", "/settings", `{"bad":1}`, 400)["error"], "bad is not good")
	require.Contains(t, r.control("POST", "/settings", `{"hold":"soon"}`, 400)["error"], "hold")
	settings, _ := r.control("POST", "/settings", `{"slow_byte":"2s","own":"2"}`, 200)["settings"].(map[string]any)
	require.Equal(t, map[string]any{"own": "1", "slow_byte": "2s", "hold": "5m0s"}, settings)
}

func TestATimeoutLetsGoAfterItsHold(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control("POST", "/settings", `{"hold":"20ms"}`, 200)
	r.fault("timeout after it was applied", "")
	a := r.call("POST", "/isc/accounts/v1", "")
	reset(t, a)
	require.Equal(t, 1, r.echo.count())
}

func TestALimitIsASlidingWindowPerKey(t *testing.T) {
	t.Parallel()
	var l limit
	now := start
	for range 3 {
		_, ok := l.take("a", now, 3, 10*time.Second)
		require.True(t, ok)
		now = now.Add(time.Second)
	}
	wait, ok := l.take("a", now, 3, 10*time.Second)
	require.False(t, ok)
	require.Equal(t, 7*time.Second, wait)
	_, ok = l.take("b", now, 3, 10*time.Second)
	require.True(t, ok)
	_, ok = l.take("a", now.Add(wait), 3, 10*time.Second)
	require.True(t, ok)
	_, ok = l.take("a", now.Add(wait), 3, 10*time.Second)
	require.False(t, ok)
	_, ok = l.take("a", now, 0, 0)
	require.True(t, ok, "0 is no limit")
}

func TestTokensEndAndAreForgotten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	now := start
	clock := func() time.Time { return now }
	tokens, err := newTokens(r.disk, "t", clock)
	require.NoError(t, err)
	token, err := tokens.Issue("me", time.Minute)
	require.NoError(t, err)
	again, err := newTokens(r.disk, "t", clock)
	require.NoError(t, err)
	client, known, live := again.Client(token)
	require.Equal(t, []any{"me", true, true}, []any{client, known, live})
	now = now.Add(time.Minute)
	_, known, live = again.Client(token)
	require.Equal(t, []any{true, false}, []any{known, live})
	now = now.Add(2 * time.Hour)
	_, err = again.Issue("me", time.Minute)
	require.NoError(t, err)
	_, known, _ = again.Client(token)
	require.False(t, known)
}

func TestASecretThatWasRotatedIsTheOnlyGoodOneAndIsNotShown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	good := func(secret string) bool {
		_, right := r.echo.up.Credentials(Request{}, url.Values{"client_id": {"me"}, "client_secret": {secret}})
		return right
	}
	require.True(t, good("sandbox-secret"))
	settings, _ := r.control("POST", "/settings", `{"client_secret":"second"}`, 200)["settings"].(map[string]any)
	require.NotContains(t, settings, "client_secret")
	r.reopen()
	require.True(t, good("second"))
	require.False(t, good("sandbox-secret"))
	for _, bad := range []string{`""`, `5`, `null`} {
		require.Contains(t, r.control("POST", "/settings", `{"client_secret":`+bad+`}`, 400)["error"], "client_secret")
	}
	require.True(t, good("second"))
}

func FuzzNamesOfFaultsAndFormsDoNotPanicOrLeak(f *testing.F) {
	f.Add("timeout after it was applied", "client_secret=x&a=b")
	f.Add("429 (no header)", "%zz=1")
	f.Fuzz(func(t *testing.T, name, form string) {
		if kind := kindOf(name, 1); kind != "" {
			require.Contains(t, Kinds(), kind)
		}
		require.NotContains(t, hideSecrets("client_secret=CANARY&"+form), "CANARY")
	})
}
