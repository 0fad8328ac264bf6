//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alive is this process's lock on the data directory. The kernel drops it when the process dies, however it dies: whoever
// gets the lock for itself alone knows that every lease was left by the dead.
type alive struct {
	file *os.File
}

// declareAlive locks the file, for itself alone when nobody else has it, otherwise together with the others.
func declareAlive(ctx context.Context, path string) (a *alive, alone bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	a = &alive{file: f}
	err = a.flock(unix.LOCK_EX)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = a.share(ctx)
		return a, false, a.closeOn(err)
	}
	return a, err == nil, a.closeOn(err)
}

// share holds the lock together with others. It waits while somebody has it alone, which lasts as long as an Open.
func (a *alive) share(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := a.flock(unix.LOCK_SH)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another process is opening the database and does not finish: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (a *alive) flock(how int) error {
	for {
		err := unix.Flock(int(a.file.Fd()), how|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func (a *alive) closeOn(err error) error {
	if err != nil {
		return errors.Join(err, a.close())
	}
	return nil
}

// close gives the lock back. A second time does nothing.
func (a *alive) close() error {
	if err := a.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
