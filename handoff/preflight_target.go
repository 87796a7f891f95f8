package handoff

import (
	"io/fs"
	"net/netip"
)

// Target is a machine that Preflight asks about itself, by functions that the
// caller supplies: those of package os for the machine that the program runs on,
// others for a machine that is far away, and fakes in tests. The library touches
// no environment, disk or network for a preflight but through them.
//
// A function that is nil makes the checks that need it skipped, and so the machine
// not ready. Functions are called one at a time.
type Target struct {
	// Dir is the working directory of the runtime, which is the directory of the
	// unpacked package. Relative paths of the package are put behind it as they
	// are: with "..", a cleaned path could lead elsewhere where Dir is a link.
	// Without it, the checks of relative paths are skipped.
	Dir string

	// Windows says that paths are those of Windows.
	Windows bool

	// LookupEnv is the environment that the runtime will have, as os.LookupEnv has
	// it. It is asked for the variables of Slots only, and their values are in no
	// result.
	LookupEnv func(name string) (value string, ok bool)

	// Stat describes a file and follows links, as os.Stat does. It must not open
	// it: opening a serial port can reset a board.
	Stat func(name string) (fs.FileInfo, error)

	// Access tells whether the user of the runtime may use a file, as access(2)
	// does: nil if so, fs.ErrPermission if not. It must not open it either.
	Access func(name string, mode AccessMode) error

	// Listen tells whether a TCP address can be listened on, best by doing so for a
	// moment. The errors syscall.EADDRINUSE, syscall.EADDRNOTAVAIL and
	// fs.ErrPermission are told apart.
	Listen func(addr netip.AddrPort) error
}

// AccessMode is what a file is needed for: a sum of the constants, which have the
// values of access(2).
type AccessMode uint32

const (
	AccessExecute AccessMode = 1
	AccessWrite   AccessMode = 2
	AccessRead    AccessMode = 4
)

// stat describes a file, and takes no answer for one that is not there.
func (t *Target) stat(name string) (fs.FileInfo, error) {
	info, err := t.Stat(name)
	if info == nil && err == nil {
		err = fs.ErrNotExist
	}
	return info, err
}

// isAbsolute reports whether a path means the same in every directory.
func (t *Target) isAbsolute(name string) bool {
	if !t.Windows {
		return name[:1] == "/"
	}
	return isSlash(name[0]) || len(name) > 2 && name[1] == ':' && isSlash(name[2])
}

// isRemote reports whether to look at a path would make Windows call another
// machine, and introduce itself there.
func (t *Target) isRemote(name string) bool {
	return t.Windows && len(name) > 1 && isSlash(name[0]) && isSlash(name[1])
}

func isSlash(c byte) bool { return c == '/' || c == '\\' }
