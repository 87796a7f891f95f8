//go:build !linux

package release

import (
	"errors"
	"os"
)

// exchange says that the standard library has no such step here.
func exchange(*os.Root, string, string) error { return errors.ErrUnsupported }
