package tools_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"accountops/internal/executor"
	"accountops/internal/fault"
	"accountops/internal/oauth"
	"accountops/internal/oauth/oauthtest"
	"accountops/tools"

	"github.com/stretchr/testify/require"
)

const (
	resource = "https://accountops.example/mcp"
	allOf    = "accounts:read accounts:change accounts:destroy"
	metadata = `resource_metadata="https://accountops.example/.well-known/oauth-protected-resource/mcp"`
)

// signedIn is a world whose callers sign in with an issuer, in a time that the test moves.
type signedIn struct {
	*world
	issuer *oauthtest.Issuer
	url    string

	mu  sync.Mutex
	now time.Time
}

func newSignedIn(t *testing.T) *signedIn {
	t.Helper()
	s := &signedIn{world: newWorld(t), now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	s.issuer = oauthtest.New(t, resource, s.clock)
	people := map[string]executor.Principal{"riley-at-idp": riley, "amara-at-idp": amara, "bao-at-idp": bao}
	known := oauth.New(oauth.Config{Issuer: s.issuer.URL, Audience: resource, People: people, Now: s.clock})
	s.url = s.serve(func(o *tools.HTTPOptions) {
		o.OAuth = &tools.OAuth{Resource: resource, Issuer: s.issuer.URL, Recognise: known.Recognise}
	}).URL
	return s
}

func (s *signedIn) clock() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now }

func (s *signedIn) later(d time.Duration) { s.mu.Lock(); defer s.mu.Unlock(); s.now = s.now.Add(d) }

// try makes the first call of a client with a token.
func (s *signedIn) try(token string) reply {
	s.t.Helper()
	return post(s.t, s.url, hello, "Authorization", "Bearer "+token)
}

func (s *signedIn) good() oauthtest.Claims { return s.issuer.Good("riley-at-idp", allOf) }

