package slackemu

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"accountops/internal/fault"
)

// UseRequestURLs makes the app one with request URLs, after the one for events has answered Slack's challenge. Without any URL the
// app uses Socket Mode again. It gives the secret that requests are signed with.
func (w *Workspace) UseRequestURLs(in HTTPMode) (map[string]any, error) {
	var mode *HTTPMode
	if in != (HTTPMode{}) {
		mode = &in
	}
	for _, u := range []string{in.Commands, in.Interactivity, in.Events} {
		if u != "" && !onThisMachine(u) {
			return nil, fault.Newf(fault.Invalid, "%q is no http address of this machine, and the sandbox talks to no other. Nothing was changed.", u)
		}
	}
	if in.Events != "" {
		if why := w.challenge(in.Events); why != "" {
			return nil, fault.Newf(fault.Conflict, "Your URL didn't respond with the value of the challenge parameter: %s Nothing was changed.", why)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.cfg.Disk.Put(bucketState, "request_urls", mode); err != nil {
		return nil, err
	}
	w.mode = mode
	w.changed(Change{Kind: "socket"})
	return map[string]any{"request_urls": in, "signing_secret": w.signing}, nil
}

// challenge is Slack's check that an app owns a request URL: why it failed, or "".
func (w *Workspace) challenge(target string) string {
	want := secret(26)
	body, _ := json.Marshal(map[string]any{"token": verification, "challenge": want, "type": "url_verification"})
	r, err := w.signed(target, "application/json", body, "")
	if err != nil {
		return "the URL cannot be called."
	}
	resp, err := w.http.Do(r)
	if err != nil {
		return "it could not be reached."
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil || resp.StatusCode != http.StatusOK {
		return "it answered " + resp.Status + "."
	}
	var inside struct {
		Challenge string `json:"challenge"`
	}
	_ = json.Unmarshal(raw, &inside) // plain text is taken too
	form, _ := url.ParseQuery(string(raw))
	if inside.Challenge != want && strings.TrimSpace(string(raw)) != want && form.Get("challenge") != want {
		return "it answered something else."
	}
	return ""
}

// onThisMachine tells whether an address is plain http to loopback.
func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	host := u.Hostname()
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Resign gives the app another signing secret, as its owner does who fears that the old one is known. From now on Slack signs with the new one.
func (w *Workspace) Resign(in struct {
	Secret string `json:"secret"`
}) (map[string]any, error) {
	if in.Secret == "" {
		in.Secret = secret(16)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.cfg.Disk.Put(bucketState, "signing_secret", in.Secret); err != nil {
		return nil, err
	}
	w.signing = in.Secret
	return map[string]any{"signing_secret": in.Secret}, nil
}
