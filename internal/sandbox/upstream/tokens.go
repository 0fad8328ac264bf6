package upstream

import (
	"bytes"
	"cmp"
	"crypto/subtle"
	"errors"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"sync"
	"time"

	"accountops/internal/sandbox/disk"
)

// Tokens are the access tokens that a tenant gave out. They outlive the process.
type Tokens struct {
	mu     sync.Mutex
	disk   *disk.Disk
	bucket string
	clock  func() time.Time
	all    map[string]grant
}

type grant struct {
	Client string
	Until  time.Time
}

// newTokens takes up the tokens in a bucket.
func newTokens(d *disk.Disk, bucket string, clock func() time.Time) (*Tokens, error) {
	t := &Tokens{disk: d, bucket: bucket, clock: clock, all: map[string]grant{}}
	return t, disk.Each(d, bucket, func(token string, g grant) { t.all[token] = g })
}

// Issue gives a client a new token for a while, and forgets those that ended over an hour ago.
func (t *Tokens) Issue(client string, life time.Duration) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	for token, g := range t.all {
		if now.Sub(g.Until) > time.Hour {
			delete(t.all, token)
			if err := t.disk.Delete(t.bucket, token); err != nil {
				return "", err
			}
		}
	}
	token := "sandbox-" + NewID() + NewID()
	t.all[token] = grant{Client: client, Until: now.Add(life)}
	return token, t.disk.Put(t.bucket, token, t.all[token])
}

// Client says whose token it is. Known without live means that it is over.
func (t *Tokens) Client(token string) (client string, known, live bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.all[token]
	return g.Client, ok, ok && t.clock().Before(g.Until)
}

// Revoke ends all tokens at once.
func (t *Tokens) Revoke() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for token, g := range t.all {
		g.Until = time.Time{}
		t.all[token] = g
		if err := t.disk.Put(t.bucket, token, g); err != nil {
			return err
		}
	}
	return nil
}

// firstSecret is the secret of all clients, until the setting client_secret says another.
const firstSecret = "sandbox-secret"

// Form reads the form of a token request. The vendors document url-encoded ones; SailPoint's own client for Node.js sends multipart.
func Form(req Request) (url.Values, error) {
	kind, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
		return url.ParseQuery(string(req.Body))
	case err == nil && kind == "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(req.Body), params["boundary"]).ReadForm(maxBody)
		if err != nil {
			return nil, err
		}
		return form.Value, form.RemoveAll()
	}
	return nil, errors.New("a token request is a form")
}

// Credentials gives the client that asks for a token, in the form or by basic authentication, and whether its secret is right.
func (u *Upstream) Credentials(req Request, form url.Values) (client string, right bool) {
	client, pass := form.Get("client_id"), form.Get("client_secret")
	if user, password, ok := (&http.Request{Header: req.Header}).BasicAuth(); ok && client == "" {
		client, pass = user, password
	}
	secret := cmp.Or(u.wireNow().Secret, firstSecret)
	return client, subtle.ConstantTimeCompare([]byte(pass), []byte(secret)) == 1
}
