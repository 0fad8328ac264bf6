package sandbox

import (
	"encoding/json"
	"net/http"
	"time"

	"accountops/internal/sandbox/clock"
)

// longest is the most that one call may put the clock forward: a slip of the keyboard should not end the world.
const longest = 10 * 365 * 24 * time.Hour

// clockEndpoint tells the sandbox's time (GET → {"now"}) and puts it forward (POST {"advance":"25h"} → {"now"}).
type clockEndpoint struct {
	clock    *clock.Clock
	advanced func()
}

func (c clockEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		if !c.advance(w, r) {
			return
		}
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		refuse(w, http.StatusMethodNotAllowed, "The clock can be read with GET and put forward with POST. Nothing was changed.")
		return
	}
	answer(w, http.StatusOK, map[string]time.Time{"now": c.clock.Now()})
}

func (c clockEndpoint) advance(w http.ResponseWriter, r *http.Request) bool {
	var in struct {
		Advance string `json:"advance"`
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		refuse(w, http.StatusBadRequest, `Send {"advance":"25h"}. The clock was not changed.`)
		return false
	}
	by, err := time.ParseDuration(in.Advance)
	if err != nil || by <= 0 || by > longest {
		refuse(w, http.StatusBadRequest, `"advance" must be a time to put the clock forward by, such as "25h" or "90s". The clock was not changed.`)
		return false
	}
	if err := c.clock.Advance(by); err != nil {
		refuse(w, http.StatusInternalServerError, "The clock could not be stored, so it may go back at the next start.")
		return false
	}
	c.advanced()
	return true
}
