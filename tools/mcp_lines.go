package tools

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// How many calls of one stdio client run at once, how many may wait behind them, and how long they have at the end.
const (
	stdioCalls   = 32
	stdioWaiting = 256
	stdioLeave   = 2 * time.Second
)

// lanes run one client's calls side by side, up to a bound.
type lanes struct {
	places  chan struct{}
	waiting chan struct{}
	under   sync.WaitGroup
}

func newLanes() *lanes {
	return &lanes{places: make(chan struct{}, stdioCalls), waiting: make(chan struct{}, stdioWaiting)}
}

// run does a call as soon as there is a place, unless ctx ends before. It refuses when too many are under way.
func (l *lanes) run(ctx context.Context, call func()) bool {
	select {
	case l.waiting <- struct{}{}:
	default:
		return false
	}
	l.under.Go(func() {
		defer func() { <-l.waiting }()
		select {
		case l.places <- struct{}{}:
			defer func() { <-l.places }()
			if ctx.Err() == nil { // both may have been there
				call()
			}
		case <-ctx.Done():
		}
	})
	return true
}

// leave waits for calls that know that they are to end; not for long.
func (l *lanes) leave() {
	done := make(chan struct{})
	go func() { defer close(done); l.under.Wait() }()
	select {
	case <-done:
	case <-time.After(stdioLeave):
	}
}

// serveLines has each message of one client taken. It returns when the input has ended and everything under way has been answered,
// since a client that has said all it wants to say may still read; or when ctx ends, or the client reads no longer.
func serveLines(ctx context.Context, in io.Reader, out *lineWriter, take func(message []byte), under ...*lanes) error {
	lines := readLines(in, ctx.Done())
	for {
		select {
		case l, more := <-lines:
			if !more {
				for _, way := range under {
					way.under.Wait()
				}
				return out.failed()
			}
			if err := out.failed(); err != nil {
				return fmt.Errorf("write to the client: %w", err)
			}
			if l.long {
				out.write(rpcError(nil, mcp.INVALID_REQUEST, "The message is larger than 1 MiB."+noChange))
				continue
			}
			take(l.text)
		case <-ctx.Done():
			for _, way := range under {
				way.leave()
			}
			return nil
		}
	}
}

// line is one line of the input. long tells that it was over the bound and is lost.
type line struct {
	text []byte
	long bool
}

// readLines reads JSON-RPC messages, one a line, and gives them without blank ones. The last one may lack its line break.
// The channel closes at the end of the input, or when stop does.
func readLines(in io.Reader, stop <-chan struct{}) <-chan line {
	out := make(chan line)
	go func() {
		defer close(out)
		r := bufio.NewReaderSize(in, 64<<10)
		for {
			l, err := readLine(r)
			if l.long || len(l.text) > 0 {
				select {
				case out <- l:
				case <-stop:
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return out
}

func readLine(r *bufio.Reader) (line, error) {
	var l line
	for {
		part, err := r.ReadSlice('\n')
		if len(l.text)+len(part) > largestBody {
			l.long, l.text = true, nil
		}
		if !l.long {
			l.text = append(l.text, part...)
		}
		if err == bufio.ErrBufferFull { //nolint:errorlint // ReadSlice gives it bare
			continue
		}
		l.text = bytes.TrimSpace(l.text)
		return l, err
	}
}

// lineWriter writes messages, one a line, whole.
type lineWriter struct {
	mu     sync.Mutex
	out    io.Writer
	broken atomic.Pointer[error] // the first failure: nobody reads any longer
}

func (w *lineWriter) write(messages ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, message := range messages {
		text, err := json.Marshal(message) // also takes the line breaks out of raw JSON
		if err != nil || w.broken.Load() != nil {
			continue
		}
		if _, err := w.out.Write(append(text, '\n')); err != nil {
			w.broken.Store(&err)
		}
	}
}

// failed gives the first failure. It never waits for a write that a client does not read yet: that client may be waiting for
// us to read what it writes.
func (w *lineWriter) failed() error {
	if err := w.broken.Load(); err != nil {
		return *err
	}
	return nil
}
