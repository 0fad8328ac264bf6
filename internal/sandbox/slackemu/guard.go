package slackemu

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// guarded lets only this machine in, and no page of another origin: whoever reaches Control acts as anybody.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case !loopback(r.RemoteAddr) || !loopback(r.Host):
			tell(rw, http.StatusForbidden, "The sandbox answers on this machine only, so nothing was done.")
		case foreign(r):
			tell(rw, http.StatusForbidden, "The sandbox answers to its own page only, so nothing was done.")
		default:
			next.ServeHTTP(rw, r)
		}
	})
}

// loopback tells whether host:port is this machine by name or number.
func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// foreign tells whether a browser says that another origin is behind the request.
func foreign(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
}