// badTokens are tokens that look good to somebody who does not look closely.
func (s *signedIn) badTokens() map[string]string {
	i, good, with := s.issuer, s.good(), oauthtest.With
	other := oauthtest.New(s.t, resource, s.clock)
	parts := strings.Split(i.Token(good), ".")
	header, payload, signature := parts[0], parts[1], parts[2]
	stranger := i.NewKey("RSA")
	sign := func(change oauthtest.Claims) string { return i.Token(with(good, change)) }
	typed := func(header oauthtest.Claims) string { return i.Sign(i.Signing(), header, good) }
	at := func(d time.Duration) int64 { return s.clock().Add(d).Unix() }
	raised := strings.Split(i.Token(with(good, oauthtest.Claims{"sub": "amara-at-idp"})), ".")[1]
	whole, _ := json.Marshal(map[string]string{"protected": header, "payload": payload, "signature": signature})
	return map[string]string{
		"no JWT at all":                          "opaque-canary-token",
		"alg none":                               i.Unsigned("none", good),
		"alg None":                               i.Unsigned("None", good),
		"alg none with the old signature":        i.Unsigned("none", good) + signature,
		"HS256 with the public key as secret":    i.Shared(i.PEM(), nil, good),
		"HS256 with an empty secret":             i.Shared(nil, nil, good),
		"HS256 that calls itself RS256":          i.Shared(i.PEM(), oauthtest.Claims{"alg": "RS256"}, good),
		"a key of somebody else":                 i.Sign(stranger, oauthtest.Claims{"kid": i.Signing().ID}, good),
		"a key that is not shown":                i.Sign(stranger, nil, good),
		"a key that the token brings along":      i.Sign(stranger, oauthtest.Claims{"jwk": oauthtest.Claims{"kty": "RSA", "n": "AQAB", "e": "AQAB"}}, good),
		"an elliptic key under an RSA id":        i.Sign(i.NewKey("EC"), oauthtest.Claims{"kid": i.Signing().ID}, good),
		"another issuer's":                       other.Token(other.Good("riley-at-idp", allOf)),
		"another issuer's, in our issuer's name": other.Sign(other.Signing(), nil, good),
		"our key, another issuer's name":         sign(oauthtest.Claims{"iss": other.URL}),
		"the issuer with a slash":                sign(oauthtest.Claims{"iss": i.URL + "/"}),
		"no issuer":                              sign(oauthtest.Claims{"iss": nil}),
		"for another resource":                   sign(oauthtest.Claims{"aud": "https://other.example/mcp"}),
		"for a resource that begins as ours":     sign(oauthtest.Claims{"aud": resource + ".evil.example"}),
		"for several others":                     sign(oauthtest.Claims{"aud": []string{"a", "b"}}),
		"for nobody":                             sign(oauthtest.Claims{"aud": nil}),
		"expired":                                sign(oauthtest.Claims{"exp": at(-time.Minute)}),
		"without an expiry":                      sign(oauthtest.Claims{"exp": nil}),
		"not valid yet":                          sign(oauthtest.Claims{"nbf": at(10 * time.Minute)}),
		"issued in the future":                   sign(oauthtest.Claims{"iat": at(10 * time.Minute)}),
		"without a subject":                      sign(oauthtest.Claims{"sub": nil}),
		"an empty subject":                       sign(oauthtest.Claims{"sub": " "}),
		"a subject that is a number":             sign(oauthtest.Claims{"sub": 5}),
		"a subject with a line break":            sign(oauthtest.Claims{"sub": "riley\nslack:T0:UAMARA"}),
		"an ID token":                            sign(oauthtest.Claims{"nonce": "n"}),
		"an ID token by its hash":                sign(oauthtest.Claims{"at_hash": "h"}),
		"a logout token":                         typed(oauthtest.Claims{"typ": "logout+jwt"}),
		"a logout token by its events":           sign(oauthtest.Claims{"events": oauthtest.Claims{}}),
		"a header that must be understood":       typed(oauthtest.Claims{"crit": []string{"canary"}, "canary": true}),
		"the payload of somebody else":           header + "." + raised + "." + signature,
		"no signature":                           header + "." + payload + ".",
		"only two parts":                         header + "." + payload,
		"one part more":                          i.Token(good) + ".x",
		"a bit of the signature changed":         header + "." + payload + "." + swapped(signature),
		"the JSON form":                          string(whole),
		"larger than 8 KiB":                      sign(oauthtest.Claims{"more": strings.Repeat("x", 9000)}),
	}
}

func swapped(signature string) string {
	if signature[20] == 'A' {
		return signature[:20] + "B" + signature[21:]
	}
	return signature[:20] + "A" + signature[21:]
}

