package release

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/internal/cause"
)

const (
	lockFile = ".lock"
	// maxLocks bounds how often a lock is tried again whose file went away.
	maxLocks = 10
)

// acquire locks a directory until the file is closed or the process ends. On a
// system without locks it only says so.
//
// A file of its own is locked and not the directory: network file systems want a
// file that is open for writing.
func acquire(dir *os.Root, shown string) (lock *os.File, locked bool, err error) {
	fail := func(err error) error {
		return &fs.PathError{Op: "lock", Path: filepath.Join(shown, lockFile), Err: cause.Of(err)}
	}
	for range maxLocks {
		if info, err := dir.Lstat(lockFile); err == nil && !info.Mode().IsRegular() {
			return nil, false, &ForeignError{filepath.Join(shown, lockFile), "is not a regular file; it was left alone"}
		}
		f, err := dir.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, false, fail(err)
		}
		switch err := tryLock(f); {
		case errors.Is(err, errors.ErrUnsupported):
			return f, false, nil
		case errors.Is(err, ErrBusy):
			f.Close()
			return nil, false, fmt.Errorf("%s: %w", shown, ErrBusy)
		case err != nil:
			f.Close()
			return nil, false, fail(err)
		}
		if isAt(f, dir, lockFile) {
			return f, true, nil
		}
		f.Close() // the one that had it took it away
	}
	return nil, false, fail(errMeddled)
}

func isAt(f *os.File, dir *os.Root, name string) bool {
	want, err1 := f.Stat()
	got, err2 := dir.Lstat(name)
	return err1 == nil && err2 == nil && os.SameFile(want, got)
}
