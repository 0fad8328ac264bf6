package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// margin is how long before its end a token is renewed; a tenth of its life if that is shorter. While a token is still good, a renewal that
// failed is tried again only after a breath: not by every call there is.
const (
	margin = time.Minute
	breath = 5 * time.Second
)

// tokens holds the access token: client_credentials, one renewal at a time, before the end that the answer gave, and
// when the other side refused it. The secret is read anew for each renewal, so that it can be rotated.
type tokens struct {
	url      string
	clientID string
	secret   func() (string, error)
	client   *http.Client
	timeout  time.Duration
	now      func() time.Time

	mu     sync.Mutex
	token  string
	renew  time.Time // zero: not before a 401
	end    time.Time
	flight *flight
	hidden []string // what no error may hold: the last secrets and tokens
}

var errSecret = errors.New("the client secret cannot be read")

type flight struct {
	done  chan struct{}
	token string
	err   error
}

// get gives a token that is good for now. While one is, its renewal does not keep anybody waiting.
func (t *tokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	now := t.now()
	token := t.token
	good := token != "" && (t.end.IsZero() || now.Before(t.end))
	due := !good || !t.renew.IsZero() && !now.Before(t.renew)
	if due && t.flight == nil {
		t.flight = &flight{done: make(chan struct{})}
		go t.fly(context.WithoutCancel(ctx), t.flight)
	}
	f := t.flight
	t.mu.Unlock()
	if good {
		return token, nil
	}
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// reject forgets a token that a 401 refused. Another token that came meanwhile stays.
func (t *tokens) reject(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}

func (t *tokens) fly(ctx context.Context, f *flight) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	asked := t.now()
	secret, token, life, err := t.fetch(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.flight = nil
	f.err = err
	if err != nil {
		t.renew = t.now().Add(breath)
	} else {
		f.token, t.token = token, token
		t.renew, t.end = time.Time{}, time.Time{}
		if life > 0 {
			t.end = asked.Add(life)
			t.renew = t.end.Add(-min(margin, life/10))
		}
	}
	t.hide(secret, token)
	close(f.done)
}

// fetch asks for a token. life is zero when the answer gave no expires_in.
func (t *tokens) fetch(ctx context.Context) (secret, token string, life time.Duration, err error) {
	if secret, err = t.secret(); err != nil || secret == "" {
		return "", "", 0, errSecret
	}
	t.mu.Lock()
	t.hide(secret)
	t.mu.Unlock()
	config := clientcredentials.Config{
		ClientID: t.clientID, ClientSecret: secret, TokenURL: t.url,
		AuthStyle: oauth2.AuthStyleInParams, // probing would send the secret twice
	}
	got, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, t.client))
	if err != nil {
		return secret, "", 0, err
	}
	if seconds := expiresIn(got); seconds > 0 {
		life = seconds
	}
	return secret, got.AccessToken, life, nil
}

func expiresIn(token *oauth2.Token) time.Duration {
	if token.Expiry.IsZero() {
		return 0
	}
	// The library adds the wall clock to expires_in; ours may be another one.
	return max(time.Until(token.Expiry).Round(time.Second), time.Second)
}

// hide remembers what no error may hold. The caller holds mu.
func (t *tokens) hide(values ...string) {
	for _, v := range values {
		for _, form := range []string{v, url.QueryEscape(v)} {
			if form != "" && !slices.Contains(t.hidden, form) {
				t.hidden = append(t.hidden, form)
			}
		}
	}
	const keep = 16
	if len(t.hidden) > keep {
		t.hidden = t.hidden[len(t.hidden)-keep:]
	}
}

// mask replaces secrets and tokens in an upstream's or a library's text.
func (t *tokens) mask(text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, v := range t.hidden {
		text = strings.ReplaceAll(text, v, "…")
	}
	return text
}

var oauthCode = regexp.MustCompile(`^[a-z_]{1,40}$`)

// noToken makes the answer for a call that got no token.
func (c *Client) noToken(err error, what string) Answer {
	a := Answer{again: true}
	why := c.reason(err)
	if errors.Is(err, errSecret) {
		why = "our client secret for " + c.system + " cannot be read"
	}
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := refusal.Response.StatusCode
		a.again = mayPass(status)
		a.after = c.heed(refusal.Response)
		why = c.system + " gave us no token: somebody has to look at the client id and secret"
		if a.again {
			why = c.system + " gave us no token for now"
		}
		// The library's text holds the whole body, which may hold anything; a code is a word.
		err = fmt.Errorf("the token endpoint answered %d %s", status, oauthCode.FindString(refusal.ErrorCode))
	}
	a.Err = c.lost(err, sentence(what, why)+" Nothing was sent, and nothing was changed.")
	return a
}
