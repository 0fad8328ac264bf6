// Package oauthtest is an OAuth issuer on a real socket, for tests. It signs whatever it is told to.
package oauthtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Claims are a token's claims, or its header.
type Claims = map[string]any

// Key is a key of the issuer: RSA for RS256, or elliptic for ES256.
type Key struct {
	ID      string
	private crypto.Signer
}

// Issuer is the fake issuer.
type Issuer struct {
	URL      string
	Audience string
	t        testing.TB
	now      func() time.Time

	mu    sync.Mutex
	keys  []Key // that it shows; the last one signs
	next  int
	down  bool
	asked int
}

// New starts an issuer with one RSA key. It ends with the test.
func New(t testing.TB, audience string, now func() time.Time) *Issuer {
	i := &Issuer{Audience: audience, t: t, now: now}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.answer(w, Claims{"issuer": i.URL, "jwks_uri": i.URL + "/keys", "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token",
			"id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) { i.answer(w, Claims{"keys": i.public()}) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.URL = server.URL
	i.Show(i.NewKey("RSA"))
	return i
}

// NewKey makes a key, RSA or EC, that the issuer does not show yet.
func (i *Issuer) NewKey(kind string) Key {
	i.t.Helper()
	i.mu.Lock()
	i.next++
	id := fmt.Sprint("key-", i.next)
	i.mu.Unlock()
	var private crypto.Signer
	var err error
	if kind == "RSA" {
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	return Key{ID: id, private: private}
}

// Show publishes keys in place of those before. The last one signs.
func (i *Issuer) Show(keys ...Key) { i.mu.Lock(); defer i.mu.Unlock(); i.keys = keys }

// Signing gives the key that signs.
func (i *Issuer) Signing() Key { i.mu.Lock(); defer i.mu.Unlock(); return i.keys[len(i.keys)-1] }

// Down makes it answer with 500, or answer again.
func (i *Issuer) Down(down bool) { i.mu.Lock(); defer i.mu.Unlock(); i.down = down }

// Asked tells how often it was asked for anything.
func (i *Issuer) Asked() int { i.mu.Lock(); defer i.mu.Unlock(); return i.asked }

func (i *Issuer) answer(w http.ResponseWriter, what any) {
	i.mu.Lock()
	i.asked++
	down := i.down
	i.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if down {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(what) // the test sees a client that got nothing
}

func (i *Issuer) public() []Claims {
	i.mu.Lock()
	defer i.mu.Unlock()
	var out []Claims
	for _, k := range i.keys {
		switch key := k.private.Public().(type) {
		case *rsa.PublicKey:
			out = append(out, Claims{"kty": "RSA", "use": "sig", "kid": k.ID, "n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes())})
		case *ecdsa.PublicKey:
			point, err := key.Bytes()
			if err != nil {
				i.t.Error(err)
			}
			half := len(point) / 2
			out = append(out, Claims{"kty": "EC", "use": "sig", "crv": "P-256", "kid": k.ID, "x": encode(point[1 : half+1]), "y": encode(point[half+1:])})
		}
	}
	return out
}

// Good gives the claims of a good token of a subject, for so long as an hour.
func (i *Issuer) Good(subject, scope string) Claims {
	now := i.now()
	return Claims{"iss": i.URL, "aud": i.Audience, "sub": subject, "scope": scope, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"client_id": "assistant", "jti": "1"}
}

// Token signs claims with the issuer's signing key.
func (i *Issuer) Token(claims Claims) string { return i.Sign(i.Signing(), nil, claims) }

// Sign signs claims with a key, by the algorithm that fits it, and with what header says over the header.
func (i *Issuer) Sign(key Key, header, claims Claims) string {
	i.t.Helper()
	alg := "RS256"
	if _, elliptic := key.private.(*ecdsa.PrivateKey); elliptic {
		alg = "ES256"
	}
	signing := head(Claims{"alg": alg, "kid": key.ID, "typ": "at+jwt"}, header) + "." + text(claims)
	digest := sha256.Sum256([]byte(signing))
	switch private := key.private.(type) {
	case *rsa.PrivateKey:
		signature, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
		if err != nil {
			i.t.Fatal(err)
		}
		return signing + "." + encode(signature)
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
		if err != nil {
			i.t.Fatal(err)
		}
		return signing + "." + encode(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}
	return ""
}

// Shared signs claims by HS256 with a secret, as attackers do with a public key.
func (i *Issuer) Shared(secret []byte, header, claims Claims) string {
	signing := head(Claims{"alg": "HS256", "kid": i.Signing().ID, "typ": "at+jwt"}, header) + "." + text(claims)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signing))
	return signing + "." + encode(mac.Sum(nil))
}

// Unsigned gives claims with alg none.
func (i *Issuer) Unsigned(alg string, claims Claims) string {
	return head(Claims{"alg": alg, "typ": "at+jwt"}, nil) + "." + text(claims) + "."
}

// PEM gives the signing key's public half, as anybody can have it.
func (i *Issuer) PEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(i.Signing().private.Public())
	if err != nil {
		i.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// With gives claims with some changed; nil takes one away.
func With(claims Claims, change Claims) Claims {
	out := maps.Clone(claims)
	for name, value := range change {
		if value == nil {
			delete(out, name)
			continue
		}
		out[name] = value
	}
	return out
}

func head(header, change Claims) string { return text(With(header, change)) }

func text(claims Claims) string {
	raw, err := json.Marshal(claims)
	if err != nil {
		panic(err) // a test's own claims always marshal
	}
	return encode(raw)
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }
