package upstream

import (
	"bufio"
	"bytes"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABaseURLIsHTTPSAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"https://acme.api.identitynow.com", "https://acme.api.identitynow.com/", "https://host:8443/isc", "http://127.0.0.1:8080/isc/",
		"http://localhost:1/esystems", "http://[::1]:8080", "HTTPS://Host.Example/a",
	} {
		b, err := ParseBase(good)
		require.NoError(t, err, good)
		require.False(t, strings.HasSuffix(b.String(), "/"))
	}
	for _, bad := range []string{
		"", "acme", "//acme", "https://", "https:acme", "ftp://acme", "http://acme.example", "http://10.0.0.1", "http://127.0.0.1.evil.example",
		"https://me:" + canary + "@acme.example", "https://me@acme.example", "https://acme.example#x", "https://acme.example/#", "https://acme.example?x=1",
		"https://acme.example?", "https://acme.example/../x", "https://acme.example/./x", "https://acme.example//x", "https://acme.example/%2e%2e/x",
		"https://acme.example/a%2Fb", "https://acme.example/a b", "https://acme example", "http://localhost.evil.example", "https://[::1", "file:///etc/passwd",
	} {
		_, err := ParseBase(bad)
		require.Error(t, err, bad)
		noSecret(t, err.Error())
	}
}

func TestAnIDIsOneSegmentExactlyAsWritten(t *testing.T) {
	t.Parallel()
	base, err := ParseBase("https://acme.example/isc")
	require.NoError(t, err)
	for id, want := range map[string]string{
		"2c91808a": "2c91808a", "a/b": "a%2Fb", "../../x": "..%2F..%2Fx", "..%2f": "..%252f", "a b+c": "a%20b%2Bc", "a?b#c": "a%3Fb%23c",
		"base64|YQ+/==": "base64%7CYQ%2B%2F%3D%3D", "...": "...", "é": "%C3%A9", `a\b`: "a%5Cb", "a;b=c,d": "a%3Bb%3Dc%2Cd", "a:b@c": "a%3Ab%40c",
	} {
		u, err := base.Path("/accounts/v1/{}/remove", id)
		require.NoError(t, err, id)
		require.Equal(t, "https://acme.example/isc/accounts/v1/"+want+"/remove", u.String())
	}
	for _, id := range []string{"", ".", "..", "a\x00b", "a\nb", "\x7f", "a\u0085b", "\xff", strings.Repeat("a", 513)} {
		_, err := base.Path("/accounts/v1/{}/remove", id)
		require.Error(t, err, "%q", id)
	}
	_, err = base.Path("/accounts/v1/{}", "a", "b")
	require.Error(t, err)
	_, err = base.Path("/accounts/v1/{}/{}", "a")
	require.Error(t, err)
}

// FuzzPath proves that whatever is in an id, the other side sees the template with the id in its one place.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"a", "..", "../..", "%2e%2e", "a/b", "base64|YQ==", "a?b#c", "\x00", "é", strings.Repeat("%", 600), `\..\`, ".%2f.", "//", ";/", "a\r\nHost: x"} {
		f.Add(seed)
	}
	base, err := ParseBase("https://acme.example/isc")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id string) {
		u, err := base.Path("/accounts/v1/{}/remove", id)
		if err != nil {
			return
		}
		seen := wire(t, u)
		require.Equal(t, path.Clean(seen), seen, "a proxy that cleans paths changes nothing")
		parts := strings.Split(seen, "/")
		require.Len(t, parts, 6)
		require.Equal(t, []string{"", "isc", "accounts", "v1"}, parts[:4])
		require.Equal(t, "remove", parts[5])
		plain, err := url.PathUnescape(parts[4])
		require.NoError(t, err)
		require.Equal(t, id, plain)
		require.NotContains(t, []string{"", ".", ".."}, plain)
	})
}

// FuzzBase proves that whatever is configured, calls go to that host over TLS, or to this machine, and nothing of it is repeated in an error.
func FuzzBase(f *testing.F) {
	for _, seed := range []string{
		"https://acme.example/isc", "http://127.0.0.1:1", "http://[::1]/a", "https://a@b", "https://a.example\\@b", "http://localhost.", "https://a%2eb", "https://é.example/", "HTTP://LOCALHOST",
		"https://a.example:443x", "http://127.1", "http://0x7f.1", "https://a/..", "https://[fe80::1%25en0]", "javascript:https://a", "https:///a", "https://a.example:0/%", "https://[::%25\xe4]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		base, err := ParseBase(raw)
		if err != nil {
			if len(raw) > 40 {
				require.NotContains(t, err.Error(), raw)
			}
			return
		}
		u, err := base.Path("/accounts/v1/{}", "a/..")
		require.NoError(t, err, "a base that is taken can be used")
		require.True(t, u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()), u)
		require.NotEmpty(t, u.Hostname())
		require.Nil(t, u.User)
		require.Empty(t, u.RawQuery+u.Fragment)
		require.Equal(t, u.EscapedPath(), path.Clean(u.EscapedPath()))
		require.True(t, strings.HasSuffix(u.EscapedPath(), "/accounts/v1/a%2F.."), u)
		seen, err := http.NewRequest(http.MethodGet, u.String(), nil)
		require.NoError(t, err)
		require.True(t, strings.EqualFold(seen.URL.Hostname(), u.Hostname()), "one reader and the next see the same host")
	})
}

// wire gives the path as a server reads it from the first line of a request.
func wire(t *testing.T, u *url.URL) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, u.String(), nil)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, req.Write(&b))
	got, err := http.ReadRequest(bufio.NewReader(&b))
	require.NoError(t, err)
	require.Equal(t, "acme.example", got.Host)
	return got.RequestURI
}
