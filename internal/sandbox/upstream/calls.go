package upstream

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"accountops/internal/sandbox/disk"
)

// Call is one call as it came over the wire. Status is what was answered; 0 means that no answer was written.
type Call struct {
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query"`
	Body   string    `json:"body"`
	Status int       `json:"status"`
	At     time.Time `json:"at"`
}

// calls is the record. Order of the numbers is the order in which the calls were written down.
type calls struct {
	mu      sync.Mutex
	disk    *disk.Disk
	bucket  string
	clock   func() time.Time
	last    uint64
	pending map[uint64]Call // recorded, not answered yet
}

func (c *calls) open(cfg Config) error {
	c.disk, c.bucket, c.clock, c.pending = cfg.Disk, cfg.Name+"/calls", cfg.Clock, map[uint64]Call{}
	newest := callKey(0)
	if err := disk.Each(c.disk, c.bucket, func(key string, _ Call) { newest = key }); err != nil {
		return err
	}
	_, err := fmt.Sscanf(newest, "%d", &c.last)
	return err
}

// add writes the call down, with status 0, and gives its number.
func (c *calls) add(call Call, token bool) (uint64, error) {
	call.At = c.clock().UTC()
	if token {
		call.Query, call.Body = hideSecrets(call.Query), hideSecrets(call.Body)
	}
	call.Body = strings.ToValidUTF8(call.Body, "\uFFFD")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	if err := c.disk.Put(c.bucket, callKey(c.last), call); err != nil {
		return 0, err
	}
	c.pending[c.last] = call
	return c.last, nil
}

// answered writes down what is about to be answered; 0 for nothing.
func (c *calls) answered(number uint64, status int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	call, ok := c.pending[number]
	delete(c.pending, number)
	if !ok || status == 0 {
		return nil
	}
	call.Status = status
	return c.disk.Put(c.bucket, callKey(number), call)
}

// Calls gives the record in order.
func (u *Upstream) Calls() ([]Call, error) {
	list := []Call{}
	err := disk.Each(u.calls.disk, u.calls.bucket, func(_ string, call Call) { list = append(list, call) })
	return list, err
}

func callKey(number uint64) string { return fmt.Sprintf("%012d", number) }

// hideSecrets hides the secret fields of a form; anything but a form is hidden whole.
func hideSecrets(form string) string {
	if form == "" {
		return ""
	}
	fields := strings.Split(form, "&")
	for i, field := range fields {
		key, _, ok := strings.Cut(field, "=")
		name, err := url.QueryUnescape(key)
		switch {
		case !ok || err != nil || strings.ContainsAny(field, "{<\n"):
			return "…"
		case !slices.Contains([]string{"grant_type", "client_id", "scope"}, name):
			fields[i] = key + "=…"
		}
	}
	return strings.Join(fields, "&")
}
