package upstream

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSegment is the longest id, in bytes, that may stand in a path.
const maxSegment = 512

// Base is the root of an identity system's API. It comes from configuration only, never from input.
type Base struct{ url url.URL }

// mistake is what is wrong with a value, as a sentence that people may see.
type mistake string

// Error gives the sentence.
func (m mistake) Error() string { return string(m) }

// ParseBase reads a base URL: https, with a host and perhaps a path, and nothing else. Plain http only for loopback.
// The error is a sentence that people may see; it never repeats the URL, which might hold a password.
func ParseBase(raw string) (Base, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return Base{}, mistake("It is missing.")
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		return Base{}, mistake("It is not a URL such as https://host.example.")
	case u.User != nil:
		return Base{}, mistake("It must not hold a user name or password.")
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return Base{}, mistake("It must not have a fragment (#…).")
	case u.RawQuery != "" || u.ForceQuery:
		return Base{}, mistake("It must not have a query (?…).")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return Base{}, mistake("It must begin with https://; plain http is only for this machine (127.0.0.1, ::1, localhost).")
	case !plainPath(u):
		return Base{}, mistake("Its path must be plain: no empty, dotted or escaped parts.")
	}
	b := Base{url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: strings.TrimSuffix(u.Path, "/")}}
	if again, err := url.Parse(b.String()); err != nil || again.Host != b.url.Host { // some zones of IPv6 addresses are read once only
		return Base{}, mistake("It is not a URL such as https://host.example.")
	}
	return b, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func plainPath(u *url.URL) bool {
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	if path == "" {
		return true
	}
	for _, part := range strings.Split(path, "/")[1:] {
		if checkSegment(part) != nil || escape(part) != part {
			return false
		}
	}
	return true
}

// String gives the URL, without a slash at its end.
func (b Base) String() string { return b.url.String() }

// Path builds a URL below the base. Every {} of the template becomes one path segment, whatever is in the value.
// A value that cannot be a segment is refused: empty, dots only, control characters, more than 512 bytes.
func (b Base) Path(template string, values ...string) (*url.URL, error) {
	want := strings.Split(template, "/")
	parts := make([]string, len(want))
	rest := values
	for i, part := range want {
		if part != "{}" {
			parts[i] = part
			continue
		}
		if len(rest) == 0 {
			return nil, fmt.Errorf("upstream: too few values for %s", template)
		}
		if err := checkSegment(rest[0]); err != nil {
			return nil, err
		}
		parts[i], rest = escape(rest[0]), rest[1:]
	}
	if len(rest) != 0 {
		return nil, fmt.Errorf("upstream: too many values for %s", template)
	}
	u, err := url.Parse(b.String() + strings.Join(parts, "/"))
	if err != nil {
		return nil, fmt.Errorf("upstream: %s gave no URL", template)
	}
	return u, b.assert(u, want, values)
}

// assert looks at the finished URL as the other side will see it: the same origin, the template's segments, each value one of them.
func (b Base) assert(u *url.URL, want, values []string) error {
	tail, below := strings.CutPrefix(u.EscapedPath(), b.url.EscapedPath())
	got := strings.Split(tail, "/")
	if !sameOrigin(u, &b.url) || !below || len(got) != len(want) {
		return errors.New("upstream: the path is not what its template says")
	}
	for i, part := range want {
		if part == "{}" {
			plain, err := url.PathUnescape(got[i])
			if err != nil || plain != values[0] {
				return errors.New("upstream: the path does not hold the id it was given")
			}
			values = values[1:]
		} else if part != got[i] {
			return errors.New("upstream: the path is not what its template says")
		}
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b) && a.User == nil
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// CheckID tells whether a value can be the id of one thing. The error is a sentence that people may see.
func CheckID(id string) error { return checkSegment(id) }

func checkSegment(s string) error {
	switch {
	case s == "":
		return mistake("An id must not be empty.")
	case s == "." || s == "..":
		return mistake("An id must not be made of dots.")
	case len(s) > maxSegment:
		return mistake(fmt.Sprintf("An id must not be longer than %d bytes.", maxSegment))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return mistake("An id must not hold control characters.")
	}
	return nil
}

const upperHex = "0123456789ABCDEF"

// escape percent-encodes every byte that is not unreserved in RFC 3986, so that no server can read a separator in it.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
	return b.String()
}