func TestNoBadAccessTokenComesIn(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	require.Equal(t, 200, s.try(s.issuer.Token(s.good())).status, "a good one does")
	bad := s.badTokens()
	require.GreaterOrEqual(t, len(bad), 20)
	for _, name := range slices.Sorted(maps.Keys(bad)) {
		r := s.try(bad[name])
		require.Equal(t, 401, r.status, "%s: %s", name, r.text)
		challenge := r.header.Get("WWW-Authenticate")
		require.Contains(t, challenge, `error="invalid_token"`, name)
		require.Contains(t, challenge, metadata, name)
		require.Contains(t, challenge, `scope="accounts:read"`, name)
		require.Equal(t, name == "expired" || name == "without an expiry", strings.Contains(challenge, "has expired"), name)
		require.Contains(t, r.body.Error.Message, "nothing has been changed", name)
		require.Empty(t, r.header.Get("Mcp-Session-Id"), name)
		asked := callModern(t, s.url, "remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0}, "Authorization", "Bearer "+bad[name])
		require.Equal(t, 401, asked.status, name)
	}
	t.Logf("%d bad tokens, none came in", len(bad))
	_, n, err := s.exec.List(t.Context(), executor.Actor{Principal: riley}, false, 10, 0)
	require.NoError(t, err)
	require.Zero(t, n)
	for name, token := range bad {
		for _, part := range strings.Split(token, ".") {
			require.False(t, len(part) > 20 && strings.Contains(s.logged.String(), part), "%s: tokens are never logged", name)
		}
	}
}

func TestGoodAccessTokensComeInHoweverTheirIssuerWritesThem(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	elliptic := s.issuer.NewKey("EC")
	s.issuer.Show(s.issuer.Signing(), elliptic)
	good, with := s.good(), oauthtest.With
	for name, token := range map[string]string{
		"RS256":              s.issuer.Sign(s.issuer.Signing(), nil, good),
		"ES256":              s.issuer.Sign(elliptic, nil, good),
		"typ JWT":            s.issuer.Sign(elliptic, oauthtest.Claims{"typ": "JWT"}, good),
		"no typ":             s.issuer.Sign(elliptic, oauthtest.Claims{"typ": nil}, good),
		"no kid":             s.issuer.Sign(elliptic, oauthtest.Claims{"kid": nil}, good),
		"several audiences":  s.issuer.Token(with(good, oauthtest.Claims{"aud": []string{"other", resource}})),
		"scp as a list":      s.issuer.Token(with(good, oauthtest.Claims{"scope": nil, "scp": []string{"accounts:read"}})),
		"scp as a text":      s.issuer.Token(with(good, oauthtest.Claims{"scope": nil, "scp": "openid accounts:read"})),
		"clocks that differ": s.issuer.Token(with(good, oauthtest.Claims{"nbf": s.clock().Add(time.Minute).Unix(), "iat": s.clock().Add(time.Minute).Unix()})),
	} {
		r := callModern(t, s.url, "find_accounts", map[string]any{}, "Authorization", "Bearer "+token)
		require.Equal(t, 200, r.status, "%s: %s", name, r.text)
		require.False(t, r.body.result(t).IsError, name)
	}
}

func TestKeysRotateWithoutARestart(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	old := s.issuer.Signing()
	require.Equal(t, 200, s.try(s.issuer.Sign(old, nil, s.good())).status)
	fresh := s.issuer.NewKey("RSA")
	s.issuer.Show(old, fresh)
	s.later(11 * time.Second)
	require.Equal(t, 200, s.try(s.issuer.Sign(fresh, nil, s.good())).status, "a new key is looked for")
	require.Equal(t, 200, s.try(s.issuer.Sign(old, nil, s.good())).status, "while the old one is still shown")
	s.issuer.Show(fresh)
	s.later(6 * time.Minute)
	require.Equal(t, 401, s.try(s.issuer.Sign(old, nil, s.good())).status, "a key that was taken back goes")
	require.Equal(t, 200, s.try(s.issuer.Sign(fresh, nil, s.good())).status)
}

func TestBadTokensDoNotMakeUsAskTheIssuerEachTime(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	stranger := s.issuer.NewKey("RSA")
	for i := range 50 {
		require.Equal(t, 401, s.try(s.issuer.Sign(stranger, oauthtest.Claims{"kid": strings.Repeat("k", i+1)}, s.good())).status)
	}
	require.LessOrEqual(t, s.issuer.Asked(), 2, "its metadata and its keys, once")
}

func TestAnIssuerThatIsDownIsNotABadToken(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	s.issuer.Down(true)
	r := s.try(s.issuer.Token(s.good()))
	require.Equal(t, http.StatusServiceUnavailable, r.status, "a client must not throw its token away for that")
	require.Contains(t, r.body.Error.Message, "cannot be reached")
	require.Empty(t, r.header.Get("WWW-Authenticate"))
	require.Equal(t, 200, post(t, s.url, hello, "Authorization", "Bearer "+rileysToken).status, "our own tokens need no issuer")
	s.issuer.Down(false)
	s.later(11 * time.Second)
	require.Equal(t, 200, s.try(s.issuer.Token(s.good())).status)
}

func TestWithoutATokenAClientIsToldWhereToGetOne(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	r := post(t, s.url, hello)
	require.Equal(t, 401, r.status, "where people sign in, nobody comes in without a token, not even from this machine")
	require.Equal(t, `Bearer realm="accountops", `+metadata+`, scope="accounts:read"`, r.header.Get("WWW-Authenticate"))
	require.Equal(t, 400, post(t, s.url+"?access_token="+s.issuer.Token(s.good()), hello).status)
}

func TestTheMetadataNameTheResourceItsIssuerAndItsScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h, err := w.mcp.HTTP(tools.HTTPOptions{Loopback: true, OAuth: &tools.OAuth{Resource: resource, Issuer: "https://idp.example", Recognise: nobody}})
	require.NoError(t, err)
	require.Equal(t, "/.well-known/oauth-protected-resource/mcp", h.MetadataPath())
	r := send(t, http.MethodGet, serveAny(t, h.Metadata()), "")
	require.Equal(t, 200, r.status)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(r.text), &got))
	require.Equal(t, map[string]any{
		"resource": resource, "authorization_servers": []any{"https://idp.example"}, "scopes_supported": []any{"accounts:read", "accounts:change", "accounts:destroy"},
		"bearer_methods_supported": []any{"header"}, "resource_name": "accountops",
	}, got)
	plain, err := w.mcp.HTTP(tools.HTTPOptions{Loopback: true})
	require.NoError(t, err)
	require.Empty(t, plain.MetadataPath())
	require.Equal(t, 404, send(t, http.MethodGet, serveAny(t, plain.Metadata()), "").status)
	for _, bad := range []tools.OAuth{{Resource: "http://accountops.example/mcp", Issuer: "i", Recognise: nobody}, {Resource: resource, Recognise: nobody}, {Resource: resource, Issuer: "i"}} {
		_, err := w.mcp.HTTP(tools.HTTPOptions{Loopback: true, OAuth: &bad})
		require.ErrorContains(t, err, "OAuth")
	}
}

