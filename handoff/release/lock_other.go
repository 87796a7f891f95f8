//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package release

import (
	"errors"
	"os"
)

// tryLock says that the standard library has no locks here that end with their
// process.
func tryLock(*os.File) error { return errors.ErrUnsupported }
