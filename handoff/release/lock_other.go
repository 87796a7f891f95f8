//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package release

import (
	"errors"
	"os"
)

// noWait is nothing where directories have no pipes, or no such flag.
const noWait = 0

// tryLock says that the standard library has no locks here that end with their
// process.
func tryLock(*os.File) error { return errors.ErrUnsupported }
