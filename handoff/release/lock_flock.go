//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package release

import (
	"errors"
	"os"
	"syscall"
)

// noWait opens a pipe without waiting for somebody who writes into it.
const noWait = syscall.O_NONBLOCK

// tryLock locks a file, or says ErrBusy.
func tryLock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return ErrBusy
		default:
			return err
		}
	}
}
