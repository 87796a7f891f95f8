package release

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// exchange lets two names in a directory change places in one step. Names are not
// followed. Where the kernel or the file system cannot, the error is an
// errors.ErrUnsupported.
func exchange(root *os.Root, a, b string) error {
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close() // nothing is written through it
	fd := int(dir.Fd())
	for {
		err = unix.Renameat2(fd, a, fd, b, unix.RENAME_EXCHANGE)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	// EINVAL is what file systems say that have no such thing, EPERM what filters of
	// system calls do.
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) {
		return errors.ErrUnsupported
	}
	return err
}
