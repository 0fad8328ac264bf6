package tools

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// What a page of an allowed origin may send, and what it may read of an answer besides its body.
var (
	pageSends = strings.Join([]string{"Authorization", "Content-Type", mcp.HeaderSessionID, mcp.HeaderProtocolVersion, mcp.HeaderMethod, mcp.HeaderName}, ", ")
	pageReads = strings.Join([]string{mcp.HeaderSessionID, "WWW-Authenticate"}, ", ")
)

// knownOrigin refuses web pages of other origins, with every method: a GET here opens a stream.
func (h *MCPHandler) knownOrigin(r *http.Request) bool {
	probe := *r
	probe.Method = http.MethodPost // the check lets every GET pass
	if h.cross.Check(&probe) != nil {
		return false
	}
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	u, err := url.Parse(origins[0])
	same := err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
	return len(origins) == 1 && (same || slices.Contains(h.origins, strings.ToLower(origins[0])))
}

// allows tells whether a request comes from a page of an origin that is configured.
func (h *MCPHandler) allows(r *http.Request) bool {
	return slices.Contains(h.origins, strings.ToLower(r.Header.Get("Origin")))
}

// allowOrigin lets the page of an origin that may call read the answer, whatever it is.
func (h *MCPHandler) allowOrigin(w http.ResponseWriter, r *http.Request) {
	if len(h.origins) == 0 {
		return
	}
	w.Header().Add("Vary", "Origin")
	if h.allows(r) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.Header().Set("Access-Control-Expose-Headers", pageReads)
	}
}

// preflight answers a browser that asks before it calls. It cannot send its token yet.
func preflight(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS")
	w.Header().Set("Access-Control-Allow-Headers", pageSends)
	w.WriteHeader(http.StatusNoContent)
}
