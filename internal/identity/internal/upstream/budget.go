package upstream

import (
	"context"
	"sync"
	"time"
)

// budget keeps one client below "so many calls in so much time". A call takes a slot and gives it back that time after
// its answer: the other side has counted the call by then, so that no window of that length, wherever it begins, holds
// more calls than there are slots. A token bucket of the same safety would have to give up its burst, and people who
// wait for a card would wait for it. A few slots are for writes only: what people decided on does not queue behind a bulk of reads.
type budget struct {
	per   time.Duration
	slots chan struct{}
	reads chan struct{} // of the slots, those that reads may have

	mu    sync.Mutex
	until time.Time // nobody calls before: the other side asked for a rest
}

func newBudget(calls int, per time.Duration) *budget {
	return &budget{per: per, slots: make(chan struct{}, calls), reads: make(chan struct{}, calls-calls/32)}
}

// read waits until a read may be sent, first come first served. done says that the answer came, or never will.
func (b *budget) read(ctx context.Context) (done func(), err error) {
	if err := enter(ctx, b.reads); err != nil {
		return nil, err
	}
	return b.take(ctx, b.reads)
}

// write waits likewise until a write may be sent.
func (b *budget) write(ctx context.Context) (done func(), err error) { return b.take(ctx) }

// take waits for a slot, and in the end gives that and what was had already back together.
func (b *budget) take(ctx context.Context, had ...chan struct{}) (done func(), err error) {
	free := func() {
		for _, c := range had {
			<-c
		}
	}
	if err := enter(ctx, b.slots); err != nil {
		free()
		return nil, err
	}
	had = append(had, b.slots)
	if err := b.wait(ctx); err != nil {
		free()
		return nil, err
	}
	return sync.OnceFunc(func() { time.AfterFunc(b.per, free) }), nil
}

func enter(ctx context.Context, c chan struct{}) error {
	select {
	case c <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rest makes everybody wait: what Retry-After said to one call holds for all.
func (b *budget) rest(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := time.Now().Add(d); until.After(b.until) {
		b.until = until
	}
}

func (b *budget) wait(ctx context.Context) error {
	for {
		b.mu.Lock()
		left := time.Until(b.until)
		b.mu.Unlock()
		if left <= 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, left); err != nil {
			return err
		}
	}
}

// sleep waits, unless the context cannot wait that long: then it fails at once instead of using the time up.
func sleep(ctx context.Context, d time.Duration) error {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return context.DeadlineExceeded
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
