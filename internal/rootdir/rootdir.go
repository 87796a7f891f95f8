// Package rootdir opens the directories that callers name.
package rootdir

import (
	"io/fs"
	"os"
	"syscall"

	"github.com/anolishq/anolis-handoff/internal/cause"
)

// Open is os.OpenRoot that does not wait for somebody who writes into a pipe. A
// symbolic link at dir is followed. An error is an *fs.PathError with op and dir.
func Open(op, dir string) (*os.Root, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	var root *os.Root
	if err == nil {
		root, err = os.OpenRoot(dir)
	}
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: dir, Err: cause.Of(err)}
	}
	return root, nil
}