func TestNobodyApprovesWhatTheirOwnAssistantAskedWhateverItSignedInWith(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	token := s.issuer.Token(s.issuer.Good("amara-at-idp", allOf))
	r := callModern(t, s.url, "remove_account", map[string]any{"account": "jane", "reason": "left", "wait_seconds": 0}, "Authorization", "Bearer "+token)
	id := r.body.result(t).StructuredContent.RequestID
	require.NotEmpty(t, id, r.text)
	asked, err := s.exec.Show(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, amara, asked.By.Principal)
	_, err = s.exec.Decide(t.Context(), executor.Vote{RequestID: id, Fingerprint: asked.Fingerprint, Approve: true,
		By: executor.Actor{Principal: amara, Door: executor.DoorSlack}})
	require.True(t, fault.Is(err, fault.Denied), "%v", err)
	require.Zero(t, s.up.sent())

	stranger := s.issuer.Token(s.issuer.Good("not-linked", allOf))
	refused := callModern(t, s.url, "remove_account", map[string]any{"account": "jane", "reason": "left"}, "Authorization", "Bearer "+stranger)
	require.True(t, refused.body.result(t).IsError)
	require.Contains(t, refused.text, "not linked to a person in Slack")
	require.False(t, callModern(t, s.url, "find_accounts", map[string]any{}, "Authorization", "Bearer "+stranger).body.result(t).IsError, "who is not linked may read")
}

func TestASessionIsOfThePersonNotOfTheToken(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t)
	const list = `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`
	id := s.try(s.issuer.Token(s.good())).header.Get("Mcp-Session-Id")
	with := func(subject string) int {
		return post(t, s.url, list, "Mcp-Session-Id", id, "Mcp-Protocol-Version", "2025-11-25", "Authorization", "Bearer "+s.issuer.Token(s.issuer.Good(subject, allOf))).status
	}
	require.Equal(t, 200, with("riley-at-idp"), "a renewed token goes on with the session")
	require.Equal(t, 404, with("bao-at-idp"))
	require.Equal(t, 404, with("not-linked"))
	require.Equal(t, 401, post(t, s.url, list, "Mcp-Session-Id", id, "Mcp-Protocol-Version", "2025-11-25").status, "a session is no token")
	s.later(2 * time.Hour)
	old := s.issuer.Token(oauthtest.With(s.good(), oauthtest.Claims{"exp": s.clock().Add(-time.Hour).Unix()}))
	require.Equal(t, 401, post(t, s.url, list, "Mcp-Session-Id", id, "Mcp-Protocol-Version", "2025-11-25", "Authorization", "Bearer "+old).status)
}
