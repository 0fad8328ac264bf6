package slackbot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// The headers of Slack's signature: v0= and the HMAC-SHA256, in hex, of v0:{timestamp}:{body}.
const (
	headerSignature = "X-Slack-Signature"
	headerTimestamp = "X-Slack-Request-Timestamp"
)

// signedWithin is how far a request's timestamp may be from our time, either way.
const signedWithin = 5 * time.Minute

// overHTTP tells whether Slack calls us, rather than we Slack.
func (s *Slack) overHTTP() bool { return s.cfg.SigningSecrets != nil }

// signed says why a request is not Slack's, or not of now; empty when it is.
func (s *Slack) signed(h http.Header, body []byte) string {
	given, stamps := h.Values(headerSignature), h.Values(headerTimestamp)
	if len(given) != 1 || len(stamps) != 1 {
		return "the signature or its timestamp is missing or stands there twice"
	}
	seconds, err := strconv.ParseInt(stamps[0], 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != stamps[0] {
		return "the timestamp is no number of seconds"
	}
	if off := s.now().Sub(time.Unix(seconds, 0)); off > signedWithin || off < -signedWithin {
		return "the timestamp is more than five minutes off"
	}
	secrets, err := s.cfg.SigningSecrets()
	if err != nil {
		return "the signing secret cannot be read"
	}
	right := 0
	for _, secret := range secrets { // all of them, so that the time taken tells nothing
		if secret != "" && hmac.Equal([]byte(given[0]), []byte(signature(secret, stamps[0], body))) {
			right++
		}
	}
	if right == 0 {
		return "the signature is not ours"
	}
	return ""
}

func signature(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + timestamp + ":"))
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
