// Package upstream is the HTTP under both identity systems' clients: tokens, the budget of calls, reads that are repeated,
// writes that leave once, and errors in words. It is internal to identity, so that nothing else can reach a write.
package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"accountops/internal/fault"
)

// Config says which system to call and as whom.
type Config struct {
	System    string                 // as people read it: "SailPoint"
	BaseURL   string                 // see ParseBase
	TokenPath string                 // below the base: "/oauth/token"
	ClientID  string                 // of the OAuth client
	Secret    func() (string, error) // the client's secret, read anew for each token
	Header    map[string]string      // sent with every call
	Explain   func(status int, body []byte) Problem
	Tuning    Tuning
}

// Tuning is what may be set and need not be.
type Tuning struct {
	ReadTimeout  time.Duration    // of one attempt of a read, body included; default 10 s
	WriteTimeout time.Duration    // of one write, body included; default 30 s; the context's deadline counts as well
	Attempts     int              // how often a read is tried at most; default 4
	Calls        int              // calls in each period of Per; default 99, one below SailPoint's documented 100 in 10 s
	Per          time.Duration    // default 10 s
	RootCAs      *x509.CertPool   // default: the machine's
	Now          func() time.Time // default time.Now
	Rand         func() float64   // in [0,1), for jitter; default math/rand/v2
}

func (t Tuning) filled() Tuning {
	or(&t.ReadTimeout, 10*time.Second)
	or(&t.WriteTimeout, 30*time.Second)
	or(&t.Attempts, 4)
	or(&t.Calls, 99)
	or(&t.Per, 10*time.Second)
	if t.Now == nil {
		t.Now = time.Now
	}
	if t.Rand == nil {
		t.Rand = rand.Float64
	}
	return t
}

func or[T comparable](field *T, standard T) {
	var zero T
	if *field == zero {
		*field = standard
	}
}

// Client calls one identity system.
type Client struct {
	Base    Base
	system  string
	header  map[string]string
	explain func(status int, body []byte) Problem
	tuning  Tuning
	budget  *budget
	tokens  *tokens
	reading *http.Client
	writing *http.Client
}

// New makes a Client. The error is fault.Invalid with every mistake in its Fields.
func New(c Config) (*Client, error) {
	base, err := ParseBase(c.BaseURL)
	var wrong []fault.Field
	if err != nil {
		wrong = append(wrong, fault.Field{Name: "base_url", Sentence: err.Error()})
	}
	if c.ClientID == "" {
		wrong = append(wrong, fault.Field{Name: "client_id", Sentence: "It is missing."})
	}
	if c.Secret == nil {
		wrong = append(wrong, fault.Field{Name: "client_secret", Sentence: "It is missing."})
	} else if s, err := c.Secret(); err != nil || s == "" {
		wrong = append(wrong, fault.Field{Name: "client_secret", Sentence: "It is missing or cannot be read."})
	}
	t := c.Tuning.filled()
	if t.Attempts < 1 || t.Calls < 1 || t.Per < 0 || t.ReadTimeout < 0 || t.WriteTimeout < 0 {
		wrong = append(wrong, fault.Field{Name: "tuning", Sentence: "Times, attempts and calls must be above zero."})
	}
	if len(wrong) > 0 {
		return nil, Invalid(c.System, wrong)
	}
	client := &Client{
		Base: base, system: c.System, header: c.Header, explain: c.Explain, tuning: t,
		budget:  newBudget(t.Calls, t.Per),
		reading: &http.Client{Transport: transport(t, true)},
		writing: &http.Client{Transport: transport(t, false), CheckRedirect: never},
	}
	client.reading.CheckRedirect = client.sameOriginOnly
	client.tokens = &tokens{
		url: base.String() + c.TokenPath, clientID: c.ClientID, secret: c.Secret, now: t.Now, timeout: t.ReadTimeout,
		client: &http.Client{Transport: transport(t, false), CheckRedirect: never},
	}
	return client, nil
}

// Invalid is the error for a configuration with mistakes.
func Invalid(system string, wrong []fault.Field) *fault.Error {
	var all []string
	for _, f := range wrong {
		all = append(all, f.Name+": "+f.Sentence)
	}
	cause := errors.New(strings.Join(all, " "))
	e := fault.Wrap(cause, fault.Invalid, "The configuration for "+system+" has mistakes; nothing was started.")
	e.Fields = wrong
	return e
}

// transport speaks HTTP/1.1 only: HTTP/2 may send a request again on another stream, and one connection for one write is
// the point. Without keep-alive there is no old connection whose death would make net/http try another.
func transport(t Tuning, keepAlive bool) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: min(10*time.Second, t.ReadTimeout)}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: t.RootCAs},
		TLSHandshakeTimeout:    min(10*time.Second, t.ReadTimeout),
		DisableKeepAlives:      !keepAlive,
		DisableCompression:     !keepAlive,
		ForceAttemptHTTP2:      false,
		Protocols:              protocols,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

func never(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

var errRedirect = errors.New("it redirected to somewhere else")

// sameOriginOnly lets a read be sent elsewhere on the same origin: the token goes along. Each hop is a call of the budget.
func (c *Client) sameOriginOnly(req *http.Request, via []*http.Request) error {
	if len(via) > 3 || !sameOrigin(req.URL, &c.Base.url) {
		return errRedirect
	}
	done, err := c.budget.read(req.Context())
	if err == nil {
		done()
	}
	return err
}
