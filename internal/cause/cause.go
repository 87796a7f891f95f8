// Package cause takes paths of the host off errors. Messages name files as the
// user knows them; the path that the system was given can be a temporary one, or
// one that no one should see.
package cause

import (
	"errors"
	"io/fs"
	"os"
)

// Of is why something failed: what an error of package os or io/fs says without
// its operation and path. Any other error is its own cause.
func Of(err error) error {
	for {
		var path *fs.PathError
		var link *os.LinkError
		var call *os.SyscallError
		switch {
		case errors.As(err, &path):
			err = path.Err
		case errors.As(err, &link):
			err = link.Err
		case errors.As(err, &call):
			err = call.Err
		default:
			return err
		}
	}
}
