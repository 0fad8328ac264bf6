package slackbot

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/slack-go/slack"
)

// hint is what a log says about an error: why nothing came of a call, without the address that was called, since an address may let in
// whoever has it.
func hint(err error) string {
	if e, ok := errors.AsType[slack.SlackErrorResponse](err); ok && e.Err != "" {
		if e.Needed != "" {
			return visible(e.Err + ", needed: " + e.Needed)
		}
		return visible(e.Err)
	}
	if status, ok := errors.AsType[slack.StatusCodeError](err); ok {
		return status.Status
	}
	if why := offline(err); why != "" {
		return visible(why)
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // the rest of it is the address
	}
	text := err.Error()
	for _, address := range []string{"http://", "https://", "ws://", "wss://"} {
		if before, _, found := strings.Cut(text, address); found {
			text = before + "…"
		}
	}
	return visible(text)
}

// offline tells why there was no connection, or why it ended; empty when that was not the trouble. What can be mended in different places
// has different words: the network's names, whoever listens there, who vouches for them.
func offline(err error) string {
	name, unnamed := errors.AsType[*net.DNSError](err)
	certificate, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	alert, alerted := errors.AsType[tls.AlertError](err)
	errno, system := errors.AsType[syscall.Errno](err)
	timed, timely := errors.AsType[net.Error](err)
	_, plain := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case unnamed && name.IsNotFound:
		return "the name " + name.Name + " is not known (DNS)"
	case unnamed:
		return "the name " + name.Name + " could not be looked up (DNS)"
	case untrusted:
		return "TLS failed: " + certificate.Err.Error()
	case alerted:
		return "TLS failed: " + alert.Error()
	case plain:
		return "TLS failed: what answers does not speak TLS"
	case timely && timed.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "no answer came in time"
	case errors.Is(err, context.Canceled):
		return "it was given up"
	case system:
		return errno.Error() // such as "connection refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	}
	return ""
}
