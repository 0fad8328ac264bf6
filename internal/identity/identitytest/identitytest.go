// Package identitytest says what every client of an identity system must do, against a fake of that system on a real socket.
package identitytest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"accountops/internal/fault"
	"accountops/internal/identity"
)

// Bench is one client at one fresh fake.
type Bench struct {
	System    identity.System
	Control   string // the URL of the fake's control endpoint: …/sandbox/v1/upstream/{isc|esystems}
	API       string // how the paths of the API begin
	Sample    Sample
	SetActive func(ctx context.Context, id string, active bool) identity.Answer
	Destroy   func(ctx context.Context, id string) identity.Answer
	// Follow reads the task of an accepted call. Nil when calls are synchronous.
	Follow func(ctx context.Context, task string) identity.Task
	// Rotate changes the file that the client reads its secret from.
	Rotate func(secret string)
}

// Sample is an enabled account of the seed. Names are what finds it and nothing else within Source, by kind; Shared finds several.
type Sample struct {
	ID, Source string
	Names      []identity.Query
	Shared     string
}

// Call is one call in the fake's own record.
type Call struct {
	Method, Path, Query string
	Status              int
}

// Open makes a fresh bench. The tuning is what the suite needs: short times, no waiting, the given budget.
type Open func(t *testing.T, timeout time.Duration, calls int, per time.Duration) *Bench

// Run runs the suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	Verbs(t, open)
	t.Run("the budget is kept and used", func(t *testing.T) {
		t.Parallel()
		budget(t, open(t, 30*time.Second, 99, window), open(t, 30*time.Second, 2*reads, time.Millisecond))
	})
	faults(t, open)
}

// Verbs runs the part of the suite in which nothing is wrong with the upstream.
func Verbs(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *Bench){
		"an account is found by each of its names": foundByName, "several are all found": foundSeveral, "what is not there is not found": notFound,
		"hostile ids are segments": hostile, "disable and enable do so": setActive, "destroying is once": destroy, "a token that ended is renewed": renewed,
		"calls at once share a renewal": shared, "a rotated secret is read anew": rotated, "a refusal is in the upstream's words": refusal,
		"in a storm reads come through and a write leaves once": storm, "a fault of one route is no fault of another": routed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, 5*time.Second, 1000, time.Millisecond)
			b.set(t, `{"rate_calls":0}`)
			test(t, b)
		})
	}
}

func foundByName(t *testing.T, b *Bench) {
	t.Helper()
	account, err := b.System.Get(t.Context(), b.Sample.ID)
	require.NoError(t, err)
	require.Equal(t, b.Sample.ID, account.ID)
	require.False(t, account.Disabled)
	for _, q := range b.Sample.Names {
		for _, text := range []string{q.Text, strings.ToUpper(q.Text)} {
			if q.Text == b.Sample.ID {
				text = q.Text // ids are opaque
			}
			got, err := b.System.Find(t.Context(), identity.Query{Text: text, By: q.By, Source: b.Sample.Source})
			require.NoError(t, err, q)
			require.Len(t, got.Accounts, 1, q)
			require.False(t, got.Cut)
			require.Equal(t, b.Sample.ID, got.Accounts[0].ID, q)
			require.Empty(t, got.Accounts[0].Entitlements)
		}
	}
}

func foundSeveral(t *testing.T, b *Bench) {
	t.Helper()
	got, err := b.System.Find(t.Context(), identity.Query{Text: b.Sample.Shared})
	require.NoError(t, err)
	require.Greater(t, len(got.Accounts), 1)
	one, err := b.System.Find(t.Context(), identity.Query{Text: b.Sample.Shared, Limit: 1})
	require.NoError(t, err)
	require.Len(t, one.Accounts, 1)
	require.True(t, one.Cut, "that there are more is said")
}

func notFound(t *testing.T, b *Bench) {
	t.Helper()
	_, err := b.System.Get(t.Context(), "0000000000000000000000000000dead")
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	for _, text := range []string{"nobody.at.all", "nobody@nowhere.example", `") or (id sw "`, "(Id <> 0) OR (Id = 0)", "no body"} {
		got, err := b.System.Find(t.Context(), identity.Query{Text: text})
		require.NoError(t, err, text)
		require.Empty(t, got.Accounts)
		require.False(t, got.Cut)
	}
	before := len(b.calls(t, "*"))
	a := b.Destroy(t.Context(), "0000000000000000000000000000dead")
	require.Equal(t, identity.Refused, a.Outcome)
	require.Equal(t, fault.NotFound, a.Err.Kind)
	require.NotEmpty(t, a.Err.Ref, "what their support asks for")
	require.Len(t, b.calls(t, "*"), before+1)
}

