package upstream

import (
	"sync"
	"time"
)

// Limit counts calls per key over a sliding window: the strictest reading of "100 requests per 10 seconds".
type Limit struct {
	mu   sync.Mutex
	seen map[string][]time.Time
}

// Take counts a call, or says after how long the next may come. A refused call is not counted. calls 0 is no limit.
func (l *Limit) Take(key string, now time.Time, calls int, per time.Duration) (wait time.Duration, ok bool) {
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
