package sandbox

import (
	"encoding/json"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// bodyCap is the most that a request to the control endpoints may hold, in bytes.
const bodyCap = 1 << 20

// guarded lets only this machine's own programs and the sandbox's own page through. A page of another origin can reach
// loopback from a browser: by its own name (Host), or by a form or a fetch that carries its Origin. None of them gets in.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		switch {
		case !loopbackAddress(r.RemoteAddr):
			refuse(w, http.StatusForbidden, "The sandbox is controlled from this machine only. Nothing was changed.")
		case !loopbackHost(r.Host):
			refuse(w, http.StatusForbidden, "The sandbox answers only to a loopback name, such as 127.0.0.1 or localhost. Nothing was changed.")
		case foreign(r):
			refuse(w, http.StatusForbidden, "Another site's page may not control the sandbox. Nothing was changed.")
		case browser(r) && formLike(r.Method) && !isJSON(r.Header.Get("Content-Type")):
			refuse(w, http.StatusUnsupportedMediaType, "Send JSON, with Content-Type: application/json. Nothing was changed.")
		default:
			r.Body = http.MaxBytesReader(w, r.Body, bodyCap)
			next.ServeHTTP(w, r)
		}
	})
}

// local lets requests to the page through that name this machine: no other name may show it (DNS rebinding).
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopbackAddress(r.RemoteAddr) || !loopbackHost(r.Host) {
			refuse(w, http.StatusForbidden, "The sandbox's page is for this machine only. Nothing was changed.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// browser tells whether a web page sent this: browsers name the page's origin with every POST, scripts name none.
func browser(r *http.Request) bool {
	return len(r.Header.Values("Origin")) > 0 || r.Header.Get("Sec-Fetch-Site") != ""
}

// formLike tells whether a plain form of another site could send this method without asking first. It could not send JSON.
func formLike(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodDelete
}

func loopbackAddress(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

// foreign tells whether a browser sent this for a page that is not the sandbox's own. Programs send neither header.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		return true
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return false
	}
	u, err := url.Parse(origins[0])
	return len(origins) > 1 || err != nil || u.Scheme != "http" || u.Host != r.Host
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

func refuse(w http.ResponseWriter, status int, sentence string) {
	answer(w, status, map[string]string{"error": sentence})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller is gone: nothing to tell them
}
