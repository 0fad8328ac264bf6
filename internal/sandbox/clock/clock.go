// Package clock is the sandbox's time: the real one, and what it was put forward by.
package clock

import (
	"sync"
	"time"

	"accountops/internal/sandbox/disk"
)

// Clock tells the sandbox's time. It is safe for concurrent use.
type Clock struct {
	mu     sync.Mutex
	real   func() time.Time
	offset time.Duration
	disk   *disk.Disk
}

// New gives a clock that runs with real and remembers on d how far it was put forward.
func New(real func() time.Time, d *disk.Disk) (*Clock, error) {
	c := &Clock{real: real, disk: d}
	if _, err := d.Get("clock", "offset", &c.offset); err != nil {
		return nil, err
	}
	return c, nil
}

// Now tells the time, in UTC, without a monotonic reading.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.real().Add(c.offset).UTC().Round(0)
}

// Advance puts the clock forward. It never goes back.
func (c *Clock) Advance(by time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += max(by, 0)
	return c.disk.Put("clock", "offset", c.offset)
}
