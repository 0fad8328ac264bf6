// Package oauth recognises people by the access tokens of one OAuth 2.1 issuer. It is the home of go-oidc.
package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"

	"accountops/internal/executor"
	"accountops/internal/fault"
)

const (
	largestToken   = 8 << 10          // bytes
	longestSubject = 255              // characters; OpenID Connect Core 1.0, section 2
	issuerPatience = 5 * time.Second  // for one answer of the issuer
	keysFresh      = 5 * time.Minute  // then the issuer is asked again, so that a key that it took back goes
	leeway         = 5 * time.Minute  // between the issuer's clock and ours; go-oidc grants as much to nbf
	asReadBefore   = 10 * time.Second // how long an answer of the issuer stands, so that nobody makes us ask by bad tokens
)

// algorithms are the signatures that are believed: with a public key, all of them. With none or a shared secret, anybody could sign.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// Config says whose tokens are believed, and who is behind them.
type Config struct {
	Issuer   string                        // exactly as the iss claim has it; its /.well-known/openid-configuration names its keys
	Audience string                        // what the aud claim must name
	People   map[string]executor.Principal // the person in Slack, by the sub claim: the link table
	Now      func() time.Time              // nil: time.Now
}

// Issuer recognises people by an issuer's access tokens. It is safe for concurrent use.
type Issuer struct {
	cfg    Config
	memory *memory
	client *http.Client

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	made     time.Time
}

// New makes an Issuer. The issuer itself is asked when the first token comes.
func New(cfg Config) *Issuer {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	m := &memory{base: &http.Transport{Proxy: http.ProxyFromEnvironment}, now: cfg.Now, kept: map[string]kept{}}
	return &Issuer{cfg: cfg, memory: m, client: &http.Client{
		Transport: m, Timeout: issuerPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Recognise tells who an access token speaks for, and its scopes. Somebody who is not in the link table is a principal that Slack does
// not know. fault.Denied when the token is not good; fault.Upstream when the issuer's keys cannot be read, so that nobody can tell.
// The cause is for the log; it holds nothing of the token but its claims.
func (i *Issuer) Recognise(ctx context.Context, token string) (executor.Principal, []string, error) {
	if err := shape(token); err != nil {
		return "", nil, refused(err)
	}
	verifier, err := i.current(ctx)
	if err != nil {
		return "", nil, unreachable(err)
	}
	good, err := verifier.Verify(ctx, token)
	if err != nil && i.memory.failing() {
		return "", nil, unreachable(err)
	}
	if err != nil {
		return "", nil, refused(err)
	}
	scopes, err := i.believe(good)
	if err != nil {
		return "", nil, refused(err)
	}
	if person, linked := i.cfg.People[good.Subject]; linked {
		return person, scopes, nil
	}
	return executor.Principal("oauth:" + i.cfg.Issuer + "#" + good.Subject), scopes, nil
}

func refused(err error) error {
	sentence := "This token is not good here."
	if _, expired := errors.AsType[*oidc.TokenExpiredError](err); expired {
		sentence = "This token has expired."
	}
	return fault.Wrap(err, fault.Denied, sentence)
}

func unreachable(err error) error {
	return fault.Wrap(err, fault.Upstream, "Whoever issued this token cannot be reached to check it. Please try again in a minute.")
}

// current gives the verifier with the keys that the issuer has now.
func (i *Issuer) current(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.cfg.Now()
	if i.verifier != nil && now.Sub(i.made) < keysFresh {
		return i.verifier, nil
	}
	// A caller who hangs up must not leave the others with a failure to be remembered.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), i.client), i.cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discover the issuer: %w", err)
	}
	i.made = now
	i.verifier = provider.VerifierContext(oidc.ClientContext(context.WithoutCancel(ctx), i.client),
		&oidc.Config{ClientID: i.cfg.Audience, SupportedSigningAlgs: algorithms, Now: i.cfg.Now})
	return i.verifier, nil
}

// shape refuses what is no access token before anybody is asked about it: only the compact form, and only a type that an access token
// may have (RFC 9068 section 4, and JWT or none from issuers that are older).
func shape(token string) error {
	if len(token) > largestToken {
		return errors.New("the token is larger than 8 KiB")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errors.New("the token is no compact JWT")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return fmt.Errorf("the token's header: %w", err)
	}
	var header struct {
		Alg string `json:"alg"`
		Typ string `json:"typ"`
	}
	if err := json.Unmarshal(raw, &header); err != nil {
		return fmt.Errorf("the token's header: %w", err)
	}
	if !slices.Contains(algorithms, header.Alg) {
		return fmt.Errorf("the token is signed by %q", header.Alg)
	}
	switch strings.ToLower(strings.TrimPrefix(header.Typ, "application/")) {
	case "", "jwt", "at+jwt":
		return nil
	}
	return fmt.Errorf("the token is of the type %q", header.Typ)
}

// believe checks what go-oidc, which is made for ID tokens, does not; and gives the scopes.
func (i *Issuer) believe(token *oidc.IDToken) ([]string, error) {
	var claims struct {
		Scope  string          `json:"scope"`
		Scp    json.RawMessage `json:"scp"` // as some issuers have it: a text, or a list
		Events json.RawMessage `json:"events"`
	}
	if err := token.Claims(&claims); err != nil {
		return nil, fmt.Errorf("the token's claims: %w", err)
	}
	odd := strings.ContainsFunc(token.Subject, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar })
	switch {
	case strings.TrimSpace(token.Subject) == "" || len(token.Subject) > longestSubject || odd:
		return nil, errors.New("the token names nobody")
	case token.IssuedAt.After(i.cfg.Now().Add(leeway)):
		return nil, errors.New("the token is from the future")
	case token.Nonce != "" || token.AccessTokenHash != "" || len(claims.Events) > 0:
		return nil, errors.New("the token is no access token, but one that tells a client who signed in or out")
	}
	scopes := strings.Fields(claims.Scope)
	var list []string
	var text string
	if json.Unmarshal(claims.Scp, &list) == nil {
		scopes = append(scopes, list...)
	} else if json.Unmarshal(claims.Scp, &text) == nil {
		scopes = append(scopes, strings.Fields(text)...)
	}
	return scopes, nil
}
