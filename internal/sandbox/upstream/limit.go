package upstream

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limit counts calls per key over a sliding window: the strictest reading of "100 requests per 10 seconds".
type limit struct {
	mu   sync.Mutex
	seen map[string][]time.Time
}

// take counts a call, or says after how long the next may come. A refused call is not counted. calls 0 is no limit.
func (l *limit) take(key string, now time.Time, calls int, per time.Duration) (wait time.Duration, ok bool) {
	if calls <= 0 {
		return 0, true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = map[string][]time.Time{}
	}
	recent := l.seen[key]
	for len(recent) > 0 && now.Sub(recent[0]) >= per {
		recent = recent[1:]
	}
	if ok = len(recent) < calls; ok {
		recent = append(recent, now)
	} else {
		wait = per - now.Sub(recent[len(recent)-calls])
	}
	l.seen[key] = recent
	return wait, ok
}

// Limited counts a call, or gives the refusal that says when the next may come.
func (u *Upstream) Limited(key string, calls int, per time.Duration) *Answer {
	wait, ok := u.limit.take(key, u.cfg.Clock(), calls, per)
	if ok {
		return nil
	}
	a := u.tenant.Refuse(http.StatusTooManyRequests)
	a.Header.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	return &a
}
