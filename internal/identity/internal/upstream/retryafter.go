package upstream

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRest caps what Retry-After can ask for: a wrong clock or a wrong unit must not stop us for a day. Coming back too early costs one
// more 429; SailPoint's documented window is ten seconds.
const maxRest = 15 * time.Second

// heed reads Retry-After and makes all calls of this client wait for it, writes too.
func (c *Client) heed(res *http.Response) time.Duration {
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	d := retryAfter(res.Header, c.tuning.Now())
	if d > 0 {
		c.budget.rest(d)
	}
	return d
}

// retryAfter reads seconds or a date; zero when there is none or it makes no sense. The answer's own Date, if it has one, is the clock
// that a date is measured by.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		if seconds > maxRest.Seconds() {
			return maxRest
		}
		return time.Duration(seconds * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		now = theirs
	}
	return min(max(at.Sub(now), 0), maxRest)
}