// hostile proves that no id reaches another path: all accounts are there afterwards.
func hostile(t *testing.T, b *Bench) {
	t.Helper()
	before := b.accounts(t)
	for _, id := range []string{
		".", "..", "", "../" + b.Sample.ID, b.Sample.ID + "/", "/" + b.Sample.ID, b.Sample.ID + "/remove", b.Sample.ID + "?x=1", b.Sample.ID + "#x", b.Sample.ID + "\x00",
		b.Sample.ID + "%2f..", "%2e%2e/" + b.Sample.ID, `..\` + b.Sample.ID, b.Sample.ID + " ", b.Sample.ID + "\r\nX: y", strings.Repeat("a", 600), "a;b", "é", "base64|YQ==",
	} {
		_, err := b.System.Get(t.Context(), id)
		require.True(t, fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) || fault.Is(err, fault.Upstream), "%q: %v", id, err)
		a := b.Destroy(t.Context(), id)
		require.Contains(t, []identity.Outcome{identity.Refused, identity.NotSent}, a.Outcome, "%q", id)
	}
	require.Equal(t, before, b.accounts(t))
}

func setActive(t *testing.T, b *Bench) {
	t.Helper()
	for _, active := range []bool{false, true} {
		before := b.writes(t)
		b.follow(t, b.SetActive(t.Context(), b.Sample.ID, active))
		got, err := b.System.Get(t.Context(), b.Sample.ID)
		require.NoError(t, err)
		require.Equal(t, active, !got.Disabled)
		require.Equal(t, before+1, b.writes(t))
	}
}

func destroy(t *testing.T, b *Bench) {
	t.Helper()
	b.follow(t, b.Destroy(t.Context(), b.Sample.ID))
	require.Equal(t, 1, b.writes(t))
	_, err := b.System.Get(t.Context(), b.Sample.ID)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	a := b.Destroy(t.Context(), b.Sample.ID)
	require.Equal(t, identity.Refused, a.Outcome, "it is gone already")
	require.Equal(t, fault.NotFound, a.Err.Kind)
}

func renewed(t *testing.T, b *Bench) {
	t.Helper()
	_, err := b.System.Get(t.Context(), b.Sample.ID)
	require.NoError(t, err)
	b.post(t, "/revoke", `{}`)
	_, err = b.System.Get(t.Context(), b.Sample.ID)
	require.NoError(t, err)
	b.post(t, "/revoke", `{}`)
	b.follow(t, b.Destroy(t.Context(), b.Sample.ID))
	require.Equal(t, 2, b.writes(t), "the first was refused with 401")
}

// follow requires that a call was accepted, and waits for its task to end well.
func (b *Bench) follow(t *testing.T, a identity.Answer) {
	t.Helper()
	require.Equal(t, identity.Accepted, a.Outcome, "%v", a.Err)
	require.Nil(t, a.Err)
	require.Equal(t, b.Follow != nil, a.Task != "")
	if b.Follow != nil {
		require.Equal(t, identity.Succeeded, b.ended(t, a.Task).State)
	}
}

func (b *Bench) ended(t *testing.T, task string) identity.Task {
	t.Helper()
	var got identity.Task
	require.Eventually(t, func() bool {
		got = b.Follow(t.Context(), task)
		return got.State != identity.Running
	}, time.Minute, 5*time.Millisecond)
	return got
}

// calls gives the fake's own record of the API's calls, but those for tokens, with one method or any (*).
func (b *Bench) calls(t *testing.T, method string) []Call {
	t.Helper()
	var raw struct{ Calls []Call }
	b.get(t, "/calls", &raw)
	var out []Call
	for _, c := range raw.Calls {
		token := strings.Contains(strings.ToLower(c.Path), "/oauth/")
		if !token && strings.HasPrefix(c.Path, b.API) && (method == "*" || method == c.Method) {
			out = append(out, c)
		}
	}
	return out
}

// writes counts the calls that change something.
func (b *Bench) writes(t *testing.T) int {
	t.Helper()
	return len(b.calls(t, "*")) - len(b.calls(t, "GET"))
}

// tokens counts the calls for a token.
func (b *Bench) tokens(t *testing.T) int {
	t.Helper()
	var raw struct{ Calls []Call }
	b.get(t, "/calls", &raw)
	n := 0
	for _, c := range raw.Calls {
		if strings.Contains(strings.ToLower(c.Path), "/oauth/") {
			n++
		}
	}
	return n
}

// accounts gives the ids of all accounts that the fake has.
func (b *Bench) accounts(t *testing.T) map[string]bool {
	t.Helper()
	var raw struct{ Accounts []map[string]any }
	b.get(t, "/accounts", &raw)
	out := make(map[string]bool)
	for _, a := range raw.Accounts {
		for _, key := range []string{"id", "Id"} {
			if id, ok := a[key].(string); ok {
				out[id] = true
			}
		}
	}
	return out
}

func (b *Bench) set(t *testing.T, settings string) {
	t.Helper()
	b.post(t, "/settings", settings)
}

func (b *Bench) get(t *testing.T, path string, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(b.ask(t, http.MethodGet, path, ""), into))
}

func (b *Bench) post(t *testing.T, path, body string) {
	t.Helper()
	b.ask(t, http.MethodPost, path, body)
}

func (b *Bench) ask(t *testing.T, method, path, body string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.Control+path, strings.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	said, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", said)
	return said
}
