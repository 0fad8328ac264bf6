package sandbox

import (
	"net/http"
	"strings"

	"accountops/internal/sandbox/upstream"
	"accountops/internal/sandbox/web"
)

// route is where a handler is mounted: at exactly its path, and below it.
type route struct {
	path    string
	handler http.Handler
}

// Handler serves the whole world:
//
//	/isc/, /esystems/   the identity systems, paths exactly as they came
//	/api/               Slack's Web API
//	/slack/socket       Socket Mode
//	/slack/hooks/       Slack's response URLs
//	/sandbox/v1/        what scripts and the page ask for, on this machine only: docs/sandbox.md
//	/mcp                accountops' own door, which is mcp; nil when accountops runs elsewhere
//	/                   the page
func (w *World) Handler(mcp http.Handler) http.Handler {
	if mcp == nil {
		mcp = http.HandlerFunc(noMCP)
	}
	return dispatch(local(web.Handler()),
		route{"/isc", w.isc},
		route{"/esystems", w.esystems},
		route{"/api", w.slack.API()},
		route{"/slack/socket", w.slack.Socket()},
		route{"/slack/hooks", w.slack.Responses()},
		route{"/sandbox/v1", guarded(w.control())},
		route{"/mcp", mcp},
	)
}

// control is what the sandbox can be told, behind the guard.
func (w *World) control() http.Handler {
	nothing := http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		refuse(rw, http.StatusNotFound, "The sandbox has no such endpoint: see docs/sandbox.md. Nothing was changed.")
	})
	slack := w.slack.Control()
	return dispatch(nothing,
		route{"/sandbox/v1/clock", clockEndpoint{clock: w.clock, advanced: w.tellAdvanced}},
		route{"/sandbox/v1/upstream", upstream.Control(w.isc, w.esystems)},
		route{"/sandbox/v1/people", slack},
		route{"/sandbox/v1/slack", slack},
	)
}

// dispatch picks a handler by the path as it came over the wire. http.ServeMux would answer a path that holds "//" or "/../" with a
// redirect, and the record of calls would not show what a client really sent.
func dispatch(otherwise http.Handler, routes ...route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		for _, one := range routes {
			if path == one.path || strings.HasPrefix(path, one.path+"/") {
				one.handler.ServeHTTP(w, r)
				return
			}
		}
		otherwise.ServeHTTP(w, r)
	})
}

func noMCP(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotFound, "This sandbox is only the world: accountops runs elsewhere, and so does its MCP endpoint. Nothing was changed.")
}
